/**
 * Where the path of a request leads, for addresses that are pasted by people: calendars into calendar apps, the webhook into Plane. On the
 * way they get slashes, spaces, line breaks, punctuation and other letter case, or lose their ending; what is meant stays clear.
 */

/** A calendar below /ics/; `none` is below it too, and no calendar. */
export type FeedAddress =
  | { readonly kind: 'link'; readonly token: string }
  | { readonly kind: 'project' | 'person' | 'view'; readonly name: string }
  | { readonly kind: 'all' | 'none' };

/** What a path leads to; null for everything else, which is taken as it is written. */
export type Address = FeedAddress | { readonly kind: 'webhook' } | null;

/** A link's token alone: no name of a project has this shape. */
const TOKEN = /^[\w-]{22}$/;
/** As it is given out: by far the most requests. */
const LINK = /^\/ics\/([\w-]{22})\/[\w-]+\.ics$/;
/** What mail programs, chats and people leave behind an address. A name of our own never ends with one of these. */
const BEHIND = /[\s\p{C}.,;:!?()[\]{}<>"'`*|\\»›”’]/u;
const BLANK = /[\s\p{C}]+/gu;
const SCHEME = /^(?:webcals?|https?|feed):$/i;
const ICS = '.ics';

/** Reads paths with the prefix of PUBLIC_URL and without: a proxy may pass it on, or strip it. `prefix` is "" or such as "/calendars". */
export function createAddresses(prefix: string): (path: string) => Address {
  const before = segmentsOf(prefix);
  const below = (segments: readonly string[]): readonly string[] =>
    before.every((one, at) => one === segments[at]) ? segments.slice(before.length) : segments;

  function read(segments: readonly string[]): Address {
    const inside = below(segments);
    // Of a whole address behind another one, such as /https://calendars.example.com/ics/…, the path.
    const all = SCHEME.test(inside[0] ?? '') ? inside.slice(2) : segments;
    const address = addressOf(below(all));
    // Below a prefix that is called "ics" itself there are pages too.
    return address ?? (before.length === 0 || isOfCalendar(all) ? addressOf(all) : null);
  }

  return (path) => {
    const token = LINK.exec(path)?.[1];
    if (token !== undefined) return { kind: 'link', token };
    const address = read(segmentsOf(path));
    if (address !== null && address.kind !== 'none') return address;
    // Encoded as a whole, its slashes too.
    return (/%2f/i.test(path) ? read(segmentsOf(decode(path))) : null) ?? address;
  };
}

function addressOf(segments: readonly string[]): Address {
  const [top = '', second = ''] = segments.slice(0, 2).map((segment) => segment.replace(BLANK, '').toLowerCase());
  if (top === 'ics') return feedAddress(segments.slice(1));
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
  if (kind === 'person' || kind === 'view') return { kind, name: nameOf(rest.join('/')) };
  // What is behind a token is a name for the reader's eyes.
  return { kind: 'link', token: first.replace(BLANK, '') };
}

/** The last part of an address without ".ics" and what is behind it. */
function nameOf(text: string): string {
  const name = withoutEnd(text).trimStart();
  return name.toLowerCase().endsWith(ICS) ? name.slice(0, -ICS.length) : name;
}

function withoutEnd(text: string): string {
  let end = text.length;
  while (end > 0 && BEHIND.test(text.charAt(end - 1))) end--;
  return text.slice(0, end);
}

/** What is between the slashes, decoded, without empty parts. */
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
