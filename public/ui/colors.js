/** @import { CalendarEvent, Project } from '../app/types.js' */

/** For projects that have no colour of their own. */
const FALLBACK = ['#0b8a7d', '#4169e1', '#c2557a', '#8a6d1f', '#7a5bd0', '#d2691e', '#3f8f4f', '#607d8b'];

/** The colour of a project's dot as a custom property. @param {string | null} color */
export function dotVars(color) {
  return color === null ? {} : { '--dot': color };
}

/**
 * A colour for each project that has an event here, when there are several; else none.
 *
 * @param {CalendarEvent[]} events
 * @param {Project[]} projects
 * @returns {Map<string, { name: string, color: string }>} by identifier
 */
export function colorsOfProjects(events, projects) {
  const found = [...new Set(events.flatMap(({ project }) => project ?? []))].sort();
  if (found.length < 2) return new Map();
  const used = new Set();
  return new Map(
    found.map((identifier, at) => {
      const own = projects.find((one) => one.identifier === identifier);
      const wanted = own?.color ?? null;
      const spare = FALLBACK.find((one) => !used.has(one)) ?? FALLBACK[at % FALLBACK.length] ?? 'gray';
      const color = wanted !== null && !used.has(wanted) ? wanted : spare;
      used.add(color);
      return [identifier, { name: own?.name ?? identifier, color }];
    }),
  );
}
