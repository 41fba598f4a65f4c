import { expect, test } from '@jest/globals';
import type { ErrorCode } from '../../src/domain/errors.ts';
import type { RunReport } from '../../src/mirrors/sync/report.ts';
import { createScheduler, type Scheduler } from '../../src/mirrors/scheduler.ts';
import { NOON } from '../support/make.ts';
import { aLog } from '../support/log.ts';

const MINUTE = 60_000;

/** A clock that tests move; waits end in order. */
function aTime() {
  const waiting: { at: number; resolve: () => void }[] = [];
  const clock = { now: NOON };
  return {
    now: () => clock.now,
    delay: (ms: number) =>
      new Promise<void>((resolve) => {
        waiting.push({ at: clock.now + ms, resolve });
      }),
    pass: async (ms: number) => {
      const end = clock.now + ms;
      for (;;) {
        for (let turn = 0; turn < 20; turn++) await Promise.resolve();
        waiting.sort((a, b) => a.at - b.at);
        if (waiting.length === 0 || waiting[0]!.at > end) break;
        const next = waiting.shift()!;
        clock.now = next.at;
        next.resolve();
      }
      clock.now = end;
    },
  };
}

interface Bench {
  readonly scheduler: Scheduler;
  readonly time: ReturnType<typeof aTime>;
  readonly done: string[];
  code: ErrorCode | null;
  until?: number;
}

function aScheduler({ checkSeconds = 900, hasWorked = false } = {}): Bench {
  const time = aTime();
  const done: string[] = [];
  const report = (what: string): Promise<RunReport> => {
    done.push(`${what} ${(time.now() - NOON) / 1000}`);
    const { code, until } = bench;
    return Promise.resolve({ error: code && { code, message: 'no', until }, heldBack: null } as RunReport);
  };
  const runner = {
    run: () => report('run'),
    runFor: (ids: Iterable<string>) => report([...ids].join()),
  };
  const { now, delay } = time;
  const scheduler = createScheduler({ runner, checkSeconds, hasWorked, now, delay, log: aLog() });
  const bench: Bench = { scheduler, time, done, code: null };
  return bench;
}

test('checks at the start and then every so often', async () => {
  const { scheduler, time, done } = aScheduler();
  await time.pass(MINUTE);
  expect(done).toEqual([]);
  scheduler.start();
  scheduler.start();
  await time.pass(31 * MINUTE);
  expect(done).toEqual(['run 60', 'run 960', 'run 1860']);
  expect(scheduler.nextAt()).toBe(NOON + 2_760_000);
});

test('a server that is down is tried again after 1, 2, 4 and at most 60 minutes', async () => {
  const bench = aScheduler();
  bench.code = 'caldav_unavailable';
  bench.scheduler.start();
  await bench.time.pass(250 * MINUTE);
  expect(bench.done.map((one) => Number(one.split(' ')[1]) / 60)).toEqual([0, 1, 3, 7, 15, 31, 63, 123, 183, 243]);
  bench.code = null;
  await bench.time.pass(70 * MINUTE);
  expect(bench.done.slice(-2)).toEqual([`run ${303 * 60}`, `run ${318 * 60}`]);
});

const minutes = ({ done }: Bench): number[] => done.map((one) => Number(one.split(' ')[1]) / 60);

test('a refused password is tried once an hour', async () => {
  const bench = aScheduler();
  bench.code = 'caldav_key';
  bench.scheduler.start();
  await bench.time.pass(150 * MINUTE);
  expect(minutes(bench)).toEqual([0, 60, 120]);
});

test.each([true, false])(
  'a refused password that worked before (%p: in an earlier process) is tried once more after a minute, then once an hour',
  async (hasWorked) => {
    const bench = aScheduler({ hasWorked });
    if (!hasWorked) {
      bench.scheduler.start();
      await bench.time.pass(15 * MINUTE - 1);
      bench.done.length = 0;
    }
    bench.code = 'caldav_key';
    if (hasWorked) bench.scheduler.start();
    await bench.time.pass(130 * MINUTE);
    expect(minutes(bench).map((at) => at - (hasWorked ? 0 : 15))).toEqual([0, 1, 61, 121]);
  },
);

test('one passing refusal of the password: changes are written as before from a minute later on', async () => {
  const bench = aScheduler({ hasWorked: true });
  bench.scheduler.start();
  await bench.time.pass(10_000);
  bench.code = 'caldav_key';
  bench.scheduler.changed(['a']);
  await bench.time.pass(3_000);
  bench.code = null;
  bench.scheduler.changed(['b']);
  await bench.time.pass(MINUTE);
  bench.scheduler.changed(['c']);
  await bench.time.pass(3_000);
  expect(bench.done).toEqual(['run 0', 'a 12', 'run 72', 'c 75']);
  // After that it counts as a first one again.
  bench.code = 'caldav_key';
  bench.scheduler.changed(['d']);
  await bench.time.pass(2 * MINUTE);
  expect(bench.done.slice(4)).toEqual(['d 78', 'run 138']);
});

