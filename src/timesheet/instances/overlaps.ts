import type { HoursCalendar } from '../../views/calendar/hours.ts';

/** When an entry is, and whose it is. */
interface Timed {
  readonly calendar: HoursCalendar;
  readonly start: number;
  readonly end: number;
}

/** Marks entries that share time with another one of the same person. They are given by start, and each has a length. */
export function markOverlaps<T extends Timed>(entries: readonly T[]): (T & { readonly overlaps: boolean })[] {
  const marked = new Set<T>();
  /** By person, the entry that ends last so far. */
  const latest = new Map<string, T>();
  for (const entry of entries) {
    const { memberId } = entry.calendar.settings;
    const before = latest.get(memberId);
    if (before && entry.start < before.end) marked.add(entry).add(before);
    if (!before || entry.end > before.end) latest.set(memberId, entry);
  }
  return entries.map((entry) => ({ ...entry, overlaps: marked.has(entry) }));
}
