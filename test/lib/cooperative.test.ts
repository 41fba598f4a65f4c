import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { createYieldPoint, forEachInSteps, yieldToEventLoop } from '../../src/lib/cooperative.ts';

test('of all long work that is under way one piece is done in each turn of the event loop, each in its turn', async () => {
  let pieces: number[] = [];
  let running = 20;
  const work = async (number: number): Promise<void> => {
    for (let piece = 0; piece < 5; piece++) {
      await yieldToEventLoop();
      pieces.push(number);
    }
    running--;
  };
  const all = Array.from({ length: running }, (_, number) => work(number));
  const done: number[] = [];
  while (running > 0) {
    await nextTurn();
    expect(pieces.length).toBeLessThanOrEqual(1);
    done.push(...pieces);
    pieces = [];
  }
  await Promise.all(all);
  expect(done).toEqual(Array.from({ length: 100 }, (_, at) => at % 20));
});

test('long work that pauses after each step lets others have a turn before it ends, short work none', async () => {
  const turnsDuring = async (steps: number, stepMs: number): Promise<number> => {
    let turns = 0;
    const over = { is: false };
    const others = (async () => {
      while (!over.is) {
        await nextTurn();
        turns++;
      }
    })();
    const pause = createYieldPoint();
    for (let step = 0; step < steps; step++) {
      const until = performance.now() + stepMs;
      while (performance.now() < until);
      await pause();
    }
    const during = turns;
    over.is = true;
    await others;
    return during;
  };
  expect(await turnsDuring(20, 6)).toBeGreaterThanOrEqual(20);
  expect(await turnsDuring(1_000, 0)).toBeLessThan(100);
});

test('many things are handled in their order, a step of them at a time', () => {
  const handled: number[] = [];
  const sizes: number[] = [];
  for (const _ of forEachInSteps([1, 2, 3, 4, 5], 2, (thing) => handled.push(thing))) sizes.push(handled.length);
  expect(sizes).toEqual([0, 2, 4]);
  expect(handled).toEqual([1, 2, 3, 4, 5]);
});
