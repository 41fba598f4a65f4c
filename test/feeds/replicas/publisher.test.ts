import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AppError } from '../../../src/domain/errors.ts';
import type { CalendarDocument } from '../../../src/domain/feed.ts';
import { conflictError } from '../../../src/lib/record-version.ts';
import { createStoreBench } from '../../store/support/open.ts';
import { answerOf, expectForward, expectStored, revisionsIn, someReplicas, type Replicas } from './support.ts';

const bench = createStoreBench();

/** How many values the records of a kind had in total. */
const stored = (replicas: Replicas, kind: string): number => [...replicas.history(kind).values()].flat().length;

async function expectSame({ all: [a, b] }: Replicas, key?: string): Promise<CalendarDocument> {
  const document = await a.get(key);
  expect(answerOf(await b.get(key))).toEqual(answerOf(document));
  return document;
}

describe('two servers that render the same content', () => {
  test('answer the same, and a change stamps once', async () => {
    const replicas = someReplicas();
    await expectSame(replicas);
    expect([stored(replicas, 'revision'), stored(replicas, 'validators')]).toEqual([3, 1]);
    replicas.clock.now += 60_000;
    replicas.rename('Other');
    await expectSame(replicas);
    expect([stored(replicas, 'revision'), stored(replicas, 'validators')]).toEqual([4, 2]);
    expectForward(replicas);
  });

  test.each([0, 1, 2, 3])('answer the same when write %i of one comes after all those of the other', async (at) => {
    const replicas = someReplicas();
    const [a, b] = replicas.all;
    let [writes, isDone] = [0, false];
    replicas.beforeWrite = async (number) => {
      if (number !== 0 || writes++ !== at) return;
      isDone = true;
      // By another clock, so that the stamps of both differ.
      replicas.clock.now += 5_000;
      await b.get();
      replicas.clock.now -= 5_000;
    };
    for (const name of ['Fix login', 'Other']) {
      replicas.clock.now += 60_000;
      replicas.rename(name);
      await expectStored(replicas, await a.get());
    }
    expect(isDone).toBe(true);
    await expectSame(replicas);
    expect(stored(replicas, 'revision')).toBe(4);
    expectForward(replicas);
  });

  test('answer what they answered before when each try meets a conflict, else what is not stored', async () => {
    const replicas = someReplicas();
    const [a, b] = replicas.all;
    const document = await a.get();
    let tries = 0;
    replicas.beforeWrite = () => {
      tries++;
      return Promise.reject(conflictError());
    };
    replicas.rename('Other');
    expect(await a.get()).toBe(document);
    expect(tries).toBeGreaterThan(1);
    expect((await b.get()).identity.toString()).toContain('Other');
    expect([...replicas.history('validators').values()].flat()).toHaveLength(1);
  });

  test('need no more writes than one of them', async () => {
    const replicas = someReplicas();
    const [a, b] = replicas.all;
    await a.get();
    expect(replicas.writes()).toBe(2);
    await b.get();
    replicas.rename('Other');
    await a.get();
    expect(replicas.writes()).toBe(4);
  });
});

describe('what another server stored', () => {
  test('while text changed and changed back is in the next answer, though the content is the same', async () => {
    const replicas = someReplicas();
    const [a, b] = replicas.all;
    await expectSame(replicas);
    for (const name of ['Other', 'Fix login']) {
      replicas.clock.now += 60_000;
      replicas.rename(name);
      await a.get();
    }
    b.follow();
    const document = await expectSame(replicas);
    expect(Math.max(...revisionsIn(document).values())).toBe(replicas.clock.now / 1000);
    expectForward(replicas);
  });

  test('is followed also by a calendar that another one has rendered here', async () => {
    const replicas = someReplicas();
    const [a, b] = replicas.all;
    for (const key of ['link:1', 'link:2']) await expectSame(replicas, key);
    for (const name of ['Other', 'Fix login']) {
      replicas.clock.now += 60_000;
      replicas.rename(name);
      await a.get('link:1');
      b.follow();
    }
    await expectSame(replicas, 'link:2');
  });

  test('is not undone by a report that comes late', async () => {
    const replicas = someReplicas();
    const [a, b] = replicas.all;
    await expectSame(replicas);
    replicas.rename('Other');
    await a.get();
    replicas.rename('Another');
    await expectSame(replicas);
    const writes = replicas.writes();
    b.follow();
    a.follow();
    await expectSame(replicas);
    expect(replicas.writes()).toBe(writes);
  });
});

