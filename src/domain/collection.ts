import type { AppError } from './errors.ts';

/** A CalDAV calendar as the mirror needs it: the port that `caldav/` fills. Names are those of resources in it, such as "plane-….ics". */

/** A resource in the calendar, as listed. */
export interface ListedResource {
  readonly name: string;
  /** As the server wrote it, made absolute. */
  readonly href: string;
  /**
   * Entity tag exactly as the server wrote it, trimmed: quoted, bare, weak or malformed; null where the server sends none. Only one that
   * passes `isStrongTag` (lib/entity-tag.ts) proves that nothing changed, and can be the condition of a write.
   */
  readonly etag: string | null;
}

/** A resource with its text. */
export interface StoredResource extends ListedResource {
  /** iCalendar text as the server sent it, with CRLF. */
  readonly text: string;
}

/** The outcome of a write, after the resource was checked where the answer left it open. */
export type WriteOutcome =
  /**
   * With the strong tag of what was written; null where the server sent none. `isRepeated`: it was sent more than once. `wasGone`: the server
   * says that what had to be removed is not there.
   */
  | { readonly kind: 'done'; readonly etag: string | null; readonly isRepeated?: boolean; readonly wasGone?: boolean }
  /** It changed or was removed since it was read, or it is locked. */
  | { readonly kind: 'conflict'; readonly reason: string }
  /** The server refuses this object, and will until it changes. */
  | { readonly kind: 'rejected'; readonly reason: string }
  /** The quota is used up. Deletions make room. */
  | { readonly kind: 'full'; readonly reason: string };

/** Whether a text of a resource says the same as the one read before. Compares the content, because servers rewrite texts. */
export type IsAsRead = (text: string) => boolean;

/** Skips a resource that can't be read, by its name, or throws the error, which names it too. */
export type SkipUnreadable = (name: string, error: AppError) => void;

/** The condition of a write. */
export type WriteCondition =
  /** Nothing is there. */
  | { readonly ifNoneMatch: true }
  /** It has this strong tag, given as it was listed. */
  | { readonly ifMatch: string }
  /** For a resource without a strong tag: it is read right before the write, which is sent only if this accepts the text. */
  | { readonly ifRead: IsAsRead };

/**
 * The calendar. Every method throws `AppError` with code caldav_key (401: nothing more is sent), caldav_not_found (no such calendar),
 * caldav_unavailable (no answer in time, 5xx, repeated 429), caldav_invalid_response (the answer is not reliable). An error with
 * `until` says when the server may be asked again; until then nothing is sent. A caldav_key with `workedBefore` may be a passing one.
 */
export interface Collection {
  /** Ends with a slash. */
  readonly url: string;
  readonly displayName: string;
  /** Kinds of components it accepts, such as VEVENT; empty where the server doesn't say. */
  readonly components: readonly string[];
  /**
   * Whether the server sends invitations and cancellations for meetings that are written here (RFC 6638 section 2), or doesn't say whether
   * it does.
   */
  schedules(): Promise<boolean>;
  /** All resources in it. Never an empty list in place of an error: a listing counts only when it contains the calendar itself. */
  list(): Promise<ReadonlyMap<string, ListedResource>>;
  /**
   * These resources with their texts, by name; those that no longer exist are left out. One that the server fails on each time, while it
   * sends others, is passed to `skip`, which may throw the error; without `skip` it is thrown.
   */
  read(listed: readonly ListedResource[], skip?: SkipUnreadable): Promise<ReadonlyMap<string, StoredResource>>;
  /** One resource as it is now; null when there is none. */
  readOne(name: string): Promise<StoredResource | null>;
  /**
   * Writes one object. When the answer is lost or the condition fails, `isOurs` decides whether the current text is the one to write.
   * `name` must be [a-z0-9-]+.ics: anything else throws before a request is sent. Objects under other names are overwritten by `replace`.
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
  /** Removes a resource of any name at its listed address, under the same condition as `replace`. One that no longer exists counts as done. */
  remove(listed: ListedResource, isAsRead?: IsAsRead): Promise<WriteOutcome>;
}
