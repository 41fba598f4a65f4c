import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { escapeText, fold, foldText, oneLine, ownCopy, sanitize, uriValue } from '../../src/icalendar/text.ts';
import { runs } from '../support/runs.ts';
import { unicodeText } from '../support/unicode-text.ts';

/** Any text, lone surrogates and control characters included. */
const anyText = fc.string({
  unit: fc.oneof(
    unicodeText({ minLength: 1, maxLength: 1 }),
    fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
  ),
});

describe('sanitize', () => {
  test('turns every kind of line break into one', () => {
    expect(sanitize('a\r\nb\rc\u000bd\u000ce\u0085f\u2028g\u2029h\ni')).toBe('a\nb\nc\nd\ne\nf\ng\nh\ni');
  });

  test('removes what breaks readers, and keeps tabs, joiners and directions', () => {
    expect(sanitize('\ufeffa\u0000b\u001fc\u007fd\u009fe\ufffef\ufdd0g\ud800h')).toBe('abcdefg\ufffdh');
    expect(sanitize('tab\there 👩‍🚀 \u202eabc')).toBe('tab\there 👩‍🚀 \u202eabc');
  });

  test.each([
    '\u0000',
    '\u0008',
    '\u000b',
    '\r',
    '\u001f',
    '\u007f',
    '\u009f',
    '\u2029',
    '\ud800',
    '\udfff',
    '\ufdef',
    '\ufeff',
  ])('changes %j wherever it is', (special) => {
    expect(sanitize(`a${special}`)).not.toContain(special);
  });

  test('changes nothing the second time', () => {
    fc.assert(fc.property(anyText, (text) => sanitize(sanitize(text)) === sanitize(text)));
  });
});

test('one line has no breaks and no space to spare', () => {
  expect(oneLine('  a \n\t b\r\n')).toBe('a b');
});

describe('a line ends the directions that it begins', () => {
  test.each([
    ['a \u202e b', '\u202c'],
    ['\u2067a \u202bb', '\u202c\u2069'],
    ['\u202ea\u202c \u2068b\u2069', ''],
    ['\u2067a \u202bb\u2069', ''],
    ['\u202aa \u2066b\u202c', '\u2069\u202c'],
    ['a\u202c b\u2069', ''],
  ])('%j with %j', (text, ends) => {
    expect(oneLine(text)).toBe(text + ends);
  });

  test('once, in time that grows with its length', () => {
    fc.assert(fc.property(anyText, (text) => oneLine(oneLine(text)) === oneLine(text)));
    const many = '\u2067\u202e\u202c'.repeat(100_000);
    expect(oneLine(many)).toHaveLength(400_000);
    const alone = '\u202e'.repeat(100_000) + '\u2069'.repeat(100_000);
    expect(oneLine(alone)).toHaveLength(300_000);
  });
});

test('a text value escapes backslash, semicolon, comma and line breaks, and nothing else', () => {
  expect(escapeText('a\\b;c,d\ne:"f"')).toBe('a\\\\b\\;c\\,d\\ne:"f"');
});

describe('fold', () => {
  test('gives lines of at most 75 octets, each whole characters, that unfold to the same', () => {
    fc.assert(
      fc.property(unicodeText({ maxLength: 400 }).map(sanitize), (text) => {
        const line = text.replace(/\n/g, '');
        const lines = fold(line).split('\r\n');
        for (const physical of lines) expect(Buffer.byteLength(physical)).toBeLessThanOrEqual(75);
        expect(lines.every((physical) => physical.isWellFormed())).toBe(true);
        expect(lines.map((physical, index) => (index === 0 ? physical : physical.slice(1))).join('')).toBe(line);
      }),
      runs(125),
    );
  });

  test.each([75, 76, 149, 150])('uses all the room of %i octets', (length) => {
    const lines = fold('x'.repeat(length)).split('\r\n');
    expect(lines.map((line) => line.length)).toEqual(
      { 75: [75], 76: [75, 2], 149: [75, 75], 150: [75, 75, 2] }[length],
    );
  });
});

test('lines of a text are folded as each of them is alone', () => {
  const line = unicodeText({ maxLength: 200 }).map((text) => sanitize(text).replace(/\n/g, ''));
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      const together = lines.map((text) => `${text}\r\n`).join('');
      expect(foldText(together)).toBe(lines.map((text) => `${fold(text)}\r\n`).join(''));
    }),
  );
});

describe('a URI value', () => {
  test.each([
    ['https://x.example/a,b;c', 'https://x.example/a%2Cb%3Bc'],
    ['https://x.example/a b"<>', 'https://x.example/a%20b%22%3C%3E'],
    ['http://x.example/æ/', 'http://x.example/%C3%A6/'],
  ])('%s is %s', (address, expected) => {
    expect(uriValue(address)).toBe(expected);
  });

  test.each(['javascript:alert(1)', 'ftp://x.example', 'no address', ''])('"%s" is none', (address) => {
    expect(uriValue(address)).toBeNull();
  });
});

test('copies are equal to their texts, whatever is copied after them', () => {
  const texts = ['', 'a', 'ü€', '\ud83d', 'x'.repeat(255), 'y'.repeat(256), 'z'.repeat(257), '日'.repeat(1000), 'b'];
  expect(texts.map(ownCopy)).toEqual(texts);
});
