import { nameEnd, ownStamp, repairZone, unescapeText, valueStart } from './content-line.ts';
import { foldLines, ownCopy, unfoldLines } from '../text.ts';
import type { ComponentName, Days, Dropped } from './types.ts';
import { CHECKED, ESSENTIAL } from './values.ts';
import { daysOf, extendUses, tzidOf, useZone, type ZoneUse } from './dates.ts';

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
  /** By TZID. */
  readonly zoneUses: ReadonlyMap<string, ZoneUse>;
  readonly days: Days;
  readonly isMirrored: boolean;
  /** Why it can't be read; null when it can. */
  readonly fault: Dropped | null;
}

/** A component that is being read. */
export interface Reader {
  readonly name: ComponentName;
  readonly line: number;
  readonly lines: string[];
  /** Of the properties that are read, the first value. */
  readonly values: Map<string, string>;
  /** The values of all RRULEs and RDATEs. */
  readonly rules: string[];
  readonly added: string[];
  readonly zoneUses: Map<string, ZoneUse>;
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

/** Essential properties that a component has once. */
const SINGLE: ReadonlySet<string> = new Set(['UID', 'DTSTART', 'DTEND', 'DUE', 'DURATION', 'RECURRENCE-ID', 'STATUS']);
/** Essential properties that an alarm may have as well. */
const OF_ALARMS: ReadonlySet<string> = new Set(['UID', 'DURATION', 'STATUS']);
const MARKER = 'X-PLANE-MIRROR';
/** A rule that RFC 5545 no longer has, and nobody checks. */
const EXCLUDING = 'EXRULE';
const READ_HERE: ReadonlySet<string> = new Set([...ESSENTIAL.keys(), ...CHECKED.keys(), MARKER, EXCLUDING]);
const BEGINS_ESSENTIAL = new RegExp(`^(${[...ESSENTIAL.keys()].join('|')})(?![A-Z0-9-])`, 'i');
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
    lines: [`BEGIN:${name}`],
    values: new Map(),
    rules: [],
    added: [],
    zoneUses: new Map(),
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
export function readLine(reader: Reader, text: string, number: number, depth: number): string | null {
  const end = nameEnd(text);
  const start = text.charCodeAt(end) === COLON && end > 0 ? end + 1 : valueStart(text);
  if (start < 0) {
    readUnreadable(reader, text, number, depth);
    return null;
  }
  let line: string | null = text;
  if (depth === 0 && isReadHere(text, 0, end)) {
    line = readProperty(reader, text.slice(0, end).toUpperCase(), text, start, number);
    if (line === null) return null;
  }
  if (start > end + 1) useZone(reader.zoneUses, line, line === text ? start : valueStart(line), number);
  return line;
}

/** Whether more counts of a property than that it can be read; its name is there in the text. */
export function isReadHere(text: string, start: number, end: number): boolean {
  return MAYBE[shapeOf(text, start, end)] === 1 && READ_HERE.has(text.slice(start, end).toUpperCase());
}

/** A number that few names share, since a calendar has a hundred thousand of them: the length, and the end of the first character, which the case doesn't change. */
function shapeOf(text: string, start: number, end: number): number {
  return ((end - start) << 5) | (text.charCodeAt(start) & 0x1f);
}

const MAYBE = new Uint8Array(32 * 32);
for (const name of READ_HERE) MAYBE[shapeOf(name, 0, name.length)] = 1;

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

/** Reads a property that matters. Returns its line, or null where it is left out. */
function readProperty(reader: Reader, name: string, text: string, start: number, number: number): string | null {
  const raw = text.slice(start);
  if (name === EXCLUDING) {
    reader.values.set(name, raw);
    return text;
  }
  const value = name === 'UID' ? raw : raw.trim();
  const line = value === raw ? text : text.slice(0, start) + value;
  if (name === MARKER) {
    reader.isMirrored = true;
    return line;
  }
  const isValid = CHECKED.get(name);
  if (isValid === undefined) return readEssential(reader, name, line, value, number);
  if (isValid(value)) {
    if (!reader.values.has(name)) reader.values.set(name, value);
    return line;
  }
  reader.onDropped({ line: number, reason: `${name} can't be read: ${shown(value)}.` });
  return null;
}

function readEssential(reader: Reader, name: string, line: string, value: string, number: number): string | null {
  const { values } = reader;
  if (SINGLE.has(name) && values.has(name)) {
    const dropped = { line: number, reason: `There is more than one ${name}.` };
    if (values.get(name) === value) reader.onDropped(dropped);
    else reader.fault ??= dropped;
    return null;
  }
  if (name === 'UID') return readUid(reader, line, value);
  if (value === '' && isList(name)) {
    reader.onDropped({ line: number, reason: `${name} is empty.` });
    return null;
  }
  const isValid = ESSENTIAL.get(name);
  if (isValid?.(value) === true) {
    keep(reader, name, value);
    if (name === 'RECURRENCE-ID') reader.recurrenceZone = tzidOf(line, valueStart(line));
    return line;
  }
  const repaired = repairZone(line, isValid);
  if (repaired !== null) return readEssential(reader, name, repaired, repaired.slice(valueStart(repaired)), number);
  values.set(name, value);
  fail(reader, number, `${name} can't be read: ${shown(value)}.`);
  return line;
}

function keep({ values, rules, added }: Reader, name: string, value: string): void {
  values.set(name, value);
  if (name === 'RRULE') rules.push(value);
  else if (name === 'RDATE') added.push(value);
}

const isList = (name: string): boolean => name === 'EXDATE' || name === 'RDATE';

/** Returns the line; null for an empty UID, which counts as none. */
function readUid(reader: Reader, line: string, value: string): string | null {
  if (value.trim() === '') return null;
  reader.values.set('UID', value);
  reader.uid = unescapeText(value);
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
  return componentOf(reader, foldLines([...reader.lines, `END:${reader.name}`]));
}

/** The component that was read, with this text. */
export function componentOf(reader: Reader, text: string): ReadComponent {
  const { name, line, values, zoneUses } = reader;
  if (name === 'VEVENT' && !values.has('DTSTART')) fail(reader, line, 'DTSTART is missing.');
  extendUses(zoneUses, values.get('RRULE'));
  const valueOf = (property: string): string => values.get(property) ?? '';
  return {
    name,
    line,
    text,
    uid: reader.uid === null ? null : ownCopy(reader.uid),
    recurrenceId: values.has('RECURRENCE-ID') ? ownCopy(`${reader.recurrenceZone}:${valueOf('RECURRENCE-ID')}`) : '',
    sequence: Number(valueOf('SEQUENCE')),
    lastModified: ownStamp(valueOf('LAST-MODIFIED')),
    dtstamp: ownStamp(valueOf('DTSTAMP')),
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
