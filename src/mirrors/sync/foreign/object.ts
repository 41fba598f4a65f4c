import { createHash } from 'node:crypto';
import type { ForeignComponent } from '../../../domain/calendar.ts';
import { CRLF, fold } from '../../../icalendar/text.ts';
import { digest } from '../values.ts';

/** Objects of foreign components: everything with one UID, and the zones it uses, in one resource (RFC 4791 section 4.1). */

/** Where a component comes from, by the UID it has there, and the mirror it is for. */
export interface ForeignOrigin {
  readonly mirrorId: string;
  readonly sourceId: string;
  readonly uid: string;
}

/** The text of an object, before its markers are in it. */
export interface ForeignText {
  readonly uid: string;
  /** The id in the object's name and in its marker: 32 hexadecimal digits. */
  readonly originId: string;
  /** With these lines in each component; each ends with CRLF. */
  withMarks(marks: string): string;
  /** Digest of all lines but those of revisions. */
  readonly rest: string;
}

/** The id of what has this UID in a source, as objects and changes name it: 32 hexadecimal digits. */
export function foreignId(sourceId: string, uid: string): string {
  return createHash('sha256').update(`${sourceId}\n${uid}`).digest('hex').slice(0, 32);
}

/** The UID of an object; that of a feed can be longer than names of resources may be. */
export function foreignUid(mirrorId: string, sourceId: string, uid: string): string {
  return `plane-${mirrorId}-e-${foreignId(sourceId, uid)}`;
}

/** A content line without its folds. */
interface Line {
  /** In upper case. */
  readonly name: string;
  readonly text: string;
}

/** Servers send mail for these (RFC 6638), so nobody is named in a mirror. */
const PEOPLE = ['ORGANIZER', 'ATTENDEE'];
/** Ours, and METHOD, which a stored object must not have. */
const LEFT_OUT = [...PEOPLE, 'METHOD', 'X-PLANE-MIRROR', 'X-PLANE-PROJECT', 'X-PLANE-ID', 'X-PLANE-FP'];
/** They change in a feed that is generated anew, although nothing else does. */
const STAMPS = ['DTSTAMP', 'CREATED', 'LAST-MODIFIED', 'SEQUENCE'];
/** What of a zone decides which instant a time is. */
const OFFSETS = ['TZID', 'BEGIN', 'DTSTART', 'TZOFFSETFROM', 'TZOFFSETTO', 'RRULE', 'RDATE'];

/** The object's text between `head` and `end`, the lines that begin and end a calendar; with the properties that `accepts` accepts. */
export function foreignText(
  component: ForeignComponent,
  { mirrorId, sourceId, uid: original }: ForeignOrigin,
  { head, end }: { readonly head: string; readonly end: string },
  accepts: (line: string) => boolean,
): ForeignText {
  const uid = foreignUid(mirrorId, sourceId, original);
  const renamed = (other: string): string => foreignUid(mirrorId, sourceId, unescape(other));
  const lines = linesOf(component.text).filter(({ name, text }) => isBorder(name) || accepts(text));
  const parts = topLevel(lines).map((part) => editPart(part, uid, renamed));
  const zones = component.zones.map(({ text }) => text).join('');
  const rules = component.zones.flatMap(({ text }) => linesOf(text).filter(({ name }) => OFFSETS.includes(name)));
  const content = parts.flat().filter(({ name }) => !STAMPS.includes(name));
  return {
    uid,
    originId: foreignId(sourceId, original),
    withMarks: (marks) => head + zones + parts.map((part) => written(part, marks)).join('') + end,
    rest: digest([...rules, ...content].map(({ text }) => text)),
  };
}

function linesOf(text: string): Line[] {
  const lines = text.replace(/\r?\n[ \t]/g, '').split(/\r?\n/);
  return lines.flatMap((line) => {
    const name = nameOf(line);
    // ical.js reads no rule in lower case, which means the same; without it, a series would be one event.
    return line === '' ? [] : [{ name, text: name === 'RRULE' ? line.toUpperCase() : line }];
  });
}

const isBorder = (name: string): boolean => name === 'BEGIN' || name === 'END';

const nameOf = (line: string): string => /^[^:;]*/.exec(line)?.[0].toUpperCase() ?? '';

/** The lines of each component, BEGIN and END included. */
function topLevel(lines: readonly Line[]): Line[][] {
  const parts: Line[][] = [];
  let depth = 0;
  for (const line of lines) {
    if (line.name === 'BEGIN' && depth++ === 0) parts.push([]);
    parts.at(-1)?.push(line);
    if (line.name === 'END') depth--;
  }
  return parts;
}

/** One component with another UID, and without people. */
function editPart(part: readonly Line[], uid: string, renamed: (uid: string) => string): Line[] {
  const edited: Line[] = [];
  for (let index = 0; index < part.length; index++) {
    const line = part[index] ?? { name: '', text: '' };
    if (line.name === 'BEGIN' && index > 0) {
      const alarm = nested(part, index);
      if (!isMail(alarm)) edited.push(...alarm.filter(({ name }) => !PEOPLE.includes(name)));
      index += alarm.length - 1;
    } else if (line.name === 'UID') edited.push({ name: 'UID', text: `UID:${uid}` });
    else if (line.name === 'RELATED-TO') edited.push(withValue(line, renamed));
    else if (!LEFT_OUT.includes(line.name)) edited.push(line);
  }
  return edited;
}

/** The component that begins at this line of another one. */
function nested(part: readonly Line[], start: number): readonly Line[] {
  let depth = 0;
  for (let index = start; index < part.length; index++) {
    const name = part[index]?.name;
    if (name === 'BEGIN') depth++;
    if (name === 'END' && --depth === 0) return part.slice(start, index + 1);
  }
  return part.slice(start);
}

const isMail = (alarm: readonly Line[]): boolean =>
  alarm.some(({ name, text }) => name === 'ACTION' && /:\s*EMAIL\s*$/i.test(text));

/** A line with another value and the same parameters, in which colons may be quoted. */
function withValue({ name, text }: Line, change: (value: string) => string): Line {
  const [, before = '', value = ''] = /^((?:[^:"]|"[^"]*")*:)(.*)$/.exec(text) ?? [];
  return { name, text: before + change(value) };
}

const unescape = (value: string): string => value.replace(/\\([\\;,])/g, '$1');

/** The markers follow the UID: properties come before alarms. */
function written(part: readonly Line[], marks: string): string {
  return part.map(({ name, text }) => fold(text) + CRLF + (name === 'UID' ? marks : '')).join('');
}
