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
  /** CLASS is anything but PUBLIC: one that nobody knows counts as PRIVATE (RFC 5545 section 3.8.1.3). */
  readonly isPrivate: boolean;
}

const MAX_TITLE = 1_000;
const MAX_TEXT = 10_000;
const MAX_CATEGORIES = 100;
const WANTED = /^(?:SUMMARY|LOCATION|DESCRIPTION|URL|CATEGORIES|ORGANIZER|ATTENDEE|STATUS|TRANSP|CLASS)(?=[:;])/i;
const UNESCAPED_COMMA = /(?<!\\)(?:\\\\)*,/;

/** Reads a VEVENT, not the components inside it. */
export function readProperties(component: RawComponent): EventProperties {
  const values = new Map<string, string>();
  const categories: string[] = [];
  const declinedBy = new Set<string>();
  for (const line of ownLines(component)) {
    if (!WANTED.test(line)) continue;
    const name = nameOf(line);
    if (name === 'CATEGORIES') categories.push(...categoriesIn(valueOf(line)));
    else if (name === 'ATTENDEE') addDeclined(line, declinedBy);
    else if (!values.has(name)) values.set(name, name === 'ORGANIZER' ? addressOn(line) : valueOf(line));
  }
  const textOf = (name: string): string => unescapeText(values.get(name) ?? '');
  const organizer = values.get('ORGANIZER') ?? '';
  const wordOf = (name: string): string => (values.get(name) ?? '').trim().toUpperCase();
  return {
    texts: {
      title: cut(oneLine(textOf('SUMMARY')), MAX_TITLE),
      location: cut(oneLine(textOf('LOCATION')), MAX_TITLE),
      description: cut(sanitize(textOf('DESCRIPTION')), MAX_TEXT),
      url: cut((values.get('URL') ?? '').trim(), MAX_TITLE),
    },
    categories: categories.slice(0, MAX_CATEGORIES),
    organizer: organizer === '' ? null : organizer,
    declinedBy,
    isCancelled: wordOf('STATUS') === 'CANCELLED',
    isTransparent: wordOf('TRANSP') === 'TRANSPARENT',
    isPrivate: !['', 'PUBLIC'].includes(wordOf('CLASS')),
  };
}

/** At most that many characters, without the rest of the word that is cut. */
function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  let end = length;
  while (end > 0 && !/\s/.test(text.charAt(end))) end--;
  return text.slice(0, end);
}

function categoriesIn(value: string): string[] {
  const found: string[] = [];
  let rest = value;
  for (let comma = UNESCAPED_COMMA.exec(rest); comma !== null; comma = UNESCAPED_COMMA.exec(rest)) {
    const end = comma.index + comma[0].length;
    found.push(rest.slice(0, end - 1));
    rest = rest.slice(end);
  }
  return [...found, rest].map((one) => cut(oneLine(unescapeText(one)), MAX_TITLE)).filter((one) => one !== '');
}

function addDeclined(line: string, declinedBy: Set<string>): void {
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
