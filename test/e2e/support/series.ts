/** Repeating events made up from a seed, to be compared with what other programs make of them. */

/** Zones of the generated events: north and south, and one whose summer time is half an hour. */
export const ZONES = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe'] as const;

/** A repeating event of which DTSTART may still be chosen: other programs agree only where it is an instance of the rule. */
export interface MadeSeries {
  readonly uid: string;
  readonly rule: string;
  /** A wall-clock time, as if it were UTC, in milliseconds. */
  readonly start: number;
  /** null for one without a zone. */
  readonly zone: string | null;
  /** BEGIN to END of the event alone. */
  plain(start: number): string;
  /** With its overrides, exceptions and additions. */
  full(start: number): string;
}

type Random = () => number;

/** The same numbers from 0 to 1 for the same seed (mulberry32). */
function createRandom(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const WEEKDAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'];
const HOURS = [0, 1, 2, 3, 9, 12, 23];
const YEAR = 2026;
const DAY_MS = 86_400_000;
/** At a time of day that no rule here has. */
const PERIOD_OFFSET_MS = 7_440_000;

type Pick = <T>(list: readonly T[]) => T;

const some = (random: Random, most: number, one: () => string): string =>
  [...new Set(Array.from({ length: 1 + Math.floor(random() * most) }, one))].join(',');

/** So many series, always the same. */
export function makeSeries(seed: number, count: number): MadeSeries[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, (_, index) => makeOne(random, `series-${index}`));
}

type Form = 'zoned' | 'utc' | 'floating' | 'day';

function makeOne(random: Random, uid: string): MadeSeries {
  const pick: Pick = (list) => list[Math.floor(random() * list.length)] as (typeof list)[number];
  const drawn = pick<Form>(['zoned', 'zoned', 'zoned', 'utc', 'floating', 'day']);
  const zone = pick(ZONES);
  const start = Date.UTC(
    YEAR - pick([0, 0, 1, 8]),
    Math.floor(random() * 12),
    1 + Math.floor(random() * 28),
    pick(HOURS),
    pick([0, 30]),
  );
  const frequency = pick([
    'DAILY',
    'WEEKLY',
    'WEEKLY',
    'MONTHLY',
    'MONTHLY',
    'YEARLY',
    ...(drawn === 'day' ? [] : ['HOURLY']),
  ]);
  // Between clocks that change, libical 3.0.16 counts hours neither by the wall nor by time passed, and on Lord Howe it never ends.
  const form = frequency === 'HOURLY' && drawn === 'zoned' ? 'utc' : drawn;
  const at = (wall: number): string => written(wall, form);
  const head = form === 'zoned' ? `;TZID=${zone}` : form === 'day' ? ';VALUE=DATE' : '';
  const rule = makeRule(random, pick, form, frequency, start);
  // Not P1D, a nominal day (RFC 5545 section 3.8.5.3): libical 3.0.16 takes it for 24 hours.
  const length = form === 'day' ? `DURATION:P${pick([1, 2])}D` : `DURATION:${pick(['PT30M', 'PT2H', 'PT24H'])}`;
  const step = DAY_MS * (form === 'day' ? 1 : pick([1, 7]));
  const offset = step * (1 + Math.floor(random() * 5));
  const has = {
    exdate: random() < 0.3,
    exday: random() < 0.15,
    rdate: random() < 0.2,
    period: random() < 0.2,
    override: random() < 0.25,
  };
  const lines = (first: number): string[] => [`DTSTART${head}:${at(first)}`, length, `RRULE:${rule}`];
  return {
    uid,
    rule,
    start,
    zone: form === 'zoned' ? zone : null,
    plain: (first) => component(uid, lines(first)),
    full: (first) => {
      const later = first + offset;
      // libical 3.0.16 reads RDATE with a TZID as UTC, so that it is written in UTC here.
      const added = later + 3 * DAY_MS + 5_400_000;
      const moved = [`RECURRENCE-ID${head}:${at(first)}`, `DTSTART${head}:${at(first + 2 * DAY_MS)}`, length];
      return [
        component(uid, [
          ...lines(first),
          ...(has.exdate ? [`EXDATE${head}:${at(later)},${at(later + step)}`] : []),
          // libical 3.0.16 compares the day of an EXDATE with the day in UTC.
          ...(has.exday && (form === 'utc' || form === 'floating')
            ? [`EXDATE;VALUE=DATE:${written(later + 2 * step, 'day')}`]
            : []),
          ...(has.rdate ? [form === 'day' ? `RDATE;VALUE=DATE:${at(added)}` : `RDATE:${written(added, 'utc')}`] : []),
          ...(has.period && form === 'utc' ? [`RDATE;VALUE=PERIOD:${at(later + PERIOD_OFFSET_MS)}/PT3H`] : []),
        ]),
        ...(has.override ? [component(uid, moved)] : []),
      ].join('');
    },
  };
}

