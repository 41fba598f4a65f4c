import type { Clock } from '../../domain/ports.ts';

/**
 * Large removals are believed once a second read at least five minutes later still shows them: an archived project, a lost permission and
 * a broken Plane look the same as an emptied project. Only this file defines what is large.
 */

const CONFIRM_MS = 300_000;
/** At least this many, and more than half, are a large removal. */
const MANY = 10;

/** The facets of a thing that feeds depend on, such as "listed" or "target_date". */
export type Facets<T> = (one: T) => readonly string[];

/** A facet that many things lost. */
export interface Loss {
  readonly facet: string;
  readonly lost: ReadonlySet<string>;
  /** How many had it. */
  readonly of: number;
}

/** Holds back large removals until they are confirmed. */
export interface RemovalGuard {
  /** True if a read with these losses may be believed. Without losses, nothing is pending any more. */
  allows(key: string, losses: readonly Loss[]): boolean;
  isPending(key: string): boolean;
  /** When a pending removal will be believed, in milliseconds since the epoch; null if at the next read, or if none is pending. */
  pendingUntil(key: string): number | null;
  /** Lets the next read confirm what is pending in that project, whose id is part of the key; false if nothing is. */
  approve(projectId: string): boolean;
}

interface Pending {
  readonly since: number;
  readonly losses: readonly Loss[];
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

/** True if the first read showed the loss too. A few more things may have been removed since, but not many. */
function isConfirmed({ facet, lost }: Loss, first: readonly Loss[]): boolean {
  const before = first.find((one) => one.facet === facet);
  return before !== undefined && [...lost].filter((id) => !before.lost.has(id)).length < MANY;
}

/** Facets of things in a list. */
const listed = (): readonly string[] => ['listed'];

interface LossOptions<T> {
  /** The facets of things of the first reading; "listed" by default. */
  readonly had?: Facets<T>;
  /** The facets of things of the second reading; as `had` by default. */
  readonly has?: Facets<T>;
  /** Whether a short list that became empty is a large removal; true by default. */
  readonly isEmptyLarge?: boolean;
}

/** The large removals between two readings of a list. Equal things must be the same object. */
export function largeLosses<T>(
  before: ReadonlyMap<string, T>,
  after: ReadonlyMap<string, T>,
  { had = listed, has = had, isEmptyLarge = true }: LossOptions<T> = {},
): Loss[] {
  const isEmptied = after.size === 0 && before.size > 0 && isEmptyLarge;
  const changed = had === has ? [...before].filter(([id, one]) => after.get(id) !== one) : [...before];
  if (changed.length < MANY && !isEmptied) return [];
  const counts = countFacets(before.values(), had);
  const losses = [...lostFacets(changed, after, had, has)];
  return losses
    .map(([facet, lost]): Loss => ({ facet, lost, of: counts.get(facet) ?? 0 }))
    .filter(({ facet, lost, of }) => (lost.size >= MANY && lost.size > of / 2) || (isEmptied && facet === 'listed'));
}

/** Ids of the items that refer to an entry of a list. */
export type UsersOf = (id: string) => ReadonlySet<string>;

/** The large removals between two readings of a list whose entries items refer to: a feed may show just those that refer to one entry. */
export function largeLossesOfUse(
  before: ReadonlyMap<string, { readonly name?: string }>,
  after: ReadonlyMap<string, unknown>,
  usersOf: UsersOf,
): Loss[] {
  return [...before]
    .filter(([id]) => !after.has(id))
    .map(([id, { name = id }]) => ({ facet: name, lost: usersOf(id) }))
    .filter(({ lost }) => lost.size >= MANY)
    .map(({ facet, lost }) => ({ facet, lost, of: lost.size }));
}

/** The ids of the changed things that lost each facet. */
function lostFacets<T>(
  changed: readonly (readonly [string, T])[],
  after: ReadonlyMap<string, T>,
  had: Facets<T>,
  has: Facets<T>,
): ReadonlyMap<string, ReadonlySet<string>> {
  const lost = new Map<string, Set<string>>();
  for (const [id, one] of changed) {
    const next = after.get(id);
    const left = next === undefined ? [] : has(next);
    for (const facet of had(one)) if (!left.includes(facet)) lost.set(facet, (lost.get(facet) ?? new Set()).add(id));
  }
  return lost;
}

/** How many things have each facet. */
function countFacets<T>(things: Iterable<T>, had: Facets<T>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const one of things) for (const facet of had(one)) counts.set(facet, (counts.get(facet) ?? 0) + 1);
  return counts;
}

/**
 * Losses in words: a clause such as "12 of 20 work items are no longer listed". `things` is a plural. Losses of items that are no longer
 * listed are not repeated for each facet.
 */
export function lossesInWords(losses: readonly Loss[], things: string): string {
  const unlisted = losses.find(({ facet }) => facet === 'listed');
  const shown = losses.filter(
    (loss) => loss === unlisted || !unlisted || [...loss.lost].some((id) => !unlisted.lost.has(id)),
  );
  const clauses = shown.map(({ facet, lost, of }) => {
    const what = { listed: 'are no longer listed', open: 'are no longer open' }[facet] ?? `no longer have "${facet}"`;
    return `${lost.size} of ${of} ${things} ${what}`;
  });
  return clauses.join(', ');
}
