import type { IsAsRead } from '../domain/collection.ts';
import { isSameTag, isStrongTag, toggleQuotes } from '../lib/entity-tag.ts';

/** What makes a write safe: the conditions it is sent with, and the same question asked of the resource itself. */

interface Tagged {
  readonly etag: string | null;
}

/** Decides whether a resource may be written, by what is there now; null stands for nothing. */
export interface Guard<Seen> {
  /**
   * Headers to send, each tried only once the server has answered 412 to the one before although it was met. `now` is the last look at
   * the resource.
   */
  conditions(now: Seen | null): readonly Record<string, string>[];
  /** Why it must not be written, to follow its name; null where nothing stands against it. */
  objection(now: Seen | null): string | null;
  /** Whether only the text decides, so that the resource has to be read before each request. */
  readonly needsText: boolean;
}

/** Nothing must be there. */
export const nothing: Guard<Tagged> = {
  conditions: () => [{ 'if-none-match': '*' }],
  objection: (now) => (now === null ? null : 'is not as it was'),
  needsText: false,
};

/** It must have this strong tag, which is sent as it was listed; then spelled otherwise, for servers that leave out quotes in listings alone. */
export function asListed(etag: string): Guard<Tagged> {
  return {
    conditions: () => [{ 'if-match': etag }, { 'if-match': toggleQuotes(etag) }],
    objection: (now) => (now === null ? 'has gone' : isSameTag(now.etag, etag) ? null : 'is not as it was'),
    needsText: false,
  };
}

/**
 * Its text must be the one that was read. A weak tag can't go into If-Match (RFC 9110 section 13.1.1): "*" at least says that it must be
 * there; not every server knows it, and then the look right before is all there is.
 */
export function asRead(isAsRead: IsAsRead): Guard<Tagged & { readonly text: string }> {
  return {
    conditions: (now) => [{ 'if-match': now !== null && isStrongTag(now.etag) ? now.etag : '*' }, {}],
    objection: (now) => (now === null ? 'has gone' : isAsRead(now.text) ? null : 'is not as it was'),
    needsText: true,
  };
}