const component = (uid: string, lines: readonly string[]): string =>
  ['BEGIN:VEVENT', `UID:${uid}`, 'DTSTAMP:20260101T000000Z', ...lines, 'END:VEVENT', ''].join('\r\n');

function written(wall: number, form: Form): string {
  const text = new Date(wall).toISOString().replace(/[-:]|\.\d+/g, '');
  return form === 'day' ? text.slice(0, 8) : form === 'utc' ? text : text.slice(0, -1);
}

function makeRule(random: Random, pick: Pick, form: Form, frequency: string, start: number): string {
  const parts = [`FREQ=${frequency}`];
  if (random() < 0.4) parts.push(`INTERVAL=${pick([2, 3, 5])}`);
  if (random() < 0.3) parts.push(`WKST=${pick(['MO', 'SU'])}`);
  parts.push(...dayParts(random, pick, frequency));
  if (form !== 'day' && frequency !== 'HOURLY' && random() < 0.2)
    parts.push(`BYHOUR=${some(random, 3, () => String(pick(HOURS)))}`);
  // A second of one would have no instance, which the others look for until the year 9999.
  const hasSeveral = parts.some((part) => /^BY(?:DAY=[A-Z]+|HOUR=\d+),/.test(part));
  if (parts.some((part) => /^BY(?:DAY|MONTHDAY|HOUR)/.test(part)) && frequency !== 'HOURLY' && random() < 0.25)
    parts.push(`BYSETPOS=${pick(['1', '-1', '1,-1', hasSeveral ? '2' : '1'])}`);
  const end = random();
  // An hourly event always ends: each hour of ten years would take long.
  if (end < 0.3 || (frequency === 'HOURLY' && end >= 0.6)) parts.push(`COUNT=${pick([1, 4, 10, 30])}`);
  else if (end < 0.6) {
    const last = start + DAY_MS * pick([3, 40, 200, 500]);
    const inUtc = form === 'zoned' || form === 'utc';
    parts.push(`UNTIL=${form === 'day' ? written(last, 'day') : written(last, inUtc ? 'utc' : 'floating')}`);
  }
  return parts.join(';');
}

function dayParts(random: Random, pick: Pick, frequency: string): string[] {
  const weekdays = (numbers: readonly string[]): string => some(random, 3, () => pick(numbers) + pick(WEEKDAYS));
  const monthDays = (): string => some(random, 3, () => pick(['1', '2', '13', '28', '29', '30', '31', '-1', '-3']));
  const months = (): string => some(random, 4, () => String(1 + Math.floor(random() * 12)));
  const kind = random();
  if (frequency === 'HOURLY') return kind < 0.5 ? [`BYHOUR=${some(random, 4, () => String(pick(HOURS)))}`] : [];
  if (frequency === 'DAILY') {
    if (kind < 0.3) return [`BYMONTH=${months()}`];
    return kind < 0.5 ? [`BYDAY=${weekdays([''])}`] : [];
  }
  if (frequency === 'WEEKLY') return kind < 0.7 ? [`BYDAY=${weekdays([''])}`] : [];
  if (frequency === 'MONTHLY') {
    if (kind < 0.35) return [`BYMONTHDAY=${monthDays()}`];
    if (kind < 0.8) return [`BYDAY=${pick([weekdays(['']), weekdays(['1', '2', '-1', '5'])])}`];
    return [];
  }
  if (kind < 0.2)
    return [`BYWEEKNO=${some(random, 3, () => pick(['1', '20', '52', '53', '-1']))}`, `BYDAY=${weekdays([''])}`];
  if (kind < 0.4) return [`BYYEARDAY=${some(random, 3, () => pick(['1', '60', '100', '366', '-1', '-306']))}`];
  if (kind < 0.6) return [`BYMONTH=${months()}`, `BYMONTHDAY=${monthDays()}`];
  if (kind < 0.8) return [`BYMONTH=${months()}`, `BYDAY=${weekdays(['1', '2', '-1'])}`];
  return kind < 0.9 ? [`BYDAY=${weekdays(['1', '20', '-1'])}`] : [];
}

/** A calendar file of events. */
export function calendarOf(events: readonly string[], zones: readonly string[]): string {
  return ['BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n', ...zones, ...events, 'END:VCALENDAR\r\n'].join(
    '',
  );
}
