import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseOptions, OPTION_NAMES } from '../../../src/views/options/options.ts';

interface Options {
  readonly alarm: readonly string[] | null;
  readonly only: readonly string[];
  readonly without: readonly string[];
  readonly calendar_title: string;
}

/** What the page's module exports; it has no types of its own here. */
interface OptionTexts {
  readOptions(texts: Record<string, string>, defaults?: Record<string, string>): Options;
  optionsRequest(
    options: Options,
    defaults: Record<string, string>,
    clear: boolean,
  ): Readonly<Record<string, string | null>>;
  splitWords(text: string): string[];
  joinWords(words: readonly string[]): string;
}

const MODULE = '../../../public/feeds/options.js';
const { joinWords, optionsRequest, readOptions, splitWords } = (await import(MODULE)) as OptionTexts;

/** A word as a person may enter it. */
const word = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .map((text) => text.trim())
  .filter((text) => text !== '');

describe('the options of a form', () => {
  test('are those of the server, each with its default', () => {
    const none = readOptions({});
    expect(Object.keys(none).sort()).toEqual([...OPTION_NAMES].sort());
    expect(optionsRequest(none, {}, false)).toEqual({});
    expect(Object.keys(optionsRequest(none, {}, true)).sort()).toEqual([...OPTION_NAMES].sort());
  });

  test('keep the reminders of other calendars until they are removed', () => {
    const kept = readOptions({});
    expect(kept.alarm).toBeNull();
    expect(optionsRequest({ ...kept, alarm: [] }, {}, false)).toEqual({ alarm: 'none' });
    expect(readOptions({ alarm: 'none' }).alarm).toEqual([]);
    expect(readOptions({ alarm: '-PT15H,PT9H' }).alarm).toEqual(['-PT15H', 'PT9H']);
  });

  test('undo reminders that the server sets for all', () => {
    const defaults = { alarm: '-PT15H' };
    expect(optionsRequest({ ...readOptions({}, defaults), alarm: null }, defaults, false)).toEqual({ alarm: 'keep' });
  });

  test('send words that the server understands as they were entered', () => {
    fc.assert(
      fc.property(fc.uniqueArray(word, { minLength: 1, maxLength: 5 }), (words) => {
        const request = optionsRequest({ ...readOptions({}), only: words, without: words }, {}, false);
        const parsed = parseOptions(Object.entries(request as Record<string, string>));
        expect(parsed.only).toEqual([...words].sort());
        expect(parsed.without).toEqual([...words].sort());
        expect(splitWords(joinWords(words))).toEqual(words);
      }),
    );
  });

  test('never send an empty title format', () => {
    expect(optionsRequest({ ...readOptions({}), calendar_title: ' ' }, {}, false)).toEqual({});
  });
});
