import type { CalendarDate } from '../domain/calendar.ts';
import { createYieldPoint, runInSlices, type YieldPoint } from '../lib/cooperative.ts';
import type { HoursCalendar } from '../views/calendar/hours.ts';
import type { Catalog } from './catalog.ts';
import type { RecordIndex } from './identity.ts';
import { createCount, expandCalendar, type Count } from './instances/expand.ts';
import type { Ignored, Instance } from './instances/instance.ts';
import { markOverlaps } from './instances/overlaps.ts';
import { duplicatesIn } from './instances/duplicates.ts';
import type { PlaneAddress } from './matching/addresses.ts';
import { createMatcher, matchOf, type Match } from './matching/matcher.ts';
import { createMentionReader } from './matching/mentions.ts';
import type { StoredRule } from './matching/rules.ts';
import { findCorrection, type StoredCorrection } from './records.ts';
import { minutesBetween } from './rounding.ts';
import type { EntryKey } from './timesheet.ts';

/** Puts together what happened on some days: what counts, what it is matched to, and what is ignored. */

/** An instance that counts. */
export interface Entry extends EntryKey {
  readonly calendar: HoursCalendar;
  readonly start: number;
  readonly end: number;
  readonly day: CalendarDate;
  readonly minutes: number;
  readonly info: Instance['info'];
  readonly match: Match;
  readonly overlaps: boolean;
}

/** One that doesn't. */
export interface IgnoredInstance extends EntryKey {
  readonly calendar: HoursCalendar;
  readonly start: number;
  readonly end: number;
  readonly day: CalendarDate;
  readonly title: string;
  readonly ignored: Ignored;
}

/** All instances that start on the days asked for, and some around. By start, then by calendar and UID. */
export interface Assembly {
  readonly entries: readonly Entry[];
  readonly ignored: readonly IgnoredInstance[];
}

/** What an assembly is made of. */
export interface AssemblyOptions {
  /** All calendars of the people whose hours these are. */
  readonly calendars: readonly HoursCalendar[];
  readonly from: CalendarDate;
  /** Inclusive. */
  readonly to: CalendarDate;
  readonly catalog: Catalog;
  readonly address: PlaneAddress;
  readonly rules: readonly StoredRule[];
  readonly corrections: RecordIndex<StoredCorrection>;
  readonly count?: Count;
  readonly pause?: YieldPoint;
}

/** Reads calendars in slices. Throws `invalid` for too many instances. */
export async function assemble(options: AssemblyOptions): Promise<Assembly> {
  const { calendars, from, to, catalog, address, count = createCount(), pause = createYieldPoint() } = options;
  const readMentions = createMentionReader(catalog.all, address);
  const all: Instance[] = [];
  for (const calendar of calendars) {
    const found = await runInSlices(expandCalendar(calendar, { from, to, readMentions, count }), pause);
    for (const instance of found) all.push(instance);
  }
  all.sort(compareInstances);
  const sorted = await runInSlices(sortOut(all, options), pause);
  await catalog.load(projectsNamed(sorted.counted, options));
  const entries = await runInSlices(toEntries(sorted.counted, options), pause);
  return { entries: markOverlaps(entries), ignored: sorted.ignored };
}

function compareInstances(a: Instance, b: Instance): number {
  if (a.start !== b.start) return a.start - b.start;
  const [first, second] = [a, b].map(({ calendar, uid, instance }) => `${calendar.id} ${uid} ${instance ?? ''}`);
  return (first ?? '') < (second ?? '') ? -1 : 1;
}

/** An instance with what someone said about it. */
interface Counted {
  readonly instance: Instance;
  readonly correction: StoredCorrection | undefined;
}

function* sortOut(
  all: readonly Instance[],
  { corrections, calendars }: AssemblyOptions,
): Generator<undefined, { readonly counted: readonly Counted[]; readonly ignored: readonly IgnoredInstance[] }> {
  const counted: Counted[] = [];
  const ignored: IgnoredInstance[] = [];
  const duplicates = yield* duplicatesIn(all);
  for (const instance of all) {
    const { memberId } = instance.calendar.settings;
    const correction = findCorrection(corrections, keyOf(instance), memberId, calendars);
    const reason = instance.ignored ?? duplicates.get(instance) ?? (correction?.said === null ? EXCLUDED : null);
    if (reason === null) counted.push({ instance, correction });
    else {
      const { calendar, day, end, info } = instance;
      ignored.push({ ...keyOf(instance), calendar, day, end, title: info.title, ignored: reason });
    }
    yield;
  }
  return { counted, ignored };
}

const EXCLUDED: Ignored = { kind: 'excluded', reason: 'Marked as not work' };

function keyOf({ calendar, uid, instance, start }: Instance): EntryKey & { readonly start: number } {
  return { source: calendar.id, uid, instance, start };
}

/** The projects whose items decide something. */
function projectsNamed(counted: readonly Counted[], { rules }: AssemblyOptions): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const { instance, correction } of counted) {
    for (const { items } of instance.info.mentions.fields) for (const { projectId } of items) ids.add(projectId);
    if (correction?.said?.itemId != null) ids.add(correction.said.projectId);
  }
  for (const { projectId, itemId } of rules) if (itemId !== null) ids.add(projectId);
  return ids;
}

function* toEntries(
  counted: readonly Counted[],
  { catalog, rules }: AssemblyOptions,
): Generator<undefined, Omit<Entry, 'overlaps'>[]> {
  const match = createMatcher(catalog, rules);
  const entries: Omit<Entry, 'overlaps'>[] = [];
  for (const { instance, correction } of counted) {
    const { calendar, end, start, day, info } = instance;
    entries.push({
      ...keyOf(instance),
      calendar,
      end,
      day,
      minutes: minutesBetween(start, end),
      info: info,
      match: correction?.said ? matchOf(correction.said, catalog) : match(info, calendar.settings),
    });
    yield;
  }
  return entries;
}
