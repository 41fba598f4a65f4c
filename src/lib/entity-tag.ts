/** Entity tags of the calendar's resources (RFC 9110 section 8.8.3), as servers write them: quoted, bare, weak or malformed. */

const QUOTED = /^"[ !\x23-\x7e]+"$/;
/** Without quotes; no list, no weak tag, and not the "*" that stands for any. */
const BARE = /^(?!\*$)(?!w\/)[!\x23-\x2b\x2d-\x7e]+$/i;

/**
 * Whether a write can be made conditional on this tag: one tag, not weak (RFC 9110 section 13.1.1), in characters a header can carry.
 * Where not, the resource has to be read and compared before it is written.
 */
export function isStrongTag(tag: string | null): tag is string {
  return tag !== null && (QUOTED.test(tag) || BARE.test(tag));
}

/**
 * Whether both are strong and name the same version. Quotes don't count: some servers leave them out in listings, but not in headers.
 * A weak or missing tag is never the same as another one, since it doesn't say that nothing changed.
 */
export function isSameTag(a: string | null, b: string | null): boolean {
  return isStrongTag(a) && isStrongTag(b) && unquoted(a) === unquoted(b);
}

/** The same tag with its quotes taken off, or with quotes when it has none. */
export function toggleQuotes(tag: string): string {
  return QUOTED.test(tag) ? unquoted(tag) : `"${tag}"`;
}

const unquoted = (tag: string): string => (QUOTED.test(tag) ? tag.slice(1, -1) : tag);
