import { parametersOf, unescapeText, valueStart } from '../../icalendar/foreign/content-line.ts';
import type { RawComponent } from '../../icalendar/foreign/types.ts';
import { oneLine, sanitize } from '../../icalendar/text.ts';
import { nameOf, ownLines, valueOf } from '../../views/calendar/lines.ts';

/** What one VEVENT says that a timesheet needs to know. */

/** The texts in which a work item may be named. A word that a limit cuts is left out, so that WEB-12 never becomes WEB-1. */
export interface EventTexts {
  readonly title: string;
  readonly location: string;
  readonly description: string;
  readonly url: string;
}

/** A VEVENT as read. */
export interface EventProperties {
  readonly texts: EventTexts;
  /** Of one line each. */
  readonly categories: readonly string[];
  /** E-mail address, in lower case; null for none. */
  readonly organizer: string | null;
  /** E-mail addresses of those who declined, in lower case. */
  readonly declinedBy: ReadonlySet<string>;
  readonly isCancelled: boolean;
  readonly isTransparent: boolean;
  /** A CLASS is anything but PUBLIC: one that nobody knows counts as PRIVATE (RFC 5545 section 3.8.1.3). null without one. */
  readonly isPrivate: boolean | null;
}

const MAX_TITLE = 1_000;
const MAX_TEXT = 10_000;
const MAX_CATEGORIES = 100;
/** Characters that are read for each that is kept: escaped ones are two. */
const READ_FOR_EACH = 4;
const WANTED = /^(?:SUMMARY|LOCATION|DESCRIPTION|URL|CATEGORIES|ORGANIZER|ATTENDEE|STATUS|TRANSP|CLASS)(?=[:;])/i;
const UNESCAPED_COMMA = /(?<!\\)(?:\\\\)*,/;

/** Reads a VEVENT, not the components inside it. */
export function readProperties(component: RawComponent): EventProperties {
  const values = new Map<string, string>();
  const categories: string[] = [];
  const declinedBy = new Set<string>();
  const classes: string[] = [];
  for (const line of ownLines(component)) {
    if (!WANTED.test(line)) continue;
    const name = nameOf(line);
    if (name === 'CATEGORIES') addCategories(valueOf(line), categories);
    else if (name === 'ATTENDEE') addDeclined(line, declinedBy);
    else if (name === 'CLASS') classes.push(valueOf(line).trim().toUpperCase());
    else if (!values.has(name)) values.set(name, name === 'ORGANIZER' ? addressOn(line) : valueOf(line));
  }
  const textOf = (name: string, length: number, clean: (text: string) => string): string =>
    readText(values.get(name) ?? '', length, clean);
  const organizer = values.get('ORGANIZER') ?? '';
  const wordOf = (name: string): string => (values.get(name) ?? '').trim().toUpperCase();
  return {
    texts: {
      title: textOf('SUMMARY', MAX_TITLE, oneLine),
      location: textOf('LOCATION', MAX_TITLE, oneLine),
      description: textOf('DESCRIPTION', MAX_TEXT, sanitize),
      url: cut((values.get('URL') ?? '').trim(), MAX_TITLE),
    },
    categories,
    organizer: organizer === '' ? null : organizer,
    declinedBy,
    isCancelled: wordOf('STATUS') === 'CANCELLED',
    isTransparent: wordOf('TRANSP') === 'TRANSPARENT',
    isPrivate: classes.length === 0 ? null : classes.some((one) => !['', 'PUBLIC'].includes(one)),
  };
}

/** A TEXT value of at most that many characters. Of a huge one no more is read than may be needed: it would take too long. */
function readText(value: string, length: number, clean: (text: string) => string): string {
  const start = value.slice(0, READ_FOR_EACH * length);
  return cut(clean(unescapeText(start)), length, start !== value);
}

/** At most that many characters, without the rest of the word that is cut, here or before. */
function cut(text: string, length: number, isCut = false): string {
  if (!isCut && text.length <= length) return text;
  let end = Math.min(length, text.length);
  while (end > 0 && !/\s/.test(text.charAt(end))) end--;
  return text.slice(0, end);
}

/** Adds the categories of a line. Only the first ones are looked at: a line may have millions. */
function addCategories(value: string, categories: string[]): void {
  let rest: string | null = value;
  for (let left = MAX_CATEGORIES; rest !== null && left > 0; left--) {
    const comma: RegExpExecArray | null = UNESCAPED_COMMA.exec(rest);
    const end: number = comma === null ? rest.length : comma.index + comma[0].length - 1;
    const category = readText(rest.slice(0, end), MAX_TITLE, oneLine);
    if (category !== '' && categories.length < MAX_CATEGORIES) categories.push(category);
    rest = comma === null ? null : rest.slice(end + 1);
  }
}

function addDeclined(line: string, declinedBy: Set<string>): void {
  if (!/declined/i.test(line)) return;
  const params = parametersOf(line, valueStart(line));
  if (params.get('PARTSTAT')?.toUpperCase() !== 'DECLINED') return;
  const email = params.get('EMAIL');
  for (const one of [addressOn(line), email ?? '']) if (one !== '') declinedBy.add(bareAddress(one));
}

/** The e-mail address that a line's value is; "" where it is none. */
function addressOn(line: string): string {
  const address = bareAddress(valueOf(line));
  const email = parametersOf(line, valueStart(line)).get('EMAIL');
  return address.includes('@') || email === undefined ? address : bareAddress(email);
}

/** An e-mail address in lower case, without "mailto:". */
export function bareAddress(text: string): string {
  return text
    .trim()
    .replace(/^mailto:/i, '')
    .toLowerCase();
}
