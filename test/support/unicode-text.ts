import fc from 'fast-check';

const FIRST_SURROGATE = 0xd800;
const SURROGATES = 0x800;

/** Any character, by its number among those that are no surrogates. */
export const unicodeCharacter = fc.integer({ min: 0, max: 0x10_ffff - SURROGATES }).map(
  (number) => String.fromCodePoint(number < FIRST_SURROGATE ? number : number + SURROGATES),
  (text) => {
    if (typeof text !== 'string') throw new TypeError('not a text');
    const point = text.codePointAt(0);
    if (point === undefined || text !== String.fromCodePoint(point) || !text.isWellFormed())
      throw new TypeError('not a character');
    return point < FIRST_SURROGATE ? point : point - SURROGATES;
  },
);

/** Any well-formed text: what fast-check makes of `unit: 'binary'`, which takes it a second to prepare in each test file. */
export const unicodeText = (constraints: Omit<fc.StringConstraints, 'unit'> = {}): fc.Arbitrary<string> =>
  fc.string({ ...constraints, unit: unicodeCharacter });
