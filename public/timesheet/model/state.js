import { mondayByName, weekName } from './week.js';

/** What the view shows, as its URL fragment stores it. */

/** @typedef {{ monday: number, member: string, source: string, round: 'off' | 'up' | 'nearest', roundMinutes: number }} SheetState member, source: ids, empty for all */

/** How many minutes hours can be rounded to. */
export const ROUND_MINUTES = [5, 6, 10, 15, 30, 60];
const DEFAULT_ROUND_MINUTES = 15;

/** Reads the query of the fragment. What is invalid gets its default. @param {URLSearchParams} query @param {number} thisMonday @returns {SheetState} */
export function readState(query, thisMonday) {
  const minutes = Number(query.get('round_minutes'));
  const round = query.get('round');
  return {
    monday: mondayByName(query.get('week') ?? '') ?? thisMonday,
    member: query.get('member') ?? '',
    source: query.get('source') ?? '',
    round: round === 'up' || round === 'nearest' ? round : 'off',
    roundMinutes: ROUND_MINUTES.includes(minutes) ? minutes : DEFAULT_ROUND_MINUTES,
  };
}

/** Returns whether only a part of the hours is shown. @param {SheetState} state */
export function isFiltered({ member, source }) {
  return member !== '' || source !== '';
}

/** Returns the filters and the rounding as the API takes them. @param {SheetState} state @returns {Record<string, string>} */
export function queryOf({ member, source, round, roundMinutes }) {
  return {
    ...(member === '' ? {} : { member }),
    ...(source === '' ? {} : { source }),
    ...(round === 'off' ? {} : { round, round_minutes: String(roundMinutes) }),
  };
}

/** Returns the URL fragment. @param {SheetState} state */
export function fragmentOf(state) {
  return `#/timesheet?${new URLSearchParams({ week: weekName(state.monday), ...queryOf(state) })}`;
}
