import { expect, test } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { AppError, errorCode } from '../../../../src/domain/errors.ts';
import { createBudget } from '../../../../src/sources/plane/api/budget.ts';
import { NOON } from '../../../support/make.ts';
import { aLog } from '../../../support/log.ts';
import { aPause } from '../../../support/time.ts';

/** A budget with a clock that is moved by hand, and a Plane that refuses requests while `refusal` is set. */
function aQueue({ requestsPerMinute = 1000, resend = (): boolean => false } = {}) {
  const clock = { now: NOON };
  const now = (): number => clock.now;
  let sleepers: { readonly at: number; readonly wake: () => void }[] = [];
  const naps: number[] = [];
  const delay = (ms: number): Promise<void> =>
    new Promise((wake) => {
      naps.push(ms);
      sleepers.push({ at: clock.now + ms, wake });
    });
  const log = aLog();
  const pause = aPause(now, log);
  const stopping = new AbortController();
  const budget = createBudget({ requestsPerMinute, pause, signal: stopping.signal, delay, elapsed: now, resend });
  const plane: { refusal: AppError | null } = { refusal: null };
  const sent: [name: string, seconds: number][] = [];
  const ended = new Map<string, unknown>();
  const seconds = (): number => (clock.now - NOON) / 1000;

  const send = (name: string, urgency: 'reader' | 'background' = 'background'): void => {
    const request = async (): Promise<string> => {
      sent.push([name, seconds()]);
      const { refusal } = plane;
      await nextTurn();
      if (refusal === null) return 'ok';
      budget.pause(refusal);
      throw refusal;
    };
    void budget.run(urgency, request).then(
      (answer) => ended.set(name, answer),
      (error: unknown) => ended.set(name, errorCode(error) ?? error),
    );
  };
  /** Time goes by in small steps, as timers see it. */
  const pass = async (ms: number): Promise<void> => {
    for (const end = clock.now + ms; ; clock.now = Math.min(end, clock.now + 500)) {
      for (const one of sleepers.filter(({ at }) => at <= clock.now)) one.wake();
      sleepers = sleepers.filter(({ at }) => at > clock.now);
      for (let turn = 0; turn < 5; turn++) await nextTurn();
      if (clock.now === end) return;
    }
  };
  return { clock, budget, pause, plane, log, naps, sent, ended, send, pass, stopping };
}

const refusal = (retryAfterSeconds: number): AppError =>
  new AppError('plane_limit', "Plane's rate limit is reached.", { retryAfterSeconds });

test('starts no more requests in any minute than it has, readers first', async () => {
  const { budget, sent, send, pass } = aQueue({ requestsPerMinute: 3 });
  for (const name of ['b1', 'b2']) send(name);
  await pass(20_000);
  for (const name of ['b3', 'b4', 'b5', 'b6']) send(name);
  send('r1', 'reader');
  await pass(39_500);
  expect(sent.map(([name]) => name)).toEqual(['b1', 'b2', 'b3']);
  expect(budget.waiting()).toBe(4);
  await pass(20_500);
  expect(sent.slice(3)).toEqual([
    ['r1', 60],
    ['b4', 60],
    ['b5', 80],
  ]);
  budget.setLimit(4);
  await pass(1_000);
  expect(sent.at(-1)).toEqual(['b6', 81]);
});

test('after a pause one request goes alone, and the others when Plane took it', async () => {
  const { plane, sent, ended, send, pass, pause, naps } = aQueue();
  plane.refusal = refusal(300);
  send('refused');
  await pass(0);
  for (const name of ['b1', 'b2', 'b3']) send(name);
  send('r1', 'reader');
  await pass(299_500);
  expect([sent, pause.isActive()]).toEqual([[['refused', 0]], true]);
  plane.refusal = null;
  await pass(500);
  expect(sent.slice(1)).toEqual(['r1', 'b1', 'b2', 'b3'].map((name) => [name, 300]));
  expect([...ended]).toEqual([['refused', 'plane_limit'], ...['r1', 'b1', 'b2', 'b3'].map((name) => [name, 'ok'])]);
  expect(Math.max(...naps)).toBeLessThanOrEqual(1_000);
});

test('a probe that is refused too is the only one: all others are rejected, and the next pause begins', async () => {
  const { plane, sent, ended, send, pass, pause, log } = aQueue();
  plane.refusal = refusal(300);
  send('refused');
  await pass(0);
  for (const name of ['b1', 'b2', 'b3']) send(name);
  await pass(300_000);
  expect(sent).toEqual([
    ['refused', 0],
    ['b1', 300],
  ]);
  expect(['b1', 'b2', 'b3'].map((name) => ended.get(name))).toEqual(Array(3).fill('plane_paused'));
  expect([pause.isActive(), pause.until()]).toEqual([true, NOON + 600_000]);
  // What comes now waits for the second pause.
  send('b4');
  await pass(299_500);
  expect(ended.has('b4')).toBe(false);
  plane.refusal = null;
  await pass(500);
  expect(ended.get('b4')).toBe('ok');
  expect(log.lines.map(({ message }) => message)).toEqual([
    'Plane accepts no requests for a while',
    'Plane accepts requests again',
  ]);
});

