import type { Snapshot, State, WorkItem } from '../../../domain/plane.ts';
import type { Clock } from '../../../domain/ports.ts';

/**
 * Large removals are believed when a second read at least five minutes later still shows them: an archived project, a permission that was
 * lost and a broken Plane look the same as one that was emptied. This is the one place that says what is large.
 */

const CONFIRM_MS = 300_000;
/** So many, and more than half, are a large removal. */
const MANY = 10;

/** What things have that feeds depend on: names, such as "listed". */
type Facets<T> = (one: T) => readonly string[];

/** A facet that many things lost. */
export interface Loss {
  readonly facet: string;
  readonly lost: ReadonlySet<string>;
  /** How many had it. */
  readonly of: number;
}

/** Remembers large removals until they are confirmed. */
export interface RemovalGuard {
  /** True when a read with these losses may be believed. None of them ends what was pending. */
  allows(key: string, losses: readonly Loss[]): boolean;
  isPending(key: string): boolean;
  /** When a pending removal will be believed, in milliseconds since the epoch; null where that is at the next read, or none is pending. */
  pendingUntil(key: string): number | null;
  /** Lets the next read confirm what is pending for that project, whose id is part of the key; false where nothing is. */
  approve(projectId: string): boolean;
}

interface Pending {
  readonly since: number;
  readonly losses: readonly Loss[];
}

/** Under which the removals of a project's items are remembered. */
export function itemsKey(projectId: string): string {
  return `items of ${projectId}`;
}

export function createRemovalGuard(now: Clock): RemovalGuard {
  const pending = new Map<string, Pending>();

  return {
    allows: (key, losses) => {
      const first = pending.get(key);
      if (losses.length === 0) {
        pending.delete(key);
        return true;
      }
      const isSame = first !== undefined && losses.every((loss) => isConfirmed(loss, first.losses));
      if (!isSame) pending.set(key, { since: now(), losses });
      else if (now() - first.since >= CONFIRM_MS) {
        pending.delete(key);
        return true;
      }
      return false;
    },
    isPending: (key) => pending.has(key),
    pendingUntil: (key) => {
      const since = pending.get(key)?.since;
      return since === undefined || since === -Infinity ? null : since + CONFIRM_MS;
    },
    approve: (projectId) => {
      const keys = [...pending.keys()].filter((key) => key.includes(projectId));
      for (const key of keys) {
        const { losses } = pending.get(key) ?? { losses: [] };
        pending.set(key, { since: -Infinity, losses });
      }
      return keys.length > 0;
    },
  };
}

/** A few more may have gone since, but not many. */
function isConfirmed({ facet, lost }: Loss, first: readonly Loss[]): boolean {
  const before = first.find((one) => one.facet === facet);
  return before !== undefined && [...lost].filter((id) => !before.lost.has(id)).length < MANY;
}

/** Facets of things in a list. */
const listed = (): readonly string[] => ['listed'];

/**
 * What two readings of a list differ in, as far as it is a large removal. Equal things are the same object. `had` and `has` are what
 * things of the first and of the second reading have. A list that lost all of its `mayNotEmpty` facet is a large removal however short it was.
 */
export function largeLosses<T>(
  before: ReadonlyMap<string, T>,
  after: ReadonlyMap<string, T>,
  { had = listed, has = had, isEmptyLarge = true }: { had?: Facets<T>; has?: Facets<T>; isEmptyLarge?: boolean } = {},
): Loss[] {
  const isEmptied = after.size === 0 && before.size > 0 && isEmptyLarge;
  const changed = had === has ? [...before].filter(([id, one]) => after.get(id) !== one) : [...before];
  if (changed.length < MANY && !isEmptied) return [];
  const lost = new Map<string, Set<string>>();
  for (const [id, one] of changed) {
    const next = after.get(id);
    const left = next === undefined ? [] : has(next);
    for (const facet of had(one)) if (!left.includes(facet)) lost.set(facet, (lost.get(facet) ?? new Set()).add(id));
  }
  const counts = new Map<string, number>();
  for (const one of before.values()) for (const facet of had(one)) counts.set(facet, (counts.get(facet) ?? 0) + 1);
  const all = [...lost].map(([facet, ids]): Loss => ({ facet, lost: ids, of: counts.get(facet) ?? 0 }));
  return all.filter(
    ({ facet, lost: { size }, of }) => (size >= MANY && size > of / 2) || (isEmptied && facet === 'listed'),
  );
}

/** The same for the items of a project: for each of what feeds choose them by. */
export function largeItemLosses(before: Snapshot, after: Snapshot): Loss[] {
  if (before.items === after.items && before.states === after.states) return [];
  // Groups decide whether an item counts as open. Where they are the same, an equal item has what it had.
  const isRegrouped = [...before.states].some(([id, { group }]) => (after.states.get(id)?.group ?? group) !== group);
  const states = new Map([...after.states, ...before.states]);
  const had = itemFacets(states);
  return largeLosses(before.items, after.items, { had, has: isRegrouped ? itemFacets(after.states) : had });
}

function itemFacets(states: ReadonlyMap<string, State>): Facets<WorkItem> {
  return ({ startDate, targetDate, stateId, priority, assigneeIds, labelIds, text }) => {
    const group = stateId === null ? undefined : states.get(stateId)?.group;
    return [
      'listed',
      ...(startDate === null ? [] : ['start_date']),
      ...(targetDate === null ? [] : ['target_date']),
      ...(stateId === null ? [] : ['state']),
      ...(priority === 'none' ? [] : ['priority']),
      ...(assigneeIds.length === 0 ? [] : ['assignees']),
      ...(labelIds.length === 0 ? [] : ['labels']),
      ...(text === '' ? [] : ['description']),
      ...(group === 'completed' || group === 'cancelled' ? [] : ['open']),
    ];
  };
}

/**
 * Losses in words: a clause such as "12 of 20 work items are no longer listed". `things` is a plural. What only those lost that are no longer
 * listed goes without saying.
 */
export function lossesInWords(losses: readonly Loss[], things: string): string {
  const gone = losses.find(({ facet }) => facet === 'listed');
  const told = losses.filter((loss) => loss === gone || !gone || [...loss.lost].some((id) => !gone.lost.has(id)));
  const clauses = told.map(({ facet, lost, of }) => {
    const what = { listed: 'are no longer listed', open: 'are no longer open' }[facet] ?? `no longer have "${facet}"`;
    return `${lost.size} of ${of} ${things} ${what}`;
  });
  return clauses.join(', ');
}
