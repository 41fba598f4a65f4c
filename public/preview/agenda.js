/** @import { CalendarEvent } from '../app/types.js' */
/** @import { Placed } from './lanes.js' */
import { fill, h } from '../ui/dom.js';
import { eventLine } from './popover.js';
import { relativeDay, shortDay, today } from '../ui/time.js';

/** Events by day, from today on. */

const STEP = 80;

/** Makes the list. @param {(event: CalendarEvent, anchor: Element) => void} openEvent */
export function createAgenda(openEvent) {
  const element = h('div', { class: 'agenda' });
  let before = 0;
  let after = STEP;
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
    fill(
      element,
      earlier > 0 ? moreButton(`Show earlier (${earlier})`, () => (before += STEP)) : null,
      days(shownPast, null),
      dated.length > 0 && coming.length === 0 ? h('p', { class: 'hint' }, 'Nothing from today on.') : null,
      days(shownComing, now),
      later > 0 ? moreButton(`Show later (${later})`, () => (after += STEP)) : null,
      undated.length === 0
        ? null
        : h(
            'section',
            { class: 'agenda-day' },
            h('h3', {}, 'Without a date'),
            list(undated.map((event) => ({ event, when: null }))),
          ),
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

  /** By their first day; what began before `from` stands there. @param {Placed[]} some @param {number | null} from */
  function days(some, from) {
    /** @type {Map<number, Placed[]>} */
    const byDay = new Map();
    for (const one of some) {
      const day = from === null ? one.start : Math.max(one.start, from);
      byDay.set(day, [...(byDay.get(day) ?? []), one]);
    }
    return [...byDay.entries()]
      .sort(([a], [b]) => a - b)
      .map(([day, group]) => {
        const lines = group.map(({ event, start, last }) => ({
          event,
          when: start === last ? null : untilWords(day, start, last),
        }));
        const [first, second] = dayWords(day);
        const name = h('h3', {}, first, h('span', { class: 'agenda-date' }, second));
        return h('section', { class: `agenda-day${day === today() ? ' is-today' : ''}` }, name, list(lines));
      });
  }

  /** @param {{ event: CalendarEvent, when: string | null }[]} lines */
  function list(lines) {
    return h(
      'ul',
      { class: 'event-list' },
      ...lines.map(({ event, when }) => h('li', {}, eventLine(event, when, openEvent))),
    );
  }

  return { element, draw };
}

/** The day, and the other way to say it. @param {number} day @returns {[string, string]} */
function dayWords(day) {
  const words = relativeDay(day);
  return Math.abs(day - today()) <= 1 ? [capital(words), shortDay(day)] : [shortDay(day), words];
}

/** @param {number} day @param {number} start @param {number} last */
function untilWords(day, start, last) {
  if (start === day) return `until ${shortDay(last)}`;
  return last === day ? `since ${shortDay(start)}, last day` : `since ${shortDay(start)}, until ${shortDay(last)}`;
}

/** @param {string} text */
function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