test.each([
  [900, [0, 1, 3, 7, 15, 30, 45, 60]],
  [60, [0, 1, 2, 3, 4, 5, 6, 7]],
])(
  'what was not done is tried again after a minute, later up to the check interval (%i s)',
  async (every, expected) => {
    const bench = aScheduler({ checkSeconds: every });
    bench.code = 'caldav_refused';
    bench.scheduler.start();
    await bench.time.pass(60 * MINUTE);
    expect(minutes(bench).slice(0, 8)).toEqual(expected);
    bench.done.length = 0;
    bench.scheduler.changed(['a']);
    await bench.time.pass(3_000);
    expect(bench.done[0]).toMatch(/^a /);
  },
);

test('a server that says when it may be asked again is left alone until then', async () => {
  const bench = aScheduler();
  bench.code = 'caldav_unavailable';
  bench.until = NOON + 3 * 60 * MINUTE;
  bench.scheduler.start();
  await bench.time.pass(MINUTE);
  bench.code = null;
  expect(bench.scheduler.nextAt()).toBe(bench.until);
  await bench.time.pass(3 * 60 * MINUTE);
  expect(minutes(bench)).toEqual([0, 180]);
});

test.each<[ErrorCode | null, number]>([
  [null, 900],
  ['caldav_unavailable', 60],
  ['caldav_refused', 60],
  ['caldav_key', 60],
])('a requested run counts like a scheduled one: after %s the next is in %i s', async (code, seconds) => {
  const bench = aScheduler();
  bench.scheduler.start();
  await bench.time.pass(5 * MINUTE);
  bench.code = code;
  await bench.scheduler.runNow();
  expect(bench.scheduler.nextAt()).toBe(NOON + 5 * MINUTE + seconds * 1000);
  await bench.time.pass(seconds * 1000);
  expect(bench.done).toEqual(['run 0', 'run 300', `run ${300 + seconds}`]);
});

test('a requested run of a paused mirror leaves it paused', async () => {
  const bench = aScheduler();
  bench.code = 'caldav_unavailable';
  await bench.scheduler.runNow();
  expect(bench.scheduler.nextAt()).toBeNull();
  await bench.time.pass(120 * MINUTE);
  bench.scheduler.changed(['a']);
  await bench.time.pass(MINUTE);
  expect(bench.done).toEqual(['run 0']);
});

test('changes within two seconds are written together, and move nothing else', async () => {
  const { scheduler, time, done } = aScheduler();
  scheduler.start();
  await time.pass(10_000);
  scheduler.changed(['a']);
  await time.pass(1_000);
  scheduler.changed(['b', 'a']);
  await time.pass(10_000);
  scheduler.changed(['c']);
  await time.pass(880_000);
  expect(done).toEqual(['run 0', 'a,b 12', 'c 23', 'run 900']);
});

test('changes that could not be written bring the full run forward; later ones wait for it', async () => {
  const bench = aScheduler();
  bench.scheduler.start();
  await bench.time.pass(10_000);
  bench.code = 'caldav_unavailable';
  bench.scheduler.changed(['a']);
  await bench.time.pass(3_000);
  bench.scheduler.changed(['b']);
  bench.code = null;
  await bench.time.pass(60_000);
  bench.scheduler.changed(['c']);
  await bench.time.pass(3_000);
  await bench.time.pass(900_000);
  expect(bench.done).toEqual(['run 0', 'a 12', 'run 72', 'c 75', 'run 972']);
});

test('while Plane can not be read, changes are still tried', async () => {
  const bench = aScheduler();
  bench.code = 'not_ready';
  bench.scheduler.start();
  await bench.time.pass(10_000);
  bench.code = null;
  bench.scheduler.changed(['a']);
  await bench.time.pass(5_000);
  expect(bench.done).toEqual(['run 0', 'a 12']);
});

test('after the end nothing runs', async () => {
  const { scheduler, time, done } = aScheduler();
  scheduler.start();
  await time.pass(1_000);
  scheduler.changed(['a']);
  await scheduler.stop();
  scheduler.changed(['b']);
  await time.pass(60 * MINUTE);
  expect(done).toEqual(['run 0']);
});

test('a bug in a run does not end the schedule', async () => {
  const time = aTime();
  const log = aLog();
  let runs = 0;
  const run = (): Promise<RunReport> => {
    runs++;
    return Promise.reject(new Error('a bug'));
  };
  createScheduler({
    runner: { run, runFor: run },
    checkSeconds: 900,
    hasWorked: false,
    now: time.now,
    delay: time.delay,
    log,
  }).start();
  await time.pass(MINUTE);
  expect(runs).toBe(2);
  expect(log.lines.map(({ level }) => level)).toEqual(['error', 'error']);
});
