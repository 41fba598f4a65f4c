/** What a feed includes. By id, so that renames don't change it. */
export type Scope =
  | { readonly kind: 'projects'; readonly projectIds: readonly string[] }
  | { readonly kind: 'all' }
  | { readonly kind: 'person'; readonly memberId: string };

/** A calendar written out, ready to send: bytes per coding and their validators (RFC 9110 section 8.8). */
export interface CalendarDocument {
  readonly identity: Buffer;
  /** null when compression is switched off. */
  readonly gzip: Buffer | null;
  /** Without quotes and without the suffix of a coding. */
  readonly etag: string;
  /** When the bytes last changed, in whole seconds. */
  readonly lastModifiedMs: number;
  readonly fileName: string;
  readonly events: number;
  /** How often its bytes have changed. */
  readonly version: number;
  /** Why clients may not take all of it, and what helps: a clause in ASCII; null when it is small enough. */
  readonly warning: string | null;
}
