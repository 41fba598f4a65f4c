/** @import { Project, Sheet } from '../app/types.js' */
/** @import { Actions } from './entries/actions.js' */
import { colorsOfProjects } from '../ui/colors.js';
import { dayNumber, shortDay } from '../ui/time.js';
import { dayIn, timesIn } from './model/clock.js';

/** What all parts of the view share about the sheet that is shown. */

/** @typedef {{ source: string, member: string, member_id: string }} Origin of an entry */
/** @typedef {ReturnType<typeof createContext>} SheetContext */

/**
 * @param {object} params
 * @param {Sheet} params.sheet
 * @param {Project[]} params.projects with their colours
 * @param {Actions} params.actions
 */
export function createContext({ sheet, projects, actions }) {
  const zones = new Set(sheet.sources.map(({ timezone }) => timezone ?? 'UTC'));
  const hasPeople = new Set(sheet.sources.map(({ member_id: id }) => id)).size > 1;
  const zoneOf = (/** @type {string} */ source) => sheet.sources.find(({ id }) => id === source)?.timezone ?? 'UTC';
  return {
    sheet,
    actions,
    colors: colorsById(sheet, projects),
    /** The time zone of all times; null where calendars have several, which is then said of each time. */
    zone: zones.size === 1 ? ([...zones][0] ?? null) : null,
    /** The day of an entry, as YYYY-MM-DD. @param {{ source: string, start: string, day?: string }} entry */
    dayOf: ({ source, start, day }) => day ?? dayIn(start, zoneOf(source)),
    /** When an entry is, such as "09:00–10:30", with the zone where calendars have several. @param {{ source: string, start: string, end: string }} entry */
    timesOf: ({ source, start, end }) => {
      const zone = zoneOf(source);
      return zones.size > 1 ? `${timesIn(start, end, zone)} ${zone}` : timesIn(start, end, zone);
    },
    /** Whose entry it is where there are several people, and of which calendar where the person has several. @param {Origin} entry @returns {string[]} */
    originOf: ({ source, member, member_id: memberId }) => {
      const own = sheet.sources.filter((one) => one.member_id === memberId);
      const calendar = own.length > 1 ? own.find(({ id }) => id === source)?.name : undefined;
      return [...(hasPeople ? [member] : []), ...(calendar === undefined ? [] : [calendar])];
    },
  };
}

/** @param {Sheet} sheet @param {Project[]} projects @returns {Map<string, string>} */
function colorsById({ entries, gone }, projects) {
  const chosen = colorsOfProjects([...entries, ...gone], projects);
  return new Map(
    projects.flatMap(({ id, identifier, color }) => {
      const shown = chosen.get(identifier)?.color ?? color;
      return shown === null ? [] : [[id, shown]];
    }),
  );
}

/** "Mon, 23 Nov". @param {string} day YYYY-MM-DD */
export function dayInWords(day) {
  return shortDay(dayNumber(day));
}
