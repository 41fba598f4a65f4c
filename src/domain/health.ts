/**
 * Something that is wrong now, as health, page, doctor and metrics report it. While there is one, the server is not ok.
 * Whoever finds a problem also logs it, once when it begins and once when it is over.
 */
export interface Problem {
  readonly part: 'plane' | 'webhook' | 'mirror' | 'store';
  /** What happened, why, and what to do: sentences that may be shown to an operator and never hold a secret. */
  readonly message: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
  /** When it ends or is tried again by itself, such as the end of a pause; null when that is not known. */
  readonly until: number | null;
  /** Set for a large removal in Plane that an administrator can accept at once. */
  readonly removal?: { readonly projectId: string };
}
