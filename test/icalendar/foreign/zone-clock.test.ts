import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Zone } from '../../../src/domain/calendar.ts';
import { knownZone } from '../../../src/icalendar/foreign/known-zones.ts';
import type { WallTime } from '../../../src/icalendar/foreign/types.ts';
import { createZoneClock, sameOffsets } from '../../../src/icalendar/foreign/zone-clock.ts';
import { component, europeanZone, fixedZone } from './read.ts';
import { runs } from '../../support/runs.ts';

const zoneOf = (text: string): Zone => ({ tzid: 'x', text: `${text}\r\n` });
const european = zoneOf(europeanZone('x'));

/** "2026-03-29T02:30:00" as a wall-clock time. */
function wall(text: string): WallTime {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = text.split(/[-T:]/).map(Number);
  return { year, month, day, hour, minute, second };
}

const instant = (zone: Zone, text: string): string =>
  new Date(createZoneClock(zone).toInstant(wall(text))).toISOString();

describe('a time on the clock of Berlin', () => {
  test.each([
    ['2026-01-01T12:00:00', '2026-01-01T11:00:00.000Z'],
    ['2026-07-01T12:00:00', '2026-07-01T10:00:00.000Z'],
    ['2026-03-29T01:59:59', '2026-03-29T00:59:59.000Z'],
    ['2026-03-29T03:00:00', '2026-03-29T01:00:00.000Z'],
    ['2026-10-25T03:00:00', '2026-10-25T02:00:00.000Z'],
    ['1602-01-01T00:00:00', '1601-12-31T23:00:00.000Z'],
    ['1000-06-01T00:00:00', '1000-05-31T22:00:00.000Z'],
    ['9999-07-01T00:00:00', '9999-06-30T22:00:00.000Z'],
  ])('%s is the instant %s', (text, iso) => {
    expect(instant(european, text)).toBe(iso);
  });

  test('that does not exist has the offset before the change', () => {
    expect(instant(european, '2026-03-29T02:30:00')).toBe('2026-03-29T01:30:00.000Z');
  });

  test('that exists twice is the first', () => {
    expect(instant(european, '2026-10-25T02:00:00')).toBe('2026-10-25T00:00:00.000Z');
    expect(instant(european, '2026-10-25T02:30:00')).toBe('2026-10-25T00:30:00.000Z');
  });

  test('comes back from its instant', () => {
    const { toInstant, toWall } = createZoneClock(european);
    const times = fc.date({ min: new Date('1900-01-01'), max: new Date('2200-01-01'), noInvalidDate: true });
    const property = fc.property(times, (date) => {
      const ms = Math.floor(date.getTime() / 1000) * 1000;
      const again = toInstant(toWall(ms));
      // In the hour that exists twice it is the first.
      expect([ms, ms - 3_600_000]).toContain(again);
    });
    fc.assert(property, runs(250));
  });
});

describe('the zones of the database', () => {
  const zones = [
    'Europe/Berlin',
    'Europe/Dublin',
    'Europe/Kyiv',
    'America/New_York',
    'America/St_Johns',
    'Asia/Kolkata',
  ];
  const southern = ['Australia/Lord_Howe', 'Pacific/Chatham', 'America/Santiago', 'Africa/Cairo', 'Asia/Jerusalem'];

  test.each([...zones, ...southern])('%s: the offsets of two years are those of Node.js', (name) => {
    const clock = createZoneClock(knownZone(name)!);
    const format = new Intl.DateTimeFormat('en-u-hc-h23', {
      timeZone: name,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
    });
    const wrong: string[] = [];
    for (let ms = Date.UTC(2026, 0, 1); ms < Date.UTC(2028, 0, 1); ms += 12 * 3_600_000) {
      const parts = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
      const { year, month, day, hour, minute } = clock.toWall(ms);
      const seen = [year, month, day, hour, minute].join();
      if (seen !== [parts.year, parts.month, parts.day, parts.hour, parts.minute].join()) wrong.push(seen);
    }
    expect(wrong).toEqual([]);
  });
});

