import type { ProjectContent, ProjectInfo, ProjectStatus } from '../../domain/ports.ts';
import { isCalendarId } from '../../feeds/calendars/combined-source.ts';
import { originOf } from './object.ts';
import type { Doubt, DesiredState } from './plan.ts';

/**
 * Whether Plane, or the calendar it comes from, still lists the origin of an undesired object, and whether that can be trusted, project by
 * project and calendar by calendar.
 */

export interface DoubtsOptions {
  /** All that Plane has. */
  readonly projects: readonly ProjectInfo[];
  /** All foreign calendars. */
  readonly calendars: readonly ProjectInfo[];
  /** Ids of those the mirror covers, projects and calendars. */
  readonly scope: ReadonlySet<string>;
  /** What was known when they were loaded; without content where nothing of them was loaded, whatever was read since. */
  readonly statusOf: (projectId: string) => ProjectStatus;
  /** What was read of the projects, including those outside the scope. */
  readonly contents: readonly ProjectContent[];
  /** Ids that objects have of everything in the foreign calendars of the scope. */
  readonly foreignIds: { has(id: string): boolean };
  /** When they were loaded, in milliseconds since the epoch. */
  readonly loadedAt: number;
}

export function createDoubts(options: DoubtsOptions): Pick<DesiredState, 'lists' | 'doubtOf'> {
  const { projects, calendars, scope, statusOf, contents, foreignIds, loadedAt } = options;
  /** The id of the project or calendar that an object names; null where it names none, or one that is not listed. */
  const idOf = (named: string | null): string | null =>
    projects.find(({ id, identifier }) => id === named || identifier === named)?.id ??
    calendars.find(({ id }) => id === named)?.id ??
    (named !== null && scope.has(named) ? named : null);

  function doubtAboutCalendar(id: string): Doubt | null {
    const { content, removed, error, freshUntil } = statusOf(id);
    if (removed !== null) return null;
    const name = content?.info.name ?? calendars.find((one) => one.id === id)?.name ?? id;
    if (content === null) return { reason: `The calendar "${name}" has not been loaded yet.`, canForce: false };
    if (error !== null || loadedAt >= freshUntil)
      return { reason: `The calendar "${name}" could not be read just now.`, canForce: false };
    return content.calendar?.uids.size === 0 ? { reason: `The calendar "${name}" is empty.`, canForce: true } : null;
  }

  function doubtAbout(projectId: string, name: string): Doubt | null {
    if (isCalendarId(projectId)) return doubtAboutCalendar(projectId);
    const { content, removed, error, freshUntil } = statusOf(projectId);
    if (removed !== null) return null;
    const label = content?.info.identifier ?? projects.find(({ id }) => id === projectId)?.identifier ?? projectId;
    if (content === null)
      return { reason: `The project ${label} has not been loaded from Plane yet.`, canForce: false };
    if (error !== null || loadedAt >= freshUntil)
      return { reason: `Plane could not be asked about ${label} just now.`, canForce: false };
    return isEmpty(content, name) ? { reason: `Plane lists nothing in ${label}.`, canForce: true } : null;
  }

  return {
    lists: (name, named) => {
      const id = idOf(named);
      return (id !== null && !scope.has(id)) || isListed(name, contents, foreignIds);
    },
    doubtOf: (name, named) => {
      const id = idOf(named);
      if (id !== null) return scope.has(id) ? doubtAbout(id, name) : null;
      // A calendar that was removed, here and from the mirror: its objects go, as far as the deletion guard lets them.
      if (named !== null && isCalendarId(named)) return null;
      if (named !== null) return { reason: 'Plane does not list the project of some objects.', canForce: true };
      // It may belong to any project, so all of them must be certain.
      const all = [...scope].flatMap((one) => doubtAbout(one, name) ?? []);
      return all.find(({ canForce }) => !canForce) ?? all[0] ?? null;
    },
  };
}

/** Cycles and modules that are no longer read count as listed: the definition left them out, Plane did not. */
function isListed(name: string, contents: readonly ProjectContent[], foreignIds: DoubtsOptions['foreignIds']): boolean {
  const origin = originOf(name);
  if (origin === null) return false;
  if (origin.kind === 'event') return foreignIds.has(origin.planeId);
  const lists = contents.map((content) => content.ids(origin.kind));
  if (lists.some((list) => list?.has(origin.planeId))) return true;
  return origin.kind !== 'item' && lists.every((list) => list === null);
}

/** A project without a single item is suspect. One that only lacks cycles or modules is not: most have none. */
function isEmpty(content: ProjectContent, name: string): boolean {
  if ((content.ids('item')?.size ?? 0) > 0) return false;
  const kind = originOf(name)?.kind ?? 'item';
  return (content.ids(kind)?.size ?? 0) === 0;
}
