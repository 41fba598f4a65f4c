import type { CalendarDate } from '../domain/calendar.ts';
import type { Snapshot } from '../domain/plane.ts';
import type { Feed } from './feed.ts';
import type { Loaded } from './loader.ts';

/** What a document is made of; equal parts give equal bytes. */
export interface Parts {
  readonly feed: Feed;
  readonly snapshots: readonly Snapshot[];
  /** The UTC day for which it is written, or the day since which it is over. */
  readonly day: CalendarDate;
  readonly ending: 'unpublished' | 'disabled' | null;
  readonly notes: readonly string[];
}

/** True for parts that give the same bytes. */
export function isSame(a: Parts, b: Parts): boolean {
  return (
    a.feed === b.feed &&
    a.day === b.day &&
    a.ending === b.ending &&
    a.snapshots.length === b.snapshots.length &&
    a.snapshots.every((snapshot, index) => snapshot === b.snapshots[index]) &&
    a.notes.join() === b.notes.join()
  );
}

/** What is not in the calendar, in sentences for its description. */
export function notesOn({ missing, lacking }: Pick<Loaded, 'missing' | 'lacking'>): string[] {
  return [
    ...(missing.length === 0 ? [] : ['A project in it could not be read from Plane yet.']),
    ...(lacking.length === 0 ? [] : ['Cycles or modules of a project in it could not be read from Plane yet.']),
  ];
}
