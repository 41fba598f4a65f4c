import { afterAll, describe, expect, jest, test } from '@jest/globals';
import { stubReader } from '../support/reader.ts';

/** What the page's module exports; it has no types of its own here. */
interface Clock {
  dayIn(instant: string, zone: string): string;
  timesIn(start: string, end: string, zone: string): string;
  hours(minutes: number): string;
  lengthInWords(minutes: number): string;
}

const MODULE = '../../../public/timesheet/model/clock.js';
stubReader();
const { dayIn, timesIn, hours, lengthInWords } = (await import(MODULE)) as Clock;
afterAll(() => {
  jest.useRealTimers();
});

describe('the times of an entry', () => {
  test.each([
    ['in summer time', '2026-07-01T07:00:00Z', '2026-07-01T08:30:00Z', 'Europe/Berlin', '09:00–10:30'],
    ['in winter time', '2026-11-23T07:00:00Z', '2026-11-23T08:30:00Z', 'Europe/Berlin', '08:00–09:30'],
    ['over the hour that is skipped', '2026-03-29T00:30:00Z', '2026-03-29T01:30:00Z', 'Europe/Berlin', '01:30–03:30'],
    ['over the hour that repeats', '2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z', 'Europe/Berlin', '02:30–02:30'],
    ['over midnight', '2026-11-23T22:00:00Z', '2026-11-24T00:15:00Z', 'Europe/Berlin', '23:00–01:15 the next day'],
    ['far from UTC', '2026-11-23T01:00:00Z', '2026-11-23T02:00:00Z', 'America/New_York', '20:00–21:00'],
    ['in an unknown zone', '2026-11-23T09:00:00Z', '2026-11-23T10:00:00Z', 'Nowhere/Town', '09:00–10:00'],
  ])('are those of its zone %s', (_what, start, end, zone, times) => {
    expect(timesIn(start, end, zone)).toBe(times);
  });

  test.each([
    ['2026-11-23T23:30:00Z', 'Europe/Berlin', '2026-11-24'],
    ['2026-11-23T01:00:00Z', 'America/New_York', '2026-11-22'],
    ['2026-11-23T10:30:00Z', 'Pacific/Kiritimati', '2026-11-24'],
    ['2026-11-23T23:59:59Z', 'UTC', '2026-11-23'],
  ])('%s is in %s on %s', (instant, zone, day) => {
    expect(dayIn(instant, zone)).toBe(day);
  });
});

describe('a length', () => {
  test.each([
    [0, '0:00', '0 minutes'],
    [1, '0:01', '1 minute'],
    [50, '0:50', '50 minutes'],
    [60, '1:00', '1 hour'],
    [95, '1:35', '1 hour 35 minutes'],
    [7501, '125:01', '125 hours 1 minute'],
  ])('of %d minutes is %s, in words %s', (minutes, text, words) => {
    expect(hours(minutes)).toBe(text);
    expect(lengthInWords(minutes)).toBe(words);
  });
});
