import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { createBudget, type Budget } from '../../../../src/sources/plane/api/budget.ts';
import { createBudgetHistory, type BudgetHistory } from '../../../../src/sources/plane/api/budget-history.ts';
import { NOON } from '../../../support/make.ts';
import { aMemoryStore } from '../../../support/memory-store.ts';
import { aPause } from '../../../support/time.ts';

/** A budget of three requests a minute over several lives of one process. */

function aHouse() {
  const clock = { now: NOON };
  const store = aMemoryStore();
  const failed: unknown[] = [];
  let wake: (() => void)[] = [];

  async function settle(): Promise<void> {
    for (let turn = 0; turn < 5; turn++) {
      for (const one of wake.splice(0)) one();
      await nextTurn();
    }
  }

  return {
    clock,
    store,
    failed,
    /** After so many milliseconds. */
    pass: async (ms: number): Promise<void> => {
      clock.now += ms;
      await settle();
    },
    /** A process. */
    begin: async (): Promise<{
      send: (times?: number) => void;
      sent: () => number;
      spent: BudgetHistory;
      budget: Budget;
    }> => {
      wake = [];
      let sent = 0;
      const delay = () => new Promise<void>((resolve) => wake.push(resolve));
      const now = (): number => clock.now;
      const budget = createBudget({
        requestsPerMinute: 3,
        pause: aPause(now),
        delay,
        signal: new AbortController().signal,
        elapsed: now,
      });
      const spent = createBudgetHistory({
        store,
        budget,
        elapsed: () => clock.now,
        delay,
        failed: (error) => failed.push(error),
      });
      await spent.restore();
      const send = (times = 1): void => {
        for (let time = 0; time < times; time++) {
          void budget.run('reader', () => {
            sent++;
            spent.record();
            return Promise.resolve();
          });
        }
      };
      return { send, sent: () => sent, spent, budget };
    },
  };
}

test('requests that were sent before a restart count until a minute has passed since', async () => {
  const house = aHouse();
  const first = await house.begin();
  first.send();
  await house.pass(20_000);
  first.send();
  await house.pass(5_000);
  await first.spent.flush();
  await house.pass(5_000);
  const second = await house.begin();
  second.send(3);
  await house.pass(0);
  expect([second.sent(), second.budget.waiting()]).toEqual([1, 2]);
  await house.pass(29_999);
  expect(second.sent()).toBe(1);
  await house.pass(1);
  expect(second.sent()).toBe(2);
  await house.pass(20_000);
  expect(second.sent()).toBe(3);
});

test('of a process that is killed all is known but what it sent in the last second', async () => {
  const house = aHouse();
  const killed = await house.begin();
  killed.send();
  await house.pass(2_000);
  killed.send();
  await house.pass(2_000);
  killed.send();
  await house.pass(0);
  expect((await house.begin()).budget.ages()).toEqual([4_000, 2_000, 0]);
});

test('what was sent within a second of what is stored is stored when that second is over', async () => {
  const house = aHouse();
  const killed = await house.begin();
  killed.send();
  await house.pass(0);
  house.clock.now += 400;
  killed.send();
  await house.pass(0);
  await house.pass(30_000);
  expect((await house.begin()).budget.ages()).toEqual([30_400, 30_000]);
});

test('what has to wait for the budget counts from when it is sent', async () => {
  const house = aHouse();
  const killed = await house.begin();
  killed.send(4);
  await house.pass(0);
  await house.pass(60_000);
  expect(killed.sent()).toBe(4);
  await house.pass(2_000);
  expect((await house.begin()).budget.ages()).toEqual([2_000]);
});

test('a minute later, and after the machine was restarted, nothing counts', async () => {
  for (const passed of [60_000, -1]) {
    const house = aHouse();
    const first = await house.begin();
    first.send(3);
    await house.pass(0);
    await first.spent.flush();
    await house.pass(passed);
    const second = await house.begin();
    second.send(3);
    await house.pass(0);
    expect([passed, second.sent()]).toEqual([passed, 3]);
  }
});

test('a failed write is reported, and delays no request', async () => {
  const house = aHouse();
  const { send, sent, spent } = await house.begin();
  house.store.isFull = true;
  send();
  await house.pass(0);
  await spent.flush();
  expect([sent(), house.failed.length]).toEqual([1, 2]);
});
