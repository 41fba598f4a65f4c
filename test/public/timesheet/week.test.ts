import { afterAll, describe, expect, jest, test } from '@jest/globals';
import { stubReader } from '../support/reader.ts';

/** What the page's modules export; they have no types of their own here. */
interface Weeks {
  mondayOf(day: number): number;
  weekName(monday: number): string;
  mondayByName(name: string): number | null;
  daysOf(monday: number): number[];
  isoDay(day: number): string;
  daysInWords(first: number, last: number): string;
  dayTitle(day: number): string;
  monthOfWeek(monday: number, today: number): { from: number; to: number };
}
interface State {
  monday: number;
  member: string;
  source: string;
  round: string;
  roundMinutes: number;
}
interface States {
  readState(query: URLSearchParams, thisMonday: number): State;
  queryOf(state: State): Record<string, string>;
  fragmentOf(state: State): string;
}

const FOLDER = '../../../public/timesheet/model';
stubReader();
const weeks = (await import(`${FOLDER}/week.js`)) as Weeks;
const { readState, queryOf, fragmentOf } = (await import(`${FOLDER}/state.js`)) as States;
afterAll(() => {
  jest.useRealTimers();
});

const day = (text: string): number => Date.parse(`${text}T00:00:00Z`) / 86_400_000;
/** Spaces of every kind as one, since releases of ICU differ in them. */
const plain = (text: string): string => text.replace(/\s/gu, ' ').replace(/ ?– ?/u, '–');

describe('a week', () => {
  // The examples of ISO 8601, and the years with a week 53.
  test.each([
    ['2026-11-29', '2026-11-23', '2026-W48'],
    ['2026-11-23', '2026-11-23', '2026-W48'],
    ['2026-01-01', '2025-12-29', '2026-W01'],
    ['2025-12-31', '2025-12-29', '2026-W01'],
    ['2027-01-03', '2026-12-28', '2026-W53'],
    ['2027-01-04', '2027-01-04', '2027-W01'],
    ['2021-01-01', '2020-12-28', '2020-W53'],
    ['2023-01-01', '2022-12-26', '2022-W52'],
    ['2024-12-30', '2024-12-30', '2025-W01'],
    ['1969-12-31', '1969-12-29', '1970-W01'],
  ])('of %s begins on %s and is %s', (of, monday, name) => {
    expect(weeks.isoDay(weeks.mondayOf(day(of)))).toBe(monday);
    expect(weeks.weekName(day(monday))).toBe(name);
    expect(weeks.mondayByName(name)).toBe(day(monday));
  });

  test('has a name of its own for every Monday of 30 years, each with seven days', () => {
    const mondays = Array.from({ length: 30 * 53 }, (_, at) => day('2015-12-28') + at * 7);
    expect(new Set(mondays.map(weeks.weekName)).size).toBe(mondays.length);
    expect(mondays.map((monday) => weeks.mondayByName(weeks.weekName(monday)))).toEqual(mondays);
    expect(weeks.daysOf(day('2026-12-28')).map(weeks.isoDay).at(-1)).toBe('2027-01-03');
  });

  test.each(['', '2026-W00', '2026-W54', '2025-W53', '2026-48', '2026-W4', 'W48', '2026-W48-1'])(
    'is never called “%s”',
    (name) => {
      expect(weeks.mondayByName(name)).toBeNull();
    },
  );

  test('names month and year once where both ends share them', () => {
    expect(plain(weeks.daysInWords(day('2026-11-23'), day('2026-11-29')))).toBe('23–29 Nov 2026');
    expect(plain(weeks.daysInWords(day('2026-12-28'), day('2027-01-03')))).toBe('28 Dec 2026–3 Jan 2027');
    expect(weeks.dayTitle(day('2026-11-23')).replace(',', '')).toBe('Monday 23 November');
  });

  test('belongs to the month of its Thursday', () => {
    const month = (monday: string, today = '2028-12-31') =>
      Object.values(weeks.monthOfWeek(day(monday), day(today))).map(weeks.isoDay);
    expect(month('2026-11-23')).toEqual(['2026-11-01', '2026-11-30']);
    expect(month('2026-11-30')).toEqual(['2026-12-01', '2026-12-31']);
    expect(month('2026-12-28')).toEqual(['2026-12-01', '2026-12-31']);
    expect(month('2028-02-28')).toEqual(['2028-03-01', '2028-03-31']);
  });

  test('belongs to the month of its Monday while the month of its Thursday has not begun', () => {
    const month = (monday: string, today: string) =>
      Object.values(weeks.monthOfWeek(day(monday), day(today))).map(weeks.isoDay);
    expect(month('2026-11-30', '2026-11-30')).toEqual(['2026-11-01', '2026-11-30']);
    expect(month('2026-11-30', '2026-12-01')).toEqual(['2026-12-01', '2026-12-31']);
    expect(month('2026-11-23', '2026-11-23')).toEqual(['2026-11-01', '2026-11-30']);
  });
});

describe('the fragment of the URL', () => {
  const thisMonday = day('2026-11-23');
  const read = (query: string) => readState(new URLSearchParams(query), thisMonday);

  test('stores week, filters and rounding', () => {
    const query = 'week=2026-W53&member=m-1&source=cal-a&round=up&round_minutes=6';
    const state = read(query);
    expect(state).toEqual({
      monday: day('2026-12-28'),
      member: 'm-1',
      source: 'cal-a',
      round: 'up',
      roundMinutes: 6,
    });
    expect(fragmentOf(state)).toBe(`#/timesheet?${query}`);
  });

  test('means this week, everyone and no rounding where it is empty or invalid', () => {
    const state = { monday: thisMonday, member: '', source: '', round: 'off', roundMinutes: 15 };
    expect(read('')).toEqual(state);
    expect(read('week=2026-W99&round=down&round_minutes=7')).toEqual(state);
    expect(queryOf(state)).toEqual({});
    expect(fragmentOf(state)).toBe('#/timesheet?week=2026-W48');
  });
});
