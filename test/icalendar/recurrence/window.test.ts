import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createBudget } from '../../../src/icalendar/recurrence/budget.ts';
import { decideByDay } from '../../../src/icalendar/recurrence/by-day.ts';
import { endsOf } from '../../../src/icalendar/recurrence/ends.ts';
import { occurrencesOf } from '../../../src/icalendar/recurrence/occurrences.ts';
import { hasOccurrence } from '../../../src/icalendar/recurrence/window.ts';
import { groupNamed, groupOf, OPTIONS } from './events.ts';
import { runs } from '../../support/runs.ts';

test.each([
  ['an event on its last day', 'DTSTART:20260601T090000Z\nDTEND:20260603T090000Z', '2026-06-03', null, true],
  ['an event that is over', 'DTSTART:20260601T090000Z\nDTEND:20260603T090000Z', '2026-06-04', null, false],
  ['an event that is to come', 'DTSTART:20260601T090000Z', null, '2026-05-31', false],
  ['a series without end', 'DTSTART:20000101T090000Z\nRRULE:FREQ=YEARLY', '2026-06-04', '2027-01-01', true],
  ['a series between two instances', 'DTSTART:20000101T090000Z\nRRULE:FREQ=YEARLY', '2026-06-04', '2026-12-31', false],
  ['a series that has ended', 'DTSTART:20000101T090000Z\nRRULE:FREQ=DAILY;COUNT=30', '2026-06-04', null, false],
  ['a series that ends later', 'DTSTART:20200101T090000Z\nRRULE:FREQ=DAILY;COUNT=3000', '2026-06-04', null, true],
  ['a series that began too late', 'DTSTART:20260601T090000Z\nRRULE:FREQ=DAILY', null, '2026-05-31', false],
  [
    'a series in an unknown calendar',
    'DTSTART:20200101T090000Z\nRRULE:RSCALE=HEBREW;FREQ=YEARLY',
    '2026-06-04',
    null,
    true,
  ],
  ['a series that begins in it', 'DTSTART:20260601T090000Z\nRRULE:FREQ=YEARLY', '2026-05-01', '2026-07-01', true],
  [
    'a series without its first instance',
    'DTSTART:20260601T090000Z\nRRULE:FREQ=YEARLY\nEXDATE:20260601T090000Z',
    '2026-05-01',
    '2026-07-01',
    false,
  ],
  [
    'a series of which a rule removes all instances',
    'DTSTART:20260601T090000Z\nRRULE:FREQ=YEARLY\nEXRULE:FREQ=MONTHLY',
    '2026-05-01',
    '2026-07-01',
    false,
  ],
  ['29 February', 'DTSTART;VALUE=DATE:20000229\nRRULE:FREQ=YEARLY', '2097-01-01', null, true],
])('%s', (_what, event, from, to, isIn) => {
  expect(hasOccurrence(groupOf(event), OPTIONS, from, to)).toBe(isIn);
});

test('a to-do without a date is in no window', () => {
  expect(hasOccurrence(groupNamed('VTODO', 'SUMMARY:Some day'), OPTIONS, '2026-01-01', null)).toBe(false);
});

test.each([
  'FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=31',
  'FREQ=SECONDLY',
  'FREQ=SECONDLY;INTERVAL=4000000000',
  'FREQ=MINUTELY;BYSECOND=0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15',
  'FREQ=DAILY;BYMONTH=2;BYMONTHDAY=31',
  'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=1000000',
  'FREQ=YEARLY;INTERVAL=1000000000',
  `FREQ=YEARLY;BYHOUR=${numbers(24)};BYMINUTE=${numbers(60)};BYSECOND=${numbers(60)};BYSETPOS=-1`,
  `FREQ=DAILY;BYHOUR=${numbers(24)};BYMINUTE=${numbers(60)};BYSECOND=${numbers(60)}`,
  `FREQ=HOURLY;BYMINUTE=${numbers(60)};BYSECOND=0,1,2,3,4;BYSETPOS=${numbers(66, 301)}`,
  `FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31;BYDAY=${Array(5_000).fill('MO').join(',')},1MO`,
])('%s neither hangs nor takes much memory', (rule) => {
  const group = groupOf(`DTSTART:19710101T000000Z\nRRULE:${rule}`);
  const before = process.memoryUsage().heapUsed;
  let count = 0;
  try {
    for (const { start } of occurrencesOf(group, OPTIONS, '2026-01-01', '9999-12-31'))
      count += start.length > 0 ? 1 : 0;
  } catch (error) {
    expect(error).toMatchObject({ code: 'invalid', message: expect.stringContaining('more than 100000 steps') });
  }
  expect(count).toBeLessThanOrEqual(200_000);
  expect(typeof hasOccurrence(group, OPTIONS, '2026-01-01', null)).toBe('boolean');
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(200_000_000);
});

