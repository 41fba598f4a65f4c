/** @import { CalendarEvent } from '../app/types.js' */

/** For projects without a colour of their own. */
const FALLBACK = ['#0b8a7d', '#4169e1', '#c2557a', '#8a6d1f', '#7a5bd0', '#d2691e', '#3f8f4f', '#607d8b'];

/** Returns the custom property for the colour of a project's dot. @param {string | null} color */
export function dotVars(color) {
  return color === null ? {} : { '--dot': color };
}

/**
 * Returns a distinct colour for each project with an event, or an empty map when there is at most one such project.
 *
 * @param {CalendarEvent[]} events
 * @param {{ identifier: string, name: string, color: string | null }[]} projects
 * @returns {Map<string, { name: string, color: string }>} by identifier
 */
export function colorsOfProjects(events, projects) {
  const found = [...new Set(events.flatMap(({ project }) => project ?? []))].sort();
  if (found.length < 2) return new Map();
  const used = new Set();
  return new Map(
    found.map((identifier, at) => {
      const own = projects.find((one) => one.identifier === identifier);
      const preferred = own?.color ?? null;
      const fallback = FALLBACK.find((one) => !used.has(one)) ?? FALLBACK[at % FALLBACK.length] ?? 'gray';
      const color = preferred !== null && !used.has(preferred) ? preferred : fallback;
      used.add(color);
      return [identifier, { name: own?.name ?? identifier, color }];
    }),
  );
}
