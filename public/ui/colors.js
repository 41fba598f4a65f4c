/** For projects without a colour of their own. */
const FALLBACK = ['#0b8a7d', '#4169e1', '#c2557a', '#8a6d1f', '#7a5bd0', '#d2691e', '#3f8f4f', '#607d8b'];

/** Returns the custom property for the colour of a project's dot. @param {string | null} color */
export function dotVars(color) {
  return color === null ? {} : { '--dot': color };
}

/** Whether two colours look alike, as far as both are hexadecimal. @param {string} a @param {string} b */
function isClose(a, b) {
  const [one, other] = [channels(a), channels(b)];
  return one.length === 3 && other.length === 3 && Math.hypot(...one.map((value, at) => value - (other[at] ?? 0))) < 70;
}

/** Red, green and blue; empty for other notations. @param {string} color */
function channels(color) {
  const hex = /^#([\da-f]{2})([\da-f]{2})([\da-f]{2})/i.exec(color);
  return hex === null ? [] : hex.slice(1).map((two) => parseInt(two, 16));
}

/**
 * Returns a distinct colour for each project with an event, or an empty map when there is at most one such project.
 *
 * @param {{ project?: string | null }[]} events or entries of a timesheet
 * @param {{ identifier: string, name: string, color: string | null }[]} projects
 * @returns {Map<string, { name: string, color: string }>} by identifier
 */
export function colorsOfProjects(events, projects) {
  const found = [...new Set(events.flatMap(({ project }) => project ?? []))].sort();
  if (found.length < 2) return new Map();
  const used = new Set();
  const owners = found.map((identifier) => projects.find((one) => one.identifier === identifier));
  const free = FALLBACK.filter((one) => !owners.some((owner) => owner?.color && isClose(one, owner.color)));
  return new Map(
    found.map((identifier, at) => {
      const own = owners[at];
      const preferred = own?.color ?? null;
      const fallback = [...free, ...FALLBACK].find((one) => !used.has(one)) ?? FALLBACK[at % FALLBACK.length] ?? 'gray';
      const color = preferred !== null && !used.has(preferred) ? preferred : fallback;
      used.add(color);
      return [identifier, { name: own?.name ?? identifier, color }];
    }),
  );
}