function numbers(count: number, first = 0): string {
  return Array.from({ length: count }, (_, index) => first + index).join(',');
}

describe('an expansion pays with steps for', () => {
  const ALL_DAY = `BYHOUR=${numbers(24)};BYMINUTE=${numbers(60)};BYSECOND=${numbers(60)}`;
  const dates = (name: string, count: number): string =>
    `${name}:${Array.from({ length: count }, (_, index) => `${2000 + index}0101T000000Z`).join(',')}`;
  const changes = Array.from(
    { length: 300 },
    (_, index) => `RECURRENCE-ID;RANGE=THISANDFUTURE:${2100 + index}0101T000000Z\nDTSTART:${2100 + index}0101T010000Z`,
  );
  const day = 'DTSTART:20200101T000000Z';

  test.each<[string, readonly string[], number]>([
    ['times of a day, also of those that are over', [`${day}\nRRULE:FREQ=DAILY;UNTIL=20210101;${ALL_DAY}`], 800],
    ['times that are only counted', [`${day}\nRRULE:FREQ=WEEKLY;COUNT=10;BYDAY=MO,TU,WE,TH,FR;${ALL_DAY}`], 1_500],
    ['times of an hour', [`${day}\nRRULE:FREQ=HOURLY;COUNT=1;BYMINUTE=${numbers(60)};BYSECOND=${numbers(60)}`], 100],
    ['positions', [`${day}\nRRULE:FREQ=DAILY;BYSETPOS=${numbers(365, 2)}`], 800],
    ['RDATEs', [`${day}\n${dates('RDATE', 500)}`], 200],
    ['EXDATEs', [`${day}\nRRULE:FREQ=YEARLY\n${dates('EXDATE', 500)}`], 200],
    ['rules', [[day, ...Array<string>(300).fill('RRULE:FREQ=YEARLY;UNTIL=20200101T000000Z')].join('\n')], 200],
    ['changes of all later ones', [`${day}\nRRULE:FREQ=DAILY`, ...changes], 800],
  ])('%s', (_what, components, steps) => {
    const expand = (): unknown => [
      ...occurrencesOf(groupOf(...components), OPTIONS, '2026-01-01', '2026-12-31', createBudget(steps)),
    ];
    expect(expand).toThrow(`more than ${steps} steps`);
  });

  test('little, where there is little to do', () => {
    const group = groupOf(`${day}\nRRULE:FREQ=HOURLY;BYMINUTE=0,30;BYSETPOS=-1`, changes[0]!);
    expect([...occurrencesOf(group, OPTIONS, '2026-01-01', '2026-01-02', createBudget(200))]).toHaveLength(48);
  });
});

