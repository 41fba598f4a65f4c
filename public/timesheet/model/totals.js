/** @import { DayTotal, ProjectName } from '../../app/types.js' */

/** The table of a week: projects by days. */

/**
 * @typedef {object} TotalRow
 * @property {string | null} id of the project; null for entries without one
 * @property {string | null} identifier
 * @property {string} name
 * @property {number[]} days minutes of each day
 * @property {number} sum
 * @typedef {{ rows: TotalRow[], days: number[], sum: number, exact: number }} Totals days, sum: with rounding; exact: without
 */

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

/**
 * Lays out the totals of everyone and every project.
 *
 * @param {DayTotal[]} totals
 * @param {string[]} days YYYY-MM-DD, the columns
 * @param {ProjectName[]} projects
 * @returns {Totals}
 */
export function layOut(totals, days, projects) {
  /** @type {Map<string | null, TotalRow>} */
  const rows = new Map();
  const shown = totals.filter(({ day }) => days.includes(day));
  for (const { project, project_id: id, day, rounded_minutes: minutes } of shown) {
    const row = rows.get(id) ?? emptyRow(id, project, days.length, projects);
    rows.set(id, row);
    const at = days.indexOf(day);
    row.days[at] = (row.days[at] ?? 0) + minutes;
    row.sum += minutes;
  }
  const sorted = [...rows.values()].sort(byName);
  return {
    rows: sorted,
    days: days.map((_, at) => sumOf(sorted.map((row) => row.days[at] ?? 0))),
    sum: sumOf(sorted.map(({ sum }) => sum)),
    exact: sumOf(shown.map(({ minutes }) => minutes)),
  };
}

/** @param {string | null} id @param {string | null} identifier @param {number} days @param {ProjectName[]} projects @returns {TotalRow} */
function emptyRow(id, identifier, days, projects) {
  const name = projects.find((one) => one.id === id)?.name ?? identifier ?? 'Unmatched';
  return { id, identifier, name, days: Array.from({ length: days }, () => 0), sum: 0 };
}

/** By name; what has no project comes last. @param {TotalRow} a @param {TotalRow} b */
function byName(a, b) {
  return Number(a.id === null) - Number(b.id === null) || collator.compare(a.name, b.name);
}

/** @param {number[]} values */
function sumOf(values) {
  return values.reduce((sum, one) => sum + one, 0);
}
