import type { Collection } from '../../../src/domain/collection.ts';
import { createKeyedMutex } from '../../../src/lib/keyed-mutex.ts';
import type { DeletionGuard } from '../../../src/mirrors/sync/deletion-guard.ts';
import { foreignId } from '../../../src/mirrors/sync/foreign/object.ts';
import { createObjectWriter, originOf, type MirrorObject } from '../../../src/mirrors/sync/object.ts';
import type { ConflictPolicy, DesiredState } from '../../../src/mirrors/sync/plan.ts';
import { createRunHistory, type RunHistory } from '../../../src/mirrors/backup/history.ts';
import { createSavedBackups, type SavedBackups } from '../../../src/mirrors/backup/saved.ts';
import { createRunRecorder, type RunRecorder } from '../../../src/mirrors/outcome.ts';
import { createMirrorRunner, type MirrorRunner, type RunnerOptions } from '../../../src/mirrors/runner.ts';
import type { FeedOptions } from '../../../src/domain/feed.ts';
import type { Label, WorkItem } from '../../../src/domain/plane.ts';
import { aSnapshot, aWorkItem, NOON, PROJECT_ID, uuid } from '../../support/make.ts';
import { aLog } from '../../support/log.ts';
import { aMemoryStore } from '../../support/memory-store.ts';
import { componentsOf } from '../../support/render.ts';
import { aCalendar, type MemoryCalendar } from './calendar.ts';
import { CALENDAR_ID, foreignOf } from './foreign.ts';

export const MIRROR = 'abcd1234';
const LABELS: readonly Label[] = [
  { id: 'l1', name: 'Bug, urgent; "x"' },
  { id: 'l2', name: 'Änderung' },
];

let isForeign = false;

/** Makes all objects of the fixture, from now on, of components of another calendar: what a suite says of mirrors is true of both. */
export function useForeign(): void {
  isForeign = true;
}

/** The id of an object that is made of the item with this id. */
const planeIdOf = (id: string): string => (isForeign ? foreignId(CALENDAR_ID, id) : id);

export function nameOf(number: number, mirrorId = MIRROR): string {
  return `plane-${mirrorId}-${isForeign ? 'e-' : ''}${planeIdOf(uuid(number))}.ics`;
}

export function anItem(number: number, fields: Partial<WorkItem> = {}): WorkItem {
  return aWorkItem({ id: uuid(number), number, name: `Item ${number}`, labelIds: ['l1', 'l2'], ...fields });
}

export function items(count: number, from = 1): WorkItem[] {
  return Array.from({ length: count }, (_, at) => anItem(from + at));
}

/** Objects of these items as the mirror writes them. */
export function objectsOf(
  list: readonly WorkItem[],
  options: Partial<FeedOptions> = {},
  mirrorId = MIRROR,
): Map<string, MirrorObject> {
  const write = createObjectWriter(mirrorId, () => NOON / 1000);
  if (isForeign) {
    const foreign = list.map((item) => foreignOf(item, options.as ?? 'event'));
    return new Map(foreign.flatMap((one) => write(one, CALENDAR_ID) ?? []).map((one) => [one.name, one]));
  }
  const components = componentsOf(aSnapshot({ items: list, labels: LABELS }), { options });
  return new Map(components.flatMap((one) => write(one, PROJECT_ID) ?? []).map((one) => [one.name, one]));
}

export interface World {
  /** What Plane has. */
  items: WorkItem[];
  /** Items that Plane lists, but this calendar doesn't show. */
  hidden: WorkItem[];
  options: Partial<FeedOptions>;
  doubt: string | null;
  doubtOf?: DesiredState['doubtOf'];
}

/** A mirror of a calendar in memory. */
export interface Bench extends MirrorRunner {
  readonly world: World;
  readonly calendar: MemoryCalendar;
  readonly store: ReturnType<typeof aMemoryStore>;
  readonly history: RunHistory;
  readonly backups: SavedBackups;
  readonly outcome: RunRecorder['current'];
  clock: { now: number };
  /** What the calendar should contain of this mirror. */
  desired(): Map<string, MirrorObject>;
  /** The same world and calendar, after a restart. */
  again(options?: Partial<BenchOptions>): Bench;
}

/** What a test may choose. */
export interface BenchOptions {
  readonly mirrorId: string;
  readonly collection: Collection;
  readonly store: ReturnType<typeof aMemoryStore>;
  readonly runExclusive: RunnerOptions['runExclusive'];
  readonly policy: ConflictPolicy;
  readonly deletionGuard: DeletionGuard;
  readonly keepOthers: boolean;
  readonly isLeader: () => boolean;
}

export function aBench(
  options: Partial<BenchOptions> = {},
  world: World = { items: [], hidden: [], options: {}, doubt: null },
  clock = { now: NOON },
): Bench {
  const { mirrorId = MIRROR, policy = 'plane', runExclusive = createKeyedMutex(), store = aMemoryStore() } = options;
  const { deletionGuard = { count: 10, percent: 30 }, keepOthers = true, isLeader } = options;
  const calendar = (options.collection as MemoryCalendar | undefined) ?? aCalendar();
  const desired = (): Map<string, MirrorObject> => objectsOf(world.items, world.options, mirrorId);
  const now = (): number => clock.now;
  const history = createRunHistory(store, mirrorId);
  const backups = createSavedBackups(store, mirrorId, now);
  const recorder = createRunRecorder({ id: mirrorId, history, stored: [], log: aLog() });
  const runner = createMirrorRunner({
    config: { mirrorId, policy, deletionGuard, keepOthers },
    connection: {
      open: () => Promise.resolve(calendar),
      find: () => Promise.resolve(calendar),
      recover: () => Promise.resolve(),
    },
    readDesired: (ids) => {
      const listed = new Set([...world.items, ...world.hidden].map(({ id }) => planeIdOf(id)));
      const answer: DesiredState = {
        objects: new Map([...desired()].filter(([, { planeId }]) => !ids || ids.has(planeId))),
        lists: (name) => listed.has(originOf(name)?.planeId ?? ''),
        total: listed.size,
        doubt: world.doubt,
        doubtOf: (name, project) => world.doubtOf?.(name, project) ?? null,
      };
      return Promise.resolve(answer);
    },
    store,
    backups,
    recorder,
    runExclusive,
    stopping: new AbortController().signal,
    isLeader,
    now,
  });
  return {
    ...runner,
    runFor: (ids, given) => runner.runFor([...ids].map(planeIdOf), given),
    world,
    calendar,
    store,
    history,
    backups,
    outcome: recorder.current,
    clock,
    desired,
    again: (more) => aBench({ ...options, mirrorId, collection: calendar, store, ...more }, world, clock),
  };
}
