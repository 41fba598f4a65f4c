/** @import { Mirror, Plan, Run } from '../app/types.js' */
import { h } from '../ui/dom.js';
import { ago, count, number } from '../ui/time.js';
import { joined } from '../ui/words.js';

/** Descriptions of mirrors, their runs and plans. */

/** Shown below the name of a mirror in its form. */
export const MIRROR_NAME_HINT = 'Shown in your list of mirrors.';

/** The status of a mirror, as a line with a coloured dot. @param {Mirror} mirror */
export function stateLine(mirror) {
  const [tone, ...words] = stateWords(mirror);
  return h(
    'span',
    { class: `fetch ${tone}` },
    h('span', { class: 'dot', 'aria-hidden': 'true' }),
    h('span', {}, ...words),
  );
}

/** Returns the tone and the text of a status. @param {Mirror} mirror @returns {[string, ...(Node | string)[]]} */
function stateWords(mirror) {
  const { state, last_run: last, next_run: next, held_back: pending } = mirror;
  const heldBack = pending?.count ?? 0;
  if (state === 'running') return ['busy', runningWords(mirror)];
  if (state === 'paused')
    return ['', 'Paused. Nothing is written until you resume it, or run “plane-ics mirror apply”.'];
  if (state === 'error') return ['bad', ...errorWords(mirror)];
  if (heldBack > 0) return ['warn', `${count(heldBack, 'deletion')} held back. Everything else is up to date.`];
  if (state === 'waiting')
    return ['', last ? 'Waiting' : 'Not run yet', ...(next ? ['; next run ', ago(next), '.'] : ['.'])];
  return ['good', 'Up to date', ...(last ? [', compared ', ago(last.at)] : []), '.'];
}

/** @param {Mirror} mirror */
function runningWords({ progress }) {
  return progress && progress.total > 0 ? `Running: ${ofTotal(progress)}` : 'Running: comparing Plane and the calendar';
}

/** @param {Mirror} mirror @returns {(Node | string)[]} */
function errorWords({ last_run: last, next_run: next }) {
  const problem = last?.errors[0] ?? 'The last run failed.';
  return [problem, ...(next ? [' Next attempt ', ago(next), '.'] : [])];
}

/** @param {{ done: number, total: number }} progress */
export function ofTotal({ done, total }) {
  return `${number(done)} of ${number(total)} done`;
}

/** Describes what a run did. @param {Run} run */
export function runWords({ created, changed, deleted, unchanged, held_back: heldBack, duration_seconds: seconds, ok }) {
  const parts = [
    created > 0 ? `${number(created)} created` : null,
    changed > 0 ? `${number(changed)} updated` : null,
    deleted > 0 ? `${number(deleted)} deleted` : null,
    heldBack > 0 ? `${count(heldBack, 'deletion')} held back` : null,
  ].filter((one) => one !== null);
  const done = parts.length > 0 ? joined(parts) : ok ? 'No changes' : 'Nothing was written';
  const rest = unchanged > 0 ? `; ${number(unchanged)} unchanged` : '';
  return `${done}${rest}. Took ${secondsInWords(seconds)}.`;
}

/** Describes what a run would do, such as "93 events will be created and 2 updated." @param {Plan} plan */
export function planWords({ creates_calendar: isNew, steps, unchanged, held_back: pending }) {
  const total = (/** @type {string} */ action) => steps.filter((one) => one.action === action).length;
  const changes = [
    { amount: total('create'), word: 'created' },
    { amount: total('update'), word: 'updated' },
    { amount: total('delete'), word: 'deleted' },
  ].filter(({ amount }) => amount > 0);
  const parts = changes.map(({ amount, word }, at) =>
    at === 0 ? `${count(amount, 'event')} will be ${word}` : `${number(amount)} ${word}`,
  );
  const heldBack = pending?.count ?? 0;
  return [
    isNew ? 'The calendar doesn’t exist yet: a run will create it first.' : null,
    parts.length === 0 ? 'No changes to write.' : `${joined(parts)}.`,
    heldBack === 0 ? null : `${count(heldBack, 'deletion')} held back.`,
    total('leave') === 0 ? null : `${count(total('leave'), 'event')} left unchanged.`,
    unchanged === 0 ? null : `${count(unchanged, 'event')} already up to date.`,
  ]
    .filter((one) => one !== null)
    .join(' ');
}

/** Describes where a mirror writes. @param {Mirror} mirror */
export function whereWords({ calendar, server }) {
  const host = hostOf(calendar?.url ?? server.url);
  return calendar ? `to “${calendar.name}” at ${host}` : `to ${host}`;
}

/** Returns the host of an address, or the text itself when it is no address. @param {string} url */
export function hostOf(url) {
  return URL.canParse(url) ? new URL(url).host : url;
}

/** @param {number} seconds */
function secondsInWords(seconds) {
  if (seconds < 1) return 'less than a second';
  return seconds < 90 ? count(Math.round(seconds), 'second') : count(Math.round(seconds / 60), 'minute');
}
