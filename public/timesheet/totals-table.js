/** @import { Totals } from './model/totals.js' */
import { dotVars } from '../ui/colors.js';
import { foreign, h } from '../ui/dom.js';
import { dayNumber, dayOfMonth, weekdayLong, weekdayShort } from '../ui/time.js';
import { hours, lengthInWords } from './model/clock.js';

/** The totals of a week: projects by days, with the sums of both. On a phone each row takes two lines; the roles make it a table there too. */

/** Minutes of a day that need six characters, such as 100:00. */
const LONG = 6000;

/**
 * @param {object} params
 * @param {Totals} params.totals
 * @param {string[]} params.days YYYY-MM-DD
 * @param {string} params.today YYYY-MM-DD
 * @param {Map<string, string>} params.colors of projects, by id
 */
export function totalsTable({ totals, days, today, colors }) {
  const head = days.map((day) => dayHeader(day, day === today));
  const rows = totals.rows.map(({ id, name, days: minutes, sum }) => {
    const color = id === null ? null : (colors.get(id) ?? null);
    const label = h('span', { class: 'with-dot', vars: dotVars(color) }, foreign(name));
    return row(label, minutes, sum, id === null ? 'is-unmatched' : '');
  });
  return h(
    'table',
    { class: totals.days.some((one) => one >= LONG) ? 'totals is-long' : 'totals', role: 'table' },
    h('caption', { class: 'visually-hidden' }, 'Hours by project and day'),
    h(
      'thead',
      { role: 'rowgroup' },
      h('tr', { role: 'row' }, header('Project', 'column'), ...head, header('Total', 'column')),
    ),
    h('tbody', { role: 'rowgroup' }, ...rows),
    h('tfoot', { role: 'rowgroup' }, row('Total', totals.days, totals.sum, 'is-sum')),
  );
}

/** @param {string} text @param {'column'} kind */
function header(text, kind) {
  return h('th', { scope: 'col', role: `${kind}header` }, text);
}

/** @param {string} day @param {boolean} isToday */
function dayHeader(day, isToday) {
  const at = dayNumber(day);
  return h(
    'th',
    { scope: 'col', role: 'columnheader', class: isToday ? 'is-today' : '' },
    h('span', { 'aria-hidden': 'true' }, `${weekdayShort(at)} `, h('span', { class: 'day-of-month' }, dayOfMonth(at))),
    h('span', { class: 'visually-hidden' }, `${weekdayLong(at)} ${dayOfMonth(at)}${isToday ? ', today' : ''}`),
  );
}

/** @param {Node | string} label @param {number[]} minutes @param {number} sum @param {string} name a class */
function row(label, minutes, sum, name) {
  return h(
    'tr',
    { role: 'row', class: name },
    h('th', { scope: 'row', role: 'rowheader' }, label),
    ...minutes.map((one) => cell(one)),
    cell(sum, 'row-sum'),
  );
}

/** @param {number} minutes @param {string} [name] a class */
function cell(minutes, name = '') {
  const text = h('span', { 'aria-hidden': 'true' }, minutes === 0 ? '–' : hours(minutes));
  const words = h('span', { class: 'visually-hidden' }, minutes === 0 ? 'none' : lengthInWords(minutes));
  return h('td', { role: 'cell', class: minutes === 0 ? `${name} is-zero`.trim() : name }, text, words);
}
