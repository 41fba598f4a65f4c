import { X509Certificate } from 'node:crypto';
import { AppError } from '../../domain/errors.ts';
import type { Credentials } from './auth.ts';
import { DEFAULT_TIMEOUTS, type Timeouts } from './request.ts';

/** Checks of what an operator gives for an account. All throw `invalid`. */

const MAX_TIMEOUT_MS = 600_000;

/** The address of a server or calendar, without query and fragment. */
export function parseServerUrl(text: string): URL {
  const url = URL.canParse(text.trim()) ? new URL(text.trim()) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw new AppError('invalid', 'The address of a CalDAV server begins with https:// or http://.');
  }
  if (url.username !== '' || url.password !== '') {
    throw new AppError('invalid', 'User and password have fields of their own; leave them out of the address.');
  }
  url.search = url.hash = '';
  return url;
}

/** Whether these credentials can be sent. */
export function checkCredentials(credentials: Credentials): void {
  if (credentials.kind === 'bearer' && !/^[\x21-\x7e]+$/.test(credentials.token)) {
    throw new AppError('invalid', 'An access token consists of printable ASCII characters.');
  }
  if (credentials.kind !== 'password') return;
  // RFC 7617 section 2: the colon ends the user, and control characters have no place in either.
  if (credentials.username === '' || /[:\p{Cc}]/u.test(credentials.username) || /\p{Cc}/u.test(credentials.password)) {
    throw new AppError(
      'invalid',
      'The user must not be empty or contain a colon; user and password must not contain control characters.',
    );
  }
}

/** Whether this is a certificate in PEM. */
export function checkCertificate(pem: string): void {
  try {
    new X509Certificate(pem);
  } catch (error) {
    throw new AppError('invalid', 'The certificate of the authority (CA) is not PEM.', { cause: error });
  }
}

/** The timeouts, each within 1 ms to 10 minutes. Never throws. */
export function boundTimeouts(given: Partial<Timeouts>): Timeouts {
  const { connectMs, headersMs, bodyMs, totalMs } = { ...DEFAULT_TIMEOUTS, ...given };
  const bound = (ms: number): number => Math.max(1, Math.min(Number.isNaN(ms) ? MAX_TIMEOUT_MS : ms, MAX_TIMEOUT_MS));
  return { connectMs: bound(connectMs), headersMs: bound(headersMs), bodyMs: bound(bodyMs), totalMs: bound(totalMs) };
}
