import { hasName, nameEnd, unescapeText, valueStart } from './content-line.ts';
import {
  addLine,
  createReader,
  cutFrom,
  fail,
  finishReading,
  isPassing,
  PASSING,
  shown,
  type ReadComponent,
  type Reader,
} from './reader.ts';
import type { Chunk } from './lines.ts';
import type { Dropped } from './types.ts';
import { zoneLine } from './values.ts';
import { readVerbatim, type Verbatim } from './verbatim.ts';

/** Splits a file into calendars and their components. */

/** One VCALENDAR. */
export interface ReadCalendar {
  /** Values by name, in upper case; the first of each. */
  readonly properties: Map<string, string>;
  readonly components: ReadComponent[];
  readonly zones: ReadZone[];
}

/** A VTIMEZONE as read. */
export interface ReadZone {
  readonly line: number;
  readonly lines: readonly string[];
}

/** A component that is no calendar component: a time zone, or one to drop. */
interface Other {
  readonly name: string;
  readonly line: number;
  readonly lines: string[];
}

/** A file that is being split. */
export interface Splitter {
  readonly calendars: ReadCalendar[];
  /** Whether the last calendar has no end yet. */
  isOpen: boolean;
  /** Whether every calendar has its end. */
  isComplete: boolean;
  /** Whether anything says that this is a calendar. */
  isCalendar: boolean;
  reader: Reader | null;
  other: Other | null;
  /** The components inside the open one that are open, with the position of their first line. */
  readonly inside: { readonly name: string; readonly position: number }[];
  /** UIDs outside components since the last one ended. */
  uids: string[];
  /** UIDs of components whose BEGIN is missing. */
  readonly strayUids: string[];
  readonly onDropped: (dropped: Dropped) => void;
}

const BOUNDARY = /^(BEGIN|END):[ \t]*([\w-]+)[ \t]*$/i;
/** Anything else by these names would have every component that follows end in the wrong place. */
const ODD_BOUNDARY = /^(?:BEGIN|END)[:;]/i;
/** Components of a calendar. One inside another means that the end of the outer one is missing. */
const OUTERMOST: ReadonlySet<string> = new Set([...PASSING, 'VCALENDAR', 'VTIMEZONE', 'VFREEBUSY', 'VAVAILABILITY']);

/** How many components may be inside one another: RFC 5545 has one, an alarm. */
const MAX_INSIDE = 20;

/** Begins to split a file. What is left out is reported to `onDropped`. */
export function createSplitter(onDropped: (dropped: Dropped) => void): Splitter {
  return {
    calendars: [],
    isOpen: false,
    isComplete: true,
    isCalendar: false,
    reader: null,
    other: null,
    inside: [],
    uids: [],
    strayUids: [],
    onDropped,
  };
}

/** Adds the next line of the file. */
export function splitLine(splitter: Splitter, line: string, number: number): void {
  const { reader, other, inside } = splitter;
  // BEGIN and END.
  const code = line.charCodeAt(0) | 0x20;
  const boundary = code === 98 || code === 101 ? BOUNDARY.exec(line) : null;
  if (boundary) splitBoundary(splitter, boundary, number);
  else if ((code === 98 || code === 101) && ODD_BOUNDARY.test(line)) dropLine(splitter, line, number);
  else if (reader !== null) addLine(reader, line, number, inside.length);
  else if (other?.name === 'VTIMEZONE') addZoneLine(splitter, other, line, number);
  else if (other !== null) other.lines.push(line);
  else addProperty(splitter, line, number);
}

function dropLine({ onDropped }: Splitter, line: string, number: number): void {
  onDropped({ line: number, reason: `A line can't be read: ${shown(line)}.` });
}

function addZoneLine(splitter: Splitter, { lines }: Other, line: string, number: number): void {
  const written = zoneLine(line);
  if (written !== null) lines.push(written);
  else dropLine(splitter, line, number);
}

/** Adds a component at once, where it can be. */
export function splitBlock(splitter: Splitter, chunk: Chunk, at: number, number: number): Verbatim | null | undefined {
  if (splitter.reader !== null || splitter.other !== null) return null;
  const block = readVerbatim(chunk, at, number);
  if (block) {
    splitter.uids = [];
    lastCalendar(splitter).components.push(block.component);
  }
  return block;
}

/** Ends the file. */
export function endFile(splitter: Splitter): void {
  if (splitter.isOpen || splitter.reader !== null || splitter.other !== null) splitter.isComplete = false;
  abandon(splitter);
}

function splitBoundary(splitter: Splitter, [, kind = '', word = '']: readonly string[], number: number): void {
  const name = word.toUpperCase();
  if (name === 'VCALENDAR') splitter.isCalendar = true;
  if (kind.length === 'BEGIN'.length) begin(splitter, name, number);
  else end(splitter, name, number);
}

