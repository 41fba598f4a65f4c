/** @import { CalendarEvent } from '../app/types.js' */
/** @import { Bar, Placed } from './lanes.js' */
import { fill, h } from '../ui/dom.js';
import { layWeek, onDay } from './lanes.js';
import { colorVars, doneClass, eventKey, titleParts } from './popover.js';
import {
  count,
  dayOfMonth,
  firstOfMonth,
  firstOfWeek,
  hourInWords,
  longDay,
  monthOf,
  today,
  weekdayLong,
  weekdayShort,
} from '../ui/time.js';

/** A month as a grid of six weeks, with bars across the days. */

/** The number of bars that fit into a day. */
const lanes = () => (innerWidth >= 1000 && innerHeight <= 880 ? 2 : 3);
/** Titles that a screen reader hears for a day. */
const MAX_TITLES = 4;
/** @type {Record<string, number>} */
const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };

/**
 * @typedef {object} MonthHandlers
 * @property {(event: CalendarEvent, anchor: Element) => void} openEvent
 * @property {(day: number, list: Placed[], anchor: Element) => void} openDay
 * @property {(day: number) => void} moved called with the newly focused day, which may be in another month
 */

/** Creates the grid. `draw` shows the month of a day and makes that day the tab stop. @param {MonthHandlers} handlers */
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
    const target = keyTarget(event.key, focused);
    if (target === null) return;
    event.preventDefault();
    moved(target);
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
    const cells = hidden.map((more, at) => dayCell(first + at, { month, isLate: at > 4, more }));
    const layer = h('div', { class: 'bars', 'aria-hidden': 'true' }, ...bars.map((bar) => barButton(bar, openEvent)));
    return h(
      'div',
      { class: 'week-frame', role: 'presentation' },
      h('div', { class: 'week', role: 'row' }, ...cells),
      layer,
    );
  }

  /** @param {number} day @param {{ month: number, isLate: boolean, more: number }} params more: the number of hidden bars */
  function dayCell(day, { month, isLate, more }) {
    const list = onDay(shown, day);
    const button = dayButton(day, { list, more, isFocused: day === focused });
    button.addEventListener('click', () => {
      if (day !== focused) moved(day);
      const current = element.querySelector(`[data-day="${day}"] button`) ?? button;
      openDay(day, list, current);
    });
    const names = ['day', monthOf(day).month === month ? '' : 'outside', isLate ? 'late' : '']
      .filter(Boolean)
      .join(' ');
    return h('div', { class: names, role: 'gridcell', 'data-day': day }, button);
  }

  return { element, draw };
}

/** Returns the day that a key moves to; null when it moves nowhere. @param {string} key @param {number} day */
function keyTarget(key, day) {
  if (key === 'Home') return firstOfWeek(day);
  if (key === 'End') return firstOfWeek(day) + 6;
  if (key === 'PageUp') return inMonth(day, -1);
  if (key === 'PageDown') return inMonth(day, 1);
  const step = STEPS[key];
  return step === undefined ? null : day + step;
}

/** @param {CalendarEvent} event */
function hoverText({ title, starts_at: at }) {
  return at === undefined ? title : `${hourInWords(at)} ${title}`;
}

/** @param {Bar} bar @param {MonthHandlers['openEvent']} openEvent */
function barButton({ event, begins, ends, lane, rows, from, to }, openEvent) {
  const name = `bar${begins ? ' begins' : ''}${ends ? ' ends' : ''}${doneClass(event)}`;
  const vars = { ...colorVars(event), '--lane-at': lane, '--rows': rows, '--from': from + 1, '--to': to + 2 };
  const button = h(
    'button',
    { type: 'button', tabindex: '-1', class: name, vars, 'data-event': eventKey(event), title: hoverText(event) },
    h('span', { dir: 'auto' }, titleParts(event.title)),
  );
  button.addEventListener('click', () => openEvent(event, button));
  return button;
}

/** @param {number} day @param {{ list: Placed[], more: number, isFocused: boolean }} params */
function dayButton(day, { list, more, isFocused }) {
  const titles = list.slice(0, MAX_TITLES).map(({ event }) => event.title);
  const contents = list.length === 0 ? 'no items' : `${count(list.length, 'item')}: ${titles.join('; ')}`;
  const isToday = day === today();
  const moreLabel = h(
    'span',
    { class: 'more', 'aria-hidden': 'true' },
    h('span', { class: 'more-count' }, `+${more}`),
    h('span', { class: 'more-word' }, ' more'),
  );
  return h(
    'button',
    {
      type: 'button',
      class: 'day-button',
      tabindex: isFocused ? '0' : '-1',
      'aria-current': isToday ? 'date' : null,
    },
    h('span', { class: 'visually-hidden' }, `${longDay(day)}${isToday ? ', today' : ''}, ${contents}`),
    h('span', { class: 'day-number', 'aria-hidden': 'true' }, dayOfMonth(day)),
    more > 0 ? moreLabel : null,
  );
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

/** Returns the same day of another month, or its last day. @param {number} day @param {number} months */
function inMonth(day, months) {
  const offset = day - firstOfMonth(day);
  const first = firstOfMonth(day, months);
  return Math.min(first + offset, firstOfMonth(day, months + 1) - 1);
}
