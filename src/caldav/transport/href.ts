import { AppError } from '../../domain/errors.ts';
import { isSameName } from './foreign-name.ts';

/** Addresses as servers write them, and which of them may be asked with a password. */

const MAX_SHOWN = 300;

/** Hosts to which a password may follow from caldav.icloud.com: each account of iCloud lives on one of these. */
const ICLOUD_SHARD = /^p\d+-caldav\.icloud\.com$/;
const ICLOUD = /^(?:p\d+-)?caldav\.icloud\.com$/;

/** An href made absolute; null for what is no address. */
export function resolveHref(href: string, base: URL): URL | null {
  // Xandikos escapes the colons too where it writes whole addresses, which it does for what is not there.
  const plain = href.replace(/^https?%3A\/\/[^/]*/i, decodeSegment);
  return URL.canParse(plain, base.href) ? new URL(plain, base) : null;
}

/**
 * One spelling of a path for all of its spellings: servers answer %40 or @, %2B or %2b, absolute or relative. Segments are encoded, so a
 * slash within a name stays apart from one between names. Throws a TypeError for what is no address.
 */
export function hrefKey(href: string, base?: string | URL): string {
  return new URL(href, base).pathname
    .split('/')
    .map((segment) => encodeURIComponent(decodeSegment(segment).toWellFormed()))
    .join('/');
}

/** Whether both are one path: spelled, encoded or normalised (Unicode) otherwise, with a slash at the end or without, on any host. */
export function isSamePath(a: URL, b: URL): boolean {
  return nameIn(a, b) === '';
}

/**
 * What is left of `url` below `folder`, decoded: the name of a resource directly in it, "" for the folder itself, null for anything else.
 * Hosts don't count, nor in which normal form of Unicode the folder is written.
 */
export function nameIn(folder: URL, url: URL): string | null {
  const [own, other] = [segmentsOf(folder.pathname.replace(/\/$/, '')), segmentsOf(url.pathname)];
  if (!own.every((segment, at) => isSameName(segment, other[at] ?? ''))) return null;
  const rest = other.slice(own.length);
  return rest.length <= 1 ? (rest[0] ?? '') : null;
}

const segmentsOf = (path: string): string[] => path.split('/').map(decodeSegment);

/** A segment of a path, decoded; as it stands where its escapes are broken. */
export function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** The same address with a slash at its end, without query and fragment. */
export function asFolder(url: URL): URL {
  const folder = new URL(url);
  folder.search = folder.hash = '';
  if (!folder.pathname.endsWith('/')) folder.pathname += '/';
  return folder;
}

/**
 * The address to ask when the server at `base` points to `target`; null when it is another one's, which must not see our credentials
 * (RFC 6764 section 8). The same origin; https on the same host; iCloud's shards. A server behind a TLS proxy that says http
 * for itself is asked by https.
 */
export function trustedUrl(target: URL, base: URL): URL | null {
  const url = new URL(target);
  url.username = url.password = '';
  if (url.origin === base.origin) return url;
  if (url.hostname === base.hostname && base.protocol === 'http:' && url.protocol === 'https:') return url;
  if (url.hostname === base.hostname && url.protocol === 'http:' && (url.port === '' || url.port === base.port)) {
    return onOrigin(url, base);
  }
  const isIcloud = base.protocol === 'https:' && ICLOUD.test(base.hostname) && ICLOUD_SHARD.test(url.hostname);
  return isIcloud && url.protocol === 'https:' && url.port === '' ? url : null;
}

/** The same path on the origin of `base`. */
export function onOrigin(url: URL, base: URL): URL {
  // Set piece by piece: a path that begins with two slashes, resolved, would name another host.
  const own = new URL(base.origin);
  own.pathname = url.pathname;
  own.search = url.search;
  return own;
}

/** Whether what is sent there stays on this machine. */
export function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

/** An address for messages: without query, user or password, and not endless. */
export function shown(url: URL): string {
  return (url.origin + url.pathname).slice(0, MAX_SHOWN);
}

/** The server names another one, which must not see our credentials (RFC 6764 section 8). */
export class OtherServerError extends AppError {
  /** `what` begins the sentence, such as "https://dav.example.com/ redirects to". */
  constructor(what: string, other: URL) {
    const fix =
      `If ${other.origin} is right, give an address there. Else the server doesn't know by which name it is asked: ` +
      'let the proxy in front of it pass on the headers Host and X-Forwarded-Proto.';
    super(
      'caldav_invalid_response',
      `${what} ${other.origin}, another server, which must not see this password. ${fix}`,
      {
        fix,
      },
    );
  }
}
