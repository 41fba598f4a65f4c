import { dayStart } from '../../../icalendar/date.ts';
import type { Cycle, Module, RequiredPart, Snapshot, WorkItem } from '../../../domain/plane.ts';
import type { Clock } from '../../../domain/ports.ts';
import type { Urgency } from '../api/budget.ts';
import type { CycleRow } from '../decode/cycles-modules.ts';
import type { PlaneReader } from '../api/reader.ts';
import { shareUnchanged } from '../../../lib/structural-sharing.ts';

/**
 * Cycles and modules are edited, deleted and filled without a sign in the mark, mostly without a webhook, and cost a request a list and
 * one more for the items of each. So they are read only while a feed needs them, and the items of each only when they may have changed:
 * adding to a cycle, moving and removing touch the item; adding to a module by API does not, but moves the total.
 */
const LIST_MS = 240_000;
const DAY_MS = 86_400_000;

/** A project's cycles and modules; null for what nobody needed so far. */
export interface CyclesAndModules {
  readonly cycles: ReadonlyMap<string, Cycle> | null;
  readonly modules: ReadonlyMap<string, Module> | null;
}

/** What makes a reading due, besides the clock and the items. */
export interface CycleModuleNews {
  /** Read again whatever the schedule says. */
  readonly all: boolean;
  /** When a webhook last told of the project, in milliseconds since the epoch. */
  readonly webhookAt: number;
}

/** Reads cycles and modules when they are due; what is not due, not needed or unchanged stays the same object. */
export interface CycleModuleSync {
  /** What stands in the snapshot, read again where needed. What can't be read stays as it is; `failure` tells why, null when all went well. */
  read(
    snapshot: Snapshot,
    needs: ReadonlySet<RequiredPart>,
    news: CycleModuleNews,
    urgency: Urgency,
  ): Promise<CyclesAndModules & { readonly failure: Error | null }>;
}

export function createCycleModuleSync(reader: PlaneReader, now: Clock): CycleModuleSync {
  const cycles = createListKeeper(reader, now, 'cycles', reader.cycles, (cycle) => endOf(cycle) < now() - DAY_MS);
  const modules = createListKeeper(reader, now, 'modules', reader.modules, () => false);

  async function readCycles(
    snapshot: Snapshot,
    needs: ReadonlySet<RequiredPart>,
    news: CycleModuleNews,
    urgency: Urgency,
  ) {
    const isNeeded = needs.has('cycles') || needs.has('cycle_items');
    if (!isNeeded || !snapshot.project.hasCycles) reader.dismiss('cycles', snapshot.project.id);
    if (!isNeeded) return snapshot.cycles;
    if (!snapshot.project.hasCycles) return shareUnchanged(new Map<string, Cycle>(), snapshot.cycles);
    const listed = await cycles(snapshot, needs.has('cycle_items'), news, urgency);
    return shareUnchanged(new Map(listed.map(([row, itemIds]) => [row.id, { ...row, itemIds }])), snapshot.cycles);
  }

  async function readModules(
    snapshot: Snapshot,
    needs: ReadonlySet<RequiredPart>,
    news: CycleModuleNews,
    urgency: Urgency,
  ) {
    const isNeeded = needs.has('modules');
    if (!isNeeded || !snapshot.project.hasModules) reader.dismiss('modules', snapshot.project.id);
    if (!isNeeded) return snapshot.modules;
    if (!snapshot.project.hasModules) return shareUnchanged(new Map<string, Module>(), snapshot.modules);
    const listed = await modules(snapshot, true, news, urgency);
    const found = listed.map(([{ total: _isCounted, ...row }, itemIds]): [string, Module] => [
      row.id,
      { ...row, itemIds: itemIds ?? [] },
    ]);
    return shareUnchanged(new Map(found), snapshot.modules);
  }

  return {
    read: async (snapshot, needs, news, urgency) => {
      const [first, second] = await Promise.allSettled([
        readCycles(snapshot, needs, news, urgency),
        readModules(snapshot, needs, news, urgency),
      ]);
      return {
        cycles: first.status === 'fulfilled' ? first.value : snapshot.cycles,
        modules: second.status === 'fulfilled' ? second.value : snapshot.modules,
        failure: reasonOf(first) ?? reasonOf(second),
      };
    },
  };
}

