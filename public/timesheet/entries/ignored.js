/** @import { IgnoredEntry } from '../../app/types.js' */
/** @import { SheetContext } from '../context.js' */
import { foreign, h } from '../../ui/dom.js';
import { busy } from '../../ui/notice.js';
import { count } from '../../ui/time.js';
import { dayInWords } from '../context.js';
import { groupIgnored, ignoredInWords, keyOf } from '../model/words.js';
import { titleText } from './entry.js';

/** Events that don't count, by reason. @param {SheetContext} context @param {{ isOpen: boolean, toggled: (isOpen: boolean) => void }} params */
export function ignoredSection(context, { isOpen, toggled }) {
  const { ignored } = context.sheet;
  if (ignored.length === 0) return null;
  const groups = groupIgnored(ignored).flatMap(({ heading, events }) => [
    h('h3', {}, `${heading} (${events.length})`),
    h('ul', { class: 'rows' }, ...events.map((event) => ignoredRow(event, context))),
  ]);
  const element = h(
    'details',
    { class: 'disclosure', open: isOpen },
    h('summary', {}, `${count(ignored.length, 'event')} ignored: ${ignoredInWords(ignored)}`),
    h('div', { class: 'ignored' }, ...groups),
  );
  element.addEventListener('toggle', () => toggled(element.open));
  return element;
}

/** @param {IgnoredEntry} event @param {SheetContext} context */
function ignoredRow(event, context) {
  const { kind, title, day, reason } = event;
  const hasTimes = !['all_day', 'private', 'unreadable', 'no_length'].includes(kind) && title !== 'Private';
  // One whose dates can't be worked out is on no day.
  const when = [
    kind === 'unreadable' ? null : dayInWords(day),
    hasTimes ? context.timesOf(event) : null,
    ...context.originOf(event),
    reason,
  ];
  const again = h(
    'button',
    { type: 'button', class: 'small', 'aria-label': `Count again: ${title}, ${dayInWords(day)}`, 'data-focus': true },
    'Count again',
  );
  again.addEventListener('click', () => busy(again, () => context.actions.count(event)));
  return h(
    'li',
    { class: 'entry', 'data-entry': keyOf(event) },
    h(
      'div',
      { class: 'entry-text' },
      h('p', { class: 'entry-title' }, titleText(event)),
      h('p', { class: 'hint' }, foreign(when.filter((one) => one !== null).join(' · '))),
    ),
    kind === 'excluded' ? again : null,
  );
}
