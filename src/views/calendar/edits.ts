import type { FeedOptions } from '../../domain/feed.ts';
import { escapeText, oneLine } from '../../icalendar/text.ts';
import { valueStart } from '../../icalendar/foreign/content-line.ts';
import { isAboutPeople, withoutAddress } from './attendees.ts';
import { nameOf, valueOf } from './lines.ts';

/** What a feed changes in the components of another calendar. Where nothing applies, they stay as they are. */
export interface Edits {
  readonly isBrief: boolean;
  readonly dropsAlarms: boolean;
  readonly hidesAddresses: boolean;
  /** COLOR for those that have none; null to add none. */
  readonly color: string | null;
  /** Makes a SUMMARY, as a value, of the one there is; null to leave it. */
  readonly retitle: ((value: string) => string) | null;
}

/** The edits that options ask for; `calendar` is the name for {calendar}. */
export function editsOf(
  { detail, alarm, calendar_title: template }: FeedOptions,
  { color, keepAttendees }: { readonly color: string | null; readonly keepAttendees: boolean },
  calendar: string,
): Edits {
  return {
    isBrief: detail === 'brief',
    dropsAlarms: alarm?.length === 0,
    hidesAddresses: !keepAttendees,
    color,
    retitle: template === '{title}' ? null : (value) => fillTemplate(template, calendar, value),
  };
}

/** {title} is a value already, so it is not escaped again. */
function fillTemplate(template: string, calendar: string, title: string): string {
  const parts = template.split(/(\{calendar\}|\{title\})/);
  const filled = parts.map((part) =>
    part === '{title}' ? title : escapeText(sanitizeKeepingSpaces(part === '{calendar}' ? calendar : part)),
  );
  return filled.join('').trim();
}

/** One line, with the spaces that part it from what is beside it. */
function sanitizeKeepingSpaces(text: string): string {
  const [before = '', after = ''] = [/^\s/.exec(text)?.[0], /\s$/.exec(text)?.[0]].map((one) => one && ' ');
  const line = oneLine(text);
  return line === '' ? before : before + line + after;
}

const BRIEF = new Set([
  'DESCRIPTION',
  'STYLED-DESCRIPTION',
  'X-ALT-DESC',
  'ATTENDEE',
  'ORGANIZER',
  'ATTACH',
  'CONFERENCE',
  // Links of calls as Google and Microsoft have them, and what people answer.
  'X-GOOGLE-CONFERENCE',
  'X-MICROSOFT-ONLINEMEETINGCONFLINK',
  'X-MICROSOFT-ONLINEMEETINGEXTERNALLINK',
  'X-MICROSOFT-ONLINEMEETINGINFORMATION',
  'X-MICROSOFT-SKYPETEAMSMEETINGURL',
  'X-CALENDARSERVER-ATTENDEE-COMMENT',
]);
/** Lines that edits other than COLOR and SUMMARY touch; most components have none. */
const TOUCHED =
  /\r\n(?:BEGIN|DESCRIPTION|STYLED-DESCRIPTION|X-|ATTENDEE|ORGANIZER|ATTACH|CONFERENCE|CALENDAR-ADDRESS|REQUEST-STATUS)/i;

/** Whether the text of a component may differ after the edits. */
export function isEdited(text: string, { isBrief, dropsAlarms, hidesAddresses, color, retitle }: Edits): boolean {
  if (color !== null || retitle !== null) return true;
  return (isBrief || dropsAlarms || hidesAddresses) && TOUCHED.test(text);
}

/** The lines of a component after the edits. */
export function editLines(lines: readonly string[], edits: Edits): readonly string[] {
  const own: Own = { color: false, summary: false, summaryValue: '' };
  const edited: string[] = [];
  let inner: string[] = [];
  let depth = 0;
  for (const line of lines) {
    if (line.startsWith('BEGIN:')) depth++;
    if (depth > 1) inner.push(line);
    else if (!(edits.isBrief && BRIEF.has(nameOf(line)))) edited.push(editLine(line, edits, own));
    if (line.startsWith('END:') && --depth === 1) {
      edited.push(...editInner(inner, edits, own.summaryValue));
      inner = [];
    }
  }
  edited.splice(endOfOwn(edited), 0, ...missingLines(edits, own));
  return edited;
}

function missingLines({ color, retitle }: Edits, own: Own): string[] {
  return [
    ...(retitle !== null && !own.summary ? [`SUMMARY:${retitle('')}`] : []),
    ...(color !== null && !own.color ? [`COLOR:${color}`] : []),
  ];
}

interface Own {
  color: boolean;
  summary: boolean;
  summaryValue: string;
}

function editLine(line: string, { hidesAddresses, retitle }: Edits, own: Own): string {
  const name = nameOf(line);
  if (name === 'COLOR') own.color = true;
  if (name === 'SUMMARY') {
    own.summary = true;
    const at = valueStart(line);
    const edited = retitle === null ? line : line.slice(0, at) + retitle(line.slice(at));
    own.summaryValue = valueOf(edited);
    return edited;
  }
  return hidesAddresses && isAboutPeople(line) ? withoutAddress(line) : line;
}

/** Where the properties of the component itself end: before the first component inside it, or before END. */
function endOfOwn(lines: readonly string[]): number {
  const inner = lines.findIndex((line, index) => index > 0 && line.startsWith('BEGIN:'));
  return inner === -1 ? lines.length - 1 : inner;
}

/** A component inside, such as VALARM. In a brief feed an alarm says no more than the title, and mails nobody. */
function editInner(lines: readonly string[], edits: Edits, summary: string): readonly string[] {
  const isAlarm = lines[0] === 'BEGIN:VALARM';
  if (isAlarm && edits.dropsAlarms) return [];
  const hide = (line: string): string => (edits.hidesAddresses && isAboutPeople(line) ? withoutAddress(line) : line);
  if (!edits.isBrief) return lines.map(hide);
  if (!isAlarm || lines.some((line) => /^ACTION[:;].*EMAIL$/i.test(line))) return [];
  return lines
    .map((line) => (nameOf(line) === 'DESCRIPTION' ? `DESCRIPTION:${summary || 'Reminder'}` : line))
    .filter((line) => nameOf(line) === 'DESCRIPTION' || !BRIEF.has(nameOf(line)));
}