test('a calendar has no revision that another one has assigned here and not stored', async () => {
  const replicas = someReplicas();
  const [a, b] = replicas.all;
  await expectSame(replicas, 'link:1');
  await a.get('link:2');
  replicas.rename('Other');
  let isFirst = true;
  replicas.beforeWrite = async (number, changes) => {
    if (number !== 0 || !isFirst || !changes.some(({ kind }) => kind === 'revision')) return;
    isFirst = false;
    replicas.clock.now += 5_000;
    await b.get('link:1');
  };
  const documents = await Promise.all(['link:1', 'link:2'].map((key) => a.get(key)));
  for (const document of documents) await expectStored(replicas, document);
  expectForward(replicas);
});

/** Steps of two servers that nothing but the store connects. */
const steps = (names: readonly string[], maxLength = 8) =>
  fc.array(
    fc.record({
      name: fc.constantFrom(...names),
      seconds: fc.constantFrom(-5, 0, 0, 1, 60),
      reads: fc.array(fc.tuple(fc.constantFrom(0, 1), fc.constantFrom('link:1', 'open:2')), { maxLength: 4 }),
      follows: fc.constantFrom(0, 1, null),
      restarts: fc.constantFrom(0, 1, null, null, null),
    }),
    { minLength: 1, maxLength },
  );
type Steps = ReturnType<typeof steps> extends fc.Arbitrary<infer T> ? T : never;

async function run(replicas: Replicas, all: Steps, wait: (work: Promise<unknown>) => Promise<unknown>): Promise<void> {
  for (const [at, { name, seconds, reads, follows, restarts }] of all.entries()) {
    replicas.clock.now += seconds * 1000;
    replicas.rename(name === '' ? `Edit ${at}` : name);
    if (follows !== null) replicas.all[follows].follow();
    if (restarts !== null) replicas.all[restarts].restart();
    const read = async (number: number, key: string): Promise<void> => {
      await expectStored(replicas, await replicas.all[number as 0 | 1].get(key));
    };
    await wait(Promise.all(reads.map(([number, key]) => read(number, key))));
  }
}

/** Both follow, and have nothing else to do. */
async function settle(replicas: Replicas, wait: (work: Promise<unknown>) => Promise<unknown>): Promise<void> {
  for (const key of ['link:1', 'open:2']) {
    for (const replica of replicas.all) {
      replica.follow();
      await wait(replica.get(key));
    }
  }
  for (const replica of replicas.all) replica.follow();
  for (const key of ['link:1', 'open:2']) await wait(expectSame(replicas, key));
}

describe('in any order of what the store does', () => {
  test.each([1_000_000, 1])(
    'servers with a cache of %i bytes end with the same, and nothing goes back',
    async (size) => {
      await fc.assert(
        fc.asyncProperty(steps(['Fix login', 'Other', '']), fc.scheduler(), async (all, scheduler) => {
          const replicas = someReplicas({ scheduler, cacheMaxBytes: size });
          const wait = (work: Promise<unknown>): Promise<unknown> => scheduler.waitFor(work);
          await run(replicas, all, wait);
          await settle(replicas, wait);
          expectForward(replicas);
        }),
        { numRuns: 60 },
      );
    },
  );

  test('an edit stamps once without following, while no text comes back', async () => {
    await fc.assert(
      fc.asyncProperty(steps(['']), fc.scheduler(), async (all, scheduler) => {
        const replicas = someReplicas({ scheduler });
        const wait = (work: Promise<unknown>): Promise<unknown> => scheduler.waitFor(work);
        const unconnected = all.map((step) => ({ ...step, follows: null }));
        await run(replicas, unconnected, wait);
        for (const key of ['link:1', 'open:2']) await wait(expectSame(replicas, key));
        const edited = [...replicas.history('revision').values()].map(({ length }) => length);
        expect(Math.max(...edited)).toBeLessThanOrEqual(all.length);
        expectForward(replicas);
      }),
      { numRuns: 60 },
    );
  });

  test('over LevelDB too', async () => {
    await fc.assert(
      fc.asyncProperty(steps(['Fix login', 'Other', ''], 4), async (all) => {
        const { kept, close } = await bench.open(await bench.folder());
        const replicas = someReplicas({ store: kept });
        const wait = (work: Promise<unknown>): Promise<unknown> => work;
        await run(replicas, all, wait);
        await settle(replicas, wait);
        expectForward(replicas);
        await close();
      }),
      { numRuns: 6 },
    );
  });
});

test('a full disk is no conflict', async () => {
  const replicas = someReplicas();
  const [a] = replicas.all;
  await a.get();
  replicas.beforeWrite = () => Promise.reject(new AppError('storage_full', 'no space left'));
  const before = replicas.writes();
  replicas.rename('Other');
  await a.get();
  expect(replicas.writes()).toBe(before + 1);
});
