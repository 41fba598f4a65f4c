import { hash } from 'node:crypto';
import { sameOffsets } from '../../icalendar/foreign/zone-clock.ts';
import type { Scope } from '../../domain/feed.ts';
import type { Zone } from '../../domain/calendar.ts';
import type { CalendarContent, ChangeListener, ProjectContent, Store } from '../../domain/ports.ts';
import { errorCode } from '../../domain/errors.ts';
import { retryConflicts } from '../../lib/conflicts.ts';
import { runInSlices } from '../../lib/cooperative.ts';
import { createKeyedMutex } from '../../lib/keyed-mutex.ts';
import { versionOf } from '../../lib/record-version.ts';
import { createRecent } from '../recent.ts';

/**
 * Puts several calendars side by side in one feed: a UID that two of them use is renamed in the one that has been in the feed for less
 * time, for ever, and so is a time zone of the same name with other offsets. What one of several servers over one store has renamed, all
 * have.
 */

const RENAMED = 'renamed-uid';
const MAX_MERGED = 2_000;
/** UIDs of our own components. */
const OWN_UID = /^plane-[a-z]+-.*@plane-ics$/;

/** The contents of a feed without collisions. The same contents give the same result. */
export type Merge = (key: string | null, scope: Scope, contents: readonly ProjectContent[]) => Promise<Merged>;

/** Contents, and when what they are renamed to survives a restart. */
export interface Merged {
  readonly contents: readonly ProjectContent[];
  readonly saved: Promise<void>;
  /** False when another server has renamed something since. */
  isLatest(): boolean;
}

interface Calendar {
  readonly id: string;
  readonly calendar: CalendarContent;
}

interface Task {
  readonly key: string | null;
  readonly hasPlane: boolean;
  readonly order: string;
  readonly contents: readonly ProjectContent[];
  readonly calendars: readonly Calendar[];
}

interface Entry extends Omit<Merged, 'isLatest'> {
  /** Whether Plane has a part, and which calendars are in the feed. */
  readonly order: string;
  readonly given: readonly ProjectContent[];
}

/** Leaves contents as they are. */
export const apart: Merge = (_key, _scope, contents) =>
  Promise.resolve({ contents, saved: Promise.resolve(), isLatest: () => true });

/** `adopt` applies what other servers stored. */
export function createMerge(store: Store): Merge & { readonly adopt: ChangeListener } {
  const merged = createRecent<Entry>(MAX_MERGED);
  // What one of two at once has renamed, the other must not forget.
  const inTurn = createKeyedMutex();
  /** How often other servers renamed something. */
  let adopted = 0;

  /** UIDs that were renamed before, by calendar. */
  async function restore(key: string | null): Promise<Map<string, readonly string[]>> {
    if (key === null) return new Map();
    const records = (await store.list(RENAMED, `${key}/`)) as [string, readonly string[]][];
    return new Map(records.map(([id, uids]) => [id.slice(key.length + 1), uids]));
  }

  async function rename({ key, hasPlane, order, contents, calendars }: Task): Promise<Entry> {
    const before = await restore(key);
    const uids = await runInSlices(renameUids(calendars, before, hasPlane));
    const zones = renameZones(calendars);
    const changes = [...uids].flatMap(([id, renamed]) => {
      const stored = before.get(id);
      if (renamed.size === (stored?.length ?? 0)) return [];
      return [{ kind: RENAMED, id: `${key ?? ''}/${id}`, value: [...renamed.keys()], expected: versionOf(stored) }];
    });
    const saved = key === null || changes.length === 0 ? Promise.resolve() : store.write(changes);
    // The loader awaits it later; until then a failure must not count as unhandled.
    saved.catch(() => undefined);
    const entry = { order, given: contents, contents: await renameAll(contents, uids, zones), saved };
    // The next in turn has to find it. After a conflict it is not what all servers have.
    await saved.catch((error: unknown) => {
      if (errorCode(error) === 'conflict') throw error;
    });
    return entry;
  }

  async function mergeCalendars(task: Task): Promise<Entry> {
    const { key, order, contents } = task;
    const last = key === null ? undefined : merged.get(key);
    if (last?.order === order && isSame(last.given, contents)) return last;
    const begun = adopted;
    const entry = await retryConflicts(() => rename(task));
    if (key !== null && adopted === begun) merged.set(key, entry);
    return entry;
  }

  const merge: Merge = async (key, scope, contents) => {
    const calendars = calendarsOf(scope, contents);
    if (calendars.length === 0) return apart(key, scope, contents);
    const hasPlane = scope.kind !== 'projects' || scope.projectIds.length > 0;
    const order = `${hasPlane} ${calendars.map(({ id }) => id).join()}`;
    const task = { key, hasPlane, order, contents, calendars };
    const begun = adopted;
    const entry = await (key === null ? mergeCalendars(task) : inTurn(key, () => mergeCalendars(task)));
    return { contents: entry.contents, saved: entry.saved, isLatest: () => adopted === begun };
  };
  const adopt: ChangeListener = ({ isComplete, records }) => {
    adopted++;
    if (isComplete) merged.clear();
    // Merged anew they get what is stored.
    for (const { id } of records) merged.delete(id.slice(0, id.lastIndexOf('/')));
  };
  return Object.assign(merge, { adopt });
}

