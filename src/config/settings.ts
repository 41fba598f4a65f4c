import { isIP } from 'node:net';
import { z } from 'zod';
import { parseDeletionGuard } from '../mirrors/sync/deletion-guard.ts';
import { MIRROR_ID } from '../mirrors/sync/object.ts';
import { invalidExemptions } from '../lib/proxy.ts';

/** As URL writes it, without a slash at its end, so that links can be made from it. */
const webAddress = z
  .string()
  .refine(isWebAddress, 'must be a web address such as https://plane.example.com, without user name, ? or #')
  .transform((address) => withoutSlash(new URL(address).href));
/** May hold a user name and password. Without a scheme it is http, as in curl. */
const proxyAddress = z
  .string()
  .transform((text) => (/^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `http://${text}`))
  .refine(isProxy, 'must be the http or https address of a proxy such as http://proxy.example.com:3128')
  .transform((address) => new URL(address).href);
const exemptions = z
  .string()
  .refine(
    (list) => invalidExemptions(list).length === 0,
    'must be names, IP addresses and CIDR blocks, separated by commas, such as .example.com,10.0.0.0/8',
  );
/** Without the brackets that addresses of IPv6 have in a URL. */
const listenHost = z
  .string()
  .transform((text) => text.replace(/^\[(.*)\]$/, '$1'))
  .refine(isHost, 'must be an IP address or a name of this machine, without a port, such as 127.0.0.1, 0.0.0.0 or ::');
const token = z.string().regex(/^[\x21-\x7e]{16,200}$/, 'must have 16 to 200 characters without spaces');
const wholeNumber = (least: number, most: number): z.ZodType<number, string> =>
  z
    .string()
    .regex(/^\d{1,16}$/, `must be a whole number from ${least} to ${most}`)
    .transform(Number)
    .refine((number) => number >= least && number <= most, `must be a whole number from ${least} to ${most}`);
const oneOf = <T extends string>(...values: T[]): z.ZodType<T, string> =>
  z
    .string()
    .refine((text): text is T => values.some((value) => value === text), `must be one of: ${values.join(', ')}`);

/** Every setting, as text, with what it may be. */
export const settings = z.object({
  PLANE_URL: webAddress.optional(),
  PLANE_API_KEY: z
    .string()
    .regex(/^(?!["'])[\x21-\x7e]+$/, 'must be the key alone, without spaces or quotes')
    .optional(),
  PLANE_WORKSPACE: z
    .string()
    .regex(/^[\w-]+$/, "must be the workspace's slug alone: the part behind the host in its web address")
    .optional(),
  PLANE_WEB_URL: webAddress.optional(),
  PLANE_PROJECTS: z
    .string()
    .transform(namesIn)
    .refine((names) => names.length > 0, 'must be identifiers or ids of projects, such as WEB,APP')
    .optional(),
  PLANE_REQUESTS_PER_MINUTE: wholeNumber(1, 10_000).default(50),
  HOST: listenHost.default('127.0.0.1'),
  PORT: wholeNumber(0, 65_535).default(8080),
  PUBLIC_URL: webAddress.optional(),
  CA_FILE: z.string().optional(),
  HTTPS_PROXY: proxyAddress.optional(),
  HTTP_PROXY: proxyAddress.optional(),
  NO_PROXY: exemptions.optional(),
  FEED_ACCESS: oneOf('link', 'open').optional(),
  FEED_OPTIONS: z.string().max(4000, 'may have 4000 characters').optional(),
  FEED_WARN_BYTES: wholeNumber(1_000, 1e12).default(1_000_000),
  DATA_DIR: z.string().default('./data'),
  ADMIN_TOKEN: token.optional(),
  METRICS_TOKEN: token.optional(),
  SECRET_KEY: token.optional(),
  PLANE_WEBHOOK_SECRET: z
    .string()
    .transform(namesIn)
    .refine((secrets) => secrets.length > 0, "must be one or more of Plane's webhook secrets, separated by commas")
    .optional(),
  TRUST_PROXY: wholeNumber(0, 20).default(0),
  FRESH_SECONDS: wholeNumber(1, 86_400).default(60),
  RECONCILE_SECONDS: wholeNumber(60, 604_800).default(21_600),
  CACHE_MAX_BYTES: wholeNumber(1_000_000, 1e12).default(268_435_456),
  COMPRESSION: oneOf('true', 'false').default('true'),
  MIRROR_URL: z
    .string()
    .refine(isWebAddress, 'must be a web address such as https://dav.example.com, without user name, ? or #')
    .optional(),
  MIRROR_USERNAME: z
    .string()
    .regex(/^[^:\p{Cc}]{1,300}$/u, 'must be the user alone, without a colon')
    .optional(),
  MIRROR_PASSWORD: z.string().optional(),
  MIRROR_AUTH: oneOf('auto', 'basic', 'digest', 'bearer', 'oauth2').default('auto'),
  MIRROR_OAUTH_CLIENT_ID: z.string().optional(),
  MIRROR_OAUTH_CLIENT_SECRET: z.string().optional(),
  MIRROR_OAUTH_REFRESH_TOKEN: z.string().optional(),
  MIRROR_OAUTH_TOKEN_URL: z.string().refine(isSafeAddress, 'must be an https address').optional(),
  MIRROR_CALENDAR: z.string().max(100, 'may have 100 characters').optional(),
  MIRROR_FEED: z
    .string()
    .max(4000, 'may have 4000 characters')
    .regex(/^(?!person:\s*$)[^,\s]/, 'must be all, identifiers of projects such as WEB,APP, or person:ada')
    .default('all'),
  MIRROR_OPTIONS: z.string().max(4000, 'may have 4000 characters').optional(),
  MIRROR_ID: z.string().regex(MIRROR_ID, 'must have 4 to 16 small letters and digits').optional(),
  MIRROR_CHECK_SECONDS: wholeNumber(60, 604_800).default(900),
  MIRROR_MAX_DELETE: z
    .string()
    .refine((text) => parseDeletionGuard(text) !== null, 'must be a number and a share such as 10,30%')
    .default('10,30%'),
  MIRROR_CONFLICT: oneOf('plane', 'keep').default('plane'),
  MIRROR_CA_FILE: z.string().optional(),
  MIRROR_TLS_VERIFY: oneOf('true', 'false').default('true'),
  LOG_LEVEL: oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent').default('info'),
});

/** The settings as checked. */
export type Settings = z.infer<typeof settings>;

/** Settings that may stand in a file which NAME_FILE names, as Docker and systemd hand them over. */
export const SECRETS = [
  'PLANE_API_KEY',
  'PLANE_WEBHOOK_SECRET',
  'ADMIN_TOKEN',
  'METRICS_TOKEN',
  'SECRET_KEY',
  'MIRROR_PASSWORD',
  'MIRROR_OAUTH_CLIENT_SECRET',
  'MIRROR_OAUTH_REFRESH_TOKEN',
] as const;

/** Settings that programs also read in lower case, which then goes first, as in curl. */
export const EITHER_CASE: readonly string[] = ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY'];

/** The names in a comma list. */
export function namesIn(list: string): string[] {
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

/** Whether what is encoded by percent signs is text. */
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

function isWebAddress(text: string): boolean {
  if (!isHttpUrl(text) || /[?#]/.test(text)) return false;
  const { username, password } = new URL(text);
  return username === '' && password === '';
}

/** Where a secret may be sent. */
function isSafeAddress(text: string): boolean {
  return isWebAddress(text) && /^https:|^http:\/\/(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])[:/]/i.test(text);
}

function withoutSlash(address: string): string {
  return address.replace(/(?<!\/)\/+$/, '');
}
