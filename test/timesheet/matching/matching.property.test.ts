import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createMentionReader, type KeyedProject, type Mention } from '../../../src/timesheet/matching/mentions.ts';
import { createNameFinder } from '../../../src/timesheet/matching/names.ts';
import { comparable, hasPhrase } from '../../../src/timesheet/matching/words.ts';
import { PLANE, projectId } from '../fixture.ts';
import { runs } from '../../support/runs.ts';
import { webQuery, webUrlWithFragment } from '../../support/web-address.ts';

/** A key, a name or a word is never found where it is a part of something else. */

const PROJECTS: readonly KeyedProject[] = [
  { id: projectId(1), identifier: 'WEB', isShown: true },
  { id: projectId(2), identifier: 'WEB2', isShown: true },
  { id: projectId(3), identifier: 'MY WEB', isShown: false },
  { id: projectId(4), identifier: 'ÄÖ', isShown: true },
];
const readMentions = createMentionReader(PROJECTS, PLANE);

function keysIn(description: string): string[] {
  const { fields } = readMentions({ title: '', location: '', description, url: '' });
  return fields.flatMap(({ items }) => items.map(({ text }: Mention) => text));
}

const key = fc
  .tuple(fc.constantFrom('WEB', 'WEB2', 'ÄÖ'), fc.integer({ min: 1, max: 99_999 }))
  .map(([identifier, number]) => `${identifier}-${number}`);
/** Letters, digits and marks of any script. */
const wordCharacter = fc
  .integer({ min: 0x21, max: 0x1ffff })
  .filter((code) => code < 0xd800 || code > 0xdfff)
  .map((code) => String.fromCodePoint(code))
  .filter(
    (character) => /^[\p{L}\p{N}\p{M}_]$/u.test(character) && /^[\p{L}\p{N}\p{M}_]/u.test(character.normalize('NFC')),
  );
const separator = fc.constantFrom(' ', '\n', ' (', ', ', '; ', ' – ', ' / ', '。', '“');

test('a key between spaces and punctuation is found, exactly as it is', () => {
  fc.assert(
    fc.property(key, separator, separator, fc.lorem(), fc.lorem(), (one, before, after, start, end) => {
      expect(keysIn(`${start}${before}${one}${after}${end}`)).toEqual([one]);
    }),
  );
});

test('a key with a letter, digit or mark of any script beside it is not found, nor a shorter one in it', () => {
  fc.assert(
    fc.property(key, wordCharacter, (one, character) => {
      expect(keysIn(`see ${one}${character} there`)).toEqual(/^\d$/.test(character) ? [`${one}${character}`] : []);
      const before = keysIn(`see ${character}${one} there`);
      // A mark belongs to the space before it.
      expect(before).toEqual([]);
    }),
    runs(250),
  );
});

test('all keys of a text are found, so that two never look like one', () => {
  fc.assert(
    fc.property(fc.uniqueArray(key, { minLength: 2, maxLength: 5 }), separator, (keys, between) => {
      expect(keysIn(keys.join(between)).sort()).toEqual([...keys].sort());
    }),
  );
});

test('keys of projects that are not shown are never found, nor a shorter key inside them', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('SEC', 'XWEB', 'web', 'Web', 'MY WEB', 'A-WEB', 'WEBB'),
      fc.nat(),
      (identifier, number) => {
        expect(keysIn(`see ${identifier}-${number} there`)).toEqual([]);
      },
    ),
  );
});

test('a key in an address of any other server is never found', () => {
  fc.assert(
    fc.property(webUrlWithFragment, key, (url, one) => {
      for (const address of [
        `${url}/${one}`,
        `${url.replace(/^https?:\/\//, '')}/${one}`,
        `<a href="${url}/${one}">x</a>`,
      ])
        expect(keysIn(`see ${address} there`)).toEqual([]);
    }),
    runs(125),
  );
});

test('a link to an item of this workspace is found in any letter case, with anything behind it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 99_999 }), fc.boolean(), webQuery, (number, isUpper, query) => {
      const name = isUpper ? 'WEB' : 'web';
      expect(keysIn(`see https://plane.example.com/acme/browse/${name}-${number}/?${query}`)).toEqual([
        `WEB-${number}`,
      ]);
    }),
  );
});

test('whatever a text is, what is found in it is written in it', () => {
  const piece = fc.oneof(
    key,
    wordCharacter,
    separator,
    fc.constantFrom('<b>', '</b>', '&#50;', '-', '/', '@', '://', '.'),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = pieces.join('');
      const plain = text
        .replaceAll(/<\/?b>/g, '')
        .replaceAll('&#50;', '2')
        .normalize('NFC');
      for (const one of keysIn(text)) expect(plain).toContain(one);
    }),
    runs(250),
  );
});

test('a name is found alone as a word, and never inside one of any script', () => {
  const findNames = createNameFinder([
    { id: 'a', name: 'Website' },
    { id: 'b', name: 'Website Relaunch' },
  ]);
  fc.assert(
    fc.property(wordCharacter, separator, (character, between) => {
      expect(findNames(`x${between}Website${between}y`)).toEqual(['a']);
      expect(findNames(`x${between}Website Relaunch${between}y`)).toEqual(['b']);
      expect(findNames(`x Website${character} y`)).toEqual([]);
      expect(findNames(`x ${character}Website y`)).toEqual([]);
    }),
    runs(125),
  );
});

test('a phrase is found in any letter case and spacing, and never inside a word of any script', () => {
  fc.assert(
    fc.property(wordCharacter, (character) => {
      const phrase = comparable('Daily  Stand-up');
      expect(hasPhrase(comparable('The DAILY stand-UP!'), phrase)).toBe(true);
      expect(hasPhrase(comparable(`The daily stand-up${character} is`), phrase)).toBe(false);
      expect(hasPhrase(comparable(`The ${character}daily stand-up is`), phrase)).toBe(false);
    }),
    runs(125),
  );
});
