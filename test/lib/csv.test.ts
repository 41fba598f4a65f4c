import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { csv } from '../../src/lib/csv.ts';
import { unicodeText } from '../support/unicode-text.ts';

/** Reads CSV as RFC 4180 has it. */
function parse(text: string): string[][] {
  const rows: string[][] = [[]];
  const cells = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/gy;
  for (let found = cells.exec(text); found; found = cells.exec(text)) {
    rows.at(-1)!.push(found[1]?.replaceAll('""', '"') ?? found[2] ?? '');
    if (found[3] === '\r\n') rows.push([]);
  }
  return rows.slice(0, -1);
}

test('plain cells are written as they are, others in quotes', () => {
  expect(
    csv([
      ['for', 'url'],
      ['Ada, "Lin"', 'https://a/s/x'],
      ['', 'two\nlines'],
    ]),
  ).toBe('for,url\r\n"Ada, ""Lin""",https://a/s/x\r\n,"two\nlines"\r\n');
});

test.each([
  '=1+1',
  '+1',
  '-1',
  '@SUM(A1)',
  '\t=1',
  '\r=1',
  ' =1',
  '＝1',
  '\u200b=1',
  '\u202e =1',
  '\u00a0\u2060@x',
  '=HYPERLINK("http://x","y")',
])('%j is no formula for a spreadsheet', (text) => {
  expect(parse(csv([[text]]))).toEqual([[`'${text}`]]);
});

test('any text comes back, and none starts as a formula', () => {
  const text = fc.oneof(fc.string(), unicodeText(), fc.constantFrom('"', ',', '=a', '\r\n', "'"));
  fc.assert(
    fc.property(fc.array(fc.array(text, { minLength: 1, maxLength: 4 }), { minLength: 1 }), (rows) => {
      const read = parse(csv(rows));
      for (const cell of read.flat()) expect(cell.trimStart()).not.toMatch(/^[=+\-@]/);
      const plain = (all: readonly (readonly string[])[]) =>
        all.map((row) => row.map((cell) => cell.replace(/^'/, '')));
      expect(plain(read)).toEqual(plain(rows));
    }),
  );
});
