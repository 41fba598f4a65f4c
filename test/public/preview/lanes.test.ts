import { afterAll, describe, expect, jest, test } from '@jest/globals';
import { stubReader } from '../support/reader.ts';

interface Event {
  readonly uid: string;
  readonly title: string;
  readonly start: string | null;
  readonly last: string | null;
  readonly starts_at?: string;
  readonly ends_at?: string;
}

/** What the page's module exports; it has no types of its own here. */
interface Lanes {
  placed(events: readonly Event[]): {
    dated: readonly { event: Event; start: number; last: number }[];
    undated: readonly Event[];
  };
}

const MODULE = '../../../public/preview/lanes.js';
stubReader();
const { placed } = (await import(MODULE)) as Lanes;
afterAll(() => {
  jest.useRealTimers();
});

const DAY_MS = 86_400_000;
/** Days since 1970, as the page counts them. */
const day = (text: string) => Date.parse(text) / DAY_MS;
/** An instant by the clock of the reader, whatever the time zone of this machine. */
const at = (date: number, hour: number, minute = 0) => new Date(2026, 11, date, hour, minute).toISOString();

function timed(title: string, from: string, to: string): Event {
  return { uid: title, title, start: from.slice(0, 10), last: to.slice(0, 10), starts_at: from, ends_at: to };
}

describe('an event of the preview', () => {
  test('with a time is on the days that it takes by the clock of the reader', () => {
    const [late, night] = placed([
      timed('late', at(1, 23, 30), at(2, 0, 0)),
      timed('night', at(3, 22), at(4, 5)),
    ]).dated;
    expect([late?.start, late?.last]).toEqual([day('2026-12-01'), day('2026-12-01')]);
    expect([night?.start, night?.last]).toEqual([day('2026-12-03'), day('2026-12-04')]);
  });

  test('without a length is on the day on which it begins', () => {
    const [midnight] = placed([timed('midnight', at(2, 0), at(2, 0))]).dated;
    expect([midnight?.start, midnight?.last]).toEqual([day('2026-12-02'), day('2026-12-02')]);
  });

  test('of whole days is on these days everywhere', () => {
    const event = { uid: 'a', title: 'a', start: '2026-12-01', last: '2026-12-03' };
    expect(placed([event]).dated).toEqual([{ event, start: day('2026-12-01'), last: day('2026-12-03') }]);
  });

  test('with a time comes after those of the whole day, in the order of their times', () => {
    const whole = { uid: 'z', title: 'Z', start: '2026-12-01', last: '2026-12-01' };
    const { dated } = placed([timed('A', at(1, 12), at(1, 13)), timed('B', at(1, 9), at(1, 10)), whole]);
    expect(dated.map(({ event }) => event.title)).toEqual(['Z', 'B', 'A']);
  });
});
