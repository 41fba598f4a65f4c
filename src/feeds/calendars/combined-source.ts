import type { CalendarSources, CombinedSource, Source } from '../../domain/ports.ts';

/** The form of the id of a calendar that is not Plane's. */
const CALENDAR_ID = /^cal-[a-z0-9]+$/;
const PREFIX = 'cal-';

/** True for the id of a calendar that is not Plane's, where a project's is expected too. */
export function isCalendarId(id: string): boolean {
  return id.startsWith(PREFIX) && CALENDAR_ID.test(id);
}

/** Both as one source. */
export function combineSources(plane: Source, calendars: CalendarSources): CombinedSource {
  const of = (id: string): Pick<Source, 'status' | 'request' | 'refresh'> => (isCalendarId(id) ? calendars : plane);
  return {
    calendars,
    paused: () => plane.paused(),
    find: (name) => plane.find(name),
    known: (name) => plane.known(name),
    projects: () => plane.projects(),
    members: () => plane.members(),
    memberByEmail: (email) => plane.memberByEmail(email),
    status: (id, selection) => of(id).status(id, selection),
    request: (id, selection) => {
      of(id).request(id, selection);
    },
    refresh: (id) => of(id).refresh(id),
  };
}
