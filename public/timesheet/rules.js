/** @import { ProjectName, TimesheetRule } from '../app/types.js' */
import { fill, foreign, h } from '../ui/dom.js';
import { busy, load, showToast } from '../ui/notice.js';
import { timesheet } from './api.js';
import { conditionInWords } from './model/words.js';

/** The rules that were saved with corrections. */

/**
 * @param {object} params
 * @param {() => ProjectName[]} params.projects
 * @param {string | null} params.ownId of the member who is signed in, who can delete their own rules alone; null for the administrator
 * @param {() => Promise<unknown>} params.changed
 * @param {AbortSignal} params.signal
 */
export function rulesSection({ projects, ownId, changed, signal }) {
  const list = h('div', {});
  const element = h('details', { class: 'disclosure' }, h('summary', {}, 'Saved rules'), list);
  const reload = () => load(list, timesheet.rules, draw, signal);
  element.addEventListener('toggle', () => element.open && void reload());
  return { element, rulesChanged: () => void (element.open && reload()) };

  /** @param {TimesheetRule[]} rules */
  function draw(rules) {
    if (rules.length === 0)
      return h(
        'p',
        { class: 'hint' },
        'No rules yet. To save one, choose a line under “Also for similar events” when you assign an event.',
      );
    return h('ul', { class: 'rows' }, ...rules.map(ruleRow));
  }

  /** @param {TimesheetRule} rule */
  function ruleRow(rule) {
    const words = conditionInWords(rule.when);
    const remove = h('button', { type: 'button', class: 'small', 'aria-label': `Delete rule: ${words}` }, 'Delete');
    remove.addEventListener('click', () =>
      busy(remove, async () => {
        await timesheet.removeRule(rule.id);
        fill(list);
        await Promise.all([reload(), changed()]);
        element.querySelector('summary')?.focus();
        showToast('Rule deleted.');
      }),
    );
    const canDelete = ownId === null || rule.member_id === ownId;
    const whose = rule.member === null ? 'For everyone' : `For ${rule.member}`;
    return h(
      'li',
      { class: 'entry' },
      h(
        'div',
        { class: 'entry-text' },
        h('p', {}, 'Events ', foreign(words), ' → ', h('strong', {}, foreign(targetOf(rule)))),
        h('p', { class: 'hint' }, foreign(whose)),
      ),
      canDelete ? remove : null,
    );
  }

  /** @param {TimesheetRule} rule */
  function targetOf({ item, project, project_id: id }) {
    const name = projects().find((one) => one.id === id)?.name;
    return item ?? name ?? project ?? 'a project that is no longer published';
  }
}
