/** Entity tags of the calendar's resources (RFC 9110 section 8.8.3), as servers write them: quoted, bare, weak or malformed. */

const QUOTED = /^"[ !\x23-\x7e]+"$/;
/** Without quotes; not a list, a weak tag, or "*", which matches any. */
const BARE = /^(?!\*$)(?!w\/)[!\x23-\x2b\x2d-\x7e]+$/i;

/**
 * Whether a write can be conditional on this tag: a single tag, not weak (RFC 9110 section 13.1.1), in characters that a header allows.
 * Otherwise the resource has to be read and compared before it is written.
 */
export function isStrongTag(tag: string | null): tag is string {
  return tag !== null && (QUOTED.test(tag) || BARE.test(tag));
}

/**
 * Whether both are strong and identify the same version. Quotes are ignored: some servers omit them in listings, but not in headers. A weak or
 * missing tag never equals another one, since it doesn't guarantee that nothing changed.
 */
export function isSameTag(a: string | null, b: string | null): boolean {
  return isStrongTag(a) && isStrongTag(b) && unquoted(a) === unquoted(b);
}

/** The tag without its quotes, or with quotes where it has none. */
export function toggleQuotes(tag: string): string {
  return QUOTED.test(tag) ? unquoted(tag) : `"${tag}"`;
}

const unquoted = (tag: string): string => (QUOTED.test(tag) ? tag.slice(1, -1) : tag);
