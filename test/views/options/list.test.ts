import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { joinList, splitList } from '../../../src/views/options/list.ts';
import { parseOptions } from '../../../src/views/options/options.ts';
import { runs } from '../../support/runs.ts';
import { unicodeText } from '../../support/unicode-text.ts';

test.each([
  ['', []],
  ['a', ['a']],
  [' a , b c ,', ['a', 'b c']],
  [',,a,,', ['a']],
  ['"a, b",c', ['a, b', 'c']],
  [' "a" , "b" ', ['a', 'b']],
  ['"a ""b"" c"', ['a "b" c']],
  ['"""",x', ['"', 'x']],
  ['"",x', ['x']],
  ['"two\nlines"', ['two\nlines']],
])('%j is a list of %j', (list, expected) => {
  expect(splitList(list)?.map(({ text }) => text)).toEqual(expected);
});

test.each(['"', '"a', 'a"', 'a "b"', '"a" b', '"a"b"', '"a""'])('%j is no list', (list) => {
  expect(splitList(list)).toBeNull();
});

/** Any name that a list can hold, with more of what hurts than chance would bring. */
const name = fc
  .string({
    maxLength: 30,
    unit: fc.oneof(
      unicodeText({ minLength: 1, maxLength: 1 }),
      fc.constantFrom(',', '"', '""', '","', ' ', '\n', '\\', '{key}', '%22', '+'),
    ),
  })
  .map((text) => text.trim())
  .filter((text) => text !== '');
const names = fc.array(fc.oneof(name, fc.constantFrom('none', 'all', 'NONE', 'all,none', '"all"')), { maxLength: 8 });

test('names that are joined are split into the same names', () => {
  fc.assert(
    fc.property(names, (all) => {
      expect(splitList(joinList(all))?.map(({ text }) => text)).toEqual(all);
    }),
    runs(250),
  );
});

test('an option with names that are joined means these names, also those that spell a word with a meaning', () => {
  fc.assert(
    fc.property(names, fc.boolean(), (all, none) => {
      fc.pre(all.length > 0 || none);
      const list = [joinList(all), ...(none ? ['none'] : [])].filter((text) => text !== '').join(',');
      expect(parseOptions([['label', list]]).label).toEqual({ names: [...new Set(all)].sort(), none });
    }),
    runs(125),
  );
});
