import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { truncate } from '../../src/lib/truncate.ts';
import { runs } from '../support/runs.ts';
import { unicodeText } from '../support/unicode-text.ts';

const characters = (text: string): string[] =>
  [...new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text)].map(({ segment }) => segment);

/** Characters that are several code points, and code points that join what stands beside them. */
const clusters = fc.constantFrom(
  '🇰🇷',
  '🇰',
  '👍🏽',
  '👨‍👩‍👧‍👦',
  '🏳️‍🌈',
  'e\u0301',
  '\u1112\u1161\u11ab',
  'क्षि',
  '\u0301',
  '\u200d',
  '\ufe0f',
  '\u0600',
  '\u202e',
  '…',
  '(',
  '「',
  '"',
  ' ',
  '\n',
);
const anyText = fc
  .array(fc.oneof(clusters, unicodeText({ maxLength: 4 }), fc.constantFrom('word', 'a')), {
    maxLength: 40,
  })
  .map((parts) => parts.join(''));

describe('a text that is cut', () => {
  test('stays as it is when it fits, and ends with an ellipsis when it does not', () => {
    expect(truncate('abc', 3)).toBe('abc');
    expect(truncate('abcd', 3)).toBe('ab…');
    expect(truncate('abcd', 1)).toBe('…');
    expect(truncate('abcd', 0)).toBe('');
    expect(truncate('ab cd', 4)).toBe('ab…');
  });

  test('ends with an ellipsis also when it fits but is a part already', () => {
    expect(truncate('abc', 4, true)).toBe('abc…');
    expect(truncate('abc', 3, true)).toBe('ab…');
    expect(truncate('', 3, true)).toBe('…');
  });

  test.each([
    ['a flag', '🇰🇷'],
    ['a skin tone', '👍🏽'],
    ['a family', '👨‍👩‍👧‍👦'],
    ['a letter with its accent', 'e\u0301'],
    ['a syllable of several jamo', '\u1112\u1161\u11ab'],
    ['an emoji of its style', '❤️'],
  ])('has %s whole or not at all', (_what, character) => {
    const text = character.repeat(4);
    for (let length = 1; length < text.length; length++) {
      const whole = Math.floor((length - 1) / character.length);
      expect(truncate(text, length)).toBe(`${character.repeat(whole)}…`);
    }
  });

  test('lets the ellipsis combine with nothing', () => {
    expect(truncate('ab\u0600 cd', 5)).toBe('ab…');
  });

  test('has the first characters of the text, all of them well-formed, and as many as fit', () => {
    const property = fc.property(anyText, fc.integer({ min: 1, max: 60 }), fc.boolean(), (text, length, isPartial) => {
      const cut = truncate(text, length, isPartial);
      expect(cut.isWellFormed()).toBe(true);
      expect(cut.length).toBeLessThanOrEqual(length);
      if (text.length <= length && !isPartial) {
        expect(cut).toBe(text);
        return;
      }
      expect(characters(cut).at(-1)).toBe('…');
      const kept = characters(cut).slice(0, -1).join('').trimEnd();
      expect(text.startsWith(kept)).toBe(true);
      expect(characters(text).slice(0, characters(kept).length)).toEqual(characters(kept));
    });
    fc.assert(property, runs(500));
  });

  test('takes no time for what is far behind the cut', () => {
    const long = `${'word '.repeat(300)}${'🇰'.repeat(1_000_000)}`;
    expect(truncate(long, 1_000)).toBe(truncate(long.slice(0, 2_000), 1_000));
  });
});

describe('a link at the cut', () => {
  test.each([
    ['see https://a.example/path on it', 20, 'see…'],
    ['see (https://a.example/path) on it', 27, 'see…'],
    ['see (https://a.example/path) on it', 30, 'see (https://a.example/path) …'],
    ['see (https://a.example/path) on it', 29, 'see…'],
    ['see https://a.example/path', 26, 'see https://a.example/path'],
    ['see https://a.example/ now', 24, 'see https://a.example/ …'],
    ['see https://a.example/ now', 23, 'see…'],
    ['https://a.example/path', 8, '…'],
    ['see www.example.com/a', 15, 'see…'],
    ['ask ada@example.com', 15, 'ask…'],
    ['参照https://a.example/path', 12, '参照…'],
    ['https://a.example/1。次の文です', 23, 'https://a.example/1。次の…'],
    ['a (webcal://a.example/b) c', 10, 'a…'],
    ['nothing: but text/of words', 20, 'nothing: but text/o…'],
  ])('%s cut to %i', (text, length, expected) => {
    expect(truncate(text, length)).toBe(expected);
  });

  test('is whole or left out, wherever the cut is', () => {
    const link = fc.constantFrom(
      'https://a.example/',
      'https://a.example/a/b?c=d,e;f#g',
      'http://x.example:8080/~a(b)',
      'HTTPS://A.EXAMPLE/é',
      'ada@example.com',
      'www.example.com',
    );
    const word = fc.constantFrom('word', 'Ünïcode', '日本語', 'x');
    const parts = fc.array(
      fc.oneof(
        link,
        link.map((one) => `(${one})`),
        word,
      ),
      { minLength: 1, maxLength: 8 },
    );
    const property = fc.property(parts, fc.integer({ min: 1, max: 120 }), (list, length) => {
      const whole = new Set([...list, '…', ...list.map((one) => `${one}…`).filter((one) => /^[^.@]+$/.test(one))]);
      const cut = truncate(list.join(' '), length);
      for (const one of cut.split(' ')) if (/[.@:]/.test(one)) expect(whole).toContain(one);
    });
    fc.assert(property, runs(500));
  });
});

test('the page cuts names between the same characters', async () => {
  const address = new URL('../../public/ui/truncate.js', import.meta.url).href;
  const { shorten } = (await import(address)) as { shorten: (text: string, length: number) => string };
  expect(shorten('abc', 3)).toBe('abc');
  expect(shorten('abcd', 3)).toBe('ab…');
  for (const character of ['🇰🇷', '👍🏽', '👨‍👩‍👧‍👦', 'e\u0301'])
    for (let length = 1; length < 40; length++)
      expect(shorten(character.repeat(20), length)).toBe(truncate(character.repeat(20), length));
});
