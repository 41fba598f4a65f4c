import { nameEnd, ownStamp, repairZone, unescapeText, valueStart } from './content-line.ts';
import { foldLines, ownCopy, unfoldLines } from '../text.ts';
import type { ComponentName, Days, Dropped } from './types.ts';
import { ESSENTIAL, isParsable, knownProperty, MARKER, noValues, type KnownProperty, type Values } from './values.ts';
import { datedValueStart, daysOf, extendUses, RANGE, tzidOf, useZone, type ZoneUse } from './dates.ts';

/** Reads one component line by line, and finds out whether what matters in it can be read. */

/** A component as read, before it is known what else has its UID. */
export interface ReadComponent {
  readonly name: ComponentName;
  readonly line: number;
  /** As in `RawComponent`. */
  readonly text: string;
  /** Unescaped; null for none. */
  readonly uid: string | null;
  /** Which occurrence it overrides, as written; "" for a master. */
  readonly recurrenceId: string;
  readonly sequence: number;
  readonly lastModified: string;
  readonly dtstamp: string;
  readonly zoneUses: readonly ZoneUse[];
  readonly days: Days;
  readonly isMirrored: boolean;
  /** Why it can't be read; null when it can. */
  readonly fault: Dropped | null;
}

/** A component that is being read. */
export interface Reader {
  readonly name: ComponentName;
  readonly line: number;
  /** Without BEGIN and END. */
  readonly lines: string[];
  readonly values: Values;
  /** The values of all RRULEs and RDATEs. */
  readonly rules: string[];
  readonly added: string[];
  /** One for each zone. */
  readonly zoneUses: ZoneUse[];
  uid: string | null;
  recurrenceZone: string;
  isMirrored: boolean;
  fault: Dropped | null;
  readonly onDropped: (dropped: Dropped) => void;
}

/** The components that pass. */
export const PASSING: ReadonlySet<string> = new Set<ComponentName>(['VEVENT', 'VTODO', 'VJOURNAL']);
/** Whether a component by that name passes. */
export const isPassing = (name: string): name is ComponentName => PASSING.has(name);

/** Essential properties that an alarm may have as well. */
const OF_ALARMS: ReadonlySet<string> = new Set(['UID', 'DURATION', 'STATUS']);
const BEGINS_ESSENTIAL = new RegExp(`^(${[...ESSENTIAL].join('|')})(?![A-Z0-9-])`, 'i');
const COLON = 58;
/** Units of foreign text that a sentence shows. */
const SHOWN = 40;

/** The beginning of foreign text, in quotes. */
export const shown = (text: string): string =>
  ownCopy(`"${text.length > SHOWN ? `${text.slice(0, SHOWN).toWellFormed()}…` : text}"`);

/** Begins to read a component. Lines that can't be read are left out, and reported to `onDropped`. */
export function createReader(name: ComponentName, line: number, onDropped: (dropped: Dropped) => void): Reader {
  return {
    name,
    line,
    lines: [],
    values: noValues(),
    rules: [],
    added: [],
    zoneUses: [],
    uid: null,
    recurrenceZone: '',
    isMirrored: false,
    fault: null,
    onDropped,
  };
}

/** Marks a component as unreadable. */
export function fail(reader: Reader, line: number, reason: string): void {
  reader.fault ??= { line, reason };
}

/** Adds the next line of a component; `depth` counts the components inside it that are open. */
export function addLine(reader: Reader, text: string, number: number, depth: number): void {
  const line = readLine(reader, text, number, depth);
  if (line !== null) reader.lines.push(line);
}

/** Reads a line of a component. Returns it as it is to be written, or null where it is left out. */
function readLine(reader: Reader, text: string, number: number, depth: number): string | null {
  if (readClean(reader, text, number, depth)) return text;
  const start = valueStart(text);
  const known = start < 0 || depth > 0 ? null : knownProperty(text, 0, nameEnd(text));
  if (known === null) {
    readUnreadable(reader, text, number, depth);
    return null;
  }
  const line = readUnclean(reader, known, text, start, number);
  if (line !== null) noteZone(reader, known, line, valueStart(line), number);
  return line;
}

/** Reads a line in which nothing is wrong; false where anything is: then nothing of it was read. */
export function readClean(reader: Reader, line: string, number: number, depth: number): boolean {
  const end = nameEnd(line);
  if (end === 0) return false;
  const start = line.charCodeAt(end) === COLON ? end + 1 : datedValueStart(line, end);
  if (start < 0) return false;
  const known = depth === 0 ? knownProperty(line, 0, end) : null;
  if ((depth > 0 || start > end + 1) && !isParsable(line, start)) return false;
  if (known !== null && !take(reader, known, line.slice(start))) return false;
  if (start > end + 1) noteZone(reader, known, line, start, number);
  return true;
}

/** Takes a value; false where it can't be read, or there is one already: then nothing is taken. */
export function take(reader: Reader, { name, isValid, isSingle }: KnownProperty, value: string): boolean {
  const { values } = reader;
  const first = values[name];
  if ((isSingle && first !== undefined) || !isValid(value)) return false;
  if (first === undefined) values[name] = value;
  if (name === 'UID') reader.uid = unescapeText(value);
  else if (name === 'RRULE') reader.rules.push(value);
  else if (name === 'RDATE') reader.added.push(value);
  else if (name === MARKER) reader.isMirrored = true;
  return true;
}

