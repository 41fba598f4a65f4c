import { createHash } from 'node:crypto';
import type { Zone } from '../../../domain/calendar.ts';
import type { Store, StoreChange } from '../../../domain/ports.ts';
import type { Revision } from '../../../icalendar/block.ts';
import { readDays } from '../../../icalendar/foreign/reader.ts';
import type { Days, ForeignGroup, RawComponent } from '../../../icalendar/foreign/types.ts';
import { foldLines } from '../../../icalendar/text.ts';
import { yieldToEventLoop } from '../../../lib/cooperative.ts';
import { instantOf, storedInstant, type StoredInstant } from '../../followed/stored-freshness.ts';
import type { CalendarAbout, CalendarState } from './calendar-state.ts';

/** What was last believed of a calendar, in the stores: its content in the cache, our revisions beside the other durable data. */

/** The kind of what a calendar has besides its groups, by the id of its source: written last, after all groups. */
export const HEAD = 'source-head';
/** The kind of the groups of a calendar; their ids begin with that of its source and a colon. */
export const GROUP = 'source-group';
/** The kind of what says how fresh a calendar is, by the id of its source. */
export const SOURCE_FRESHNESS = 'source-freshness';
const REVISION = 'source-revision';
/** What the cache has in another format is read again from its source. */
const FORMAT = 3;
/**
 * What earlier versions stored is converted once, and stored again: 1 has components as lines, and not always the revisions of groups; 2 has
 * components without their days.
 */
const OLDER_FORMATS: readonly number[] = [1, 2];
/** Records in one write. */
const BATCH = 100;

/** When a calendar was read, and what its reader needs to know. */
export interface ReadMarks {
  /** Of the reader; null to read everything again. */
  readonly reader: unknown;
  /** Milliseconds since the epoch, as all instants here. */
  readonly checkedAt: number;
  /** Since the first read; -Infinity for never. */
  readonly changedAt: number;
  /** Since when its server says that there is no such calendar; null while it is there. */
  readonly missingSince: number | null;
  /** Whether that was confirmed. */
  readonly isGone: boolean;
}

/** Of a calendar that was never read. */
export const NO_MARKS: ReadMarks = {
  reader: null,
  checkedAt: -Infinity,
  changedAt: -Infinity,
  missingSince: null,
  isGone: false,
};

/** A calendar and when it was read. */
export interface StoredCalendar {
  readonly state: CalendarState;
  readonly marks: ReadMarks;
}

/** A calendar as it is stored, without its groups. */
export interface Head extends Omit<ReadMarks, 'changedAt'> {
  readonly changedAt: StoredInstant;
  readonly format: number;
  readonly about: CalendarAbout;
  readonly zones: readonly Zone[];
}

/** A component as it is stored. */
interface StoredComponent extends Pick<RawComponent, 'name' | 'line'> {
  readonly text?: string;
  /** Earlier versions stored unfolded lines in its place. */
  readonly lines?: readonly string[];
  /** Earlier versions stored none. */
  readonly days?: Days;
}

/** A group as it is stored: with its revision, so that no server ever shows one without the other. */
export interface StoredGroup extends Omit<ForeignGroup, 'components'> {
  readonly components: readonly StoredComponent[];
  /** null where its own stamps count. */
  readonly revision?: Revision | null;
}

/** True where the cache has everything in the present form. */
export function isCurrentForm({ format }: Head): boolean {
  return format === FORMAT;
}

/** The id of the source that a group belongs to. */
export function sourceOfGroup(id: string): string {
  return id.slice(0, id.indexOf(':'));
}

interface StoredRevision {
  readonly uid: string;
  readonly revision: Revision;
}

/** The stored content of one source. */
export interface CalendarStore {
  load(): Promise<{
    /** null where nothing is stored, or in another format. */
    readonly calendar: StoredCalendar | null;
    /** False where all of it has to be stored again. */
    readonly isCurrent: boolean;
    readonly revisions: ReadonlyMap<string, Revision>;
  }>;
  /** Stores what differs from `before`, or everything where that is null; `changes` are written with it. */
  save(next: StoredCalendar, before: CalendarState | null, changes: readonly StoreChange[]): Promise<void>;
  forget(): Promise<void>;
}