test('a window has an occurrence exactly when the list has one', () => {
  const part = fc.constantFrom(
    'BYDAY=MO,FR',
    'BYMONTHDAY=-1,15',
    'BYMONTH=2,6',
    'BYSETPOS=1',
    'INTERVAL=3',
    'COUNT=40',
    'UNTIL=20260301T000000Z',
    'BYHOUR=1,22',
  );
  const rule = fc.tuple(
    fc.constantFrom('DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY', 'HOURLY'),
    fc.uniqueArray(part, { maxLength: 3 }),
  );
  const days = fc.tuple(
    fc.oneof(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 700 })),
    fc.integer({ min: 0, max: 90 }),
  );
  const end = fc.constantFrom('DURATION:PT5H', 'DTEND;TZID=Europe/Berlin:20250908T033000');
  const left = fc.constantFrom('', '\nEXDATE;TZID=Europe/Berlin:20250907T223000', '\nEXRULE:FREQ=DAILY;COUNT=3');
  fc.assert(
    fc.property(rule, days, end, left, ([frequency, parts], [first, length], ends, leftOut) => {
      const start = 'DTSTART;TZID=Europe/Berlin:20250907T223000';
      const group = groupOf(`${start}\n${ends}\nRRULE:${[`FREQ=${frequency}`, ...parts].join(';')}${leftOut}`);
      const day = (offset: number): string => new Date(Date.UTC(2025, 8, 1 + offset)).toISOString().slice(0, 10);
      const [from, to] = [day(first), day(first + length)];
      const [found] = occurrencesOf(group, OPTIONS, from, to);
      expect(hasOccurrence(group, OPTIONS, from, to)).toBe(found !== undefined);
      // The list of a window is what the list of everything has there.
      const all = [...occurrencesOf(group, OPTIONS, '2025-09-01', '2028-01-01')].map(({ start }) => start);
      const within = new Set([...occurrencesOf(group, OPTIONS, from, to)].map(({ start }) => start));
      expect(all.filter((start) => within.has(start))).toEqual([...within]);
    }),
    { ...runs(7), endOnFailure: true },
  );
});

test('a single event is in a window exactly when it is on one of its days, in every zone', () => {
  const zone = fc.constantFrom(';TZID=Pacific/Kiritimati', ';TZID=Pacific/Pago_Pago', ';TZID=Europe/Berlin', '');
  const hour = fc.constantFrom('000000', '013000', '120000', '235959');
  const june = (offset: number): string => `202606${String(10 + offset).padStart(2, '0')}`;
  const end = fc.constantFrom('none', 'DTEND', 'DURATION');
  const alarm = fc.constantFrom(
    '',
    '\nBEGIN:VALARM\nACTION:DISPLAY\nDESCRIPTION:x\nTRIGGER:-PT5M\nDURATION:PT5M\nREPEAT:2\nEND:VALARM',
  );
  const offset = fc.integer({ min: -5, max: 5 });
  fc.assert(
    fc.property(zone, hour, end, alarm, offset, fc.nat(2), offset, (of, at, ends, nested, day, days, first) => {
      const how = { none: '', DTEND: `\nDTEND${of}:${june(day + days)}T${at}`, DURATION: `\nDURATION:P${days}DT2H` };
      const group = groupOf(`DTSTART${of}:${june(day)}T${at}${nested}${how[ends]}`);
      const [from, to] = [`2026-06-${String(10 + first).padStart(2, '0')}`, '2026-06-12'];
      for (const [since, until] of [
        [from, null],
        [null, from],
        [from, to],
      ] as const) {
        const [found] = occurrencesOf(group, OPTIONS, since ?? '2026-05-01', until ?? '2026-07-31');
        expect(hasOccurrence(group, OPTIONS, since, until)).toBe(found !== undefined);
      }
    }),
    { ...runs(75), endOnFailure: true },
  );
});

const shortRule = fc
  .tuple(
    fc.constantFrom('FREQ=DAILY', 'FREQ=WEEKLY'),
    fc.constantFrom('', ';INTERVAL=2', ';INTERVAL=5'),
    fc.constantFrom('', ';BYDAY=MO', ';BYDAY=SU,WE', ';BYDAY=MO,TU,WE,TH,FR'),
    fc.constantFrom('', ';WKST=SU', ';WKST=TH'),
    fc.oneof(
      fc.constant(''),
      fc.integer({ min: 1, max: 9 }).map((count) => `;COUNT=${count}`),
      fc.integer({ min: -3, max: 40 }).map((offset) => `;UNTIL=${compact(offset)}`),
      fc.integer({ min: -3, max: 40 }).map((offset) => `;UNTIL=${compact(offset)}T010000Z`),
    ),
  )
  .map((parts) => parts.join(''));

/** Zones by their offset in hours, and times of DTSTART. */
const TIMES = [
  [';VALUE=DATE', '', 0],
  [';TZID=Pacific/Kiritimati', 'T003000', 14],
  [';TZID=Pacific/Pago_Pago', 'T233000', -11],
  ['', 'T120000Z', 0],
] as const;

const day = (offset: number): string => new Date(Date.UTC(2025, 8, 1 + offset)).toISOString().slice(0, 10);
function compact(offset: number): string {
  return day(offset).replaceAll('-', '');
}

