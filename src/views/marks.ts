/**
 * What a text holds in place of what changes later: the people it mentions, by id, and its links inside Plane, which do not say where Plane
 * is. Marks stand between non-characters, which no foreign text can hold once it is sanitized.
 */

const START = '\ufdd0';
const END = '\ufdd1';
const LINK = '\ufdd2';
const MARK = /\ufdd0([^\ufdd0\ufdd1]*)\ufdd1/g;
const LEFT_OVER = /[\ufdd0-\ufdd2]/g;

/** Stands for a person's name. */
export function personMark(id: string): string {
  return `${START}${id}${END}`;
}

/** Stands for the address of a link that is relative to the page its text is on; `written` is the address, perhaps in brackets. */
export function linkMark(written: string): string {
  return `${START}${LINK}${written}${END}`;
}

/**
 * The beginning of a text that was cut, without the mark at its end that the cut is in, or the link that the ellipsis touches; null when there
 * is none.
 */
export function beforeBrokenMark(text: string): string | null {
  const start = text.lastIndexOf(START);
  const end = text.lastIndexOf(END);
  const isTouched = text.startsWith(LINK, start + 1) && text.slice(end) === `${END}…`;
  return start > end || isTouched ? text.slice(0, start) : null;
}

/** The text with every person written as "@name", someone unknown as "@someone", and every link resolved against the page it is on. */
export function fillMarks(text: string, nameOf: (id: string) => string | undefined, page: string | null): string {
  if (!text.includes(START)) return text;
  const written = (mark: string): string =>
    mark.startsWith(LINK) ? resolve(mark.slice(1), page) : `@${nameOf(mark) ?? 'someone'}`;
  return text.replace(MARK, (_, mark: string) => written(mark)).replace(LEFT_OVER, '');
}

/** The ids of the people whose marks are in the text. */
export function mentionedIds(text: string): string[] {
  if (!text.includes(START)) return [];
  return [...text.matchAll(MARK)].flatMap(([, mark = '']) => (mark.startsWith(LINK) ? [] : mark));
}

function resolve(written: string, page: string | null): string {
  if (written.startsWith('(') && written.endsWith(')')) return `(${resolve(written.slice(1, -1), page)})`;
  return page !== null && URL.canParse(written, page) ? new URL(written, page).href : written;
}
