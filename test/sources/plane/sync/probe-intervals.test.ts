import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  createProbeIntervals,
  untilTurn,
  type ProbedProject,
} from '../../../../src/sources/plane/sync/probe-intervals.ts';
import { ALPHA } from '../../../support/acme.ts';
import { NOON, uuid } from '../../../support/make.ts';

function theIntervals({ freshMs = 60_000, requestsPerMinute = 50 } = {}) {
  return createProbeIntervals({ freshMs: () => freshMs, requestsPerMinute: () => requestsPerMinute, now: () => NOON });
}

function projectAt(projectId: string, checkedAt: number): ProbedProject {
  return { projectId, checkedAt, requestedAt: -Infinity };
}

/** So many projects that were requested a moment ago. */
function inUse(count: number): ProbedProject[] {
  return Array.from({ length: count }, (_, at) => ({ ...projectAt(uuid(at), -Infinity), requestedAt: NOON - 1 }));
}

/** The longest time between two probes of a project, whatever moment it was checked at. */
function longest(intervals: ReturnType<typeof theIntervals>, projects: readonly ProbedProject[] = []): number {
  const waits = Array.from({ length: 2000 }, (_, at) =>
    intervals.untilNext(projectAt(ALPHA, NOON + at * 997), projects),
  );
  return Math.round(Math.max(...waits) / 1000);
}

describe('a project is probed again', () => {
  test.each<[string, probes: number[], seconds: number]>([
    ['after FRESH_SECONDS, before it was ever probed', [], 60],
    ['after FRESH_SECONDS where Plane is quick', [20, 30, 25], 60],
    ['after a hundred times the median of the last five', [700, 800, 900, 1000, 990], 90],
    ['after no longer than 100 s, however slow Plane is', [2200, 9000, 60_000, 50_000, 8000], 100],
    ['no later for one that was slow by chance', [20, 20, 2200, 20, 20], 60],
    ['no later for two', [20, 2200, 20, 2200, 20], 60],
    ['as the last five say, not those before', [5000, 5000, 5000, 20, 20, 20, 20, 20], 60],
  ])('%s', (_what, probes, seconds) => {
    const intervals = theIntervals();
    for (const ms of probes) intervals.record(ALPHA, ms);
    expect(longest(intervals)).toBe(seconds);
  });

  test('as its own probes say, not those of others', () => {
    const intervals = theIntervals();
    for (let probe = 0; probe < 5; probe++) intervals.record('other', 900);
    expect(longest(intervals)).toBe(60);
  });

  test('later only where the budget is shared by many, which is then said', () => {
    const few = theIntervals();
    expect([longest(few, inUse(18)), few.stretchedMs(inUse(18))]).toEqual([98, null]);
    const many = theIntervals();
    expect(longest(many, inUse(40))).toBe(218);
    expect(Math.round(many.stretchedMs(inUse(40))! / 1000)).toBe(218);
    const raised = theIntervals({ requestsPerMinute: 600 });
    expect([longest(raised, inUse(40)), raised.stretchedMs(inUse(40))]).toEqual([60, null]);
  });

  test('after FRESH_SECONDS where that is longer, which the operator chose', () => {
    const intervals = theIntervals({ freshMs: 3_600_000 });
    expect([longest(intervals, inUse(40)), intervals.stretchedMs(inUse(40))]).toEqual([3600, null]);
  });
});

test('no probe, however long, makes another one later than 100 s', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, noNaN: true })), fc.nat(), (probes, at) => {
      const intervals = theIntervals();
      for (const ms of probes) intervals.record(ALPHA, ms);
      const project = projectAt(ALPHA, NOON + at);
      const wait = intervals.untilNext(project, [project]);
      expect(wait >= 60_000 && wait <= 100_000).toBe(true);
    }),
  );
});

test('a turn comes once a period, and is known from the id alone', () => {
  fc.assert(
    fc.property(fc.uuid(), fc.integer({ min: 0, max: 4e12 }), fc.integer({ min: 1, max: 1e7 }), (id, at, period) => {
      const until = untilTurn(id, at, period);
      expect(until).toBeGreaterThan(0);
      expect(until).toBeLessThanOrEqual(period);
      expect(untilTurn(id, at + period, period)).toBeCloseTo(until, 2);
    }),
  );
});

test('projects whose ids follow each other have turns that lie apart', () => {
  const minutes = Array.from({ length: 20 }, (_, index) => {
    const id = `00000000-0000-4000-8000-0000000b${index.toString(16).padStart(4, '0')}`;
    return Math.floor(untilTurn(id, 1_800_000_000_000, 120_000) / 30_000);
  });
  for (const quarter of [0, 1, 2, 3]) expect(minutes.filter((one) => one === quarter).length).toBeLessThanOrEqual(10);
});

test('no period is no wait', () => {
  expect(untilTurn('a', 1_800_000_000_000, 0)).toBe(0);
});