test('a series by days or weeks is in a window exactly when an expansion has an occurrence there', () => {
  const more = fc.constantFrom('', '', '', '\nEXDATE:20250901T120000Z', '\nRDATE:20251201T120000Z');
  const override = fc.tuple(
    fc.nat(30),
    fc.integer({ min: -20, max: 90 }),
    fc.constantFrom('', '', ';RANGE=THISANDFUTURE'),
  );
  const overrides = fc.uniqueArray(override, { maxLength: 2, selector: ([original]) => original });
  const first = fc.integer({ min: 0, max: 6 });
  const since = fc.integer({ min: -5, max: 110 });
  const until = fc.option(fc.integer({ min: 0, max: 20 }));
  fc.assert(
    fc.property(
      shortRule,
      fc.constantFrom(...TIMES),
      more,
      overrides,
      first,
      since,
      until,
      (rule, when, others, moved, at, from, length) => {
        const [params, time, offset] = when;
        const end = time === '' ? `\nDTEND;VALUE=DATE:${compact(at + 2)}` : '';
        const components = moved.map(
          ([original, to, range]) =>
            `RECURRENCE-ID${range}${params}:${compact(at + original)}${time}\nDTSTART${params}:${compact(to)}${time}`,
        );
        const group = groupOf(`DTSTART${params}:${compact(at)}${time}${end}\nRRULE:${rule}${others}`, ...components);
        const to = length === null ? null : day(from + length);
        const [found] = occurrencesOf(group, OPTIONS, day(from), to ?? '2027-01-01');
        expect(hasOccurrence(group, OPTIONS, day(from), to)).toBe(found !== undefined);

        const ends = endsOf(group.components[0]!.days);
        const all = [...occurrencesOf(group, OPTIONS, '2025-01-01', '2027-01-01')];
        if (ends === null || ends.atLeast === Infinity || moved.length > 0) return;
        const last = Math.max(...all.map(({ start }) => Date.parse(start) + offset * 3_600_000));
        const lastDay = Number(new Date(last).toISOString().slice(0, 10).replaceAll('-', ''));
        expect(ends.atLeast).toBeLessThanOrEqual(lastDay);
        expect(ends.atMost).toBeGreaterThanOrEqual(lastDay + (end === '' ? 0 : 1));
      },
    ),
    { ...runs(150), endOnFailure: true },
  );
});

test.each([
  ['a weekly series that goes on', 'RRULE:FREQ=WEEKLY', true],
  ['one with a number that lasts', 'RRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=60', true],
  ['one that is over', 'RRULE:FREQ=DAILY;UNTIL=20260301T000000Z', false],
  ['one that ends about then', 'RRULE:FREQ=DAILY;UNTIL=20260602T000000Z', null],
  ['one by months', 'RRULE:FREQ=MONTHLY', null],
  ['one with an exception', 'RRULE:FREQ=WEEKLY\nEXDATE:20260102T090000Z', null],
])('%s is decided by its days where these are enough', (_what, rule, isIn) => {
  const group = groupOf(`DTSTART:20260102T090000Z\n${rule}`);
  expect(decideByDay(group, '2026-06-01', null)).toBe(isIn);
});

test('a series with an override is decided by its days where these are enough', () => {
  const series = 'DTSTART:20260102T090000Z\nRRULE:FREQ=MONTHLY';
  const moved = (day: string): string => `RECURRENCE-ID:20260202T090000Z\nDTSTART:${day}T090000Z`;
  expect(decideByDay(groupOf(series, moved('20260701')), '2026-06-01', null)).toBe(true);
  expect(decideByDay(groupOf(series, moved('20260203')), '2026-06-01', null)).toBeNull();
  const weekly = (more: string): string => `DTSTART:20260102T090000Z\nRRULE:FREQ=WEEKLY${more}`;
  expect(decideByDay(groupOf(weekly(''), moved('20260203')), '2026-06-01', null)).toBe(true);
  expect(decideByDay(groupOf(weekly(';COUNT=9'), moved('20260203')), '2026-06-01', null)).toBe(false);
  expect(decideByDay(groupOf(weekly(';COUNT=9'), moved('20260601')), '2026-06-01', null)).toBeNull();
});
