/** Words of any script, and how texts are compared. */

/** What a word is made of, inside a character class of a regular expression with the flag u. */
export const WORD = String.raw`\p{L}\p{N}\p{M}_`;

const FORMAT = /\p{Cf}/gu;
const SPECIAL = /[\\^$.*+?()[\]{}|/]/g;

/** A text as it is read: composed (NFC), without what is invisible, such as soft hyphens and marks of direction. */
export function visible(text: string): string {
  return text.normalize('NFC').replace(FORMAT, '');
}

/** A text to compare in any letter case, with each run of white space as one. */
export function comparable(text: string): string {
  return visible(text).toLowerCase().replace(/\s+/gu, ' ').trim();
}

/** A text as a part of a regular expression with the flag u that matches it, outside of character classes. */
export function escaped(text: string): string {
  return text.replace(SPECIAL, String.raw`\$&`);
}

/** Whether a phrase is in a text, not inside a word. Both are `comparable`. */
export function hasPhrase(text: string, phrase: string): boolean {
  if (phrase === '') return false;
  for (let at = text.indexOf(phrase); at >= 0; at = text.indexOf(phrase, at + 1)) {
    if (
      !endsInWord(text.slice(0, at)) &&
      !STARTS_WITH_WORD.test(text.slice(at + phrase.length, at + phrase.length + 2))
    )
      return true;
  }
  return false;
}

const STARTS_WITH_WORD = new RegExp(`^[${WORD}]`, 'u');
const ENDS_WITH_WORD = new RegExp(`[${WORD}]$`, 'u');

function endsInWord(before: string): boolean {
  return ENDS_WITH_WORD.test(before.slice(-2));
}
