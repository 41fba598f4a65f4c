import { afterAll, describe, expect, jest, test } from '@jest/globals';
import { stubReader } from '../support/reader.ts';

/** What the page's module exports; it has no types of its own here. */
interface Words {
  intervalInWords(seconds: number | null): string;
  contentInWords(source: {
    kind: 'ics' | 'caldav';
    url: string;
    components: number;
    last_check: string | null;
    dropped: readonly object[];
  }): string;
}

const MODULE = '../../../public/sources/words.js';
stubReader();
const { contentInWords, intervalInWords } = (await import(MODULE)) as Words;
afterAll(() => {
  jest.useRealTimers();
});

describe('a source in words', () => {
  test.each([
    [null, 'as the calendar asks, else hourly'],
    [0, 'only on request'],
    [300, 'every 5 minutes'],
    [3600, 'every hour'],
    [5400, 'every 90 minutes'],
    [86_400, 'every 24 hours'],
  ])('is refreshed at the interval %s: %s', (seconds, words) => {
    expect(intervalInWords(seconds)).toBe(words);
  });

  test('names its server alone, its events once it was read, and what was left out', () => {
    const source = { kind: 'ics', url: 'https://example.org/…', components: 2, last_check: null, dropped: [] } as const;
    expect(contentInWords(source)).toBe('ICS address at example.org');
    expect(contentInWords({ ...source, last_check: '2026-12-01T00:00:00Z', dropped: [{}] })).toBe(
      'ICS address at example.org · 2 events · 1 left out or read differently',
    );
  });
});
