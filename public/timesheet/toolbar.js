/** @import { HoursSource } from '../app/types.js' */
/** @import { SheetState } from './model/state.js' */
import { fill, h, newId } from '../ui/dom.js';
import { icon } from '../ui/icons.js';
import { dayNumber, today } from '../ui/time.js';
import { daysInWords, isoDay, mondayOf, weekName } from './model/week.js';
import { roundingField } from './rounding.js';

/** Chooses the week, the person and the calendar. It stays while the rest of the view is drawn again. */

/** Days that can be chosen; a year that is half typed is none of them. */
const [FIRST_DAY, LAST_DAY] = ['1970-01-01', '2099-12-31'];

/** @param {{ state: SheetState, changed: (part: Partial<SheetState>) => void }} params */
export function createToolbar({ state: first, changed }) {
  const week = weekPart(changed);
  const people = filterField('Person', 'Everyone', (member) => changed({ member, source: '' }));
  const calendars = filterField('Calendar', 'All calendars', (source) => changed({ source }));
  const rounding = roundingField({ label: 'Rounding', value: first, changed });
  const date = dateField((monday) => changed({ monday }));
  const filters = h('div', { class: 'filters' }, date.element, people.element, calendars.element, rounding);
  const showWeek = (/** @type {number} */ monday) => {
    week.show(monday);
    date.show(monday);
  };

  /** Shows the state, and what there is to choose from. @param {SheetState} state @param {HoursSource[]} sources all of them */
  function show(state, sources) {
    showWeek(state.monday);
    const members = new Map(sources.map(({ member_id: id, member }) => [id, member]));
    people.show(state.member, [...members]);
    const own = sources.filter(({ member_id: id }) => state.member === '' || state.member === id);
    calendars.show(
      state.source,
      own.map(({ id, name }) => [id, name]),
    );
  }

  return { week: week.element, filters, show, showWeek };
}

/** @param {(part: Partial<SheetState>) => void} changed */
function weekPart(changed) {
  let monday = 0;
  const move = (/** @type {number} */ days) => () => changed({ monday: monday + days });
  const previous = h(
    'button',
    { type: 'button', class: 'icon-button', 'aria-label': 'Previous week', onclick: move(-7) },
    icon('left'),
  );
  const next = h(
    'button',
    { type: 'button', class: 'icon-button', 'aria-label': 'Next week', onclick: move(7) },
    icon('right'),
  );
  const current = h('button', { type: 'button', class: 'small' }, 'This week');
  current.addEventListener('click', () => changed({ monday: mondayOf(today()) }));
  const name = h('p', { class: 'week-name', role: 'status' });
  const show = (/** @type {number} */ shown) => {
    monday = shown;
    const text = daysInWords(shown, shown + 6);
    // Only a change is announced.
    if (name.dataset.week !== String(shown))
      fill(name, text, h('span', { class: 'hint' }, ` ${weekName(shown).slice(5)}`));
    name.dataset.week = String(shown);
  };
  return { element: h('div', { class: 'week-bar' }, previous, name, next, current), show };
}

/** Goes to the week of any day. @param {(monday: number) => void} changed */
function dateField(changed) {
  const id = newId('date');
  const input = h('input', { id, type: 'date', min: FIRST_DAY, max: LAST_DAY });
  let shown = 0;
  input.addEventListener('change', () => {
    if (input.value === '' || !input.validity.valid) return;
    const monday = mondayOf(dayNumber(input.value));
    if (monday !== shown) changed(monday);
  });
  /** A day of the week that someone typed stays. @param {number} monday */
  const show = (monday) => {
    const isInWeek = input.value !== '' && mondayOf(dayNumber(input.value)) === monday;
    if (!isInWeek) input.value = isoDay(monday);
    shown = monday;
  };
  return { element: h('div', { class: 'field' }, h('label', { for: id }, 'Week of'), input), show };
}

/** A list of what to show; hidden while there is at most one choice. @param {string} label @param {string} all @param {(value: string) => void} changed */
function filterField(label, all, changed) {
  const id = newId('filter');
  const select = h('select', { id });
  select.addEventListener('change', () => changed(select.value));
  const element = h('div', { class: 'field' }, h('label', { for: id }, label), select);
  /** @param {string} value @param {[string, string][]} choices values and labels */
  function show(value, choices) {
    const known = value === '' || choices.some(([one]) => one === value) ? choices : [...choices, [value, 'Unknown']];
    fill(
      select,
      h('option', { value: '' }, all),
      ...known.map(([one, text]) => h('option', { value: one ?? '' }, text ?? '')),
    );
    select.value = value;
    element.hidden = known.length < 2 && value === '';
  }
  return { element, show };
}
