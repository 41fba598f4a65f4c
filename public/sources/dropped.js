/** @import { Dropped } from '../app/types.js' */
import { foreign, h } from '../ui/dom.js';
import { count, number } from '../ui/time.js';

/** Lines that are listed. */
const MAX_SHOWN = 200;

/** What was left out of a calendar or read differently, each with its line and the reason; null where that is nothing. @param {Dropped[]} dropped @param {boolean} [open] */
export function droppedList(dropped, open = false) {
  if (dropped.length === 0) return null;
  const rows = dropped
    .slice(0, MAX_SHOWN)
    .map(({ line, reason }) =>
      h('li', {}, line > 0 ? h('span', { class: 'line-number' }, `Line ${number(line)}`) : null, foreign(reason)),
    );
  const more = dropped.length - rows.length;
  return h(
    'details',
    { class: 'disclosure', open },
    h('summary', {}, `Left out or read differently (${number(dropped.length)})`),
    h(
      'div',
      { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': count(dropped.length, 'note') },
      h('ul', { class: 'dropped' }, ...rows, more > 0 ? h('li', { class: 'hint' }, `and ${number(more)} more`) : null),
    ),
  );
}
