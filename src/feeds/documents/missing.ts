import { isCalendarId } from '../calendars/combined-source.ts';
import type { Feed } from '../feed.ts';
import type { Loaded } from '../loader.ts';

/** What can be shown of a calendar while something in it is missing. */

/** A project that fails must not hide the others; one that is still being read delays a feed only the first time. */
export async function canShow(
  feed: Feed,
  { projects, unread, isLoading, missingParts }: Loaded,
  wasPublished: (feed: Feed) => Promise<boolean>,
): Promise<boolean> {
  if (unread.length + missingParts.length === 0) return projects.length > 0 || feed.scope.kind !== 'projects';
  // A project can be shown without its cycles or modules, but not filtered by them.
  if (missingParts.length > 0 && (isLoading || isFilteredByParts(feed))) return false;
  return projects.length > 0 && (!isLoading || (await wasPublished(feed)));
}

/** The projects of which something can be shown that is right as far as it goes, where not all can be shown. */
export function knownOf(feed: Feed, { projects, missingParts }: Loaded): Loaded['projects'] {
  if (feed.options.show.includes('items') && !isFilteredByParts(feed)) return projects;
  return projects.filter(({ info }) => !missingParts.includes(info.id));
}

function isFilteredByParts({ options }: Feed): boolean {
  return options.cycle !== null || options.module !== null;
}

/** What the calendar lacks, in sentences for its description. */
export function notesOn({ unread, missingParts }: Loaded): string[] {
  return [
    ...(unread.every(isCalendarId) ? [] : ['A project in it could not be read from Plane yet.']),
    ...(unread.some(isCalendarId) ? ['A calendar in it could not be read yet.'] : []),
    ...(missingParts.length === 0 ? [] : ['Cycles or modules of a project in it could not be read from Plane yet.']),
  ];
}
