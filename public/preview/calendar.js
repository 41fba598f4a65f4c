/** @import { CalendarEvent } from '../app/types.js' */
/** @import { Placed } from './lanes.js' */
import { createAgenda } from './agenda.js';
import { createMonth } from './month.js';
import { createPopover } from './popover.js';
import { monthBar, previewFrame } from './preview-frame.js';
import { firstOfMonth, today } from '../ui/time.js';

const STORAGE_KEY = 'plane-ics-preview';

/** @typedef {{ dated: Placed[], undated: CalendarEvent[] }} Events */

/** @type {Events} */
export const NO_EVENTS = { dated: [], undated: [] };

/**
 * The month and the agenda, of which one is shown, with the elements around them.
 *
 * @param {{ initial?: 'Month' | 'Agenda', step?: number }} [params] initial: the one shown to someone who has not chosen; step: events of the agenda at first
 */
export function createCalendar({ initial = 'Month', step } = {}) {
  const popover = createPopover();
  const month = createMonth({ openEvent: popover.showEvent, openDay: popover.showDay, moved: (day) => goTo(day) });
  const agenda = createAgenda(popover.showEvent, step);
  const bar = monthBar({ day: () => day, goTo: (to) => goTo(to) });
  const frame = previewFrame({ bar: bar.element, popover: popover.element, switchTo });
  let day = today();
  let isMonth = (sessionStorage.getItem(STORAGE_KEY) ?? initial) === 'Month';
  let events = NO_EVENTS;
  /** @type {number | null} */
  let total = null;

  /** @param {number} to */
  function goTo(to) {
    const isOtherMonth = firstOfMonth(to) !== firstOfMonth(day);
    day = to;
    month.draw(events.dated, day);
    if (isOtherMonth) drawBar();
  }

  /** @param {string} mode */
  function switchTo(mode) {
    isMonth = mode === 'Month';
    sessionStorage.setItem(STORAGE_KEY, mode);
    draw();
  }

  const drawBar = () => bar.draw({ isMonth, dated: events.dated, total });

  function draw() {
    drawBar();
    if (isMonth) month.draw(events.dated, day);
    else agenda.draw(events.dated, events.undated);
    frame.showMode(isMonth ? 'Month' : 'Agenda', isMonth ? month.element : agenda.element);
  }

  draw();
  return {
    frame,
    /** @param {Events} next @param {number | null} nextTotal null while there is no preview */
    show: (next, nextTotal) => {
      [events, total] = [next, nextTotal];
      draw();
    },
    /** Returns how many events have no date and are not shown. */
    hiddenUndated: () => (isMonth ? events.undated.length : 0),
    /** @param {number} to a day */
    showMonthOf: (to) => {
      if (isMonth && firstOfMonth(to) !== firstOfMonth(day)) goTo(to);
    },
  };
}
