import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AppError } from '../../../../src/domain/errors.ts';
import { atFittingSize, createPageSizes, readPages } from '../../../../src/sources/plane/api/pages.ts';
import { NOON } from '../../../support/make.ts';

const MINUTE = 60_000;

function aBook() {
  const clock = { now: NOON };
  const sizesOf = createPageSizes(() => clock.now);
  /** Sizes that were asked for until one did not fail, or what the last one threw. */
  const ask = async (list: string, answer: (size: number) => AppError | null) => {
    const sizes: number[] = [];
    const error = await atFittingSize(sizesOf(list), (size) => {
      sizes.push(size);
      const failure = answer(size);
      return failure ? Promise.reject(failure) : Promise.resolve(null);
    }).catch((thrown: unknown) => thrown);
    return { sizes, error };
  };
  return { clock, sizesOf, ask };
}

const limit = (pageSize: number) => new AppError('plane_page_size', 'Too many.', { pageSize });
const tooLarge = (pageSize: number) => new AppError('plane_too_large', 'Too large.', { pageSize });

describe('what one answer shows of a list', () => {
  test('says nothing of the others', async () => {
    const { sizesOf, ask } = aBook();
    expect((await ask('projects', (size) => (size > 300 ? tooLarge(0) : null))).sizes).toEqual([1000, 250]);
    expect((await ask('items A', (size) => (size > 50 ? limit(50) : null))).sizes).toEqual([1000, 50]);
    expect(['projects', 'items A', 'items B'].map((list) => sizesOf(list).current())).toEqual([250, 50, 1000]);
  });

  test('is a limit of all lists where it is that of older Planes', async () => {
    const { sizesOf, ask } = aBook();
    await ask('projects', (size) => (size > 100 ? limit(100) : null));
    expect(sizesOf('items A').current()).toBe(100);
  });

  test('is forgotten after ten minutes, and after twice as long when it shows again, up to an hour', async () => {
    const { clock, sizesOf, ask } = aBook();
    for (const minutes of [10, 20, 40, 60, 60]) {
      expect((await ask('items', (size) => (size > 100 ? limit(100) : null))).sizes).toEqual([1000, 100]);
      clock.now += minutes * MINUTE - 1;
      expect(sizesOf('items').current()).toBe(100);
      clock.now += 1;
      expect(sizesOf('items').current()).toBe(1000);
    }
  });
});

test.each([0, 1, 9, 1000, 5000, Infinity])(
  'a limit of %d is a mistake, and nothing is learnt of it',
  async (pageSize) => {
    const { sizesOf, ask } = aBook();
    const failure = limit(pageSize);
    expect(await ask('items', () => failure)).toEqual({ sizes: [1000], error: failure });
    expect(sizesOf('items').current()).toBe(1000);
  },
);

test('answers that are always too large end at ten a page, counted items at one', async () => {
  const { ask } = aBook();
  expect((await ask('projects', () => tooLarge(0))).sizes).toEqual([1000, 250, 62, 15, 10]);
  expect((await ask('items', () => tooLarge(3))).sizes).toEqual([1000, 3, 2, 1]);
});

test('items that are too large ten at a time are read by fewer', async () => {
  const { ask } = aBook();
  expect(await ask('items', (size) => (size > 7 ? tooLarge(7) : null))).toEqual({ sizes: [1000, 7], error: null });
});

test('whatever answers say, sizes fall from try to try and stay between 1 and 1000', async () => {
  const size = fc.oneof(fc.nat(), fc.double({ min: 0, noNaN: true }), fc.constant(undefined));
  const answers = fc.array(fc.tuple(fc.constantFrom('plane_page_size', 'plane_too_large'), size));
  await fc.assert(
    fc.asyncProperty(answers, async (all) => {
      const { ask } = aBook();
      const left = [...all];
      const { sizes } = await ask('list', () => {
        const next = left.shift();
        if (!next) return null;
        return new AppError(next[0], '', next[1] === undefined ? {} : { pageSize: next[1] });
      });
      expect(sizes.every((one) => Number.isInteger(one) && one >= 1 && one <= 1000)).toBe(true);
      expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
      expect(new Set(sizes).size).toBe(sizes.length);
    }),
  );
});

test('a list that never ends but sends nothing is given up at once', async () => {
  let asked = 0;
  const pages = readPages(
    () => {
      asked++;
      return Promise.resolve({ total_results: 1e9, next_page_results: true, results: [] });
    },
    'states/',
    {},
    100,
  );
  await expect(
    (async () => {
      for await (const _page of pages);
    })(),
  ).rejects.toMatchObject({ code: 'plane_invalid' });
  expect(asked).toBe(1);
});

test('a list that begins again is not read for hours, whatever it counts', async () => {
  const id = (n: number): string => `00000000-0000-4000-8000-00000000000${n}`;
  const pages = [1, 2].map((n) => [{ id: id(n) }, { id: id(n + 2) }]);
  let fetched = 0;
  const fetchPage = () => {
    const results = pages[fetched++ % pages.length];
    return Promise.resolve({ results, total_results: 1e12, next_page_results: true });
  };
  const read = async (): Promise<void> => {
    for await (const _page of readPages(fetchPage, '/labels/', {}, 1000));
  };
  await expect(read()).rejects.toMatchObject({ code: 'plane_invalid' });
  expect(fetched).toBe(3);
});
