import { describe, expect, test } from '@jest/globals';
import type { FeedOptions } from '../../../src/domain/feed.ts';
import { contentOf, missingIn } from '../../../src/sources/plane/content.ts';
import { aCycle, aModule, aSnapshot, aWorkItem, uuid } from '../../support/make.ts';
import { aFeed, componentsOf, LINKS } from '../../support/render.ts';

const ITEMS = [aWorkItem({ id: uuid(1), number: 1 }), aWorkItem({ id: uuid(2), number: 2, targetDate: null })];
const FULL = aSnapshot({
  items: ITEMS,
  labels: [{ id: 'l1', name: 'bug' }],
  cycles: [aCycle({ itemIds: [uuid(1)] })],
  modules: [],
});

test('a project shows its components, names, page and everything in it', () => {
  const content = contentOf(FULL, LINKS);
  const components = [...content.components(aFeed(), '2026-03-02')].filter((one) => one !== null);
  expect(components.map(([id]) => id)).toEqual([uuid(1)]);
  expect(components.map(([, component]) => component)).toEqual(componentsOf(FULL));
  expect([...content.components(aFeed(), '2026-03-02', new Set([uuid(2)]))]).toEqual([]);
  expect(content.names('label')).toEqual([{ id: 'l1', name: 'bug' }]);
  expect(content.url).toBe(LINKS.project(content.info.id));
  expect((['item', 'cycle', 'module'] as const).map((kind) => content.ids(kind)?.size)).toEqual([2, 1, 0]);
  expect(content.ids('item')?.has(uuid(2))).toBe(true);
  expect(contentOf(aSnapshot(), LINKS).ids('cycle')).toBeNull();
});

test('what changed since an earlier state is told item by item', () => {
  const earlier = contentOf(FULL, LINKS);
  const renamed = { ...FULL, items: new Map(FULL.items).set(uuid(2), { ...ITEMS[1]!, name: 'Renamed' }) };
  expect([...contentOf(renamed, LINKS).changedSince(earlier)]).toEqual([uuid(2)]);
  expect(contentOf(renamed, LINKS).changedSince(null).size).toBe(3);
  expect(contentOf(FULL, LINKS).changedSince(earlier).size).toBe(0);
});

describe('parts that a selection requires and a project lacks', () => {
  const list = { names: ['bug'], none: false };
  const unread = aSnapshot({ items: ITEMS, partialNames: ['labels'] });
  test.each<[Partial<FeedOptions>, { parts: boolean; names: boolean }]>([
    [{}, { parts: false, names: false }],
    [{ show: ['cycles'] }, { parts: true, names: false }],
    [{ module: list }, { parts: true, names: false }],
    [{ label: list }, { parts: false, names: true }],
    [{ state: list }, { parts: false, names: false }],
  ])('%j', (options, missing) => {
    expect(missingIn(unread, aFeed({ options }))).toEqual(missing);
    expect(missingIn(FULL, aFeed({ options }))).toEqual({ parts: false, names: false });
  });

  test('are also the items of a single cycle', () => {
    const partial = aSnapshot({
      items: ITEMS,
      cycles: [aCycle({ id: uuid(901) }), aCycle({ id: uuid(902), itemIds: null })],
    });
    expect(missingIn(partial, aFeed({ options: { show: ['cycles'] } })).parts).toBe(false);
    expect(missingIn(partial, aFeed({ options: { show: ['items', 'cycles'] } })).parts).toBe(true);
    expect(
      missingIn({ ...partial, modules: new Map([['m', aModule()]]) }, aFeed({ options: { show: ['modules'] } })),
    ).toEqual({
      parts: false,
      names: false,
    });
  });
});
