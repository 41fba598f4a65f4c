/** @import { TimesheetEntry } from '../../app/types.js' */
/** @import { SheetContext } from '../context.js' */
import { h } from '../../ui/dom.js';
import { dayNumber } from '../../ui/time.js';
import { assignKey } from './actions.js';
import { assignForm } from './assign.js';
import { hours } from '../model/clock.js';
import { dayTitle } from '../model/week.js';
import { dayInWords } from '../context.js';
import { entryRow, lengthText, nameOf, tags, titleText } from './entry.js';

/** The entries of a week. */

/** Entries without a project, each with a form. @param {SheetContext} context */
export function unmatchedSection(context) {
  const entries = context.sheet.entries.filter(({ matched_by: by }) => by === null);
  if (entries.length === 0) return null;
  const amount = entries.length === 1 ? '1 entry has' : `${entries.length} entries have`;
  return h(
    'section',
    { class: 'entry-section' },
    h('h2', {}, 'Unmatched'),
    h(
      'p',
      { class: 'hint' },
      `${amount} no project yet. Choose one, enter the key of a work item, or mark it as not work.`,
    ),
    h('ul', { class: 'rows' }, ...entries.map((entry) => unmatchedRow(entry, context))),
  );
}

/** @param {TimesheetEntry} entry @param {SheetContext} context */
function unmatchedRow(entry, context) {
  const when = [dayInWords(entry.day), entry.private ? '' : context.timesOf(entry), ...context.originOf(entry)];
  return h(
    'li',
    { class: 'entry unmatched', 'data-entry': assignKey(entry) },
    h('div', { class: 'entry-when' }, lengthText(entry.rounded_minutes)),
    h(
      'div',
      { class: 'entry-text' },
      h('p', { class: 'entry-title' }, titleText(entry)),
      h('p', { class: 'hint' }, when.filter((one) => one !== '').join(' · ')),
      entry.reason === '' ? null : h('p', { class: 'hint', dir: 'auto' }, entry.reason),
      h('p', { class: 'tags' }, ...tags(entry)),
    ),
    h('div', { class: 'entry-editor' }, assignForm(entry, nameOf(entry, context), context)),
  );
}

/** Entries with a project, by day. @param {SheetContext} context */
export function daySections(context) {
  const { entries } = context.sheet;
  const days = [...new Set(entries.map(({ day }) => day))].sort();
  return days.map((day) => {
    const all = entries.filter((one) => one.day === day);
    const matched = all.filter(({ matched_by: by }) => by !== null);
    if (matched.length === 0) return null;
    const rest = sumOf(all) - sumOf(matched);
    return h(
      'section',
      { class: 'entry-section' },
      h(
        'div',
        { class: 'day-head' },
        h('h2', {}, dayTitle(dayNumber(day))),
        h(
          'p',
          {},
          lengthText(sumOf(matched)),
          rest === 0 ? null : h('span', { class: 'hint' }, ` + ${hours(rest)} unmatched`),
        ),
      ),
      h('ul', { class: 'rows' }, ...matched.map((entry) => entryRow(entry, context))),
    );
  });
}

/** @param {TimesheetEntry[]} entries */
function sumOf(entries) {
  return entries.reduce((sum, { rounded_minutes: minutes }) => sum + minutes, 0);
}
