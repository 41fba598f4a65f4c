/** @import { Mirror, Plan, Run } from '../app/types.js' */
import { h } from '../ui/dom.js';
import { ago, count, number } from '../ui/time.js';
import { joined } from '../ui/words.js';

/** Mirrors, in words. */

/** How a mirror is doing, as a line with its dot. @param {Mirror} mirror */
export function stateLine(mirror) {
  const [tone, ...words] = stateWords(mirror);
  return h(
    'span',
    { class: `fetch ${tone}` },
    h('span', { class: 'dot', 'aria-hidden': 'true' }),
    h('span', {}, ...words),
  );
}

/** @param {Mirror} mirror @returns {[string, ...(Node | string)[]]} */
function stateWords({ state, progress, last_run: last, next_run: next, held_back: withheld }) {
  const held = withheld?.count ?? 0;
  if (state === 'running') {
    return ['busy', progress && progress.total > 0 ? `Working: ${ofTotal(progress)}` : 'Working: comparing both sides'];
  }
  if (state === 'paused') return ['', 'Paused. Nothing is written until it goes on.'];
  if (state === 'error') {
    const problem = last?.errors[0] ?? 'The last run failed.';
    return ['bad', problem, ...(next ? [' Next try ', ago(next), '.'] : [])];
  }
  if (held > 0) return ['warn', `${count(held, 'deletion')} held back. The rest is up to date.`];
  if (state === 'waiting')
    return ['', last ? 'Waiting' : 'Not run yet', ...(next ? ['; runs ', ago(next), '.'] : ['.'])];
  return ['good', 'Up to date', ...(last ? [', compared ', ago(last.at)] : []), '.'];
}

/** @param {{ done: number, total: number }} progress */
export function ofTotal({ done, total }) {
  return `${number(done)} of ${number(total)} done`;
}

/** What a run did. @param {Run} run */
export function runWords({ created, changed, deleted, unchanged, held_back: withheld, duration_seconds: seconds, ok }) {
  const parts = [
    created > 0 ? `${number(created)} created` : null,
    changed > 0 ? `${number(changed)} changed` : null,
    deleted > 0 ? `${number(deleted)} deleted` : null,
    withheld > 0 ? `${count(withheld, 'deletion')} held back` : null,
  ].filter((one) => one !== null);
  const done = parts.length > 0 ? joined(parts) : ok ? 'Nothing to do' : 'Nothing was written';
  const rest = unchanged > 0 ? `; ${number(unchanged)} as they were` : '';
  return `${done}${rest}. Took ${secondsInWords(seconds)}.`;
}

/** What a run would do. @param {Plan} plan */
export function planWords({ steps, unchanged, held_back: withheld }) {
  const many = (/** @type {string} */ action) => steps.filter((one) => one.action === action).length;
  const parts = [
    [many('create'), 'to create'],
    [many('update'), 'to change'],
    [many('delete'), 'to delete'],
    [withheld?.count ?? 0, 'deletions held back'],
    [many('leave'), 'left alone'],
  ].flatMap(([amount, word]) => (amount === 0 ? [] : `${number(Number(amount))} ${word}`));
  const rest =
    unchanged === 0 ? '' : ` ${count(unchanged, 'event')} ${unchanged === 1 ? 'is' : 'are'} as they should be.`;
  return parts.length === 0 ? `Nothing to do.${rest}` : `${joined(parts)}.${rest}`;
}

/** Where a mirror writes. @param {Mirror} mirror */
export function whereWords({ calendar, server }) {
  const host = hostOf(calendar?.url ?? server.url);
  return calendar ? `into “${calendar.name}” at ${host}` : `into ${host}`;
}

/** @param {string} url */
export function hostOf(url) {
  return URL.canParse(url) ? new URL(url).host : url;
}

/** @param {number} seconds */
export function secondsInWords(seconds) {
  if (seconds < 1) return 'less than a second';
  return seconds < 90 ? count(Math.round(seconds), 'second') : count(Math.round(seconds / 60), 'minute');
}
