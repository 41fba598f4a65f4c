import { dayStart } from '../../../icalendar/date.ts';
import type { Cycle, Module, RequiredPart, Snapshot } from '../../../domain/plane.ts';
import type { Clock } from '../../../domain/ports.ts';
import { shareUnchanged } from '../../../lib/structural-sharing.ts';
import type { Urgency } from '../api/budget.ts';
import type { PlaneReader } from '../api/reader.ts';
import type { CycleRow } from '../decode/cycles-modules.ts';
import { createGroupSync, type ReadTriggers } from './group-sync.ts';
import { failuresOf, settled } from './settled.ts';
import type { UnreadLists } from './state/freshness.ts';

const DAY_MS = 86_400_000;

/** A project's cycles and modules; null for those that no feed required so far. */
export interface CyclesAndModules {
  readonly cycles: ReadonlyMap<string, Cycle> | null;
  readonly modules: ReadonlyMap<string, Module> | null;
}

/** Reads cycles and modules when they are due. What is not due, not required or unchanged stays the same object. */
export interface CycleModuleSync {
  /**
   * Those of the snapshot, read again where required and due. What can't be read stays as it is, and `unread` says why.
   */
  read(
    snapshot: Snapshot,
    parts: ReadonlySet<RequiredPart>,
    triggers: ReadTriggers,
    urgency: Urgency,
  ): Promise<CyclesAndModules & { readonly unread: UnreadLists }>;
}

export function createCycleModuleSync(reader: PlaneReader, now: Clock): CycleModuleSync {
  const cycles = createGroupSync(reader, now, {
    kind: 'cycles',
    list: reader.cycles,
    isOver: (cycle) => endOf(cycle) < now() - DAY_MS,
  });
  const modules = createGroupSync(reader, now, { kind: 'modules', list: reader.modules, isOver: () => false });

  async function readCycles(
    snapshot: Snapshot,
    parts: ReadonlySet<RequiredPart>,
    triggers: ReadTriggers,
    urgency: Urgency,
  ) {
    const isRequired = parts.has('cycles') || parts.has('cycle_items');
    if (!isRequired || !snapshot.project.hasCycles) reader.dismiss('cycles', snapshot.project.id);
    if (!isRequired) return snapshot.cycles;
    if (!snapshot.project.hasCycles) return shareUnchanged(new Map<string, Cycle>(), snapshot.cycles);
    const listed = await cycles(snapshot, parts.has('cycle_items'), triggers, urgency);
    return shareUnchanged(new Map(listed.map(([row, itemIds]) => [row.id, { ...row, itemIds }])), snapshot.cycles);
  }

  async function readModules(
    snapshot: Snapshot,
    parts: ReadonlySet<RequiredPart>,
    triggers: ReadTriggers,
    urgency: Urgency,
  ) {
    const isRequired = parts.has('modules');
    if (!isRequired || !snapshot.project.hasModules) reader.dismiss('modules', snapshot.project.id);
    if (!isRequired) return snapshot.modules;
    if (!snapshot.project.hasModules) return shareUnchanged(new Map<string, Module>(), snapshot.modules);
    const listed = await modules(snapshot, true, triggers, urgency);
    const found = listed.map(([{ total: _isCounted, ...row }, itemIds]): [string, Module] => [
      row.id,
      { ...row, itemIds: itemIds ?? [] },
    ]);
    return shareUnchanged(new Map(found), snapshot.modules);
  }

  return {
    read: async (snapshot, parts, triggers, urgency) => {
      const [first, second] = await Promise.all([
        settled(readCycles(snapshot, parts, triggers, urgency)),
        settled(readModules(snapshot, parts, triggers, urgency)),
      ]);
      return {
        cycles: first.failure ? snapshot.cycles : first.value,
        modules: second.failure ? snapshot.modules : second.value,
        unread: failuresOf({ cycles: first, modules: second }),
      };
    },
  };
}

/** When a cycle ends, in milliseconds since the epoch; Infinity for a draft. */
function endOf({ ends }: CycleRow): number {
  if (ends === null) return Infinity;
  return typeof ends === 'number' ? ends : dayStart(ends).getTime() + DAY_MS;
}
