import type { CalendarSources, CombinedSource, Source } from '../../src/domain/ports.ts';
import { combineSources } from '../../src/feeds/calendars/combined-source.ts';

/** A server without other calendars. */
export const NO_CALENDARS: CalendarSources = {
  status: (id) => {
    throw new Error(`there is no calendar ${id}`);
  },
  request: () => undefined,
  refresh: () => Promise.resolve(),
  find: () => undefined,
  all: () => [],
};

/** Plane alone. */
export function planeAlone(source: Source): CombinedSource {
  return combineSources(source, NO_CALENDARS);
}
