/**
 * Placeholders in a text for what may change later: people it mentions, by id, and links inside Plane, which are relative. They are
 * delimited by non-characters, which a sanitized text can't contain.
 */

const START = '\ufdd0';
const END = '\ufdd1';
const LINK = '\ufdd2';
const MARK = /\ufdd0([^\ufdd0\ufdd1]*)\ufdd1/g;
const LEFT_OVER = /[\ufdd0-\ufdd2]/g;

/** A placeholder for a person's name. */
export function personMark(id: string): string {
  return `${START}${id}${END}`;
}

/** A placeholder for a link that is relative to the page of its text; `written` is the address, perhaps in brackets. */
export function linkMark(written: string): string {
  return `${START}${LINK}${written}${END}`;
}

/**
 * A text that was cut, without the mark that the cut is in, or the link that the ellipsis touches; null when there is none.
 */
export function beforeBrokenMark(text: string): string | null {
  const start = text.lastIndexOf(START);
  const end = text.lastIndexOf(END);
  const isTouched = text.startsWith(LINK, start + 1) && text.slice(end) === `${END}…`;
  return start > end || isTouched ? text.slice(0, start) : null;
}

/** The text with each person written as "@name", or "@someone" when unknown, and each link resolved against its page. */
export function fillMarks(text: string, nameOf: (id: string) => string | undefined, page: string | null): string {
  if (!text.includes(START)) return text;
  const written = (mark: string): string =>
    mark.startsWith(LINK) ? resolve(mark.slice(1), page) : `@${nameOf(mark) ?? 'someone'}`;
  return text.replace(MARK, (_, mark: string) => written(mark)).replace(LEFT_OVER, '');
}

/** The ids of the people that the text mentions. */
export function mentionedIds(text: string): string[] {
  if (!text.includes(START)) return [];
  return [...text.matchAll(MARK)].flatMap(([, mark = '']) => (mark.startsWith(LINK) ? [] : mark));
}

function resolve(written: string, page: string | null): string {
  if (written.startsWith('(') && written.endsWith(')')) return `(${resolve(written.slice(1, -1), page)})`;
  return page !== null && URL.canParse(written, page) ? new URL(written, page).href : written;
}
