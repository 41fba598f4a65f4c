/** @import { Mirror, Plan, PlanStep, HeldBack } from '../app/types.js' */
import { foreign, h } from '../ui/dom.js';
import { mirrors } from './api.js';
import { planWords } from './words.js';
import { busy, confirmDialog, note } from '../ui/notice.js';
import { count, number } from '../ui/time.js';

/** What a run would do, and the deletions that were held back. */

const MAX_SHOWN = 200;
const ACTION_NAMES = { create: 'Create', update: 'Update', delete: 'Delete', leave: 'Leave unchanged' };

/** A plan: the totals, and each step with its reason. @param {Plan} plan */
export function planPanel(plan) {
  const actions = /** @type {(keyof typeof ACTION_NAMES)[]} */ (Object.keys(ACTION_NAMES));
  const groups = actions.map((action) => {
    const steps = plan.steps.filter((one) => one.action === action);
    if (steps.length === 0) return null;
    return h(
      'details',
      { class: 'disclosure' },
      h('summary', {}, `${ACTION_NAMES[action]} (${number(steps.length)})`),
      scrollable(`${ACTION_NAMES[action]}: events and reasons`, stepList(steps)),
    );
  });
  const { held_back: heldBack, error } = plan;
  return h(
    'div',
    { class: 'plan' },
    h('p', { class: 'plan-sum' }, planWords(plan)),
    error === null ? null : note('warn', h('p', {}, 'The plan may be wrong. ', foreign(error))),
    heldBack ? note('warn', h('p', {}, heldBack.reason), heldBackList(heldBack)) : null,
    ...groups,
  );
}

/** @param {HeldBack} heldBack */
function heldBackList(heldBack) {
  return scrollable('Held back', stepList(heldBack.deletions, heldBack.count));
}

/** A list with its own scroll bar, reachable by keyboard. @param {string} label @param {HTMLElement} list */
function scrollable(label, list) {
  return h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': label }, list);
}

/** @param {PlanStep[]} steps @param {number} [total] if there are more than these */
function stepList(steps, total = steps.length) {
  const rows = steps
    .slice(0, MAX_SHOWN)
    .map(({ title, reason }) => h('li', {}, foreign(title), ' ', h('span', { class: 'hint' }, reason)));
  const more = Math.max(total, steps.length) - rows.length;
  return h(
    'ul',
    { class: 'plan-steps' },
    ...rows,
    more > 0 ? h('li', { class: 'hint' }, `and ${number(more)} more`) : null,
  );
}

/** The deletions that were held back, with a button to apply them; null when there are none. @param {Mirror} mirror @param {() => unknown} done */
export function heldBackNote({ id, held_back: heldBack }, done) {
  if (heldBack === null) return null;
  const { count: total, digest, reason } = heldBack;
  const these = total === 1 ? 'this deletion' : `these ${count(total, 'deletion')}`;
  const apply = h('button', { type: 'button', class: 'risky' }, `Apply ${these}`);
  apply.addEventListener('click', async () => {
    const yes = await confirmDialog({
      title: `Apply ${these}?`,
      body: [
        h('p', {}, 'These events will be deleted from the calendar. Backup copies are kept for 7 days.'),
        scrollable('Events to delete', stepList(heldBack.deletions, total)),
      ],
      confirm: `Delete ${count(total, 'event')}`,
      danger: true,
    });
    if (!yes || digest === null) return;
    await busy(apply, async () => {
      await mirrors.run(id, digest);
      done();
    });
  });
  return note(
    'warn',
    h('p', {}, h('strong', {}, `${count(total, 'deletion')} held back. `), reason),
    digest === null
      ? h('p', { class: 'hint' }, 'They can’t be applied manually. The next run checks them again.')
      : h('p', {}, apply),
  );
}
