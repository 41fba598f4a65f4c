import { AppError } from '../../domain/errors.ts';
import { isSameName } from './foreign-name.ts';

/** Addresses as servers write them, and which of them may receive a password. */

const MAX_SHOWN = 300;

/** Hosts that may receive the password for caldav.icloud.com: each account of iCloud is on one of these. */
const ICLOUD_SHARD = /^p\d+-caldav\.icloud\.com$/;
const ICLOUD = /^(?:p\d+-)?caldav\.icloud\.com$/;

/** An href as an absolute address; null for an invalid one. */
export function resolveHref(href: string, base: URL): URL | null {
  // Xandikos writes whole addresses for what doesn't exist, and escapes the colons in them.
  const plain = href.replace(/^https?%3A\/\/[^/]*/i, decodeSegment);
  return URL.canParse(plain, base.href) ? new URL(plain, base) : null;
}

/**
 * A normal form of a path: servers answer %40 or @, %2B or %2b, absolute or relative. Segments are encoded, so that a slash within a name
 * differs from one between names. Throws a TypeError for an invalid address.
 */
export function hrefKey(href: string, base?: string | URL): string {
  return new URL(href, base).pathname
    .split('/')
    .map((segment) => encodeURIComponent(decodeSegment(segment).toWellFormed()))
    .join('/');
}

/** Whether both have the same path, whatever their encoding, Unicode form, final slash and host. */
export function isSamePath(a: URL, b: URL): boolean {
  return nameIn(a, b) === '';
}

/**
 * The part of `url` below `folder`, decoded: the name of a resource directly in it, "" for the folder itself, null for anything else.
 * Ignores hosts, and the Unicode form of the folder.
 */
export function nameIn(folder: URL, url: URL): string | null {
  const [own, other] = [segmentsOf(folder.pathname.replace(/\/$/, '')), segmentsOf(url.pathname)];
  if (!own.every((segment, at) => isSameName(segment, other[at] ?? ''))) return null;
  const rest = other.slice(own.length);
  return rest.length <= 1 ? (rest[0] ?? '') : null;
}

const segmentsOf = (path: string): string[] => path.split('/').map(decodeSegment);

/** A segment of a path, decoded; unchanged where its escapes are invalid. */
export function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** The address with a slash at its end, without query and fragment. */
export function asFolder(url: URL): URL {
  const folder = new URL(url);
  folder.search = folder.hash = '';
  if (!folder.pathname.endsWith('/')) folder.pathname += '/';
  return folder;
}

/**
 * The address to use when the server at `base` points to `target`; null for another server, which must not receive our credentials
 * (RFC 6764 section 8). Trusted are the same origin, https on the same host, and iCloud's shards. A server behind a TLS proxy that calls
 * itself http is reached by https.
 */
export function trustedUrl(target: URL, base: URL): URL | null {
  // User and password would be in between.
  if (target.href.startsWith(`${base.origin}/`)) return target;
  const url = new URL(target);
  url.username = url.password = '';
  if (url.origin === base.origin) return url;
  if (url.hostname === base.hostname) return onSameHost(url, base);
  const isIcloud = base.protocol === 'https:' && ICLOUD.test(base.hostname) && ICLOUD_SHARD.test(url.hostname);
  return isIcloud && url.protocol === 'https:' && url.port === '' ? url : null;
}

function onSameHost(url: URL, base: URL): URL | null {
  if (base.protocol === 'http:' && url.protocol === 'https:') return url;
  const isOwnHttp = url.protocol === 'http:' && (url.port === '' || url.port === base.port);
  return isOwnHttp ? onOrigin(url, base) : null;
}

/** The same path on the origin of `base`. */
export function onOrigin(url: URL, base: URL): URL {
  // Set piece by piece: a path that begins with two slashes, resolved, would name another host.
  const own = new URL(base.origin);
  own.pathname = url.pathname;
  own.search = url.search;
  return own;
}

/** Whether the address is on this machine. */
export function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

/** An address for messages: without query, user and password, at most 300 characters. */
export function shown(url: URL): string {
  return (url.origin + url.pathname).slice(0, MAX_SHOWN);
}

/** The server points to another one, which must not receive our credentials (RFC 6764 section 8). */
export class OtherServerError extends AppError {
  /** `what` begins the sentence, such as "https://dav.example.com/ redirects to". */
  constructor(what: string, other: URL) {
    const fix =
      `If ${other.origin} is right, use an address there. Otherwise the server doesn't know its public name: ` +
      'configure the proxy in front of it to pass on the headers Host and X-Forwarded-Proto.';
    super(
      'caldav_invalid_response',
      `${what} ${other.origin}, another server, which must not receive this password. ${fix}`,
      {
        fix,
      },
    );
  }
}
