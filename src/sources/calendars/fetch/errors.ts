import { AppError, errorReason } from '../../../domain/errors.ts';
import { parseRetryAfter } from '../../../lib/retry-after.ts';

/** Why a calendar could not be fetched. Of its address only the host is named. */

/** A server that asks for a longer wait is asked again after this. */
const MAX_ASKED_MS = 86_400_000;
const TLS_ERROR =
  /^(?:CERT_|CRL_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|ERROR_IN_CERT|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH|EPROTO$)/;
/** What OpenSSL calls an answer that is not TLS. */
const NO_TLS = 'ERR_SSL_WRONG_VERSION_NUMBER';

/** The error for a request without an answer. */
export function unreachable(host: string, cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  const { code, name } = cause as { readonly code?: unknown; readonly name?: unknown };
  if (name === 'TimeoutError')
    return new AppError('source_unavailable', `${host} takes too long to send its calendar.`, { cause });
  if (code === NO_TLS)
    return new AppError(
      'source_invalid',
      `${host} doesn't speak https on this port. Correct the port, or begin the address with http://.`,
      { cause },
    );
  if (typeof code === 'string' && TLS_ERROR.test(code))
    return new AppError(
      'source_invalid',
      `The TLS certificate or connection of ${host} can't be trusted (${code}). Set the certificate of its authority (CA), or use the name in its certificate.`,
      { cause },
    );
  const reason = (typeof code === 'string' ? code : '') || errorReason(cause) || 'no reason given';
  return new AppError('source_unavailable', `${host} can't be reached (${reason}).`, { cause });
}

/** Whether a server has no https at all: nothing listens there, or what does speaks something else. */
export function hasNoHttps(error: unknown): boolean {
  if (!(error instanceof AppError) || !error.code.startsWith('source_')) return false;
  const { code } = (error.cause ?? {}) as { readonly code?: unknown };
  return code === 'ECONNREFUSED' || code === NO_TLS;
}

/** The error for an answer that is not 200. */
export function statusError(host: string, status: number, retryAfter: string | null, now: number): AppError {
  const asked = parseRetryAfter(retryAfter, now);
  const ms = asked === null ? null : Math.min(asked, MAX_ASKED_MS);
  const details = { status, ...(ms !== null && { retryAfterSeconds: Math.ceil(ms / 1000), until: now + ms }) };
  const [code, message] = wordsOf(host, status);
  return new AppError(code, message, code === 'source_unavailable' ? details : { status });
}

function wordsOf(
  host: string,
  status: number,
): readonly [code: 'source_key' | 'source_not_found' | 'source_unavailable' | 'source_invalid', message: string] {
  if (status === 401 || status === 407)
    return ['source_key', `${host} asks for a login, or does not accept this one (status ${status}).`];
  if (status === 403)
    return [
      'source_key',
      `${host} does not let plane-ics read this calendar (status 403). Some servers refuse unknown apps: then set a User-Agent.`,
    ];
  if (status === 404 || status === 410)
    return [
      'source_not_found',
      `${host} has no calendar at this address (status ${status}). It may have been replaced: copy the address again.`,
    ];
  if (status === 429) return ['source_unavailable', `${host} was asked too often (status 429).`];
  if ([408, 425].includes(status) || status >= 500)
    return ['source_unavailable', `${host} can't send its calendar now (status ${status}).`];
  return ['source_invalid', `${host} answers with status ${status} in place of a calendar.`];
}
