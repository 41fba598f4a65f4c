import { createHash } from 'node:crypto';

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