test('what was refused is sent again at the end of each pause, and the pause is over only when it is taken', async () => {
  let resends = 0;
  const queue = aQueue({
    resend: () => {
      setImmediate(() => {
        queue.send(`again ${++resends}`);
      });
      return true;
    },
  });
  const { plane, sent, send, pass, pause, log } = queue;
  plane.refusal = refusal(300);
  send('refused');
  await pass(900_000);
  expect(sent.map(([name, seconds]) => [name, Math.round(seconds)])).toEqual([
    ['refused', 0],
    ['again 1', 300],
    ['again 2', 600],
    ['again 3', 900],
  ]);
  expect([pause.problem()?.since, log.lines.length]).toEqual([NOON, 1]);
  plane.refusal = null;
  await pass(301_000);
  expect([pause.problem(), log.lines.length]).toEqual([null, 2]);
});

test('a pause without anything to send again ends by itself, and the next request is the probe', async () => {
  const { plane, sent, send, pass, pause } = aQueue();
  plane.refusal = refusal(120);
  send('refused');
  await pass(60_000);
  expect(pause.problem()).toMatchObject({ part: 'plane', since: NOON, until: NOON + 120_000 });
  await pass(61_000);
  expect(pause.problem()).toBeNull();
  send('first');
  send('second');
  await pass(0);
  expect(sent.map(([name]) => name)).toEqual(['refused', 'first']);
});

test('a pause of a minute or less is no problem, unless another follows', async () => {
  const { plane, send, pass, pause, log } = aQueue();
  plane.refusal = refusal(58);
  send('refused');
  await pass(0);
  send('probe');
  expect([pause.isActive(), pause.problem(), log.lines]).toEqual([true, null, []]);
  await pass(58_000);
  expect(pause.problem()).toMatchObject({ since: NOON, until: NOON + 116_000 });
  expect(log.lines).toMatchObject([
    { level: 'warn', fields: { until: '2026-11-20T12:01:56Z' }, message: 'Plane accepts no requests for a while' },
  ]);
});

test('a Plane that always says 0 is asked less and less', async () => {
  const queue = aQueue({
    resend: () => {
      setImmediate(() => {
        queue.send('again');
      });
      return true;
    },
  });
  queue.plane.refusal = refusal(0);
  queue.send('refused');
  await queue.pass(200_000);
  expect(queue.sent.map(([, seconds]) => Math.round(seconds))).toEqual([0, 1, 3, 7, 15, 31, 63, 123, 183]);
  queue.plane.refusal = null;
  await queue.pass(60_000);
  queue.plane.refusal = refusal(0);
  queue.send('refused');
  await queue.pass(0);
  expect(queue.pause.remainingMs()).toBe(1_000);
});

test('0 seconds are one, and of two refusals the longer wait holds', async () => {
  const { plane, budget, send, pass, pause } = aQueue();
  plane.refusal = refusal(0);
  send('refused');
  await pass(0);
  expect(pause.remainingMs()).toBe(1_000);
  budget.pause(refusal(40));
  budget.pause(refusal(5));
  expect(pause.remainingMs()).toBe(40_000);
});

test('a pause can be ended early, also with a trial', async () => {
  const { plane, budget, sent, send, pass, pause } = aQueue();
  plane.refusal = refusal(300);
  send('refused');
  await pass(0);
  for (const name of ['b1', 'b2']) send(name);
  await pass(10_000);
  budget.resume();
  await pass(0);
  expect(sent.slice(1)).toEqual([['b1', 10]]);
  expect(pause.until()).toBe(NOON + 310_000);
});

test('another failure of the probe is no refusal', async () => {
  const { plane, sent, send, pass, pause, budget } = aQueue();
  plane.refusal = refusal(300);
  send('refused');
  await pass(0);
  void budget.run('background', () => Promise.reject(new Error('reset'))).catch(() => undefined);
  send('b1');
  plane.refusal = null;
  await pass(300_000);
  expect([sent.at(-1), pause.isActive()]).toEqual([['b1', 300], false]);
});

test('who does not wait is let go when a pause begins, and at once while it lasts', async () => {
  const { plane, send, pass, pause } = aQueue();
  const isOver = (work: Promise<unknown>): Promise<unknown> => work.then(String, errorCode);
  const early = isOver(pause.unlessPaused(new Promise(() => undefined)));
  expect(await pause.unlessPaused(Promise.resolve('answer'))).toBe('answer');
  plane.refusal = refusal(300);
  send('refused');
  await pass(0);
  expect(await early).toBe('plane_paused');
  await pass(100_000);
  await expect(pause.unlessPaused(new Promise(() => undefined))).rejects.toMatchObject({
    code: 'plane_paused',
    retryAfterSeconds: 200,
    message:
      "Plane's rate limit is reached. Plane asked for no requests until 2026-11-20T12:05:00Z; calendars stay as they are until then.",
  });
});

test('the end of the program rejects what waits', async () => {
  const { plane, ended, send, pass, stopping } = aQueue();
  plane.refusal = refusal(300);
  send('refused');
  await pass(0);
  send('b1');
  stopping.abort(new Error('stopping'));
  await pass(0);
  expect(ended.get('b1')).toEqual(new Error('stopping'));
});
