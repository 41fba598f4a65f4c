/** @import { CalendarEvent } from '../app/types.js' */
/** @import { Placed } from './lanes.js' */
import { fill, h } from '../ui/dom.js';
import { eventLine, timeInWords } from './popover.js';
import { relativeDay, shortDay, today } from '../ui/time.js';
import { capital } from '../ui/words.js';

/** Events by day, from today onward. */

/** Events shown at first, and added by each "Show earlier" and "Show later". */
const STEP = 80;

/** @typedef {(event: CalendarEvent, anchor: Element) => void} OpenEvent */

/** Creates the list. @param {OpenEvent} openEvent @param {number} [step] events shown at first, and added by each button */
export function createAgenda(openEvent, step = STEP) {
  const element = h('div', { class: 'agenda' });
  let before = 0;
  let after = step;
  /** @type {Placed[]} */
  let dated = [];
  /** @type {CalendarEvent[]} */
  let undated = [];

  /** @param {Placed[]} nextDated @param {CalendarEvent[]} nextUndated */
  function draw(nextDated, nextUndated) {
    dated = nextDated;
    undated = nextUndated;
    redraw();
  }

  function redraw() {
    const now = today();
    const past = dated.filter(({ last }) => last < now);
    const coming = dated.filter(({ last }) => last >= now);
    const shownPast = before === 0 ? [] : past.slice(-before);
    const shownComing = coming.slice(0, after);
    const earlier = past.length - shownPast.length;
    const later = coming.length - shownComing.length;
    const withoutDate = undated.map((event) => ({ event, when: null }));
    fill(
      element,
      earlier > 0 ? moreButton(`Show earlier (${earlier})`, () => (before += step)) : null,
      days(shownPast, null, openEvent),
      dated.length > 0 && coming.length === 0 ? h('p', { class: 'hint' }, 'Nothing from today onward.') : null,
      days(shownComing, now, openEvent),
      later > 0 ? moreButton(`Show later (${later})`, () => (after += step)) : null,
      undated.length === 0 ? null : daySection(['Without a date'], eventList(withoutDate, openEvent)),
    );
  }

  /** @param {string} label @param {() => void} widen */
  function moreButton(label, widen) {
    const widenAndDraw = () => {
      widen();
      redraw();
    };
    return h('button', { type: 'button', class: 'small more-button', onclick: widenAndDraw }, label);
  }

  return { element, draw };
}

/** Groups events by their first day, or by `from` when they began earlier. @param {Placed[]} events @param {number | null} from @param {OpenEvent} openEvent */
function days(events, from, openEvent) {
  /** @type {Map<number, Placed[]>} */
  const byDay = new Map();
  for (const one of events) {
    const day = from === null ? one.start : Math.max(one.start, from);
    byDay.set(day, [...(byDay.get(day) ?? []), one]);
  }
  return [...byDay.entries()]
    .sort(([a], [b]) => a - b)
    .map(([day, group]) => {
      const lines = group.map((one) => ({ event: one.event, when: lineWords(one, day) }));
      const [name, date] = dayWords(day);
      const heading = [name, h('span', { class: 'agenda-date' }, date)];
      return daySection(heading, eventList(lines, openEvent), day === today());
    });
}

/** @param {(Node | string)[]} heading @param {HTMLElement} list @param {boolean} [isToday] */
function daySection(heading, list, isToday = false) {
  return h('section', { class: `agenda-day${isToday ? ' is-today' : ''}` }, h('h3', {}, ...heading), list);
}

/** @param {{ event: CalendarEvent, when: string | null }[]} lines @param {OpenEvent} openEvent */
function eventList(lines, openEvent) {
  return h(
    'ul',
    { class: 'event-list' },
    ...lines.map(({ event, when }) => h('li', {}, eventLine(event, when, openEvent))),
  );
}

/** Returns a day as a date and relative to today, the more familiar one first. @param {number} day @returns {[string, string]} */
function dayWords(day) {
  const words = relativeDay(day);
  return Math.abs(day - today()) <= 1 ? [capital(words), shortDay(day)] : [shortDay(day), words];
}

/** @param {Placed} placed @param {number} day */
function lineWords(placed, day) {
  const { start, last } = placed;
  const days = start === last ? null : untilWords(day, start, last);
  return [timeInWords(placed, day), days].filter((words) => words !== null).join(', ') || null;
}

/** @param {number} day @param {number} start @param {number} last */
function untilWords(day, start, last) {
  if (start === day) return `until ${shortDay(last)}`;
  return last === day ? `since ${shortDay(start)}, last day` : `since ${shortDay(start)}, until ${shortDay(last)}`;
}
