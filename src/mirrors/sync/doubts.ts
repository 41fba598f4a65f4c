import type { Project, Snapshot } from '../../domain/plane.ts';
import type { Clock } from '../../domain/ports.ts';
import type { KnownProject } from '../../feeds/source.ts';
import { originOf } from './object.ts';
import type { Doubt, DesiredState } from './plan.ts';

/** What Plane says of an object that is not wanted: whether it still lists it, and whether that can be believed, project by project. */

export interface DoubtsOptions {
  /** All that Plane has. */
  readonly projects: readonly Project[];
  /** Ids of those the mirror covers. */
  readonly scope: ReadonlySet<string>;
  readonly known: (projectId: string) => KnownProject;
  /** What was read of them, also of those outside the scope. */
  readonly snapshots: readonly Snapshot[];
  readonly now: Clock;
}

export function createDoubts(options: DoubtsOptions): Pick<DesiredState, 'lists' | 'doubtOf'> {
  const { projects, scope, known, snapshots, now } = options;
  /** The id of the project that an object shows; null where it shows none, or one that Plane doesn't list. */
  const idOf = (shown: string | null): string | null =>
    projects.find(({ id, identifier }) => id === shown || identifier === shown)?.id ??
    (shown !== null && scope.has(shown) ? shown : null);

  function doubtAbout(projectId: string, name: string): Doubt | null {
    const { snapshot, gone, error, freshUntil } = known(projectId);
    if (gone !== null) return null;
    const label = snapshot?.project.identifier ?? projects.find(({ id }) => id === projectId)?.identifier ?? projectId;
    if (snapshot === null)
      return { reason: `The project ${label} has not been loaded from Plane yet.`, canForce: false };
    if (error !== null || now() >= freshUntil)
      return { reason: `Plane could not be asked about ${label} just now.`, canForce: false };
    return isEmpty(snapshot, name) ? { reason: `Plane lists nothing in ${label}.`, canForce: true } : null;
  }

  return {
    lists: (name, shown) => {
      const id = idOf(shown);
      return (id !== null && !scope.has(id)) || isListed(name, snapshots);
    },
    doubtOf: (name, shown) => {
      const id = idOf(shown);
      if (id !== null) return scope.has(id) ? doubtAbout(id, name) : null;
      if (shown !== null) return { reason: 'Plane does not list the project of some objects.', canForce: true };
      // It may be any project's, so all of them must be sure.
      const all = [...scope].flatMap((one) => doubtAbout(one, name) ?? []);
      return all.find(({ canForce }) => !canForce) ?? all[0] ?? null;
    },
  };
}

/** Cycles and modules that nobody reads are not known to be gone: the definition left them out. */
function isListed(name: string, snapshots: readonly Snapshot[]): boolean {
  const origin = originOf(name);
  if (origin === null) return false;
  const { kind, planeId } = origin;
  if (kind === 'item') return snapshots.some(({ items }) => items.has(planeId));
  const lists = snapshots.map(({ cycles, modules }) => (kind === 'cycle' ? cycles : modules));
  return lists.some((list) => list?.has(planeId)) || lists.every((list) => list === null);
}

/** A project without a single item is suspect. One without cycles or modules alone is not: most have none. */
function isEmpty({ items, cycles, modules }: Snapshot, name: string): boolean {
  if (items.size > 0) return false;
  const kind = originOf(name)?.kind ?? 'item';
  return kind === 'item' || ((kind === 'cycle' ? cycles : modules)?.size ?? 0) === 0;
}
