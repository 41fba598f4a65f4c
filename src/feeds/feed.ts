import type { View } from '../views/view.ts';

/** A calendar at an address. A changed one is another object, so that what was made of it is told apart by identity. */
export interface Feed extends View {
  /** What tells it from every other, over restarts and edits. */
  readonly key: string;
  /** What a client may call the file: letters, digits, "-" and "_". */
  readonly fileName: string;
  /** When its link was made; null where there is none. */
  readonly madeAt: number | null;
  /** Since when its link is disabled; null while it isn't. */
  readonly disabledAt: number | null;
}

/** A name that any file system and header can hold. */
export function slug(text: string): string {
  return (
    text
      .normalize('NFKD')
      .replace(/[\p{M}'’]/gu, '')
      .replace(/[^A-Za-z0-9_-]+/g, '-')
      .replace(/^-+|(?<!-)-+$/g, '')
      .slice(0, 40)
      .replace(/(?<!-)-+$/, '') || 'calendar'
  );
}