describe('the rules of a zone', () => {
  const zone = (...observances: readonly string[]): Zone => zoneOf(component('VTIMEZONE', 'TZID:x', ...observances));
  const to = (offset: string, from: string, start: string, ...lines: readonly string[]): string =>
    component('STANDARD', `DTSTART:${start}`, `TZOFFSETFROM:${from}`, `TZOFFSETTO:${offset}`, ...lines);
  const hours = (of: Zone, iso: string): number => createZoneClock(of).offsetAt(Date.parse(iso)) / 3_600;

  test.each([
    ['20020302T225959Z', 1],
    ['20020302T230000Z', 2],
    ['20020302T235959', 1],
    ['20020303T000000', 2],
  ])('end with UNTIL=%s', (until, offset) => {
    const summer = `RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=1SU;UNTIL=${until}`;
    const winter = 'RRULE:FREQ=YEARLY;BYMONTH=9;BYDAY=1SU';
    const of = zone(to('+0200', '+0100', '20000101T000000', summer), to('+0100', '+0200', '20000901T000000', winter));
    const days = ['2001-05-01', '2001-10-01', '2002-05-01', '2003-05-01'];
    expect(days.map((day) => hours(of, day))).toEqual([2, 1, offset, 1]);
  });

  test('may be dates', () => {
    const of = zone(
      to('+0300', '+0200', '20200101T000000', 'RDATE:20220101T000000,20240101T000000', 'RDATE:20260101T000000Z'),
      to('+0200', '+0300', '20210101T000000', 'RDATE;VALUE=PERIOD:20230101T000000/PT1H', 'RDATE:20250101T000000'),
    );
    const years = ['2019', '2020', '2021', '2022', '2023', '2024', '2025', '2026'];
    expect(years.map((year) => hours(of, `${year}-06-01`))).toEqual([2, 3, 2, 3, 2, 3, 2, 3]);
  });

  test.each([
    ['RRULE:FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=8,9,10,11,12,13,14;BYDAY=SU', '2026-03-08T00:00:00Z'],
    ['RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3', '2026-03-29T00:00:00Z'],
    ['RRULE:FREQ=YEARLY;BYMONTH=3', '2026-03-12T00:00:00Z'],
    ['rrule:freq=yearly;wkst=mo;bymonth=3;byday=2th', '2026-03-12T00:00:00Z'],
    ['RRULE:FREQ=YEARLY;COUNT=100', '2026-03-12T00:00:00Z'],
  ])('may be %s', (rule, change) => {
    const of = zone(
      to('+0100', '+0000', '19810312T000000', rule),
      to('+0000', '+0100', '19811001T000000', 'RRULE:FREQ=YEARLY;BYMONTH=10'),
    );
    expect(createZoneClock(of).changes(2026, 2026)[0]).toBe(Date.parse(change));
  });

  test.each(['+01:00', '0100', '+010000'])('may write an offset as %s', (offset) => {
    expect(hours(zone(to(offset, offset, '20000101T000000')), '2026-01-01')).toBe(1);
  });

  test('may be hostile', () => {
    const of = zone(
      to('+0100', '+0000', '19700101T000000', 'RRULE:FREQ=SECONDLY'),
      to('+0100', '+0000', '19700101T000000', 'RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31'),
      to('+0100', '+0000', '19700101T000000', 'RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=31'),
      to('+0100', '+0000', '19700101T000000', 'RRULE:FREQ=YEARLY;INTERVAL=0;BYDAY=XX;COUNT=x'),
      to('+0100', '+0000', '19700101T000000', 'RRULE:FREQ=YEARLY;BYMONTH=0;BYDAY=5XX'),
      to('+0100', '+0000', '19700101T000000', 'RRULE:nonsense'),
    );
    expect(hours(of, '9999-01-01')).toBe(1);
  });

  test('are followed to the year 9999, from the year 1 on', () => {
    const summer = 'RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU';
    const winter = 'RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU';
    const of = zone(to('+0200', '+0100', '00010101T020000', summer), to('+0100', '+0200', '00010101T030000', winter));
    const times = ['2499-03-29T00:59:59Z', '2499-03-29T01:00:00Z', '2899-10-25T00:59:59Z', '2899-10-25T01:00:00Z'];
    expect(times.map((time) => hours(of, time))).toEqual([1, 2, 2, 1]);
    expect(['9999-03-28T00:59:59Z', '9999-03-28T01:00:00Z'].map((time) => hours(of, time))).toEqual([1, 2]);
    expect(sameOffsets(of, european, 2300, 9999)).toBe(true);
    expect(sameOffsets(of, zoneOf(fixedZone('x', '+0100')), 3000, 3001)).toBe(false);
  });

  test('before the first change have the offset before it', () => {
    expect(hours(zone(to('+0200', '+0100', '20000101T000000')), '1990-01-01')).toBe(1);
    expect(hours(zone(), '2026-01-01')).toBe(0);
  });
});

test('the same zone has the same clock, and thousands of times take no time', () => {
  const clock = createZoneClock(european);
  expect(createZoneClock(european)).toBe(clock);
  let sum = 0;
  for (let day = 0; day < 100_000; day++) sum += clock.toInstant(clock.toWall(day * 86_400_000));
  expect(sum).toBeGreaterThan(0);
});

test('zones are the same over the years in which their offsets are', () => {
  const until2010 = zoneOf(europeanZone('x').replaceAll('BYMONTH=3', 'BYMONTH=3;UNTIL=20100101T000000Z'));
  expect(sameOffsets(european, european, 1970, 2050)).toBe(true);
  expect(sameOffsets(european, knownZone('Europe/Berlin')!, 1971, 2050)).toBe(true);
  expect(sameOffsets(european, until2010, 2000, 2009)).toBe(true);
  expect(sameOffsets(european, until2010, 2000, 2010)).toBe(false);
  expect(sameOffsets(european, zoneOf(fixedZone('x', '+0100')), 2026, 2026)).toBe(false);
});
