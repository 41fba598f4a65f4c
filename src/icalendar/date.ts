import type { CalendarDate } from '../domain/calendar.ts';

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
 * The day that many days later, or earlier when negative. Computed in UTC, so time zones and summer time don't matter.
 * A result past the last day of 9999 is that day.
 */
export function addDays(date: CalendarDate, days: number): CalendarDate {
  // Every month has 28 days: the fast path, since this runs for every event.
  const inMonth = Number(date.slice(8)) + days;
  if (inMonth >= 1 && inMonth <= 28) return date.slice(0, 8) + String(inMonth).padStart(2, '0');
  const day = dayOf(dayStart(date).getTime() + days * DAY_MS);
  return day.startsWith('+') ? '9999-12-31' : day;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** The day of an instant in a time zone (IANA name; an unknown one counts as UTC). */
export function dayIn(ms: number, timezone: string): CalendarDate {
  const parts = formatOf(timezone).formatToParts(ms);
  const of = (type: string): string => parts.find((part) => part.type === type)?.value ?? '';
  return `${of('year').padStart(4, '0')}-${of('month')}-${of('day')}`;
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (!format) {
    const shape = { year: 'numeric', month: '2-digit', day: '2-digit' } as const;
    // The full locale, so that the machine's own has no influence.
    const make = (zone: string): Intl.DateTimeFormat =>
      new Intl.DateTimeFormat('en-u-ca-gregory-nu-latn', { ...shape, timeZone: zone });
    try {
      format = make(timeZone);
    } catch {
      format = make('UTC');
    }
    formats.set(timeZone, format);
  }
  return format;
}