type RenamesByCalendar = ReadonlyMap<string, ReadonlyMap<string, string>>;

async function renameAll(
  contents: readonly ProjectContent[],
  uids: RenamesByCalendar,
  zones: RenamesByCalendar,
): Promise<ProjectContent[]> {
  const renamed: ProjectContent[] = [];
  for (const content of contents) {
    const { id } = content.info;
    const renames = { uids: uids.get(id) ?? new Map(), zones: zones.get(id) ?? new Map() };
    const isSame = renames.uids.size + renames.zones.size === 0;
    renamed.push(isSame ? content : ((await content.calendar?.renamed(renames)) ?? content));
  }
  return renamed;
}

/** Calendars by how long they have been in the feed, the longest first. */
function calendarsOf({ calendarIds = [] }: Scope, contents: readonly ProjectContent[]): Calendar[] {
  return calendarIds.flatMap((id) => {
    const calendar = contents.find(({ info }) => info.id === id)?.calendar;
    return calendar ? [{ id, calendar }] : [];
  });
}

function isSame(a: readonly ProjectContent[], b: readonly ProjectContent[]): boolean {
  return a.length === b.length && a.every((content, at) => content === b[at]);
}

/** New names by old ones, by calendar. One that was renamed before stays so, also when the other one is gone. */
function* renameUids(
  calendars: readonly Calendar[],
  before: ReadonlyMap<string, readonly string[]>,
  hasPlane: boolean,
): Generator<undefined, Map<string, Map<string, string>>> {
  const taken = new Set<string>();
  const renames = new Map<string, Map<string, string>>();
  for (const { id, calendar } of calendars) {
    const own = new Map<string, string>();
    for (const uid of before.get(id) ?? []) {
      own.set(uid, newUid(id, uid));
      yield;
    }
    for (const uid of calendar.uids) {
      yield;
      if (own.has(uid)) continue;
      if (taken.has(uid) || (hasPlane && OWN_UID.test(uid))) own.set(uid, newUid(id, uid));
      else taken.add(uid);
    }
    renames.set(id, own);
  }
  return renames;
}

/** Equal for equal names, over restarts. */
function newUid(calendarId: string, uid: string): string {
  return `${hash('sha256', `${calendarId}\n${uid}`).slice(0, 32)}@plane-ics`;
}

/** New names of zones by old ones, by calendar. */
function renameZones(calendars: readonly Calendar[]): Map<string, Map<string, string>> {
  const taken = new Map<string, { readonly zone: Zone; readonly years: CalendarContent['years'] }>();
  const renames = new Map<string, Map<string, string>>();
  for (const { id, calendar } of calendars) {
    const own = new Map<string, string>();
    for (const [tzid, zone] of calendar.zones) {
      const first = taken.get(tzid);
      const { years } = calendar;
      if (!first) taken.set(tzid, { zone, years });
      else if (!isSameZone(first.zone, zone, first.years, years)) own.set(tzid, `${tzid} ${id}`);
    }
    renames.set(id, own);
  }
  return renames;
}

function isSameZone(a: Zone, b: Zone, yearsOfA: CalendarContent['years'], yearsOfB: CalendarContent['years']): boolean {
  if (a.text === b.text) return true;
  return sameOffsets(a, b, Math.min(yearsOfA.from, yearsOfB.from), Math.max(yearsOfA.to, yearsOfB.to));
}
