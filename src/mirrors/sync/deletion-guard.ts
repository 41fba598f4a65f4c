import { createHash } from 'node:crypto';
import { isForeignName } from './object.ts';

/** When deletions are so many that they are held back until an operator applies them. */

/** Both must be exceeded. */
export interface DeletionGuard {
  readonly count: number;
  /** Of the objects the mirror owns, in percent. */
  readonly percent: number;
}

/** "10,30%"; null for anything else. */
export function parseDeletionGuard(text: string): DeletionGuard | null {
  const [, count, percent] = /^\s*(\d{1,9})\s*,\s*(\d{1,3}(?:\.\d{1,3})?)\s*%\s*$/.exec(text) ?? [];
  return count === undefined || Number(percent) > 100 ? null : { count: Number(count), percent: Number(percent) };
}

/** Whether this many deletions are held back. */
export function exceeds({ count, percent }: DeletionGuard, deletions: number, owned: number): boolean {
  return deletions > count && deletions * 100 > percent * owned;
}

/** Identifies a set of deletions, so that an operator applies exactly those: 12 hexadecimal digits. */
export function digestOf(names: readonly string[]): string {
  return createHash('sha256')
    .update([...names].sort().join('\n'))
    .digest('hex')
    .slice(0, 12);
}

/** Why deletions exceed the guard; `lost`: how many, with those of projects that are in doubt. */
export function tooManySentence(
  unlisted: readonly { readonly name: string }[],
  lost: number,
  { owned, deletionGuard: { count, percent } }: { readonly owned: number; readonly deletionGuard: DeletionGuard },
): string {
  const isForeign = unlisted.length > 0 && unlisted.every(({ name }) => isForeignName(name));
  const who = isForeign ? 'The calendars it shows no longer list' : 'Plane no longer lists';
  return `${who} ${lost} of ${owned} objects, which is more than ${count} and more than ${percent} %.`;
}

/** Why what others made is held back. */
export function othersSentence(count: number): string {
  return `Others made ${count === 1 ? '1 object' : `${count} objects`} in this calendar, which belongs to the mirror.`;
}

/** Each of these sentences once. */
export function sentences(all: readonly (string | undefined)[]): string {
  return [...new Set(all.filter((one) => one !== undefined))].join(' ');
}
