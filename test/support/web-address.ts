import fc from 'fast-check';
import { unicodeCharacter } from './unicode-text.ts';

/** Addresses as RFC 3986 has them. Those of fast-check take a second or two to prepare in each test file. */

const PLAIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,;=:@";
const pathCharacter = fc.oneof(
  { weight: 10, arbitrary: fc.constantFrom(...Array.from(PLAIN)) },
  { weight: 1, arbitrary: unicodeCharacter.map((character) => encodeURIComponent(character)) },
);
const segment = fc.string({ unit: pathCharacter });

/** Empty, or begins with a slash. */
export const webPath = fc.array(segment, { maxLength: 5 }).map((all) => all.map((one) => `/${one}`).join(''));

/** What is behind a question mark, or behind a number sign. */
export const webQuery = fc.string({
  unit: fc.oneof({ weight: 10, arbitrary: pathCharacter }, fc.constantFrom('/', '?')),
});

const behind = (mark: string): fc.Arbitrary<string> =>
  fc.option(webQuery, { nil: null }).map((text) => (text === null ? '' : `${mark}${text}`));

/** An address with a query or without. */
export const webUrl = fc
  .tuple(fc.constantFrom('http://', 'https://'), fc.webAuthority(), webPath, behind('?'))
  .map((parts) => parts.join(''));

/** The same, with a fragment or without. */
export const webUrlWithFragment = fc.tuple(webUrl, behind('#')).map((parts) => parts.join(''));
