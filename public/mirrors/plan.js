/** @import { Mirror, Plan, PlanStep, Withheld } from '../app/types.js' */
import { foreign, h } from '../ui/dom.js';
import { mirrors } from './api.js';
import { planWords } from './words.js';
import { confirmed, note, say } from '../ui/notice.js';
import { count, number } from '../ui/time.js';

/** What a run would do, and the deletions that wait for a word. */

const SHOWN = 200;
const WORDS = { create: 'Create', update: 'Change', delete: 'Delete', leave: 'Leave alone' };

/** A plan: the sums, and each step with its reason. @param {Plan} plan */
export function planPanel(plan) {
  const actions = /** @type {(keyof typeof WORDS)[]} */ (Object.keys(WORDS));
  const groups = actions.map((action) => {
    const steps = plan.steps.filter((one) => one.action === action);
    if (steps.length === 0) return null;
    return h(
      'details',
      { class: 'disclosure' },
      h('summary', {}, `${WORDS[action]} (${number(steps.length)})`),
      scrollable(`${WORDS[action]}: what and why`, stepList(steps)),
    );
  });
  const { held_back: withheld } = plan;
  return h(
    'div',
    { class: 'plan' },
    h('p', { class: 'plan-sum' }, planWords(plan)),
    withheld ? note('warn', h('p', {}, withheld.reason), heldList(withheld)) : null,
    ...groups,
  );
}

/** @param {Withheld} withheld */
function heldList(withheld) {
  return scrollable('Held back', stepList(withheld.deletions, withheld.count));
}

/** A list with its own scroll bar, which the keyboard reaches. @param {string} label @param {HTMLElement} list */
function scrollable(label, list) {
  return h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': label }, list);
}

/** @param {PlanStep[]} steps @param {number} [all] how many there are, when more than these */
function stepList(steps, all = steps.length) {
  const rows = steps
    .slice(0, SHOWN)
    .map(({ title, reason }) => h('li', {}, foreign(title), ' ', h('span', { class: 'hint' }, reason)));
  const more = Math.max(all, steps.length) - rows.length;
  return h(
    'ul',
    { class: 'plan-steps' },
    ...rows,
    more > 0 ? h('li', { class: 'hint' }, `and ${number(more)} more`) : null,
  );
}

/** Deletions that wait, and the way to let them go. @param {Mirror} mirror @param {() => unknown} done */
export function withheldNote({ id, held_back: withheld }, done) {
  if (withheld === null) return null;
  const { count: many, digest, reason } = withheld;
  const these = many === 1 ? 'this deletion' : `these ${count(many, 'deletion')}`;
  const go = h('button', { type: 'button' }, `Apply ${these}`);
  go.addEventListener('click', async () => {
    const yes = await confirmed({
      title: `Apply ${these}?`,
      body: [
        h('p', {}, 'They go from the calendar. Copies are kept for 7 days.'),
        scrollable('What is deleted', stepList(withheld.deletions, many)),
      ],
      confirm: `Delete ${number(many)}`,
      danger: true,
    });
    if (!yes || digest === null) return;
    await tried(async () => {
      await mirrors.run(id, digest);
      done();
    });
  });
  return note(
    'warn',
    h('p', {}, h('strong', {}, `${count(many, 'deletion')} held back. `), reason),
    digest === null
      ? h('p', { class: 'hint' }, 'They can’t be applied by hand; the next run looks again.')
      : h('p', {}, go),
  );
}

/** @param {() => Promise<unknown>} work */
async function tried(work) {
  try {
    await work();
  } catch (error) {
    say(error instanceof Error ? error.message : 'That did not work.', 'bad');
  }
}
