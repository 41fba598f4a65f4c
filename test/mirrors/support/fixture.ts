import { createKeyedMutex } from '../../../src/lib/keyed-mutex.ts';
import { parseDeletionGuard } from '../../../src/mirrors/sync/deletion-guard.ts';
import { createObjectWriter, originOf, type MirrorObject } from '../../../src/mirrors/sync/object.ts';
import type { DesiredState } from '../../../src/mirrors/sync/plan.ts';
import { createMirror, type Mirror, type MirrorOptions } from '../../../src/mirrors/run.ts';
import type { FeedOptions } from '../../../src/domain/feed.ts';
import type { Label, WorkItem } from '../../../src/domain/plane.ts';
import { aSnapshot, aWorkItem, NOON, PROJECT_ID, uuid } from '../../support/make.ts';
import { aMemoryStore } from '../../support/memory-store.ts';
import { componentsOf } from '../../support/render.ts';
import { aCalendar, type MemoryCalendar } from './calendar.ts';

export const MIRROR = 'abcd1234';
export const LABELS: readonly Label[] = [
  { id: 'l1', name: 'Bug, urgent; "x"' },
  { id: 'l2', name: 'Änderung' },
];

export function nameOf(number: number, mirrorId = MIRROR): string {
  return `plane-${mirrorId}-${uuid(number)}.ics`;
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
  const components = componentsOf(aSnapshot({ items: list, labels: LABELS }), { options });
  return new Map(components.flatMap((one) => write(one, PROJECT_ID) ?? []).map((one) => [one.name, one]));
}

export interface World {
  /** What Plane has. */
  items: WorkItem[];
  /** Items that Plane lists, but this calendar does not show. */
  hidden: WorkItem[];
  options: Partial<FeedOptions>;
  doubt: string | null;
  doubtOf?: DesiredState['doubtOf'];
}

export interface Bench extends Mirror {
  readonly world: World;
  readonly calendar: MemoryCalendar;
  readonly store: ReturnType<typeof aMemoryStore>;
  clock: { now: number };
  /** What the calendar is to hold of ours. */
  wanted(): Map<string, MirrorObject>;
  /** The same world and calendar, after a restart. */
  again(options?: Partial<MirrorOptions>): Bench;
}

export function aBench(
  { mirrorId = MIRROR, ...options }: Partial<MirrorOptions> = {},
  world: World = { items: [], hidden: [], options: {}, doubt: null },
  clock = { now: NOON },
): Bench {
  const calendar = (options.collection as MemoryCalendar | undefined) ?? aCalendar();
  const store = (options.store as ReturnType<typeof aMemoryStore> | undefined) ?? aMemoryStore();
  const wanted = (): Map<string, MirrorObject> => objectsOf(world.items, world.options, mirrorId);
  const given: MirrorOptions = {
    mirrorId,
    collection: calendar,
    readWanted: (ids) => {
      const listed = new Set([...world.items, ...world.hidden].map(({ id }) => id));
      const answer: DesiredState = {
        objects: new Map([...wanted()].filter(([, { planeId }]) => !ids || ids.has(planeId))),
        lists: (name) => listed.has(originOf(name)?.planeId ?? ''),
        total: listed.size,
        doubt: world.doubt,
        doubtOf: (name, project) => world.doubtOf?.(name, project) ?? null,
      };
      return Promise.resolve(answer);
    },
    store,
    turns: createKeyedMutex(),
    policy: 'plane',
    brake: parseDeletionGuard('10,30%')!,
    now: () => clock.now,
    ...options,
  };
  return {
    ...createMirror(given),
    world,
    calendar,
    store,
    clock,
    wanted,
    again: (more) => aBench({ ...given, store, ...more }, world, clock),
  };
}
