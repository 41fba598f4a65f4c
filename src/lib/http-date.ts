const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;
const LONG_DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

const DAY = `(?:${DAYS.join('|')})`;
const MONTH = `(?<month>${MONTHS.join('|')})`;
const TIME = '(?<hour>\\d\\d):(?<minute>\\d\\d):(?<second>\\d\\d)';

/** IMF-fixdate, the obsolete form of RFC 850, and that of C's asctime(). */
const FORMS: readonly RegExp[] = [
  new RegExp(`^${DAY}, (?<day>\\d\\d) ${MONTH} (?<year>\\d{4}) ${TIME} GMT$`),
  new RegExp(`^(?:${LONG_DAYS.join('|')}), (?<day>\\d\\d)-${MONTH}-(?<shortYear>\\d\\d) ${TIME} GMT$`),
  new RegExp(`^${DAY} ${MONTH} (?<day>\\d\\d| \\d) ${TIME} (?<year>\\d{4})$`),
];

/**
 * The instant of an HTTP-date in milliseconds since the epoch, or null when the text has none of the three forms of RFC 9110 section 5.6.7 or
 * names a date that does not exist. All three forms are UTC. The name of the day is ignored.
 *
 * A two-digit year that appears to be more than 50 years after `now` (milliseconds since the epoch) is in the previous century.
 */
export function parseHttpDate(text: string, now: number): number | null {
  for (const form of FORMS) {
    const parts = form.exec(text)?.groups;
    if (parts) return instantOf(parts, now);
  }
  return null;
}

function instantOf(parts: Readonly<Record<string, string | undefined>>, now: number): number | null {
  const { month = '', shortYear } = parts;
  const [day, hour, minute, second] = [parts.day, parts.hour, parts.minute, parts.second].map(Number);
  if (day === undefined || hour === undefined || minute === undefined || second === undefined) return null;
  // 60 is a leap second: the first second of the next minute.
  if (hour > 23 || minute > 59 || second > 60) return null;
  const at = (year: number): number => {
    const date = new Date(0);
    date.setUTCFullYear(
      year,
      MONTHS.findIndex((name) => name === month),
      day,
    );
    return date.getUTCDate() === day ? date.setUTCHours(hour, minute, second) : NaN;
  };
  const instant = shortYear === undefined ? at(Number(parts.year)) : at(fullYear(Number(shortYear), now, at));
  return Number.isNaN(instant) ? null : instant;
}

/** The year in the current century, or in the previous one where that is more than 50 years ahead. */
function fullYear(shortYear: number, now: number, at: (year: number) => number): number {
  const today = new Date(now);
  const year = today.getUTCFullYear() - (today.getUTCFullYear() % 100) + shortYear;
  today.setUTCFullYear(today.getUTCFullYear() + 50);
  return at(year) > today.getTime() ? year - 100 : year;
}
