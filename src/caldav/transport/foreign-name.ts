import { truncate } from '../../lib/truncate.ts';

/** Names as servers and people write them. */

const MAX_LENGTH = 300;

/** The same name in one normal form of Unicode: macOS and some servers store "é" as two characters, keyboards send one. */
export const normalName = (name: string): string => name.normalize('NFC');

/** Whether two names are the same to a reader. */
export function isSameName(a: string, b: string): boolean {
  return normalName(a) === normalName(b);
}

/** A server's name of something, to be shown and compared: one line, at most 300 characters. */
export function shownName(text: string): string {
  return truncate(text.toWellFormed().replace(/\s+/g, ' ').trim(), MAX_LENGTH);
}
