/** @import { CalendarSource, Link, Mirror } from '../app/types.js' */
import { api } from '../app/api.js';
import { mirrors } from '../mirrors/api.js';
import { foreign, h } from '../ui/dom.js';
import { busy, confirmDialog, note, showToast } from '../ui/notice.js';
import { count, number } from '../ui/time.js';
import { hasPlanePart } from '../ui/words.js';
import { sources } from './api.js';

/** What can be done with a source. */

/** Links and mirrors that a question names. */
const MAX_NAMED = 5;

/** A button that reads the source now. @param {CalendarSource} source @param {(source: CalendarSource) => void} done */
export function readButton({ id, name }, done) {
  const button = h('button', { type: 'button', 'aria-label': `Read now: ${name}` }, 'Read now');
  button.addEventListener('click', () =>
    busy(button, async () => {
      const next = await sources.sync(id);
      done(next);
      if (next.state === 'error') showToast(next.error ?? 'Couldn’t be read.', 'bad');
      else
        showToast(next.state === 'waiting' ? 'Read. A large removal is held back.' : 'Read. Everything is up to date.');
    }),
  );
  return button;
}

/** A large removal that is held back, with a button to accept it; null when there is none. @param {CalendarSource} source @param {(source: CalendarSource) => void} done */
export function removalNote({ id, name, state, error }, done) {
  if (state !== 'waiting') return null;
  const apply = h('button', { type: 'button', class: 'risky', 'aria-label': `Apply now: ${name}` }, 'Apply now');
  apply.addEventListener('click', () =>
    busy(apply, async () => {
      const body = [
        h('p', {}, error ?? ''),
        h(
          'p',
          {},
          'Every link and mirror with this calendar loses these events at once. What reappears there is shown again.',
        ),
      ];
      const question = { title: 'Apply this without a second read?', body, confirm: 'Apply now', danger: true };
      if (!(await confirmDialog(question))) return;
      const applied = await sources.applyRemoval(id);
      showToast(`Applied. The calendar now has ${count(applied.components, 'event')}.`);
      done(applied);
    }),
  );
  return note('warn', h('p', {}, error ?? 'A large removal is held back.'), h('p', {}, apply));
}

/** Asks before a source is removed: links that use it lose its events. @param {CalendarSource} source @returns {Promise<boolean>} whether it was removed */
export async function removeSource({ id, name, timesheet }) {
  const [links, copies] = await Promise.all([api.links(), mirrors.all()]);
  const usesIt = (/** @type {Link | Mirror} */ { scope }) => (scope.calendar_ids ?? []).includes(id);
  const used = links.filter((link) => link.revoked === null && usesIt(link));
  const mirrored = copies.filter(usesIt);
  const ended = used.filter(({ scope }) => !hasPlanePart(scope) && scope.calendar_ids?.length === 1);
  const body = [
    h(
      'p',
      {},
      foreign(name),
      ' is no longer read, and what was stored of it is deleted. The calendar itself is not changed.',
    ),
    timesheet
      ? h('p', {}, 'Its hours and their corrections leave the timesheet. Recorded exports and rules stay.')
      : null,
    used.length + mirrored.length === 0 ? h('p', {}, 'No link or mirror includes it.') : null,
    used.length > 0
      ? namesOf(`${count(used.length, 'link')} lose${used.length === 1 ? 's' : ''} its events:`, used)
      : null,
    ended.length > 0
      ? namesOf(
          `${count(ended.length, 'link')} with nothing else end${ended.length === 1 ? 's' : ''}; subscribers see one event that says so:`,
          ended,
        )
      : null,
    mirrored.length > 0
      ? namesOf(
          `${count(mirrored.length, 'mirror')} lose${mirrored.length === 1 ? 's' : ''} its events, within the safety limits:`,
          mirrored,
        )
      : null,
  ];
  const question = {
    title: 'Delete this source?',
    body: body.filter((one) => one !== null),
    confirm: 'Delete source',
    danger: true,
  };
  if (!(await confirmDialog(question))) return false;
  await sources.remove(id);
  showToast('Source deleted.');
  return true;
}

/** @param {string} words @param {{ name: string }[]} those */
function namesOf(words, those) {
  const more = those.length - MAX_NAMED;
  return h(
    'div',
    {},
    h('p', {}, words),
    h(
      'ul',
      { class: 'used-by' },
      ...those.slice(0, MAX_NAMED).map((one) => h('li', {}, foreign(one.name))),
      more > 0 ? h('li', {}, `and ${number(more)} more`) : null,
    ),
  );
}
