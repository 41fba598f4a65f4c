import type { Snapshot, WorkItem } from '../../../domain/plane.ts';
import type { Clock } from '../../../domain/ports.ts';
import type { Urgency } from '../api/budget.ts';
import type { PlaneReader } from '../api/reader.ts';

/**
 * Cycles and modules (groups) are edited, deleted and filled without moving the mark, mostly without a webhook, and cost one request per
 * list and one more for the items of each group. So they are read only while a feed requires them, and the items of a group only when they
 * may have changed: adding to a cycle, moving and removing touch the item; adding to a module by API does not, but changes the total.
 */
const LIST_MS = 240_000;

/** What makes a reading due, besides the clock and the items. */
export interface ReadTriggers {
  /** Everything is due. */
  readonly all: boolean;
  /** When a webhook last reported a change of the project, in milliseconds since the epoch. */
  readonly webhookAt: number;
}

interface Group {
  readonly id: string;
  /** How many items Plane counts in it. */
  readonly total: number;
}

/** Which groups are read. */
export interface GroupSyncOptions<Row extends Group> {
  readonly kind: 'cycles' | 'modules';
  readonly list: (projectId: string, urgency: Urgency) => Promise<ReadonlyMap<string, Row>>;
  /** True for a group whose items no longer change. */
  readonly isOver: (row: Row) => boolean;
}

/** Reads the groups of a project, each with the sorted ids of its items: null if those were never required. */
export type GroupSync<Row extends Group> = (
  snapshot: Snapshot,
  withItems: boolean,
  triggers: ReadTriggers,
  urgency: Urgency,
) => Promise<[Row, readonly string[] | null][]>;

/** The groups of a project when they were last read. */
interface Reading<Row> {
  readonly listedAt: number;
  readonly rows: ReadonlyMap<string, Row>;
  /** The project's items then. */
  readonly items: ReadonlyMap<string, WorkItem>;
  /** The project's items, and the time, when the items of its groups were last read; null for never. */
  readonly contents: { readonly items: ReadonlyMap<string, WorkItem>; readonly at: number } | null;
  /** Plane's totals when the items of each group were read: a total that stays unlike the list is not read again each time. */
  readonly totals: ReadonlyMap<string, number | undefined>;
}

export function createGroupSync<Row extends Group>(
  reader: PlaneReader,
  now: Clock,
  { kind, list, isOver }: GroupSyncOptions<Row>,
): GroupSync<Row> {
  const readings = new Map<string, Reading<Row>>();

  function isListDue({ project, items }: Snapshot, last: Reading<Row>, { all, webhookAt }: ReadTriggers): boolean {
    const isNews = all || reader.isDoubtful(kind, project.id) || last.items !== items || last.listedAt <= webhookAt;
    return isNews || now() - last.listedAt >= LIST_MS;
  }

  /** True if the items of groups may have changed with the project's, and were not read a moment ago: that is a request per group. */
  function areContentsDue(contents: Reading<Row>['contents'], items: Snapshot['items']): boolean {
    return contents === null || (now() - contents.at >= LIST_MS && contents.items !== items);
  }

  /** The items of a deleted group are no longer read, so no later answer could clear their fault. */
  function dismissDeleted(projectId: string, before: Reading<Row>['rows'], rows: Reading<Row>['rows']): void {
    for (const id of before.keys()) if (!rows.has(id)) reader.dismiss(kind, projectId, id);
  }

  return async (snapshot, withItems, triggers, urgency) => {
    const { project, items, [kind]: current } = snapshot;
    const last = readings.get(project.id);
    const startedAt = now();
    const isDue = !last || isListDue(snapshot, last, triggers);
    const contents = last?.contents ?? null;
    const mayHaveMoved = areContentsDue(contents, items);
    const rows = isDue ? await list(project.id, urgency) : last.rows;
    const totals = new Map<string, number | undefined>();
    if (last) dismissDeleted(project.id, last.rows, rows);

    function mayDiffer(row: Row, known: readonly string[], total: number | undefined): boolean {
      const isRejected = reader.isDoubtful(kind, project.id, row.id);
      const isTotalNew = known.length !== row.total && total !== row.total;
      return triggers.all || isRejected || isTotalNew || (mayHaveMoved && !isOver(row));
    }

    const withIds = async (row: Row): Promise<[Row, readonly string[] | null]> => {
      const known = current?.get(row.id)?.itemIds ?? null;
      const total = last?.totals.get(row.id);
      totals.set(row.id, total);
      if (!withItems) return [row, known];
      // Plane lists cycles and modules of an archived project, but not their items: those that were in them stay.
      if (known !== null && (project.archived || !mayDiffer(row, known, total))) return [row, known];
      totals.set(row.id, row.total);
      return [row, await reader.itemIdsOf(kind, project.id, row.id, urgency)];
    };
    const found = await Promise.all([...rows.values()].map(withIds));
    readings.set(project.id, {
      listedAt: isDue ? startedAt : last.listedAt,
      rows,
      items,
      contents: withItems && (mayHaveMoved || triggers.all) ? { items, at: startedAt } : contents,
      totals,
    });
    return found;
  };
}
