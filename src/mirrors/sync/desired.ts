import { dayOf } from '../../icalendar/date.ts';
import { shapeOf, viewComponents, type View } from '../../views/view.ts';
import type { PlaneLinks } from '../../views/plane-links.ts';
import { needsOf } from '../../views/options.ts';
import type { Project, Snapshot } from '../../domain/plane.ts';
import type { Clock } from '../../domain/ports.ts';
import { AppError } from '../../domain/errors.ts';
import type { Loader } from '../../feeds/loader.ts';
import type { Revisions } from '../../feeds/revisions.ts';
import type { ProjectSource } from '../../feeds/source.ts';
import { createDoubts } from './doubts.ts';
import { createObjectWriter, type MirrorObject } from './object.ts';
import type { DesiredState } from './plan.ts';
import { createYieldPoint } from '../../lib/cooperative.ts';

/** What Plane has, written as objects. */

/** All of it, or what was made of these ids. Throws `not_ready` while the projects can't be read. */
export type ReadDesired = (planeIds?: ReadonlySet<string>) => Promise<DesiredState>;

export interface DesiredOptions {
  readonly mirrorId: string;
  readonly view: View;
  readonly loader: Loader;
  readonly source: ProjectSource;
  readonly revisions: Revisions;
  readonly links: PlaneLinks;
  readonly now: Clock;
}

export function createDesiredReader(options: DesiredOptions): ReadDesired {
  const { mirrorId, view, loader, source, revisions, links, now } = options;

  const scopeOf = (projects: readonly Project[]): ReadonlySet<string> =>
    new Set(view.scope.kind === 'projects' ? view.scope.projectIds : projects.map(({ id }) => id));

  /** Also of projects outside the scope: an edited definition leaves objects of them behind, which Plane still lists. */
  function snapshotsOf(projects: readonly Project[]): Snapshot[] {
    return projects.flatMap(({ id }) => {
      const { snapshot, gone } = source.known(id);
      return snapshot === null || gone !== null ? [] : [snapshot];
    });
  }

  return async (planeIds) => {
    const loaded = await loader.load(view.scope, needsOf(view.options, view.scope));
    const { snapshots, missing, lacking, error } = loaded;
    if (lacking.length > 0 || (snapshots.length === 0 && missing.length > 0))
      throw new AppError('not_ready', 'The projects could not be read from Plane yet.', { cause: error });
    const projects = await source.projects();
    const doubts = createDoubts({
      projects,
      scope: scopeOf(projects),
      known: source.known,
      snapshots: [...snapshots, ...snapshotsOf(projects)],
      now,
    });
    const pass = await revisions.begin(`mirror:${mirrorId}`, shapeOf(view));
    const write = createObjectWriter(mirrorId, pass.revise);
    const objects = new Map<string, MirrorObject>();
    const pause = createYieldPoint();
    for (const snapshot of snapshots) {
      for (const [, component] of viewComponents(snapshot, view, dayOf(now()), links, planeIds)) {
        await pause();
        const object = write(component, snapshot.project.id);
        if (object) objects.set(object.name, object);
      }
    }
    // What is written to a calendar must not be forgotten by a restart.
    await Promise.all([pass.commit(), loaded.saved()]);
    const total = snapshots.reduce(
      (sum, one) => sum + one.items.size + (one.cycles?.size ?? 0) + (one.modules?.size ?? 0),
      0,
    );
    const doubt = loaded.removedAt === null ? null : 'None of its projects is published any more.';
    return { objects, total, doubt, ...doubts };
  };
}
