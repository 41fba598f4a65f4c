/**
 * Ids of records as text that PostgreSQL can store. Ids are any text at all, but PostgreSQL accepts neither NUL nor halves of surrogate
 * pairs. Printable ASCII stays as it is, and any other UTF-16 code unit is written as a control character and four hex digits. So texts
 * sort by byte (COLLATE "C") as JavaScript compares ids, and beginnings stay beginnings.
 */

/** Below and above printable ASCII, as are the code units that they begin. */
const LOW = '\x01';
const HIGH = '\x7f';
/** Above every character of an encoded id. */
const END = '\x80';

const OTHER_UNITS = /[^ -~]/g;
const ESCAPED = new RegExp(`[${LOW}${HIGH}]([\\da-f]{4})`, 'g');

/** The stored form of an id. */
export function encodeId(id: string): string {
  // Without the flag u, the expression matches code units.
  return id.replace(OTHER_UNITS, (unit) => {
    const code = unit.charCodeAt(0);
    return (code < 0x20 ? LOW : HIGH) + code.toString(16).padStart(4, '0');
  });
}

/** The id of a stored form. */
export function decodeId(stored: string): string {
  return stored.replace(ESCAPED, (_escaped, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}

/** The stored forms of the ids that have a prefix: from the first, up to and without the second. */
export function idRange(prefix: string): readonly [from: string, to: string] {
  const from = encodeId(prefix);
  return [from, from + END];
}
