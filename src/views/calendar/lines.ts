import { nameEnd, valueStart } from '../../icalendar/foreign/content-line.ts';
import type { RawComponent } from '../../icalendar/foreign/types.ts';
import { CRLF, unfold } from '../../icalendar/text.ts';

/** Lines of foreign components, which are unfolded: BEGIN and END are in upper case. */

/** The name of the property on a line, in upper case. */
export function nameOf(line: string): string {
  return line.slice(0, nameEnd(line)).toUpperCase();
}

/** The value on a line, as written. */
export function valueOf(line: string): string {
  return line.slice(valueStart(line));
}

const FOLD = `${CRLF} `;

/** The lines of a component itself, without those of components inside it, and without BEGIN and END. */
export function* ownLines({ text }: RawComponent): Generator<string> {
  let depth = 0;
  for (let at = 0; at < text.length;) {
    let end = text.indexOf(CRLF, at);
    const isFolded = text.startsWith(FOLD, end);
    while (text.startsWith(FOLD, end)) end = text.indexOf(CRLF, end + FOLD.length);
    const line = isFolded ? unfold(text.slice(at, end)) : text.slice(at, end);
    at = end + CRLF.length;
    if (line.startsWith('BEGIN:')) depth++;
    else if (line.startsWith('END:')) depth--;
    else if (depth === 1) yield line;
  }
}

/** The value of the first property by one of these names that a pattern finds at the start of a line; null for none. */
export function firstValue(component: RawComponent, pattern: RegExp): string | null {
  for (const line of ownLines(component)) if (pattern.test(line)) return valueOf(line);
  return null;
}
