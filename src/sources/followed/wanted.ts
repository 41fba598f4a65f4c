import type { RequiredPart } from '../../domain/plane.ts';

/** The kind of these messages. */
export const WANTED = 'wanted';

/** A project that feeds of a follower show, and the parts they require besides its items. */
export interface WantedProject {
  readonly id: string;
  readonly parts: readonly RequiredPart[];
}

/** What a follower asks the leader for. */
export interface Wanted {
  readonly projects: readonly WantedProject[];
  /** The list of projects. */
  readonly list: boolean;
  /** Ids of calendars that are not Plane's. */
  readonly calendars: readonly string[];
  /** False where it is only to be kept up to date. */
  readonly refresh: boolean;
}

/** Stores that for the leader. */
export type Want = (wanted: Wanted) => Promise<void>;

/** Nothing wanted, to be completed. */
export const NOTHING_WANTED: Wanted = { projects: [], list: false, calendars: [], refresh: false };
