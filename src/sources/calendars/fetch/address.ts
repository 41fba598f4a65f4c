import { AppError } from '../../../domain/errors.ts';

/** The address of a calendar as people have it. It may be all that protects the calendar, so none of it but its host is ever shown. */

/** An address, and the login that was part of it. */
export interface ParsedAddress {
  /** http or https, without user, password and fragment. */
  readonly url: string;
  /** The same by http, for a webcal address whose server has no https; null for any other. */
  readonly insecure: string | null;
  readonly username: string | null;
  readonly password: string | null;
}

/** Reads an address that begins with https, http, webcal or webcals. Throws `invalid` for any other. */
export function parseAddress(text: string): ParsedAddress {
  const given = text.trim();
  const isWebcal = /^webcals?:/i.test(given);
  const written = given.replace(/^webcals?:/i, 'https:');
  if (!URL.canParse(written) || !/^https?:\/\//i.test(written))
    throw new AppError('invalid', 'The address of a calendar begins with https://, http:// or webcal://.');
  const url = new URL(written);
  const username = url.username === '' ? null : decoded(url.username);
  const password = url.password === '' ? null : decoded(url.password);
  url.username = url.password = url.hash = '';
  const insecure = /^webcal:/i.test(given) && isWebcal ? url.href.replace(/^https:/, 'http:') : null;
  return { url: url.href, insecure, username, password };
}

/** What may be shown of an address: its server. */
export function shownAddress(url: string): string {
  const { origin, pathname, search } = new URL(url);
  return pathname === '/' && search === '' ? `${origin}/` : `${origin}/…`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
