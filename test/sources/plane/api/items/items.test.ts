import { expect, test } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Project } from '../../../../../src/domain/plane.ts';
import { AppError } from '../../../../../src/domain/errors.ts';
import type { ItemReader } from '../../../../../src/sources/plane/api/items/item-reader.ts';
import { createItemReader } from '../../../../../src/sources/plane/api/items/items.ts';
import { createSentKeys } from '../../../../../src/sources/plane/trust/sent-keys.ts';
import { ALPHA, acmeTables } from '../../../../support/acme.ts';
import { projectOf } from '../../../../support/decoded.ts';
import { NOON, uuid } from '../../../../support/make.ts';

const alpha = acmeTables().projects.get(ALPHA)!;
const project: Project = projectOf(alpha.row);
const all = [...alpha.items.values()].slice(0, 30);

/** A list of so many items; `events` has every request and every decoded item. */
function listOf(count: number, pageSize: number, refuse: (page: number) => AppError | null = () => null) {
  const rows = all.slice(0, count);
  const events: string[] = [];
  let size = pageSize;
  const answer = (results: readonly unknown[], hasNext: boolean) => ({
    json: { total_results: rows.length, next_page_results: hasNext, results },
    date: NOON,
    remaining: null,
    ms: 1,
  });
  const reader: ItemReader = createItemReader({
    get: (_path, query) => {
      if (query.order_by === '-updated_at') {
        events.push('mark');
        return Promise.resolve(answer(rows.slice(0, 1), true));
      }
      const page = Number(String(query.cursor ?? '0:0:0').split(':')[1]);
      events.push(`page ${page + 1} of ${query.per_page ?? ''}`);
      const error = refuse(page + 1);
      if (error) return Promise.reject(error);
      const here = rows.slice(page * size, (page + 1) * size).map((row) => ({
        ...row,
        get name() {
          events.push(`item ${row.sequence_id}`);
          return row.name;
        },
      }));
      return Promise.resolve(answer(here, (page + 1) * size < rows.length));
    },
    path: (_projectId, rest) => rest,
    sizes: () => ({
      current: () => size,
      shrink: (smaller) => {
        size = smaller;
      },
    }),
    probed: () => undefined,
    note: () => undefined,
    sent: createSentKeys(),
    now: () => NOON,
  });
  return { reader, events };
}

const itemsOf = (from: number, to: number): string[] => all.slice(from, to).map((row) => `item ${row.sequence_id}`);

test('the next page is asked for before the one that came is decoded, and one page at most waits', async () => {
  const { reader, events } = listOf(6, 2);
  const walk = await reader.walk(project, true, 'reader');
  expect(walk.items.size).toBe(6);
  expect(walk.isSteady).toBe(true);
  expect(events).toEqual([
    'mark',
    'page 1 of 2',
    'page 2 of 2',
    ...itemsOf(0, 2),
    'page 3 of 2',
    ...itemsOf(2, 4),
    'mark',
    ...itemsOf(4, 6),
  ]);
});

test('another pass begins when the items of the one that failed are in', async () => {
  let refusals = 0;
  const tooLarge = new AppError('plane_too_large', 'An answer is too large.', { pageSize: 12 });
  const { reader, events } = listOf(30, 20, (page) => (page === 2 && refusals++ === 0 ? tooLarge : null));
  expect((await reader.walk(project, true, 'reader')).items.size).toBe(30);
  expect(events.slice(0, 24)).toEqual(['mark', 'page 1 of 20', 'page 2 of 20', ...itemsOf(0, 20), 'page 1 of 12']);
});

test('others get a turn between long descriptions', async () => {
  const turns: number[] = [];
  let turn = 0;
  let isOver = false;
  const count = async (): Promise<void> => {
    for (; !isOver; turn++) await nextTurn();
  };
  const many = Array.from({ length: 300 }, (_, at) => ({ ...all[0]!, id: uuid(at), sequence_id: at + 1 }));
  const long = many.map((row) => ({
    ...row,
    description_html: `<p>${'long '.repeat(4_000)}</p>`,
    get name() {
      turns.push(turn);
      return row.name;
    },
  }));
  const reader = createItemReader({
    get: () =>
      Promise.resolve({
        json: { total_results: 300, next_page_results: false, results: long },
        date: NOON,
        remaining: null,
        ms: 1,
      }),
    path: (_projectId, rest) => rest,
    sizes: () => ({ current: () => 1_000, shrink: () => undefined }),
    probed: () => undefined,
    note: () => undefined,
    sent: createSentKeys(),
    now: () => NOON,
  });
  const counted = count();
  await reader.walk(project, true, 'reader');
  isOver = true;
  await counted;
  expect(turns).toHaveLength(300);
  expect(new Set(turns).size).toBeGreaterThan(3);
});
