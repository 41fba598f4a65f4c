import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { optionTexts } from '../../../src/views/options/texts.ts';
import { DEFAULT_OPTIONS, parseOptions } from '../../../src/views/options/options.ts';
import type { FeedOptions } from '../../../src/domain/feed.ts';
import { runs } from '../../support/runs.ts';

const name = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .map((text) => text.trim())
  .filter((text) => text !== '');
const names = fc.option(
  fc
    .record({ names: fc.uniqueArray(name, { maxLength: 4 }).map((list) => list.sort()), none: fc.boolean() })
    .filter((list) => list.none || list.names.length > 0),
);
const words = fc.option(fc.uniqueArray(name, { minLength: 1, maxLength: 4 }).map((list) => list.sort()));
const days = fc.option(fc.nat(99_999));
const options = fc.record<FeedOptions>({
  show: fc.subarray(['items', 'cycles', 'modules'] as const, { minLength: 1 }),
  as: fc.constantFrom('event' as const),
  mode: fc.constantFrom('due', 'span', 'both'),
  done: fc.oneof(fc.constantFrom('hide' as const, 'keep' as const), fc.nat(99_999)),
  cancelled: fc.constantFrom('hide', 'keep'),
  undated: fc.constantFrom('hide', 'keep'),
  overdue: fc.constantFrom('keep', 'today'),
  assignee: names,
  label: names,
  state: names,
  priority: fc.option(fc.subarray(['urgent', 'high', 'medium', 'low', 'none'] as const, { minLength: 1 })),
  cycle: names,
  module: names,
  past: days,
  ahead: days,
  title: fc.constantFrom('[{key}] {name}', '{name}', ' {name}, "{state}" '),
  detail: fc.constantFrom('full', 'brief', 'private'),
  alarm: fc.option(fc.subarray(['-P1D', '-PT15M', 'PT9H'])),
  only: words,
  without: words,
  calendar_title: fc.constantFrom('{title}', '{calendar}: {title}', ' {title} '),
});

const usual = Object.fromEntries([
  ['show', 'items'],
  ['mode', 'due'],
  ['done', '30d'],
  ['title', '[{key}] {name}'],
]) as Record<string, string>;

test('options as text are read as the same options, and those at their default are left out', () => {
  fc.assert(
    fc.property(options, (given) => {
      const texts = optionTexts(given);
      expect(parseOptions(Object.entries(texts))).toEqual(given);
      for (const [one, text] of Object.entries(texts)) expect(text).not.toBe(usual[one]);
    }),
    runs(250),
  );
  expect(optionTexts(DEFAULT_OPTIONS)).toEqual({});
  expect(optionTexts(parseOptions([['as', 'todo']]))).toEqual({ as: 'todo' });
});
