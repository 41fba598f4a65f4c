/** @import { CalendarEvent } from '../app/types.js' */
import { dayNumber, dayOfInstant } from '../ui/time.js';

/** @typedef {{ event: CalendarEvent, start: number, last: number }} Placed */
/** @typedef {Placed & { lane: number, rows: number, from: number, to: number, begins: boolean, ends: boolean }} Bar */

/** Returns dated events in drawing order with their days as numbers, and the undated ones. @param {CalendarEvent[]} events */
export function placed(events) {
  /** @type {Placed[]} */
  const dated = [];
  /** @type {CalendarEvent[]} */
  const undated = [];
  for (const event of events) {
    if (event.start === null) undated.push(event);
    else dated.push({ event, ...daysOf(event, event.start) });
  }
  dated.sort(
    (a, b) => a.start - b.start || b.last - a.last || compareTimes(a.event, b.event) || compareTitles(a.event, b.event),
  );
  return { dated, undated };
}

/** Returns the first and last day: of an event with a time those in the user's time zone. @param {CalendarEvent} event @param {string} start its first day */
function daysOf({ last, starts_at: from, ends_at: to }, start) {
  if (from === undefined) return { start: dayNumber(start), last: dayNumber(last ?? start) };
  const first = dayOfInstant(from);
  // What ends at midnight does not reach into the day.
  const end = to === undefined || to <= from ? first : dayOfInstant(new Date(Date.parse(to) - 1).toISOString());
  return { start: first, last: Math.max(first, end) };
}

/** Whole days come before times. @param {CalendarEvent} a @param {CalendarEvent} b */
function compareTimes({ starts_at: a = '' }, { starts_at: b = '' }) {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** @param {CalendarEvent} a @param {CalendarEvent} b */
function compareTitles({ title: a }, { title: b }) {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** Returns the events on a day. @param {Placed[]} dated @param {number} day */
export function onDay(dated, day) {
  return dated.filter(({ start, last }) => start <= day && last >= day);
}

/**
 * Arranges the events of a week in lanes without overlaps, and counts those without a lane per day. A bar gets the empty rows below it, for
 * a long title; on days that hide nothing there is one more row. Of the bars that cover the
 * whole week only one comes first, so that shorter ones get lanes.
 *
 * @param {Placed[]} dated
 * @param {number} first the week's first day
 * @param {number} lanes
 * @returns {{ bars: Bar[], hidden: number[] }}
 */
export function layWeek(dated, first, lanes) {
  const end = first + 6;
  const inWeek = dated.filter(({ start, last }) => last >= first && start <= end);
  const isWhole = (/** @type {Placed} */ { start, last }) => start <= first && last >= end;
  const [firstWhole, ...whole] = inWeek.filter(isWhole);
  const ordered = [...(firstWhole ? [firstWhole] : []), ...inWeek.filter((one) => !isWhole(one)), ...whole];
  const taken = Array.from({ length: lanes }, () => 0);
  /** @type {Bar[]} */
  const bars = [];
  const hidden = [0, 0, 0, 0, 0, 0, 0];
  for (const one of ordered) {
    const from = Math.max(one.start, first) - first;
    const to = Math.min(one.last, end) - first;
    const days = ((1 << (to - from + 1)) - 1) << from;
    const lane = taken.findIndex((mask) => (mask & days) === 0);
    if (lane === -1) {
      for (let day = from; day <= to; day++) hidden[day] = (hidden[day] ?? 0) + 1;
    } else {
      taken[lane] = (taken[lane] ?? 0) | days;
      bars.push({ ...one, lane, rows: 1, from, to, begins: one.start >= first, ends: one.last <= end });
    }
  }
  const full = hidden.reduce((mask, amount, day) => (amount > 0 ? mask | (1 << day) : mask), 0);
  extendDown(bars, [...taken, full]);
  return { bars, hidden };
}

/** Gives each bar the empty rows below it. @param {Bar[]} bars @param {number[]} taken the days that are taken in each row, as bits */
function extendDown(bars, taken) {
  for (const bar of [...bars].sort((a, b) => b.lane - a.lane)) {
    const days = ((1 << (bar.to - bar.from + 1)) - 1) << bar.from;
    for (let row = bar.lane + 1; row < taken.length && ((taken[row] ?? 0) & days) === 0; row++) {
      taken[row] = (taken[row] ?? 0) | days;
      bar.rows++;
    }
  }
}
