import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { runs } from '../../support/runs.ts';

/** What the page's module exports; it has no types of its own here. */
interface People {
  peopleIn(text: string): string[];
  peopleError(text: string): string;
  csvOf(rows: string[][]): string;
}

const MODULE = '../../../public/links/people.js';
const { csvOf, peopleError, peopleIn } = (await import(MODULE)) as People;

/** Parses CSV as RFC 4180 defines it. */
function parse(csv: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (const [, quoted, plain = '', end] of csv.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    row.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === ',') continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

const lines = (count: number): string => Array.from({ length: count }, (_, at) => at).join('\n');

describe('a list of people', () => {
  test('has one person per line, without empty lines and outer spaces', () => {
    expect(peopleIn('Ada Lovelace\r\n\r\n  Grace \t Hopper \n\nTuring')).toEqual([
      'Ada Lovelace',
      'Grace Hopper',
      'Turing',
    ]);
  });

  test.each([
    ['no text', '', 'Enter at least one person.'],
    ['empty lines', '\n \n', 'Enter at least one person.'],
    ['a person twice', 'Ada\nGrace\nAda ', '“Ada” is in the list twice.'],
    ['a long name', `Ada\n${'x'.repeat(101)}`, 'Person 2 has more than 100 characters.'],
    ['too many people', lines(1001), 'Enter at most 1,000 people at once. These are 1,001.'],
    ['a name of 100 characters', `Ada\n${'x'.repeat(100)}`, ''],
    ['1,000 people', lines(1000), ''],
  ])('%s is checked', (_what, text, error) => {
    expect(peopleError(text)).toBe(error);
  });
});

describe('the CSV of addresses', () => {
  test('has each cell as it is, or with an apostrophe where a spreadsheet would run it', () => {
    const cell = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('a,b', 'a"b', 'a\r\nb', '=1', ' =1', '"=1'));
    fc.assert(
      fc.property(fc.array(fc.array(cell, { minLength: 1, maxLength: 4 }), { maxLength: 5 }), (rows) => {
        const read = parse(csvOf(rows));
        expect(read.map((row) => row.map((one) => one.replace(/^'(?=[\s"']*[=+\-@\t\r＝＋－＠])/, '')))).toEqual(
          rows.map((row) => row.map((one) => one.replace(/^'(?=[\s"']*[=+\-@\t\r＝＋－＠])/, ''))),
        );
        for (const one of read.flat()) expect(one).not.toMatch(/^[\s"]*[=+\-@\t\r＝＋－＠]/);
      }),
      runs(250),
    );
  });

  test.each(['=cmd|’/C calc’!A0', '+1', '-1', '@SUM(1)', '\t=1', '\r=1', '  =1', '"=1', '＝1'])(
    '%j is no formula',
    (text) => {
      expect(parse(csvOf([[text]]))).toEqual([[`'${text}`]]);
    },
  );

  test.each(['Ada', 'Ada = Grace', 'a-b', 'https://calendars.example.com/s/-x'])('%j stays', (text) => {
    expect(csvOf([[text]])).toBe(`${text}\r\n`);
  });
});
