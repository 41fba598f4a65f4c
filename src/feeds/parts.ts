import type { CalendarDate } from '../domain/calendar.ts';
import type { ProjectContent } from '../domain/ports.ts';
import type { TombstoneReason } from '../views/view.ts';
import type { Feed } from './feed.ts';
import type { Loaded } from './loader.ts';

/** What a document is made of; equal parts give equal bytes. */
export interface Parts {
  readonly feed: Feed;
  readonly projects: readonly ProjectContent[];
  /** The UTC day for which it is written, or the day on which it ended. */
  readonly day: CalendarDate;
  /** null for a feed that has not ended. */
  readonly tombstone: TombstoneReason | null;
  readonly notes: readonly string[];
}

/** True for parts that give the same bytes. */
export function isSame(a: Parts, b: Parts): boolean {
  return (
    a.feed.revision === b.feed.revision &&
    a.day === b.day &&
    a.tombstone === b.tombstone &&
    a.projects.length === b.projects.length &&
    a.projects.every((content, index) => content === b.projects[index]) &&
    a.notes.join() === b.notes.join()
  );
}

/** What the calendar lacks, in sentences for its description. */
export function notesOn({ unread, missingParts }: Pick<Loaded, 'unread' | 'missingParts'>): string[] {
  return [
    ...(unread.length === 0 ? [] : ['A project in it could not be read from Plane yet.']),
    ...(missingParts.length === 0 ? [] : ['Cycles or modules of a project in it could not be read from Plane yet.']),
  ];
}
