import type { IsAsRead } from '../domain/collection.ts';
import { isSameTag, isStrongTag, toggleQuotes } from '../lib/entity-tag.ts';

/** Conditions of writes: as headers for the server, and as a check of the resource itself. */

interface Tagged {
  readonly etag: string | null;
}

/** Decides whether a resource may be written, by its current state; null stands for no resource. */
export interface Guard<State> {
  /**
   * Headers to send. Each is tried only after the server answered 412 to the one before although its condition was met. `now` is the state
   * when it was last checked.
   */
  conditions(now: State | null): readonly Record<string, string>[];
  /** Why it must not be written, as the end of a sentence that begins with its name; null where nothing is against it. */
  objection(now: State | null): string | null;
  /** Whether only the text decides, so that the resource has to be read before each request. */
  readonly needsText: boolean;
}

const CHANGED = 'changed since it was read';
const REMOVED = 'no longer exists';

/** Nothing must be there. */
export const nothing: Guard<Tagged> = {
  conditions: () => [{ 'if-none-match': '*' }],
  objection: (now) => (now === null ? null : 'was created by someone else'),
  needsText: false,
};

/** It must have this strong tag. It is sent as it was listed; then with or without quotes, for servers that drop them in listings only. */
export function asListed(etag: string): Guard<Tagged> {
  return {
    conditions: () => [{ 'if-match': etag }, { 'if-match': toggleQuotes(etag) }],
    objection: (now) => (now === null ? REMOVED : isSameTag(now.etag, etag) ? null : CHANGED),
    needsText: false,
  };
}

/**
 * Its text must be the one that was read. A weak tag can't go into If-Match (RFC 9110 section 13.1.1); "*" at least says that it must
 * exist. Not every server supports that, and then the check right before the write is all there is.
 */
export function asRead(isAsRead: IsAsRead): Guard<Tagged & { readonly text: string }> {
  return {
    conditions: (now) => [{ 'if-match': now !== null && isStrongTag(now.etag) ? now.etag : '*' }, {}],
    objection: (now) => (now === null ? REMOVED : isAsRead(now.text) ? null : CHANGED),
    needsText: true,
  };
}
