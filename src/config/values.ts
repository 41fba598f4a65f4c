import { isIP } from 'node:net';
import { z } from 'zod';
import { errorMessage } from '../domain/errors.ts';
import { invalidExemptions } from '../lib/proxy.ts';
import { parseDatabaseAddress, type DatabaseAddress } from '../store/postgres/address.ts';

/** What the text of a setting may be. Messages continue the setting's name. */

/** An http or https address as `URL` writes it, without a trailing slash. */
export const webAddress = z
  .string()
  .refine(isWebAddress, 'must be a web address such as https://plane.example.com, without user name, ? or #')
  .transform((address) => withoutSlash(new URL(address).href));
/** May include a user name and password. Without a scheme it is http, as in curl. */
export const proxyAddress = z
  .string()
  .transform((text) => (/^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `http://${text}`))
  .refine(isProxy, 'must be the http or https address of a proxy such as http://proxy.example.com:3128')
  .transform((address) => new URL(address).href);
/** An address of PostgreSQL. It has a password, which no message shows. */
export const databaseAddress: z.ZodType<DatabaseAddress, string> = z.string().transform((text, { addIssue }) => {
  try {
    return parseDatabaseAddress(text);
  } catch (error) {
    addIssue({ code: 'custom', message: errorMessage(error), input: '' });
    return z.NEVER;
  }
});
/** A list as in NO_PROXY. */
export const exemptions = z
  .string()
  .refine(
    (list) => invalidExemptions(list).length === 0,
    'must be names, IP addresses and CIDR blocks, separated by commas, such as .example.com,10.0.0.0/8',
  );
/** An address to listen on, without the brackets that IPv6 addresses have in a URL. */
export const listenHost = z
  .string()
  .transform((text) => text.replace(/^\[(.*)\]$/, '$1'))
  .refine(isHost, 'must be an IP address or a name of this machine, without a port, such as 127.0.0.1, 0.0.0.0 or ::');
/** A token of our own. */
export const token = z.string().regex(/^[\x21-\x7e]{16,200}$/, 'must have 16 to 200 characters without spaces');
/** Digits, within bounds. */
export const wholeNumber = (least: number, most: number): z.ZodType<number, string> =>
  z
    .string()
    .regex(/^\d{1,16}$/, `must be a whole number from ${least} to ${most}`)
    .transform(Number)
    .refine((number) => number >= least && number <= most, `must be a whole number from ${least} to ${most}`);
/** One of these texts. */
export const oneOf = <T extends string>(...values: T[]): z.ZodType<T, string> =>
  z
    .string()
    .refine((text): text is T => values.some((value) => value === text), `must be one of: ${values.join(', ')}`);
/** A query of feed options; its content is checked with the other settings, since mirrors inherit from it. */
export const optionsQuery = z.string().max(4000, 'may have 4000 characters');
/** PEM text. */
export const certificates = z
  .string()
  .regex(/-----BEGIN [A-Z0-9 ]*CERTIFICATE-----/, 'names a file without a certificate: it must be PEM text');
/** A comma list with at least one entry. */
export const listOf = (message: string): z.ZodType<string[], string> =>
  z
    .string()
    .transform(splitList)
    .refine((entries) => entries.length > 0, message);

/** The entries of a comma list, without empty ones. */
export function splitList(list: string): string[] {
  return list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && text.length <= 300 && /^https?:$/.test(new URL(text).protocol);
}

function isProxy(text: string): boolean {
  if (!isHttpUrl(text)) return false;
  const { username, password } = new URL(text);
  return isUtf8(username) && isUtf8(password);
}

/** Whether percent-encoded bytes are UTF-8. */
function isUtf8(encoded: string): boolean {
  try {
    decodeURIComponent(encoded);
    return true;
  } catch {
    return false;
  }
}

/** An address may name the network interface, as fe80::1%eth0 does (RFC 4007 section 11). */
function isHost(text: string): boolean {
  return isIP(text) !== 0 || /^(?=.{1,253}$)[a-z\d](?:[a-z\d.-]*[a-z\d])?$/i.test(text);
}

/** Whether a text is an http or https address without credentials, query and fragment. */
export function isWebAddress(text: string): boolean {
  if (!isHttpUrl(text) || /[?#]/.test(text)) return false;
  const { username, password } = new URL(text);
  return username === '' && password === '';
}

/** Whether a secret may be sent to an address: https, or this machine. */
export function isSafeAddress(text: string): boolean {
  return isWebAddress(text) && /^https:|^http:\/\/(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])[:/]/i.test(text);
}

function withoutSlash(address: string): string {
  return address.replace(/(?<!\/)\/+$/, '');
}
