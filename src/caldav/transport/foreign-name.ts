import { truncate } from '../../lib/truncate.ts';

/** Names as servers and people write them, for comparison and display. */

const MAX_LENGTH = 300;

/** A name in Unicode form NFC: macOS and some servers store "é" as two characters, keyboards send one. */
export const normalName = (name: string): string => name.normalize('NFC');

/** Whether two names look the same. */
export function isSameName(a: string, b: string): boolean {
  return normalName(a) === normalName(b);
}

/** A name from a server, for display and comparison: one line, at most 300 characters. */
export function shownName(text: string): string {
  return truncate(text.toWellFormed().replace(/\s+/g, ' ').trim(), MAX_LENGTH);
}
