import { dayOf } from '../../icalendar/date.ts';
import { shapeOf } from '../../views/view.ts';
import type { Scope, View } from '../../domain/feed.ts';
import type { CalendarSources, Clock, OriginKind, ProjectContent, ProjectInfo, Source } from '../../domain/ports.ts';
import { checkReady, type Loader } from '../../feeds/loader.ts';
import type { Revisions } from '../../feeds/revisions.ts';
import { createDoubts } from './doubts.ts';
import { foreignUid } from './foreign/object.ts';
import { createOriginIndex, type OriginIndex } from './foreign/origins.ts';
import { createObjectWriter, type MirrorObject, type WriteObject } from './object.ts';
import type { DesiredState } from './plan.ts';
import { retryConflicts } from '../../lib/conflicts.ts';
import { createYieldPoint } from '../../lib/cooperative.ts';

/** Reads what the collection should contain: all of it, or what is made of these ids. Throws `not_ready` while the projects can't be read. */
export type ReadDesired = (planeIds?: ReadonlySet<string>) => Promise<DesiredState>;

export interface DesiredOptions {
  readonly mirrorId: string;
  readonly view: View;
  /** What is shown of foreign calendars; by default the same. */
  readonly calendarView?: View | undefined;
  readonly loader: Loader;
  readonly source: Source;
  /** The foreign calendars there are. */
  readonly calendars?: Pick<CalendarSources, 'all'> | undefined;
  readonly revisions: Revisions;
  readonly now: Clock;
}

const KINDS: readonly OriginKind[] = ['item', 'cycle', 'module', 'event'];

export function createDesiredReader(options: DesiredOptions): ReadDesired {
  const { mirrorId, view, calendarView = view, loader, source, calendars, revisions, now } = options;
  const indexOf = createOriginIndex();

  /** Includes projects outside the scope: after an edit of the definition, objects of theirs remain that Plane still lists. */
  function contentsOf(projects: readonly ProjectInfo[]): ProjectContent[] {
    return projects.flatMap(({ id }) => {
      const { content, removed } = source.status(id);
      return content === null || removed !== null ? [] : [content];
    });
  }

  async function indexesOf(contents: readonly ProjectContent[]): Promise<ReadonlyMap<ProjectContent, OriginIndex>> {
    const indexes = new Map<ProjectContent, OriginIndex>();
    for (const content of contents) indexes.set(content, await indexOf(content));
    return indexes;
  }

  async function writeObjects(
    projects: readonly ProjectContent[],
    write: WriteObject,
    indexes: ReadonlyMap<ProjectContent, OriginIndex>,
    planeIds: ReadonlySet<string> | undefined,
  ): Promise<Required<Pick<DesiredState, 'objects' | 'unwritable'>>> {
    const objects = new Map<string, MirrorObject>();
    const unwritable = new Map<string, string>();
    const pause = createYieldPoint();
    for (const project of projects) {
      const only = planeIds && originsOf(project, planeIds, indexes.get(project));
      const shown = project.calendar ? calendarView : view;
      for (const one of project.components(shown, dayOf(now()), only)) {
        await pause();
        if (one === null) continue;
        const [id, component] = one;
        const object = write(component, project.info.id, id);
        if (object) objects.set(object.name, object);
        else if (project.calendar)
          unwritable.set(`${foreignUid(mirrorId, project.info.id, id)}.ics`, component.summary);
      }
    }
    return { objects, unwritable };
  }

  async function read(planeIds: ReadonlySet<string> | undefined, isLastTry: boolean): Promise<DesiredState> {
    const loaded = await loader.load({ ...view, key: `mirror:${mirrorId}` });
    const loadedAt = now();
    // What is read from here on is not among the objects, so nothing may be concluded from it.
    const statuses = new Map(loaded.projects.map(({ info }) => [info.id, source.status(info.id)]));
    checkReady(loaded);
    const projects = await source.projects();
    const indexes = await indexesOf(loaded.projects);
    const foreignIds = new Set([...indexes.values()].flatMap((index) => [...index.keys()]));
    const doubts = createDoubts({
      projects,
      calendars: calendars?.all() ?? [],
      scope: scopeOf(view.scope, projects),
      statusOf: (id) => statuses.get(id) ?? { ...source.status(id), content: null },
      contents: [...loaded.projects, ...contentsOf(projects)],
      foreignIds,
      loadedAt,
    });
    const pass = await revisions.begin(`mirror:${mirrorId}`, shapeOf(view));
    const write = createObjectWriter(mirrorId, pass.assign);
    const { objects, unwritable } = await writeObjects(loaded.projects, write, indexes, planeIds);
    // A restart must not forget what is written to a collection.
    await loaded.saved();
    // Feeds share its revisions, and may show something newer by now.
    await pass.commit({ isLatest: async () => isLastTry || loaded.isLatest() });
    const doubt = loaded.removedAt === null ? null : 'None of its projects is published any more.';
    return { objects, unwritable, total: countAll(loaded.projects), doubt, ...doubts };
  }

  // Another server may render what the mirror shows at the same time.
  return (planeIds) => retryConflicts((isLastTry) => read(planeIds, isLastTry));
}

function scopeOf(scope: Scope, projects: readonly ProjectInfo[]) {
  const planeIds = scope.kind === 'projects' ? scope.projectIds : projects.map(({ id }) => id);
  return new Set([...planeIds, ...(scope.calendarIds ?? [])]);
}

/** What the ids of objects are called in a project. */
function originsOf({ calendar }: ProjectContent, planeIds: ReadonlySet<string>, index: OriginIndex | undefined) {
  return calendar ? new Set([...planeIds].flatMap((id) => index?.get(id) ?? [])) : planeIds;
}

/** Everything in these projects, shown or not. */
function countAll(projects: readonly ProjectContent[]): number {
  const sizes = projects.flatMap((project) => KINDS.map((kind) => project.ids(kind)?.size ?? 0));
  return sizes.reduce((sum, size) => sum + size, 0);
}
