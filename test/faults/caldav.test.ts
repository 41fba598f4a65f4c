import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createScratch } from '../support/scratch.ts';
import { HARMFUL, HARMLESS, OF_WRITES, UNCERTAIN, type Mutation } from './caldav-mutations.ts';
import { aMirror } from './caldav-mirror.ts';
import { runs, sampled } from '../support/runs.ts';

/**
 * Whole runs of a mirror into a CalDAV server whose answers are spoiled. Always: nobody else's object changes, nothing of ours is lost or there
 * twice, a run is ok only if it did everything, and once the fault is over the next ones are ok, and then quiet.
 */

const scratch = createScratch();
const ways = (list: readonly Mutation[]) =>
  list.flatMap((mutation) => [true, false].map((remembers) => ({ ...mutation, remembers })));

describe.each(sampled(ways(HARMLESS)))('under $name (with memory: $remembers)', (mutation) => {
  test('everything is done', async () => {
    const mirror = await aMirror(scratch, mutation.remembers);
    await mirror.fill();
    mirror.spoil(mutation);
    mirror.edit();
    await mirror.expectSettled(1);
    mirror.edit();
    await mirror.expectSettled(1);
    mirror.heal();
    await mirror.expectSettled(1);
  });
});

describe.each(sampled(ways(HARMFUL)))('under $name (with memory: $remembers)', (mutation) => {
  test('no run is ok, and nothing is lost', async () => {
    const mirror = await aMirror(scratch, mutation.remembers);
    // Without memory it is the first run at all: the calendar is not even open yet.
    if (mutation.remembers) await mirror.fill();
    mirror.edit();
    mirror.spoil(mutation);
    for (let run = 0; run < 2; run++) expect(await mirror.run()).toBe(false);
    mirror.heal();
    await mirror.expectSettled(2);
  });
});

const uncertain = [
  ...OF_WRITES.flatMap((one) => [true, false].map((isIdle) => ({ ...one, isIdle, remembers: !isIdle }))),
  ...ways(UNCERTAIN).map((one) => ({ ...one, isIdle: false })),
];
describe.each(sampled(uncertain))('under $name (with memory: $remembers, nothing is done: $isIdle)', (mutation) => {
  test('a run is ok only if all is done', async () => {
    const mirror = await aMirror(scratch, mutation.remembers);
    await mirror.fill();
    mirror.edit();
    mirror.spoil(mutation, mutation.isIdle);
    for (let run = 0; run < 2; run++) await mirror.run();
    mirror.heal();
    await mirror.expectSettled(2);
  });
});

/** Answers to the creation of an object, which the server carried out under a name of its own. */
const misjudged = [...HARMFUL, ...OF_WRITES].filter(({ headers }) => headers === undefined);
describe.each(sampled(misjudged))('a creation answered with $name', (mutation) => {
  test.each([false, true])(
    'is found under the name that the server chose (UIDs are unique: %s)',
    async (checksUids) => {
      const mirror = await aMirror(scratch, true, true, checksUids);
      await mirror.fill();
      mirror.edit();
      let isSpoiled = false;
      mirror.spoil({
        name: 'one creation',
        change: (reply, request) => {
          if (isSpoiled || request.method !== 'PUT' || request.headers['if-none-match'] !== '*') return reply;
          isSpoiled = true;
          return mutation.change(reply, request);
        },
      });
      await mirror.run();
      expect(isSpoiled).toBe(true);
      await mirror.expectSettled(2);
    },
  );
});

test('whatever becomes of single answers, in any order', async () => {
  const all = [...HARMLESS, ...HARMFUL, ...OF_WRITES, ...UNCERTAIN].filter(({ headers }) => headers === undefined);
  const some = fc.array(fc.option(fc.constantFrom(...all), { freq: 2 }), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(
      fc.boolean(),
      fc.boolean(),
      fc.array(some, { minLength: 1, maxLength: 3 }),
      async (remembers, renames, rounds) => {
        const mirror = await aMirror(scratch, remembers, renames);
        await mirror.fill();
        for (const faults of rounds) {
          mirror.edit();
          const queue = [...faults];
          mirror.spoil({ name: 'some', change: (reply, request) => queue.shift()?.change(reply, request) ?? reply });
          await mirror.run();
        }
        mirror.heal();
        await mirror.expectSettled(2);
      },
    ),
    runs(10),
  );
});