function noteZone(reader: Reader, known: KnownProperty | null, line: string, start: number, number: number): void {
  const tzid = tzidOf(line, start);
  if (tzid !== '') useZone(reader.zoneUses, tzid, line.slice(start), number);
  if (known?.name !== 'RECURRENCE-ID') return;
  reader.recurrenceZone = tzid;
  if (/;RANGE=/i.test(line.slice(0, start))) reader.values[RANGE] = '';
}

function readUnreadable(reader: Reader, text: string, number: number, depth: number): void {
  const name = depth === 0 ? BEGINS_ESSENTIAL.exec(text)?.[1]?.toUpperCase() : undefined;
  if (name === undefined) {
    reader.onDropped({ line: number, reason: `A line can't be read: ${shown(text)}.` });
    return;
  }
  fail(reader, number, `${name} can't be read: ${shown(text)}.`);
  // What is most likely its value, so that the last good version stays.
  const colon = text.indexOf(':');
  if (name === 'UID' && colon > 0) reader.uid ??= unescapeText(text.slice(colon + 1));
}

/** Reads a known property in which something is wrong. Returns its line as it is to be written, or null where it is left out. */
function readUnclean(reader: Reader, known: KnownProperty, text: string, start: number, number: number): string | null {
  const { name } = known;
  const raw = text.slice(start);
  const value = name === 'UID' ? raw : tidied(raw, known);
  const line = text.slice(0, start) + value;
  if (value !== raw && isParsable(line, start) && take(reader, known, value)) return line;
  if (known.isSingle && reader.values[name] !== undefined) {
    readAgain(reader, name, value, number);
    return null;
  }
  // An empty UID counts as none.
  if (name === 'UID') return null;
  const isEmptyList = value === '' && !known.isSingle;
  if (known.isEssential && !isEmptyList) return readWrong(reader, known, line, value, number);
  const what = known.isEssential ? 'is empty' : `can't be read: ${shown(value)}`;
  reader.onDropped({ line: number, reason: `${name} ${what}.` });
  return null;
}

/** Without spaces around it, and in upper case where it is a rule. */
function tidied(raw: string, { name, isValid }: KnownProperty): string {
  const value = raw.trim();
  const upper = name === 'RRULE' || name === 'EXRULE' ? value.toUpperCase() : value;
  return isValid(upper) ? upper : value;
}

/** A property that a component has once, and had already: where both say the same, no harm is done. */
function readAgain(reader: Reader, name: string, value: string, line: number): void {
  const reason = `There is more than one ${name}.`;
  if (reader.values[name] === value) reader.onDropped({ line, reason });
  else fail(reader, line, reason);
}

/** Reads an essential property with a wrong value: without it, nobody knows what the component is. */
function readWrong(reader: Reader, known: KnownProperty, line: string, value: string, number: number): string {
  const repaired = repairZone(line, known.isValid);
  if (repaired !== null && take(reader, known, repaired.slice(valueStart(repaired)))) return repaired;
  reader.values[known.name] = value;
  fail(reader, number, `${known.name} can't be read: ${shown(value)}.`);
  return line;
}

/** Removes what was added from that position on: a component inside this one that has no end. */
export function cutFrom(reader: Reader, position: number, number: number, name: string): void {
  const removed = reader.lines.splice(position);
  const names = removed.map((text) => text.slice(0, nameEnd(text)).toUpperCase());
  const reason = `A ${name} has no end.`;
  const hasEssential = names.some((one) => ESSENTIAL.has(one) && !OF_ALARMS.has(one));
  // Properties that follow the alarm would be lost with it.
  if (hasEssential || (names.includes('UID') && reader.uid === null)) fail(reader, number, reason);
  else reader.onDropped({ line: number, reason });
}

/** Ends a component. */
export function finishReading(reader: Reader): ReadComponent {
  const { name, lines } = reader;
  return componentOf(reader, foldLines([`BEGIN:${name}`, ...lines, `END:${name}`]));
}

/** The component that was read, with this text. */
export function componentOf(reader: Reader, text: string): ReadComponent {
  const { name, line, values, zoneUses } = reader;
  const { 'RECURRENCE-ID': recurrenceId, 'LAST-MODIFIED': lastModified = '' } = values;
  if (name === 'VEVENT' && values.DTSTART === undefined) fail(reader, line, 'DTSTART is missing.');
  extendUses(zoneUses, reader.rules.at(-1));
  return {
    name,
    line,
    text,
    uid: reader.uid === null ? null : ownCopy(reader.uid),
    recurrenceId: recurrenceId === undefined ? '' : `${reader.recurrenceZone}:${recurrenceId}`,
    sequence: Number(values.SEQUENCE ?? ''),
    lastModified: ownStamp(lastModified),
    dtstamp: ownStamp(values.DTSTAMP ?? ''),
    zoneUses,
    days: daysOf(values, reader.rules, reader.added),
    isMirrored: reader.isMirrored,
    fault: reader.fault,
  };
}

/** The days of a component that was kept without them. */
export function readDays(name: ComponentName, text: string): Days {
  const reader = createReader(name, 0, () => undefined);
  let depth = -1;
  for (const line of unfoldLines(text)) {
    if (line.startsWith('BEGIN:')) depth++;
    else if (line.startsWith('END:')) depth--;
    else readLine(reader, line, 0, depth);
  }
  return componentOf(reader, text).days;
}
