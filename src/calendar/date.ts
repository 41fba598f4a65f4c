import type { CalendarDate } from '../domain.ts';

const DAY_MS = 86_400_000;
const SHAPE = /^[1-9]\d{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/;

/** True for a real day between the years 1000 and 9999; libical and ical.js would roll 2026-02-31 over to March. */
export function isCalendarDate(text: string): text is CalendarDate {
  return SHAPE.test(text) && dayOf(Date.parse(text)) === text;
}

/** The UTC day of an instant. */
export function dayOf(ms: number): CalendarDate {
  return new Date(ms).toISOString().slice(0, 10);
}

/** Midnight UTC of a day. */
export function dayStart(date: CalendarDate): Date {
  return new Date(`${date}T00:00:00Z`);
}

/**
 * The day so many days later (earlier when negative). Computed in UTC, so no time zone or summer time can move it.
 * A result past the last day of 9999 is that day.
 */
export function addDays(date: CalendarDate, days: number): CalendarDate {
  const day = dayOf(dayStart(date).getTime() + days * DAY_MS);
  return day.startsWith('+') ? '9999-12-31' : day;
}
