import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isCurrent } from '../../../src/http/feed/validators.ts';
import { NOON } from '../../support/make.ts';

/** Conditional requests as clients and the proxies before them send them. */

const ETAG = 'Jx0c_8dQ-3Hn5v7LkM2p-g';
const VALIDATORS = { etag: ETAG, lastModifiedMs: NOON };

const matches = (ifNoneMatch: string, validators = VALIDATORS): boolean =>
  isCurrent({ ifNoneMatch, ifModifiedSince: '' }, validators, NOON);
const isUnmodified = (ifModifiedSince: string): boolean =>
  isCurrent({ ifNoneMatch: '', ifModifiedSince }, VALIDATORS, NOON);

/** A tag of ours as a client may send it back. */
const SUFFIXES = ['', '-gz', '-gzip', '-br', '-zstd', '-deflate', '--gzip', '--br', ';gzip', '-gz-gzip', '-gz--gzip'];
const suffix = fc.constantFrom(...SUFFIXES);
const mark = fc.constantFrom('', 'W/');
const end = fc.constantFrom('', '-gzip');
const blank = fc.constantFrom('', ' ', '\t', '  ');
const hash = fc
  .array(fc.constantFrom(...'ABCXYZabcxyz0123456789-_'.split('')), { minLength: 22, maxLength: 22 })
  .map((letters) => letters.join(''));

describe('If-None-Match', () => {
  test('with our tag is met whatever proxies made of it', () => {
    fc.assert(
      fc.property(hash, mark, suffix, end, blank, (etag, weak, coding, behind, space) => {
        const header = `${space}${weak}"${etag}${coding}"${behind}${space}`;
        expect([header, matches(header, { etag, lastModifiedMs: NOON })]).toEqual([header, true]);
      }),
    );
  });

  test('with a list is met when one tag of it is ours', () => {
    const tag = fc.tuple(mark, hash, suffix).map(([weak, one, coding]) => `${weak}"${one}${coding}"`);
    const separator = fc.constantFrom(',', ', ', ' ,', ',,', ', ,');
    fc.assert(
      fc.property(
        fc.array(tag, { maxLength: 5 }),
        fc.nat(5),
        mark,
        suffix,
        separator,
        (others, at, weak, coding, between) => {
          expect(matches(others.join(between))).toBe(false);
          expect(
            matches([...others.slice(0, at), `${weak}"${ETAG}${coding}"`, ...others.slice(at)].join(between)),
          ).toBe(true);
        },
      ),
    );
  });

  test('is never met by a tag that is not ours', () => {
    const other = fc.oneof(
      hash.filter((one) => one !== ETAG),
      fc.constantFrom(
        ETAG.slice(1),
        ETAG.slice(0, -1),
        ETAG.toLowerCase(),
        `${ETAG}x`,
        `${ETAG}-x`,
        `x${ETAG}`,
        `${ETAG}-gzip-x`,
        '',
      ),
    );
    fc.assert(
      fc.property(mark, other, fc.constantFrom('', '-gzip', '--br'), end, (weak, tag, coding, behind) => {
        const header = `${weak}"${tag}${coding}"${behind}`;
        expect([header, matches(header)]).toEqual([header, false]);
      }),
    );
  });

  test('is met by no text without our tag in quotes', () => {
    const text = fc.array(
      fc.oneof(
        fc.constantFrom('"', 'W/', ',', ' ', '*', '-gz', '-gzip', ETAG, ETAG.slice(3)),
        fc.string({ unit: 'binary-ascii', maxLength: 4 }),
      ),
      { maxLength: 10 },
    );
    fc.assert(
      fc.property(text, (pieces) => {
        const header = pieces.join('');
        if (matches(header)) expect(header.trim() === '*' || header.includes(`"${ETAG}`)).toBe(true);
      }),
    );
  });

  test.each([
    ['*', true],
    [' * ', true],
    ['**', false],
    ['*, "x"', false],
    [ETAG, false],
    [`'${ETAG}'`, false],
    [`"${ETAG}`, false],
    [`"x" "${ETAG}"`, false],
    [`"x, "${ETAG}"`, false],
    [`w/"${ETAG}"`, false],
    [`"${ETAG}-GZIP"`, false],
  ])('%s is met: %s', (header, expected) => {
    expect(matches(header)).toBe(expected);
  });

  test('decides alone where it is there, also one that is not well-formed', () => {
    const ifModifiedSince = new Date(NOON).toUTCString();
    for (const ifNoneMatch of ['"other"', 'other', '"', ','])
      expect(isCurrent({ ifNoneMatch, ifModifiedSince }, VALIDATORS, NOON)).toBe(false);
  });

  test('of any length is read in time that grows with it', () => {
    for (const piece of ['"', ',', ' ', 'W/', '"",', '"x" ', `"${ETAG}`, '\t'])
      expect(matches(piece.repeat(16_000 / piece.length))).toBe(false);
  });
});

describe('If-Modified-Since', () => {
  test.each([
    ['Fri, 20 Nov 2026 12:00:00 GMT', true],
    ['Friday, 20-Nov-26 12:00:00 GMT', true],
    ['Fri Nov 20 12:00:00 2026', true],
    ['Fri, 20 Nov 2026 12:00:01 GMT', true],
    ['Fri, 20 Nov 2026 11:59:59 GMT', false],
    ['Friday, 20-Nov-26 11:59:59 GMT', false],
    ['Fri Nov 20 11:59:59 2026', false],
    ['2026-11-21', false],
    ['2027', false],
    ['2026-11-21T00:00:00Z', false],
    ['1795608000000', false],
    ['Fri, 20 Nov 2026 13:00:00 +0000', false],
    ['Fri, 20 Nov 2026 13:00:00', false],
    ['Fri, 31 Feb 2027 12:00:00 GMT', false],
    ['tomorrow', false],
    ['', false],
  ])('%s: %s', (date, expected) => {
    expect(isUnmodified(date)).toBe(expected);
  });
});