type Items = ReadonlyMap<string, WorkItem>;
type ReadList<Row> = (projectId: string, urgency: Urgency) => Promise<ReadonlyMap<string, Row>>;

/** What stood when a project's cycles, or modules, were last read. */
interface Reading<Row> {
  readonly listedAt: number;
  readonly rows: ReadonlyMap<string, Row>;
  /** The project's items then. */
  readonly items: Items;
  /** The project's items, and the time, when it was last read what is in each; null for never. */
  readonly contents: { readonly items: Items; readonly at: number } | null;
  /** What Plane counted in each when its items were read: one that stays unlike what is listed does not ask again. */
  readonly totals: ReadonlyMap<string, number | undefined>;
}

/** Reads one of the two lists, and the ids of what is in each of its entries: null where that was never needed. */
function createListKeeper<Row extends { readonly id: string; readonly total: number }>(
  reader: PlaneReader,
  now: Clock,
  kind: 'cycles' | 'modules',
  list: ReadList<Row>,
  isOver: (row: Row) => boolean,
) {
  const readings = new Map<string, Reading<Row>>();

  return async (
    snapshot: Snapshot,
    withItems: boolean,
    { all, webhookAt: toldAt }: CycleModuleNews,
    urgency: Urgency,
  ) => {
    const { project, items, [kind]: held } = snapshot;
    const last = readings.get(project.id);
    const startedAt = now();
    const isDoubtful = reader.isDoubtful(kind, project.id);
    const isDue =
      !last ||
      all ||
      isDoubtful ||
      startedAt - last.listedAt >= LIST_MS ||
      last.items !== items ||
      last.listedAt <= toldAt;
    const rows = isDue ? await list(project.id, urgency) : last.rows;
    for (const id of last?.rows.keys() ?? []) if (!rows.has(id)) reader.dismiss(kind, project.id, id);
    const totals = new Map<string, number | undefined>();
    // A request for each of them: not at every change of an item, of which most move nothing. What moves a total asks at once.
    const contents = last?.contents ?? null;
    const isTime = contents === null || startedAt - contents.at >= LIST_MS;
    const mayHaveMoved = isTime && contents?.items !== items;

    const withIds = async (row: Row): Promise<[Row, readonly string[] | null]> => {
      const known = held?.get(row.id)?.itemIds ?? null;
      const total = last?.totals.get(row.id);
      totals.set(row.id, total);
      const mayDiffer =
        known === null ||
        all ||
        reader.isDoubtful(kind, project.id, row.id) ||
        (mayHaveMoved && !isOver(row)) ||
        (known.length !== row.total && total !== row.total);
      // Of an archived project Plane lists cycles and modules, but no items: what was in them stays.
      if (!withItems || !mayDiffer || (known !== null && project.archived)) return [row, known];
      totals.set(row.id, row.total);
      return [row, await reader.itemIdsOf(kind, project.id, row.id, urgency)];
    };
    const found = await Promise.all([...rows.values()].map(withIds));
    readings.set(project.id, {
      listedAt: isDue ? startedAt : last.listedAt,
      rows,
      items,
      contents: withItems && (mayHaveMoved || all) ? { items, at: startedAt } : contents,
      totals,
    });
    return found;
  };
}

/** When a cycle is over, in milliseconds since the epoch; never for a draft. */
function endOf({ ends }: CycleRow): number {
  if (ends === null) return Infinity;
  return typeof ends === 'number' ? ends : dayStart(ends).getTime() + DAY_MS;
}

function reasonOf(result: PromiseSettledResult<unknown>): Error | null {
  if (result.status === 'fulfilled') return null;
  const reason: unknown = result.reason;
  return reason instanceof Error ? reason : new Error(String(reason));
}
