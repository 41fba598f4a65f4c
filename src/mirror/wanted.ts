import { dayOf } from '../calendar/date.ts';
import { shapeOf, viewComponents, type View } from '../calendar/feed.ts';
import type { PlaneLinks } from '../calendar/links.ts';
import { needsOf } from '../calendar/options.ts';
import type { Clock, Snapshot } from '../domain.ts';
import { AppError } from '../errors.ts';
import type { Loaded, Loader } from '../feeds/loader.ts';
import type { Revisions } from '../feeds/revisions.ts';
import type { ProjectSource } from '../feeds/source.ts';
import { createObjectWriter, originOf, type MirrorObject } from './object.ts';
import type { Wanted } from './plan.ts';
import { createPause } from '../turns.ts';

/** What Plane has, written as objects. */

/** All of it, or what was made of these ids. Throws `not_ready` while the projects can't be read. */
export type ReadWanted = (planeIds?: ReadonlySet<string>) => Promise<Wanted>;

export interface WantedOptions {
  readonly mirrorId: string;
  readonly view: View;
  readonly loader: Loader;
  readonly source: ProjectSource;
  readonly revisions: Revisions;
  readonly links: PlaneLinks;
  readonly now: Clock;
}

export function createWantedReader(options: WantedOptions): ReadWanted {
  const { mirrorId, view, loader, source, revisions, links, now } = options;

  /** Also projects outside the scope: an edited definition leaves objects of them behind, which Plane still lists. */
  async function snapshotsOfAll(): Promise<Snapshot[]> {
    return (await source.projects()).flatMap(({ id }) => {
      const { snapshot, gone } = source.known(id);
      return snapshot === null || gone !== null ? [] : [snapshot];
    });
  }

  return async (planeIds) => {
    const loaded = await loader.load(view.scope, needsOf(view.options, view.scope));
    const { snapshots, missing, lacking, error } = loaded;
    if (lacking.length > 0 || (snapshots.length === 0 && missing.length > 0))
      throw new AppError('not_ready', 'The projects could not be read from Plane yet.', { cause: error });
    const all = [...snapshots, ...(await snapshotsOfAll())];
    const pass = await revisions.begin(`mirror:${mirrorId}`, shapeOf(view));
    const write = createObjectWriter(mirrorId, pass.revise);
    const objects = new Map<string, MirrorObject>();
    const pause = createPause();
    for (const snapshot of snapshots) {
      for (const [, component] of viewComponents(snapshot, view, dayOf(now()), links, planeIds)) {
        await pause();
        const object = write(component);
        if (object) objects.set(object.name, object);
      }
    }
    // What is written to a calendar must not be forgotten by a restart.
    await Promise.all([pass.commit(), loaded.saved()]);
    const total = snapshots.reduce(
      (sum, one) => sum + one.items.size + (one.cycles?.size ?? 0) + (one.modules?.size ?? 0),
      0,
    );
    return { objects, lists: (name) => isListed(name, all), total, doubt: doubtOf(loaded) };
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

function doubtOf({ missing, error, goneSince, staleSeconds }: Loaded): string | null {
  if (goneSince !== null) return 'None of its projects is published any more.';
  if (missing.length > 0) return 'A project of this calendar could not be read from Plane yet.';
  if (error !== null || staleSeconds !== null) return 'Plane could not be asked just now.';
  return null;
}