export function createCalendarStore(sourceId: string, kept: Store, cache: Store): CalendarStore {
  const prefix = `${sourceId}:`;
  // A UID can be of any length.
  const idOf = (uid: string): string => prefix + createHash('sha256').update(uid).digest('hex').slice(0, 32);

  /** In pieces, so that the event loop stays free in between. */
  async function writeAll<T>(things: readonly T[], toChange: (thing: T) => StoreChange): Promise<void> {
    for (let at = 0; at < things.length; at += BATCH) {
      await cache.write(things.slice(at, at + BATCH).map(toChange));
      await yieldToEventLoop();
    }
  }

  /** Ids of stored groups that the calendar lacks. Where a write failed, nobody knows which there are. */
  async function unlisted({ groups }: CalendarState, before: CalendarState | null): Promise<string[]> {
    if (before) return [...before.groups.keys()].filter((uid) => !groups.has(uid)).map(idOf);
    const ids = new Set([...groups.keys()].map(idOf));
    return (await cache.list(GROUP, prefix)).map(([id]) => id).filter((id) => !ids.has(id));
  }

  return {
    load: async () => {
      const stored = (await kept.list(REVISION, prefix)).map(([, value]) => value as StoredRevision);
      const revisions = new Map(stored.map(({ uid, revision }) => [uid, revision]));
      const head = (await cache.get(HEAD, sourceId)) as Head | undefined;
      if (head === undefined || !(isCurrentForm(head) || OLDER_FORMATS.includes(head.format)))
        return { calendar: null, isCurrent: false, revisions };
      const groups = (await cache.list(GROUP, prefix)).map(([, value]) => groupOf(value as StoredGroup));
      const { reader, checkedAt, changedAt, missingSince, isGone, about, zones } = head;
      const marks = { reader, checkedAt, changedAt: instantOf(changedAt), missingSince, isGone };
      const state: CalendarState = {
        about,
        groups: new Map(groups.map((group) => [group.uid, group])),
        zones: new Map(zones.map((zone) => [zone.tzid, zone])),
        revisions,
      };
      return { calendar: { marks, state }, isCurrent: isCurrentForm(head), revisions };
    },
    save: async ({ state, marks }, before, changes) => {
      // First what can't be read again, last what says that the rest is complete.
      const revisions = differing(state.revisions, before?.revisions ?? null);
      if (revisions.length > 0)
        await kept.write(
          revisions.map(([uid, revision]) => ({
            kind: REVISION,
            id: idOf(uid),
            value: { uid, revision } satisfies StoredRevision,
          })),
        );
      await writeAll(differing(state.groups, before?.groups ?? null), ([uid, group]) => ({
        kind: GROUP,
        id: idOf(uid),
        value: { ...group, revision: state.revisions.get(uid) ?? null } satisfies StoredGroup,
      }));
      await writeAll(await unlisted(state, before), (id) => ({ kind: GROUP, id }));
      await writeAll(changes, (change) => change);
      const { about, zones } = state;
      const changedAt = storedInstant(marks.changedAt);
      const head: Head = { ...marks, changedAt, format: FORMAT, about, zones: [...zones.values()] };
      await cache.write([{ kind: HEAD, id: sourceId, value: head }]);
    },
    forget: async () => {
      const groups = await cache.list(GROUP, prefix);
      const own = [HEAD, SOURCE_FRESHNESS].map((kind) => ({ kind, id: sourceId }));
      await cache.write([...own, ...groups.map(([id]) => ({ kind: GROUP, id }))]);
      const revisions = await kept.list(REVISION, prefix);
      if (revisions.length > 0) await kept.write(revisions.map(([id]) => ({ kind: REVISION, id })));
    },
  };
}

/** The group alone. */
export function groupOf({ uid, components, stamps, tzids }: StoredGroup): ForeignGroup {
  return { uid, components: components.map(componentOf), stamps, tzids };
}

function componentOf({ name, line, lines = [], text = foldLines(lines), days }: StoredComponent): RawComponent {
  return { name, line, text, days: days ?? readDays(name, text) };
}

function differing<T>(next: ReadonlyMap<string, T>, before: ReadonlyMap<string, T> | null): [string, T][] {
  return [...next].filter(([uid, one]) => before?.get(uid) !== one);
}
