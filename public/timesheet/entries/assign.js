/** @import { RuleCondition, TimesheetEntry } from '../../app/types.js' */
/** @import { SheetContext } from '../context.js' */
import { h, newId } from '../../ui/dom.js';
import { busy } from '../../ui/notice.js';
import { shorten } from '../../ui/truncate.js';
import { matchOf } from '../model/target.js';
import { ruleChoices } from '../model/words.js';
import { targetField } from './target-field.js';

/** Corrects an entry: for which events, to which project or work item; or it is no work. */

/** Characters of a name that a choice shows. */
const MAX_CHOICE = 48;

/** @param {TimesheetEntry} entry @param {string} name of the entry, for screen readers @param {SheetContext} context */
export function assignForm(entry, name, { sheet, colors, actions }) {
  const scope = scopeFields(entry, name);
  const target = targetField({
    label: `Project or work item: ${name}`,
    projects: sheet.projects,
    colors,
    chosen: ({ value, label }) => actions.assign(entry, matchOf(value), { target: label, rule: scope.rule() }),
  });
  const ignore = h('button', { type: 'button', class: 'small', 'aria-label': `Not work: ${name}` }, 'Not work');
  ignore.addEventListener('click', () => busy(ignore, () => actions.ignore(entry)));
  const restore =
    entry.matched_by === 'correction'
      ? h('button', { type: 'button', class: 'small', 'aria-label': `Remove correction: ${name}` }, 'Remove correction')
      : null;
  restore?.addEventListener('click', () => busy(restore, () => actions.restore(entry)));
  return h('div', { class: 'assign' }, scope.element, target, h('div', { class: 'assign-more' }, ignore, restore));
}

/** Whether the correction is for this event alone, or a rule for similar ones. @param {TimesheetEntry} entry @param {string} name */
function scopeFields(entry, name) {
  const choices = ruleChoices(entry);
  if (choices.length === 0) return { element: null, rule: () => null };
  const options = choices.map(({ label }, at) => h('option', { value: String(at) }, shorten(label, MAX_CHOICE)));
  const select = h(
    'select',
    { 'aria-label': `Apply to: ${name}` },
    h('option', { value: '' }, 'Only this event'),
    h('optgroup', { label: 'Also for similar events' }, ...options),
  );
  const id = newId('word');
  const word = h('input', { id, type: 'text', value: entry.title.trim(), maxlength: 200, dir: 'auto' });
  const words = h('div', { class: 'field', hidden: true }, h('label', { for: id }, 'Words in the title'), word);
  const chosen = () => (select.value === '' ? null : (choices[Number(select.value)]?.rule ?? null));
  const byWord = () => {
    const rule = chosen();
    return rule !== null && 'word' in rule;
  };
  select.addEventListener('change', () => (words.hidden = !byWord()));
  /** @returns {RuleCondition | null} */
  const rule = () => (byWord() ? { word: word.value.trim() || entry.title.trim() } : chosen());
  return { element: h('div', { class: 'scope' }, select, words), rule };
}
