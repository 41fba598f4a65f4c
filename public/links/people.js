/** Links for many people at once: one person per line in, CSV out. */

const MAX_PEOPLE = 1000;
export const MAX_NAME = 100;

/** Returns the people in a text, one per line; empty lines are skipped. @param {string} text */
export function peopleIn(text) {
  return text
    .split(/\r\n|\r|\n/)
    .map((line) => line.replace(/\s+/g, ' ').trim())
    .filter((line) => line !== '');
}

/** Returns what is wrong with a list of people, or an empty text. @param {string} text */
export function peopleError(text) {
  const people = peopleIn(text);
  if (people.length === 0) return 'Enter at least one person.';
  if (people.length > MAX_PEOPLE)
    return `Enter at most 1,000 people at once. These are ${people.length.toLocaleString('en')}.`;
  const tooLong = people.findIndex((one) => one.length > MAX_NAME);
  if (tooLong !== -1) return `Person ${tooLong + 1} has more than ${MAX_NAME} characters.`;
  const twice = people.find((one, at) => people.indexOf(one) !== at);
  return twice === undefined ? '' : `“${twice}” is in the list twice.`;
}

/** Cells that start like this may be run as a formula by a spreadsheet. */
const FORMULA = /^[\s"']*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/;

/**
 * Returns rows as CSV (RFC 4180). Cells that a spreadsheet would run as a formula start with an apostrophe.
 *
 * @param {string[][]} rows
 */
export function csvOf(rows) {
  return rows.map((cells) => `${cells.map(cellOf).join(',')}\r\n`).join('');
}

/** @param {string} text */
function cellOf(text) {
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
