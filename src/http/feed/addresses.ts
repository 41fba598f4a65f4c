import { LRUCache } from 'lru-cache';

/**
 * Where the path of a request leads, for addresses that people paste: calendars into calendar apps, invitations into chats, the webhook into
 * Plane. Pasting adds
 * slashes, spaces, line breaks and punctuation, changes letter case or drops the ending; these are tolerated.
 */

/** An address below /ics/; `none` is one without a calendar. */
export type FeedAddress =
  | { readonly kind: 'link'; readonly token: string }
  | { readonly kind: 'project' | 'person' | 'view' | 'calendar'; readonly name: string }
  | { readonly kind: 'all' | 'none' };

/** The subscribe page of a link, or what it shows. */
export interface SubscribeAddress {
  readonly kind: 'subscribe';
  /** Empty for what can't be a token. */
  readonly token: string;
  readonly isState: boolean;
}

/** Where a path leads; null for any other path, which is matched exactly. */
export type Address = FeedAddress | SubscribeAddress | { readonly kind: 'webhook' } | null;

/** A link's token: no project identifier has this shape. */
const TOKEN = /^[\w-]{22}$/;
/** An address exactly as we write it: by far most requests. */
const LINK = /^\/ics\/([\w-]{22})\/[\w-]+\.ics$/;
/** What mail programs, chats and people add after an address. Our own addresses never end with one of these. */
const BEHIND = /[\s\p{C}.,;:!?()[\]{}<>"'`*|\\»›”’]/u;
const BLANK = /[\s\p{C}]+/gu;
const SCHEME = /^(?:webcals?|https?|feed):$/i;
const ICS = '.ics';
/** Paths of calendars that are remembered; longer ones than people write are not. */
const MAX_PATHS = 1_000;
const MAX_PATH_LENGTH = 200;

/** Accepts paths with and without the prefix of PUBLIC_URL, since a proxy may strip it. `prefix` is "" or such as "/calendars". */
export function createAddresses(prefix: string): (path: string) => Address {
  const before = segmentsOf(prefix);
  const below = (segments: readonly string[]): readonly string[] =>
    before.every((one, at) => one === segments[at]) ? segments.slice(before.length) : segments;

  function read(segments: readonly string[]): Address {
    const inside = below(segments);
    // A whole address pasted behind another one, such as /https://calendars.example.com/ics/…: its path counts.
    const all = SCHEME.test(inside[0] ?? '') ? inside.slice(2) : segments;
    const address = addressOf(below(all));
    // With a prefix that is itself "ics", pages are below it too.
    return address ?? (before.length === 0 || isOfCalendar(all) ? addressOf(all) : null);
  }

  const known = new LRUCache<string, FeedAddress>({ max: MAX_PATHS });

  function find(path: string): Address {
    const token = LINK.exec(path)?.[1];
    if (token !== undefined) return { kind: 'link', token };
    const address = read(segmentsOf(path));
    if (address !== null && address.kind !== 'none') return address;
    // The whole path may be encoded, with its slashes.
    return (/%2f/i.test(path) ? read(segmentsOf(decode(path))) : null) ?? address;
  }

  return (path) => {
    const before = known.get(path);
    if (before) return before;
    const address = find(path);
    if (address !== null && isOfFeed(address) && path.length <= MAX_PATH_LENGTH) known.set(path, address);
    return address;
  };
}

function isOfFeed(address: Exclude<Address, null>): address is FeedAddress {
  return address.kind !== 'subscribe' && address.kind !== 'webhook' && address.kind !== 'none';
}

function addressOf(segments: readonly string[]): Address {
  const [top = '', second = ''] = segments.slice(0, 2).map((segment) => segment.replace(BLANK, '').toLowerCase());
  if (top === 'ics') return feedAddress(segments.slice(1));
  if (top === 's' && second !== '') return subscribeAddress(segments.slice(1));
  const isWebhook = top === 'webhooks' && segments.length === 2 && withoutEnd(second) === 'plane';
  return isWebhook ? { kind: 'webhook' } : null;
}

function isOfCalendar(segments: readonly string[]): boolean {
  const last = withoutEnd(segments.at(-1) ?? '').toLowerCase();
  return TOKEN.test(segments[1] ?? '') || last.endsWith(ICS) || segments[0]?.toLowerCase() === 'webhooks';
}

function feedAddress([first = '', ...rest]: readonly string[]): FeedAddress {
  if (rest.length === 0) {
    const name = nameOf(first);
    const token = name.replace(BLANK, '');
    if (TOKEN.test(token)) return { kind: 'link', token };
    if (name === 'all') return { kind: 'all' };
    return name === '' || name.includes('/') ? { kind: 'none' } : { kind: 'project', name };
  }
  const kind = first.trim().toLowerCase();
  if (kind === 'person' || kind === 'view' || kind === 'calendar') return { kind, name: nameOf(rest.join('/')) };
  // After the token comes a name for people, which is ignored.
  return { kind: 'link', token: first.replace(BLANK, '') };
}

function subscribeAddress([first = '', second = '', ...rest]: readonly string[]): SubscribeAddress {
  const token = withoutEnd(first).replace(BLANK, '');
  const isState = rest.length === 0 && withoutEnd(second) === 'state';
  return { kind: 'subscribe', token: TOKEN.test(token) ? token : '', isState };
}

/** The last part of an address without ".ics" and anything after it. */
function nameOf(text: string): string {
  const name = withoutEnd(text).trimStart();
  return name.toLowerCase().endsWith(ICS) ? name.slice(0, -ICS.length) : name;
}

function withoutEnd(text: string): string {
  let end = text.length;
  while (end > 0 && BEHIND.test(text.charAt(end - 1))) end--;
  return text.slice(0, end);
}

/** The parts between slashes, decoded, without empty ones. */
function segmentsOf(path: string): string[] {
  const segments = path
    .split('/')
    .map(decode)
    .filter((segment) => segment.replace(BLANK, '') !== '');
  const last = segments.at(-1);
  return last !== undefined && last !== '..' && withoutEnd(last) === '' ? segments.slice(0, -1) : segments;
}

/** Percent-decoded where it is UTF-8; the rest stays as it is. */
function decode(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (encoded) => {
    try {
      return decodeURIComponent(encoded);
    } catch {
      return encoded;
    }
  });
}
