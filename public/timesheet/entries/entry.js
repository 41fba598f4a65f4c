/** @import { TimesheetEntry } from '../../app/types.js' */
/** @import { SheetContext } from '../context.js' */
import { dotVars } from '../../ui/colors.js';
import { fill, foreign, h } from '../../ui/dom.js';
import { dayInWords } from '../context.js';
import { hours, lengthInWords } from '../model/clock.js';
import { keyOf } from '../model/words.js';
import { assignForm } from './assign.js';

/** One entry of a timesheet. */

/** A length such as "1:30", which screen readers read as words. @param {number} minutes */
export function lengthText(minutes) {
  return h(
    'span',
    { class: 'length' },
    h('span', { 'aria-hidden': 'true' }, hours(minutes)),
    h('span', { class: 'visually-hidden' }, lengthInWords(minutes)),
  );
}

/** The title of an entry. @param {{ title: string }} entry */
export function titleText({ title }) {
  return title === '' ? h('span', { class: 'hint' }, 'No title') : foreign(title);
}

/** What screen readers call an entry. @param {TimesheetEntry} entry @param {SheetContext} context */
export function nameOf({ title, day, private: isPrivate, ...entry }, context) {
  const times = isPrivate ? '' : `, ${context.timesOf(entry)}`;
  return `${title || 'No title'}, ${dayInWords(day)}${times}`;
}

/** The project and the work item of an entry. @param {Pick<TimesheetEntry, 'project' | 'project_id' | 'item'> & Partial<Pick<TimesheetEntry, 'project_name' | 'item_name'>>} entry @param {SheetContext} context */
function targetText({ project, project_id: id, project_name: name, item, item_name: itemName }, { colors }) {
  if (project === null) return h('span', { class: 'hint' }, 'No project');
  const color = id === null ? null : (colors.get(id) ?? null);
  return h(
    'span',
    { class: 'entry-target' },
    h('span', { class: 'with-dot', vars: dotVars(color) }, foreign(name ?? project)),
    item === null ? null : h('span', { class: 'key' }, item),
    item === null || !itemName ? null : foreign(itemName, 'hint'),
  );
}

/** Marks of an entry: overlaps, and what exports know of it. @param {TimesheetEntry} entry */
export function tags({ overlaps, state, minutes, rounded_minutes: rounded }) {
  return [
    overlaps ? h('span', { class: 'tag warn' }, 'Overlaps another entry') : null,
    state === 'exported' ? h('span', { class: 'tag' }, 'Exported') : null,
    state === 'changed' ? h('span', { class: 'tag warn' }, 'Changed since an export') : null,
    minutes === rounded ? null : h('span', { class: 'tag' }, `${hours(minutes)} before rounding`),
  ];
}

/** An entry with a project, in the list of its day. @param {TimesheetEntry} entry @param {SheetContext} context */
export function entryRow(entry, context) {
  const name = nameOf(entry, context);
  const editor = h('div', { class: 'entry-editor' });
  const change = h(
    'button',
    {
      type: 'button',
      class: 'quiet small',
      'aria-expanded': 'false',
      'aria-label': `Change: ${name}`,
      'data-focus': true,
    },
    'Change',
  );
  change.addEventListener('click', () => {
    const isOpen = change.getAttribute('aria-expanded') === 'true';
    change.setAttribute('aria-expanded', String(!isOpen));
    fill(editor, isOpen ? null : assignForm(entry, name, context));
    editor.querySelector('input')?.focus();
  });
  const details = [entry.reason, ...context.originOf(entry)].filter((one) => one !== '');
  return h(
    'li',
    { class: 'entry', 'data-entry': keyOf(entry) },
    h(
      'div',
      { class: 'entry-when' },
      lengthText(entry.rounded_minutes),
      entry.private ? null : h('span', { class: 'hint' }, context.timesOf(entry)),
    ),
    h(
      'div',
      { class: 'entry-text' },
      h('p', { class: 'entry-title' }, titleText(entry)),
      h('p', {}, targetText(entry, context)),
      h('p', { class: 'hint' }, foreign(details.join(' · '))),
      h('p', { class: 'tags' }, ...tags(entry)),
    ),
    change,
    editor,
  );
}
