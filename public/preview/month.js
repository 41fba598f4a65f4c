/** @import { CalendarEvent } from '../app/types.js' */
/** @import { Placed } from './lanes.js' */
import { fill, h } from '../ui/dom.js';
import { layWeek, onDay } from './lanes.js';
import { colorVars, doneClass } from './popover.js';
import {
  count,
  dayOfMonth,
  firstOfMonth,
  firstOfWeek,
  longDay,
  monthOf,
  today,
  weekdayLong,
  weekdayShort,
} from '../ui/time.js';

/** A month as a grid of six weeks, with bars across the days. */

/** As many bars as a day has room for. */
const lanes = () => (innerWidth >= 1000 && innerHeight <= 880 ? 2 : 3);
const TOLD = 4;
/** @type {Record<string, number>} */
const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };

/**
 * @typedef {object} MonthHandlers
 * @property {(event: CalendarEvent, anchor: Element) => void} openEvent
 * @property {(day: number, list: Placed[], anchor: Element) => void} openDay
 * @property {(day: number) => void} moved the day in focus is another; its month may be too
 */

/** Makes the grid; `draw` shows the month of a day, which gets the tab stop. @param {MonthHandlers} handlers */
export function createMonth({ openEvent, openDay, moved }) {
  const head = h('div', { class: 'month-head', role: 'row' });
  const weeks = h('div', { class: 'month-weeks', role: 'rowgroup' });
  const element = h(
    'div',
    { class: 'month', role: 'grid', 'aria-label': 'Month' },
    h('div', { role: 'rowgroup' }, head),
    weeks,
  );
  /** @type {Placed[]} */
  let shown = [];
  let focused = today();

  element.addEventListener('keydown', (event) => {
    const step =
      event.key === 'Home'
        ? firstOfWeek(focused) - focused
        : event.key === 'End'
          ? firstOfWeek(focused) + 6 - focused
          : STEPS[event.key];
    const page = event.key === 'PageUp' ? -1 : event.key === 'PageDown' ? 1 : 0;
    if (step === undefined && page === 0) return;
    event.preventDefault();
    moved(page === 0 ? focused + (step ?? 0) : inMonth(focused, page));
    element.querySelector(`[data-day="${focused}"]`)?.querySelector('button')?.focus();
  });

  /** @param {Placed[]} dated @param {number} day */
  function draw(dated, day) {
    shown = dated;
    focused = day;
    const first = firstOfWeek(firstOfMonth(day));
    fill(head, weekdayHeads(first));
    fill(
      weeks,
      [0, 1, 2, 3, 4, 5].map((week) => weekRow(first + week * 7, monthOf(day).month)),
    );
  }

  /** @param {number} first @param {number} month */
  function weekRow(first, month) {
    const { bars, hidden } = layWeek(shown, first, lanes());
    const cells = hidden.map((more, at) => dayCell(first + at, month, at, more));
    const barNodes = bars.map((bar) => {
      const name = `bar${bar.begins ? ' begins' : ''}${bar.ends ? ' ends' : ''}${doneClass(bar.event)}`;
      const vars = { ...colorVars(bar.event), '--lane-at': bar.lane, '--from': bar.from + 1, '--to': bar.to + 2 };
      const text = h('span', { dir: 'auto' }, bar.event.title);
      const node = h(
        'button',
        { type: 'button', tabindex: '-1', class: name, vars, 'data-uid': bar.event.uid, title: bar.event.title },
        text,
      );
      node.addEventListener('click', () => openEvent(bar.event, node));
      return node;
    });
    const layer = h('div', { class: 'bars', 'aria-hidden': 'true' }, ...barNodes);
    return h(
      'div',
      { class: 'week-frame', role: 'presentation' },
      h('div', { class: 'week', role: 'row' }, ...cells),
      layer,
    );
  }

  /** @param {number} day @param {number} month @param {number} at @param {number} more */
  function dayCell(day, month, at, more) {
    const list = onDay(shown, day);
    const titles = list.slice(0, TOLD).map(({ event }) => event.title);
    const told =
      list.length === 0
        ? 'nothing'
        : `${count(list.length, 'entry').replace('entrys', 'entries')}: ${titles.join('; ')}`;
    const isToday = day === today();
    const button = h(
      'button',
      {
        type: 'button',
        class: 'day-button',
        tabindex: day === focused ? '0' : '-1',
        'aria-current': isToday ? 'date' : null,
      },
      h('span', { class: 'visually-hidden' }, `${longDay(day)}${isToday ? ', today' : ''}, ${told}`),
      h('span', { class: 'day-number', 'aria-hidden': 'true' }, dayOfMonth(day)),
      more > 0
        ? h(
            'span',
            { class: 'more', 'aria-hidden': 'true' },
            h('span', { class: 'more-count' }, `+${more}`),
            h('span', { class: 'more-word' }, ' more'),
          )
        : null,
    );
    button.addEventListener('click', () => {
      if (day !== focused) moved(day);
      const current = element.querySelector(`[data-day="${day}"] button`) ?? button;
      openDay(day, list, current);
    });
    const names = ['day', monthOf(day).month === month ? '' : 'outside', at > 4 ? 'late' : '']
      .filter(Boolean)
      .join(' ');
    return h('div', { class: names, role: 'gridcell', 'data-day': day }, button);
  }

  return { element, draw };
}

/** @param {number} first */
function weekdayHeads(first) {
  return [0, 1, 2, 3, 4, 5, 6].map((at) =>
    h(
      'div',
      { role: 'columnheader' },
      h('span', { 'aria-hidden': 'true' }, weekdayShort(first + at)),
      h('span', { class: 'visually-hidden' }, weekdayLong(first + at)),
    ),
  );
}

/** The same day of a month before or after, or its last. @param {number} day @param {number} months */
function inMonth(day, months) {
  const offset = day - firstOfMonth(day);
  const first = firstOfMonth(day, months);
  return Math.min(first + offset, firstOfMonth(day, months + 1) - 1);
}
