/** A CalDAV calendar as the mirror needs it: the port that `caldav/` fills. Names are those of resources in it, such as "plane-….ics". */

/** A resource in the calendar, as listed. */
export interface ListedResource {
  readonly name: string;
  /** As the server wrote it, made absolute. */
  readonly href: string;
  /**
   * Entity tag exactly as the server wrote it, trimmed: quoted, bare, weak or malformed; null where the server gives none. Only one that
   * passes `isStrongTag` (etag.ts) proves that nothing changed and can be the condition of a write.
   */
  readonly etag: string | null;
}

/** A resource with what is in it. */
export interface StoredResource extends ListedResource {
  /** iCalendar text as the server gave it, with CRLF. */
  readonly text: string;
}

/** How a write went, after everything was done to find out. */
export type WriteOutcome =
  /** With the strong tag of what was written; null where the server gave none. */
  | { readonly kind: 'done'; readonly etag: string | null }
  /** Something else is there than was expected, or it is gone. */
  | { readonly kind: 'conflict'; readonly reason: string }
  /** The server will not take this object; trying again is in vain until it changes. */
  | { readonly kind: 'rejected'; readonly reason: string }
  /** The quota is used up. True of this moment only: what is removed makes room. */
  | { readonly kind: 'full'; readonly reason: string };

/** Whether this text of a resource is the one that was read before; compares meaning, since servers rewrite texts. */
export type IsAsRead = (text: string) => boolean;

/** What must be so for a write to be done. */
export type WriteCondition =
  /** Nothing is there. */
  | { readonly ifNoneMatch: true }
  /** It has this strong tag, given as it was listed. */
  | { readonly ifMatch: string }
  /** For what has no strong tag: it is read right before the write, which is done only if this accepts the text. */
  | { readonly ifRead: IsAsRead };

/**
 * The calendar. Every method throws `AppError` with code caldav_key (401: nothing more is tried), caldav_not_found (no such calendar),
 * caldav_unavailable (no answer in time, 5xx, 429 that lasts), caldav_invalid_response (what came back can't be relied on). An error with
 * `until` says when the server may be asked again; until then nothing is sent. A caldav_key with `workedBefore` may be a passing one.
 */
export interface Collection {
  /** Ends in a slash. */
  readonly url: string;
  readonly displayName: string;
  /** Kinds of components it takes, such as VEVENT; empty where it doesn't say. */
  readonly components: readonly string[];
  /** Everything in it. Never an empty list in place of an error: a listing counts only when it holds the calendar itself. */
  list(): Promise<ReadonlyMap<string, ListedResource>>;
  /** What is in these, by name; one that has gone meanwhile is left out. */
  read(listed: readonly ListedResource[]): Promise<ReadonlyMap<string, StoredResource>>;
  /** One resource as it is now; null when there is none. */
  readOne(name: string): Promise<StoredResource | null>;
  /**
   * Writes one object. `isOurs` decides, when the answer was lost or the condition failed, whether what is there now is what was to be
   * written. `name` must be [a-z0-9-]+.ics: anything else throws before a request is made.
   * An object that is there under another name is overwritten by `replace`.
   */
  put(name: string, text: string, condition: WriteCondition, isOurs: (text: string) => boolean): Promise<WriteOutcome>;
  /**
   * Overwrites a resource of any name at its listed address, only while it is as listed. Without a strong tag it is read first, and written
   * only if `isAsRead` accepts the text; without `isAsRead` too it is a conflict.
   */
  replace(
    listed: ListedResource,
    text: string,
    isOurs: (text: string) => boolean,
    isAsRead?: IsAsRead,
  ): Promise<WriteOutcome>;
  /** Removes a resource of any name by its listed address, under the same condition as `replace`. Gone already is done. */
  remove(listed: ListedResource, isAsRead?: IsAsRead): Promise<WriteOutcome>;
}
