/** @import { GoneEntry, TimesheetEntry } from '../../app/types.js' */
/** @import { SheetContext } from '../context.js' */
import { foreign, h } from '../../ui/dom.js';
import { busy } from '../../ui/notice.js';
import { dayInWords } from '../context.js';
import { hours } from '../model/clock.js';
import { changesInWords } from '../model/words.js';
import { changedEntries, settleKey } from './actions.js';
import { lengthText, titleText } from './entry.js';

const HINT = 'These are not exported again. Correct what you imported or billed, then mark them as settled.';

/** Entries that changed or disappeared since they were exported, so that a bill may be wrong. @param {SheetContext} context */
export function changesSection(context) {
  const all = changedEntries(context.sheet);
  if (all.length === 0) return null;
  return h(
    'section',
    { class: 'entry-section' },
    h('h2', {}, 'Changed since an export'),
    h('p', { class: 'hint' }, HINT),
    h(
      'ul',
      { class: 'rows' },
      ...all.map((entry) => ('state' in entry ? changedRow(entry, context) : goneRow(entry, context))),
    ),
  );
}

/** @param {TimesheetEntry} entry @param {SheetContext} context */
function changedRow(entry, context) {
  const { exported } = entry;
  const before = exported === null ? null : `Exported as ${asExported(entry, exported, context)}`;
  const now = [dayInWords(entry.day), entry.private ? null : context.timesOf(entry), ...context.originOf(entry)];
  return row(entry, context, {
    minutes: entry.minutes,
    lines: [now.filter((one) => one !== null).join(' · '), exported && changesInWords(exported, entry), before],
  });
}

/** @param {GoneEntry} entry @param {SheetContext} context */
function goneRow(entry, context) {
  const before = `Exported as ${asExported(entry, entry, context)}`;
  return row(entry, context, { minutes: null, lines: [entry.reason, context.originOf(entry).join(' · '), before] });
}

/** "Mon, 23 Nov, 09:00–10:00, 1:00, WEB-12". @param {{ source: string, private?: boolean }} entry @param {GoneEntry | NonNullable<TimesheetEntry['exported']>} exported @param {SheetContext} context */
function asExported({ source, private: isPrivate }, exported, context) {
  const { start, end, minutes, project, item } = exported;
  const place = { source, start, end };
  const times = isPrivate || exported.title === 'Private' ? null : context.timesOf(place);
  const parts = [dayInWords(context.dayOf(place)), times, hours(minutes), item ?? project ?? 'no project'];
  return `${parts.filter((one) => one !== null).join(', ')}.`;
}

/** @param {TimesheetEntry | GoneEntry} entry @param {SheetContext} context @param {{ minutes: number | null, lines: (string | null)[] }} params minutes: null for an entry that is gone */
function row(entry, { actions }, { minutes, lines }) {
  const settle = h(
    'button',
    {
      type: 'button',
      class: 'small',
      'aria-label': `Mark as settled: ${entry.title || 'No title'}`,
      'data-focus': true,
    },
    'Mark as settled',
  );
  settle.addEventListener('click', () => busy(settle, () => actions.settle(entry)));
  return h(
    'li',
    { class: 'entry', 'data-entry': settleKey(entry) },
    h('div', { class: 'entry-when' }, minutes === null ? h('span', { class: 'length' }, 'Gone') : lengthText(minutes)),
    h(
      'div',
      { class: 'entry-text' },
      h('p', { class: 'entry-title' }, titleText(entry)),
      ...lines.filter(Boolean).map((line) => h('p', { class: 'hint' }, foreign(line ?? ''))),
    ),
    settle,
  );
}
