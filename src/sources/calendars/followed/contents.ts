import type { FollowedChanges } from '../../../domain/ports.ts';
import type { Revision } from '../../../icalendar/block.ts';
import type { ForeignGroup } from '../../../icalendar/foreign/types.ts';
import { patchMap, shareUnchanged } from '../../../lib/structural-sharing.ts';
import type { CalendarState } from '../state/calendar-state.ts';
import { GROUP, groupOf, HEAD, isCurrentForm, sourceOfGroup, type Head, type StoredGroup } from '../state/store.ts';

/** The content of calendars as the leader stored it. What did not change stays the same object. */
export interface FollowedContents {
  /** Applies the changes, and returns the ids of sources whose content they changed. */
  apply(changes: FollowedChanges): readonly string[];
  /** null where nothing is stored, or in the form of an earlier release. */
  of(sourceId: string): FollowedContent | null;
}

/** What is stored of a calendar. */
export interface FollowedContent {
  readonly state: CalendarState;
  readonly head: Head;
}

interface Group {
  readonly group: ForeignGroup;
  readonly revision: Revision | null;
}

type Groups = ReadonlyMap<string, Group>;

interface FollowedCalendar {
  /** By the ids of their records. */
  readonly groups: Groups;
  /** Groups that were written since the head, which a save writes last. One without a value is no more. */
  readonly pending: ReadonlyMap<string, Group | undefined>;
  readonly content: FollowedContent | null;
}

const NOTHING: FollowedCalendar = { groups: new Map(), pending: new Map(), content: null };

export function createFollowedContents(): FollowedContents {
  const calendars = new Map<string, FollowedCalendar>();

  return {
    apply: (changes) =>
      [...patchesOf(changes, calendars.keys())].flatMap(([sourceId, patch]) => {
        const before = calendars.get(sourceId) ?? NOTHING;
        const next = patched(before, patch, changes.isComplete);
        if (next.content === null && next.groups.size + next.pending.size === 0) calendars.delete(sourceId);
        else calendars.set(sourceId, next);
        return next.content?.state === before.content?.state ? [] : [sourceId];
      }),
    of: (sourceId) => calendars.get(sourceId)?.content ?? null,
  };
}

/** What changed in one calendar. */
interface CalendarPatch {
  /** undefined is no change, null no head. */
  head?: Head | null;
  readonly groups: Map<string, Group | undefined>;
}

function patchesOf({ isComplete, records }: FollowedChanges, known: Iterable<string>): Map<string, CalendarPatch> {
  const patches = new Map<string, CalendarPatch>();
  const of = (sourceId: string): CalendarPatch => {
    const patch = patches.get(sourceId) ?? { groups: new Map(), ...(isComplete && { head: null }) };
    patches.set(sourceId, patch);
    return patch;
  };
  if (isComplete) for (const sourceId of known) of(sourceId);
  for (const { kind, id, value } of records) {
    if (kind === HEAD) of(id).head = (value as Head | undefined) ?? null;
    else if (kind === GROUP) of(sourceOfGroup(id)).groups.set(id, read(value as StoredGroup | undefined));
  }
  return patches;
}

function read(stored: StoredGroup | undefined): Group | undefined {
  return stored && { group: groupOf(stored), revision: stored.revision ?? null };
}

/** Groups are shown with the head that was written after them. */
function patched(
  before: FollowedCalendar,
  { head, groups: changed }: CalendarPatch,
  isComplete: boolean,
): FollowedCalendar {
  const pending = new Map([...before.pending, ...changed]);
  if (head === undefined) return { ...before, pending };
  const groups = isComplete
    ? shareUnchanged(patchMap(NOTHING.groups, changed), before.groups)
    : patchMap(before.groups, pending);
  return { groups, pending: NOTHING.pending, content: head && contentOf(head, groups, before) };
}

function contentOf(head: Head, groups: Groups, before: FollowedCalendar): FollowedContent | null {
  if (!isCurrentForm(head)) return null;
  const old = before.content?.state;
  const state: CalendarState = {
    ...(old && before.groups === groups ? old : byUid(groups)),
    zones: shareUnchanged(new Map(head.zones.map((zone) => [zone.tzid, zone])), old?.zones),
    about: head.about,
  };
  return { head, state: old && isSame(old, state) ? old : state };
}

function isSame(a: CalendarState, b: CalendarState): boolean {
  return a.groups === b.groups && a.zones === b.zones && JSON.stringify(a.about) === JSON.stringify(b.about);
}

function byUid(records: Groups): Pick<CalendarState, 'groups' | 'revisions'> {
  const groups = new Map<string, ForeignGroup>();
  const revisions = new Map<string, Revision>();
  for (const { group, revision } of records.values()) {
    groups.set(group.uid, group);
    if (revision !== null) revisions.set(group.uid, revision);
  }
  return { groups, revisions };
}
