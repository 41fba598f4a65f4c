import { dayOf } from '../../icalendar/date.ts';
import { shapeOf } from '../../views/view.ts';
import type { View } from '../../domain/feed.ts';
import type { Clock, OriginKind, ProjectContent, ProjectInfo, Source } from '../../domain/ports.ts';
import { checkReady, type Loader } from '../../feeds/loader.ts';
import type { Revisions } from '../../feeds/revisions.ts';
import { createDoubts } from './doubts.ts';
import { createObjectWriter, type MirrorObject } from './object.ts';
import type { DesiredState } from './plan.ts';
import { createYieldPoint } from '../../lib/cooperative.ts';

/** Reads what the collection should contain: all of it, or what is made of these ids. Throws `not_ready` while the projects can't be read. */
export type ReadDesired = (planeIds?: ReadonlySet<string>) => Promise<DesiredState>;

export interface DesiredOptions {
  readonly mirrorId: string;
  readonly view: View;
  readonly loader: Loader;
  readonly source: Source;
  readonly revisions: Revisions;
  readonly now: Clock;
}

const KINDS: readonly OriginKind[] = ['item', 'cycle', 'module'];

export function createDesiredReader(options: DesiredOptions): ReadDesired {
  const { mirrorId, view, loader, source, revisions, now } = options;

  const scopeOf = (projects: readonly ProjectInfo[]): ReadonlySet<string> =>
    new Set(view.scope.kind === 'projects' ? view.scope.projectIds : projects.map(({ id }) => id));

  /** Includes projects outside the scope: after an edit of the definition, objects of theirs remain that Plane still lists. */
  function contentsOf(projects: readonly ProjectInfo[]): ProjectContent[] {
    return projects.flatMap(({ id }) => {
      const { content, removed } = source.status(id);
      return content === null || removed !== null ? [] : [content];
    });
  }

  return async (planeIds) => {
    const loaded = await loader.load({ ...view, key: `mirror:${mirrorId}` });
    checkReady(loaded);
    const projects = await source.projects();
    const doubts = createDoubts({
      projects,
      scope: scopeOf(projects),
      statusOf: source.status,
      contents: [...loaded.projects, ...contentsOf(projects)],
      now,
    });
    const pass = await revisions.begin(`mirror:${mirrorId}`, shapeOf(view));
    const write = createObjectWriter(mirrorId, pass.assign);
    const objects = new Map<string, MirrorObject>();
    const pause = createYieldPoint();
    for (const project of loaded.projects) {
      for (const [, component] of project.components(view, dayOf(now()), planeIds)) {
        await pause();
        const object = component.kind === 'foreign' ? null : write(component, project.info.id);
        if (object) objects.set(object.name, object);
      }
    }
    // A restart must not forget what is written to a collection.
    await Promise.all([pass.commit(), loaded.saved()]);
    const doubt = loaded.removedAt === null ? null : 'None of its projects is published any more.';
    return { objects, total: countAll(loaded.projects), doubt, ...doubts };
  };
}

/** Everything in these projects, shown or not. */
function countAll(projects: readonly ProjectContent[]): number {
  const sizes = projects.flatMap((project) => KINDS.map((kind) => project.ids(kind)?.size ?? 0));
  return sizes.reduce((sum, size) => sum + size, 0);
}