function begin(splitter: Splitter, name: string, number: number): void {
  const open = splitter.reader ?? splitter.other;
  if (open !== null && !OUTERMOST.has(name)) {
    beginInner(splitter, open, name, number);
    return;
  }
  abandon(splitter);
  splitter.uids = [];
  if (name === 'VCALENDAR') openCalendar(splitter);
  else if (isPassing(name)) splitter.reader = createReader(name, number, splitter.onDropped);
  else splitter.other = { name, line: number, lines: [`BEGIN:${name}`] };
  if (splitter.other !== null && name !== 'VTIMEZONE')
    splitter.onDropped({ line: number, reason: `${name} components are not shown.` });
}

/** Begins a component inside the open one, which can't be read where there are too many. */
function beginInner({ reader, inside, onDropped }: Splitter, open: Reader | Other, name: string, line: number): void {
  const reason = `Too many components are inside one another in a ${open.name}.`;
  if (inside.length < MAX_INSIDE) {
    inside.push({ name, position: open.lines.length });
    open.lines.push(`BEGIN:${name}`);
  } else if (reader !== null) fail(reader, line, reason);
  else onDropped({ line, reason });
}

function openCalendar(splitter: Splitter): ReadCalendar {
  if (splitter.isOpen) splitter.isComplete = false;
  const calendar: ReadCalendar = { properties: new Map(), components: [], zones: [] };
  splitter.calendars.push(calendar);
  splitter.isOpen = true;
  return calendar;
}

function end(splitter: Splitter, name: string, number: number): void {
  const { reader, other, onDropped } = splitter;
  if (name === 'VCALENDAR') {
    abandon(splitter);
    splitter.isOpen = false;
  } else if (name === (reader ?? other)?.name) {
    endInside(splitter, 0, number);
    other?.lines.push(`END:${name}`);
    finish(splitter);
  } else if (!endInner(splitter, name, number)) {
    onDropped({ line: number, reason: `The beginning of a ${name} is missing.` });
    splitter.strayUids.push(...splitter.uids);
    splitter.uids = [];
  }
}

/** Ends the component of that name inside the open one; false when there is none. */
function endInner(splitter: Splitter, name: string, number: number): boolean {
  const { reader, other, inside } = splitter;
  const at = inside.findLastIndex((one) => one.name === name);
  if (at < 0) return false;
  endInside(splitter, at + 1, number);
  inside.length = at;
  (reader ?? other)?.lines.push(`END:${name}`);
  return true;
}

/** Removes the components inside the open one, from that one on, which have no end. */
function endInside({ reader, other, inside, onDropped }: Splitter, from: number, number: number): void {
  const first = inside[from];
  if (first !== undefined && reader !== null) cutFrom(reader, first.position, number, first.name);
  if (first !== undefined && other !== null) {
    other.lines.length = first.position;
    onDropped({ line: number, reason: `A ${first.name} has no end.` });
  }
  inside.length = Math.min(inside.length, from);
}

/** Ends the open component, whose END is missing. */
function abandon(splitter: Splitter): void {
  const { reader, other, onDropped } = splitter;
  if (reader !== null) fail(reader, reader.line, `A ${reader.name} has no end.`);
  if (other !== null) {
    onDropped({ line: other.line, reason: `A ${other.name} has no end.` });
    // Its name may be what is wrong.
    splitter.strayUids.push(...uidsOf(other.lines));
  }
  splitter.other = null;
  finish(splitter);
}

const uidsOf = (lines: readonly string[]): string[] =>
  lines.filter((line) => hasName(line, 'UID')).map((line) => unescapeText(line.slice(valueStart(line))));

function finish(splitter: Splitter): void {
  const { reader, other, inside } = splitter;
  splitter.reader = null;
  splitter.other = null;
  inside.length = 0;
  if (reader !== null) lastCalendar(splitter).components.push(finishReading(reader));
  else if (other?.name === 'VTIMEZONE') lastCalendar(splitter).zones.push(other);
}

/** The calendar that lines belong to: also one whose BEGIN is missing. */
function lastCalendar(splitter: Splitter): ReadCalendar {
  return splitter.calendars.at(-1) ?? openCalendar(splitter);
}

function addProperty(splitter: Splitter, line: string, number: number): void {
  const start = valueStart(line);
  if (start < 0) {
    dropLine(splitter, line, number);
    return;
  }
  const name = line.slice(0, nameEnd(line)).toUpperCase();
  const value = line.slice(start);
  if (name === 'UID') splitter.uids.push(unescapeText(value));
  const { properties } = lastCalendar(splitter);
  if (!properties.has(name)) properties.set(name, value);
}
