import { beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createAccessLog, type AccessLog } from '../../../src/feeds/links/access-log.ts';
import {
  applyFetchReport,
  createFetchReports,
  type FetchReport,
  type FetchReports,
} from '../../../src/feeds/links/fetch-reports.ts';
import { NOON } from '../../support/make.ts';
import { aMemoryStore } from '../../support/memory-store.ts';

const FIRST = { index: 0, isCurrent: true, endsAt: null };

let clock: { now: number };
let sent: FetchReport[];
let errors: unknown[];
let fails: boolean;
let wake: () => Promise<void>;
let reports: FetchReports;
let accessLog: AccessLog;
let outside: number[];
beforeEach(() => {
  [clock, sent, errors, fails, outside] = [{ now: NOON }, [], [], false, []];
  let waiting: (() => void)[] = [];
  wake = async () => {
    const all = waiting;
    waiting = [];
    for (const resolve of all) resolve();
    await new Promise((resolve) => setImmediate(resolve));
  };
  reports = createFetchReports({
    replica: 'b',
    send: (report) => {
      if (fails) return Promise.reject(new Error('down'));
      sent.push(report);
      return Promise.resolve();
    },
    now: () => clock.now,
    delay: (ms) => {
      expect(ms).toBe(5_000);
      return new Promise((resolve) => waiting.push(resolve));
    },
    report: (error) => errors.push(error),
  });
  const fail = (error: unknown): never => {
    throw error;
  };
  accessLog = createAccessLog(aMemoryStore(), () => clock.now, fail, 'a');
});

const apply = (report: FetchReport): void => {
  applyFetchReport(report, { accessLog, outside: { record: (at) => outside.push(at) } });
};

test('fetches are reported together, the last one of each app', async () => {
  reports.record('link', 'Thunderbird', 1, FIRST);
  clock.now += 1_000;
  reports.record('link', 'Thunderbird', 2, FIRST);
  reports.record('link', 'curl', 2, null);
  expect(sent).toEqual([]);
  await wake();
  expect(sent).toEqual([
    {
      replica: 'b',
      fetches: [
        { linkId: 'link', client: 'Thunderbird', version: 2, address: 0, isCurrent: true, at: NOON + 1_000 },
        { linkId: 'link', client: 'curl', version: 2, address: null, isCurrent: false, at: NOON + 1_000 },
      ],
      outside: null,
    },
  ]);
  await wake();
  await reports.flush();
  expect(sent).toHaveLength(1);
});

test('what could not be sent is sent again, without what is out of date by then', async () => {
  fails = true;
  reports.record('link', 'Thunderbird', 1, FIRST);
  reports.record('link', 'curl', 1, FIRST);
  reports.recordOutside();
  await wake();
  expect(errors).toHaveLength(1);
  fails = false;
  reports.record('link', 'Thunderbird', 2, FIRST);
  await wake();
  expect(sent.map(({ fetches }) => fetches.map(({ client, version }) => [client, version]))).toEqual([
    [
      ['Thunderbird', 2],
      ['curl', 1],
    ],
  ]);
  expect(sent[0]!.outside).toBe(NOON);
});

test('the end of a server does not wait for the next report', async () => {
  reports.record('link', 'curl', 1, FIRST);
  await reports.flush();
  expect(sent).toHaveLength(1);
});

test('requests from outside alone are reported once a minute', async () => {
  for (let second = 0; second < 120; second += 5) {
    reports.recordOutside();
    await wake();
    clock.now += 5_000;
  }
  expect(sent.map((report) => report.outside)).toEqual([NOON, NOON + 60_000]);
});

test('the leader lists who fetched from whom, whatever is reported twice or late', () => {
  accessLog.record('link', 'curl', 3, FIRST);
  const fetched = (client: string, at: number, version: number) =>
    ({ linkId: 'link', client, version, address: 0, isCurrent: true, at }) as const;
  const late = { replica: 'b', fetches: [fetched('curl', NOON - 1, 2), fetched('Thunderbird', NOON - 2, 2)] };
  const next = { replica: 'b', fetches: [fetched('curl', NOON + 1, 4)] };
  for (const report of [late, next, late, next]) apply({ ...report, outside: NOON });
  expect(accessLog.of('link')).toEqual([
    { client: 'curl', at: NOON + 1, version: 4, address: 0, replica: 'b' },
    { client: 'Thunderbird', at: NOON - 2, version: 2, address: 0, replica: 'b' },
  ]);
  expect(outside).toEqual([NOON, NOON, NOON, NOON]);
});

test('reports in any order, some of them twice, leave the same', () => {
  const fetches = fc.array(
    fc.record({ client: fc.constantFrom('curl', 'Thunderbird'), seconds: fc.nat(5), version: fc.nat(3) }),
    { maxLength: 8 },
  );
  fc.assert(
    fc.property(fetches, fc.infiniteStream(fc.nat()), (all, random) => {
      const logOf = (given: typeof all): unknown => {
        const log = createAccessLog(
          aMemoryStore(),
          () => NOON,
          () => undefined,
        );
        for (const { client, seconds } of given)
          log.add('link', { client, at: NOON + seconds, version: seconds, address: 0 }, true);
        return [...log.of('link')].sort((a, b) => b.at - a.at || (a.client < b.client ? -1 : 1));
      };
      const mixed = [...all, ...all.slice(1)]
        .map((one) => [random.next().value, one] as const)
        .sort(([a], [b]) => a - b)
        .map(([, one]) => one);
      expect(logOf(mixed)).toEqual(logOf(all));
    }),
  );
});
