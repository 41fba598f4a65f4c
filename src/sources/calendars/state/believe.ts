import type { Zone } from '../../../domain/calendar.ts';
import { AppError } from '../../../domain/errors.ts';
import type { Revision } from '../../../icalendar/block.ts';
import { isSameContent } from '../../../icalendar/foreign/groups.ts';
import type { CalendarFile, ForeignGroup } from '../../../icalendar/foreign/types.ts';
import { forEachInSteps } from '../../../lib/cooperative.ts';
import { largeLosses, lossesInWords, type RemovalGuard } from '../../trust/removal-guard.ts';
import { aboutOf, type CalendarState } from './calendar-state.ts';
import { createYearCounter } from './years.ts';
import { reviseGroup } from './revise.ts';

/** Decides what of a reading is believed. */

/** Events that are handled in one step. */
const STEP = 128;

export interface BelieveOptions {
  readonly sourceId: string;
  /** null for the first reading. */
  readonly previous: CalendarState | null;
  readonly file: CalendarFile;
  /** Our revisions so far, also of components that are not known any more. */
  readonly revisions: ReadonlyMap<string, Revision>;
  readonly guard: RemovalGuard;
  /** What an administrator has just asked for is believed, whatever it lacks. */
  readonly isFirst: boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * The calendar after a reading, and the UIDs that changed; a generator, since a calendar can be large. What has an unreadable component stays
 * as it was.
 *
 * Unless it is the first, throws `source_invalid` for a file that breaks off, and `source_unconfirmed` if so much would be removed that a
 * second read has to confirm it.
 */
export function* believe(
  options: BelieveOptions,
): Generator<undefined, { readonly state: CalendarState; readonly changed: ReadonlySet<string> }> {
  const { previous, file, isFirst } = options;
  if (!file.isComplete && !isFirst && previous !== null)
    throw new AppError('source_invalid', 'The calendar breaks off before its end. The last good version stays.');
  const groups = yield* nextGroups(previous, file);
  confirmRemoval(options, groups);
  yield;
  const zones = nextZones(previous, file, groups);
  yield;
  const revisions = new Map(options.revisions);
  const changed = new Set<string>();
  const isSameZone = (tzid: string): boolean => previous?.zones.get(tzid) === zones.get(tzid);
  const years = createYearCounter(new Date(options.now).getUTCFullYear());
  const second = Math.floor(options.now / 1000);
  yield* forEachInSteps(groups.values(), STEP, (group) => {
    const { uid } = group;
    const before = previous?.groups.get(uid);
    const revision = reviseGroup(before, group, options.revisions.get(uid), second);
    if (revision !== undefined) revisions.set(uid, revision);
    if (before !== group || !group.tzids.every(isSameZone)) changed.add(uid);
    years.add(group);
  });
  for (const uid of removedUids(previous, groups)) changed.add(uid);
  const stale = [...file.unreadable].filter((uid) => groups.has(uid));
  return { state: { groups, zones, revisions, about: aboutOf(file, stale, years.all()) }, changed };
}

function removedUids(previous: CalendarState | null, groups: CalendarState['groups']): string[] {
  return [...(previous?.groups.keys() ?? [])].filter((uid) => !groups.has(uid));
}

/** Groups of which only DTSTAMP changed stay as they were: some calendars write there when they were generated. */
function* nextGroups(
  previous: CalendarState | null,
  { groups, unreadable }: CalendarFile,
): Generator<undefined, ReadonlyMap<string, ForeignGroup>> {
  if (previous === null) return groups;
  const next = new Map<string, ForeignGroup>();
  for (const [uid, group] of groups) {
    const before = previous.groups.get(uid);
    if (!unreadable.has(uid)) next.set(uid, before && isSameContent(before, group) ? before : group);
    yield;
  }
  for (const uid of unreadable) {
    const before = previous.groups.get(uid);
    if (before) next.set(uid, before);
  }
  return next;
}

function confirmRemoval(options: BelieveOptions, groups: ReadonlyMap<string, ForeignGroup>): void {
  const { sourceId, previous, guard, isFirst } = options;
  if (previous === null || isFirst) return;
  const { groups: before } = previous;
  // What was edited is not lost: only what is listed counts.
  const losses = largeLosses(before, groups);
  if (guard.allows(sourceId, losses)) return;
  const what = groups.size === 0 ? 'It has no events where there were some' : lossesInWords(losses, 'events');
  throw new AppError(
    'source_unconfirmed',
    `${what}. The last good version stays until a second read, five minutes later, confirms it.`,
  );
}

/** The zones that groups refer to; equal ones are the same object as before. */
function nextZones(
  previous: CalendarState | null,
  file: CalendarFile,
  groups: ReadonlyMap<string, ForeignGroup>,
): ReadonlyMap<string, Zone> {
  const zones = new Map<string, Zone>();
  const add = (tzid: string): void => {
    const before = previous?.zones.get(tzid);
    const read = file.zones.get(tzid);
    if (read && before?.text !== read.text) zones.set(tzid, { tzid: read.tzid, text: read.text });
    else if (before) zones.set(tzid, before);
  };
  let latest: readonly string[] = [];
  for (const { tzids } of groups.values()) {
    // Groups that follow each other mostly have the same list.
    if (tzids === latest) continue;
    latest = tzids;
    for (const tzid of tzids) if (!zones.has(tzid)) add(tzid);
  }
  return zones;
}
