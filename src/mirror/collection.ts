/** A CalDAV calendar as the mirror needs it: the port that `caldav/` fills. Names are those of resources in it, such as "plane-….ics". */

/** A resource in the calendar, as listed. */
export interface Listed {
  readonly name: string;
  /** As the server wrote it, made absolute. */
  readonly href: string;
  /** Strong entity tag with its quotes; null where the server gives none. */
  readonly etag: string | null;
}

/** A resource with what is in it. */
export interface Stored extends Listed {
  /** iCalendar text as the server gave it, with CRLF. */
  readonly text: string;
}

/** How a write went, after everything was done to find out. */
export type Outcome =
  | { readonly kind: 'done'; readonly etag: string | null }
  /** Something else is there than was expected, or it is gone. */
  | { readonly kind: 'conflict'; readonly reason: string }
  /** The server will not take this object; trying again is in vain until it changes. */
  | { readonly kind: 'rejected'; readonly reason: string }
  /** No room: quota or size. */
  | { readonly kind: 'full'; readonly reason: string };

/** What goes before a write. */
export type Condition = { readonly ifNoneMatch: true } | { readonly ifMatch: string };

/**
 * The calendar. Every method throws `AppError` with code caldav_key (401: nothing more is tried), caldav_gone (no such calendar),
 * caldav_unavailable (no answer in time, 5xx, 429 that lasts), caldav_strange (what came back can't be relied on).
 */
export interface Collection {
  /** Ends in a slash. */
  readonly url: string;
  readonly displayName: string;
  /** Kinds of components it takes, such as VEVENT; empty where it doesn't say. */
  readonly components: readonly string[];
  /** Everything in it. Never an empty list in place of an error: a listing counts only when it holds the calendar itself. */
  list(): Promise<ReadonlyMap<string, Listed>>;
  /** What is in these, by name; one that has gone meanwhile is left out. */
  read(listed: readonly Listed[]): Promise<ReadonlyMap<string, Stored>>;
  /** One resource as it is now; null when there is none. */
  look(name: string): Promise<Stored | null>;
  /**
   * Writes one object. `isOurs` decides, when the answer was lost or the condition failed, whether what is there now is what was to be
   * written. `name` must be [a-z0-9-]+.ics: anything else throws before a request is made.
   */
  put(name: string, text: string, condition: Condition, isOurs: (text: string) => boolean): Promise<Outcome>;
  /** Overwrites a resource of any name at its listed address, only while it is as listed; for what others made. */
  replace?(listed: Listed, text: string, isOurs: (text: string) => boolean): Promise<Outcome>;
  /** Removes one, by its listed address, only while it is as listed. Gone already is done. */
  remove(listed: Listed): Promise<Outcome>;
}
