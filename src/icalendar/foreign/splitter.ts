import { nameEnd, unescapeText, valueStart } from './content-line.ts';
import { createReader, type ComponentReader, type ReadComponent } from './reader.ts';
import type { ComponentName, Dropped } from './types.ts';

/** Splits a file into calendars and their components. */

/** One VCALENDAR. */
export interface ReadCalendar {
  /** Properties by name, in upper case; the first of each. */
  readonly properties: Map<string, string>;
  readonly components: ReadComponent[];
  /** VTIMEZONEs as lines. */
  readonly zones: { readonly line: number; readonly lines: readonly string[] }[];
}

/** Takes the lines of a file. */
export interface Splitter {
  add(line: string, number: number): void;
  /** Ends the file. */
  end(): { readonly calendars: readonly ReadCalendar[]; readonly isComplete: boolean };
}

/** A component that is no calendar component: a time zone, or one to drop. */
interface Other {
  readonly name: string;
  readonly line: number;
  readonly lines: string[];
}

const BOUNDARY = /^(BEGIN|END):[ \t]*([\w-]+)[ \t]*$/i;
const PASSING: ReadonlySet<string> = new Set<ComponentName>(['VEVENT', 'VTODO', 'VJOURNAL']);
/** Components of a calendar. One inside another means that the end of the outer one is missing. */
const OUTERMOST: ReadonlySet<string> = new Set([...PASSING, 'VCALENDAR', 'VTIMEZONE', 'VFREEBUSY', 'VAVAILABILITY']);

const isPassing = (name: string): name is ComponentName => PASSING.has(name);

/** Reports what is left out to `onDropped`, and UIDs that belong to no component to `onStray`. */
export function createSplitter(onDropped: (dropped: Dropped) => void, onStray: (uid: string) => void): Splitter {
  const calendars: ReadCalendar[] = [];
  let calendar: ReadCalendar | null = null;
  let isClosed = false;
  let reader: ComponentReader | null = null;
  let other: Other | null = null;
  /** The components inside the open one that are open, with the place of their first line. */
  const inside: { readonly name: string; readonly position: number }[] = [];
  let strayUids: string[] = [];
  let isComplete = true;

  const openCalendar = (): ReadCalendar => {
    calendar = { properties: new Map(), components: [], zones: [] };
    calendars.push(calendar);
    isClosed = false;
    return calendar;
  };
  const current = (): ReadCalendar => calendar ?? openCalendar();

  const finish = (): void => {
    if (reader !== null) current().components.push(reader.finish());
    else if (other?.name === 'VTIMEZONE') current().zones.push({ line: other.line, lines: other.lines });
    reader = null;
    other = null;
    inside.length = 0;
  };

  /** Ends the open component, whose END is missing. */
  const abandon = (): void => {
    if (other !== null) onDropped({ line: other.line, reason: `A ${other.name} has no end.` });
    other = null;
    if (reader === null) return;
    reader.fail(reader.line, `A ${reader.name} has no end.`);
    finish();
  };

  const begin = (name: string, line: string, number: number): void => {
    const isInside = reader !== null || other !== null;
    if (isInside && !OUTERMOST.has(name)) {
      inside.push({ name, position: reader?.position() ?? 0 });
      if (reader !== null) reader.addBoundary(`BEGIN:${name}`);
      else other?.lines.push(line);
      return;
    }
    abandon();
    inside.length = 0;
    strayUids = [];
    if (name === 'VCALENDAR') {
      if (calendar !== null && !isClosed) isComplete = false;
      openCalendar();
    } else if (isPassing(name)) {
      reader = createReader(name, number, onDropped);
    } else {
      other = { name, line: number, lines: [`BEGIN:${name}`] };
      if (name !== 'VTIMEZONE') onDropped({ line: number, reason: `${name} components are not shown.` });
    }
  };

  /** Ends components inside the open one, up to that name; false when there is none. */
  const endInside = (name: string, line: string, number: number): boolean => {
    const at = inside.findLastIndex((one) => one.name === name);
    if (at < 0) return false;
    closeBroken(at + 1, number);
    inside.length = at;
    if (reader !== null) reader.addBoundary(`END:${name}`);
    else other?.lines.push(line);
    return true;
  };

  /** Removes components inside the open one that have no end. */
  const closeBroken = (from: number, number: number): void => {
    const broken = inside[from];
    if (broken !== undefined) reader?.cut(broken.position, number, broken.name);
    inside.length = from;
  };

  const end = (name: string, line: string, number: number): void => {
    if (name === 'VCALENDAR') {
      abandon();
      isClosed = true;
    } else if (name === (reader?.name ?? other?.name)) {
      closeBroken(0, number);
      other?.lines.push(line);
      finish();
    } else if (!endInside(name, line, number)) {
      onDropped({ line: number, reason: `The beginning of a ${name} is missing.` });
      strayUids.forEach(onStray);
      strayUids = [];
    }
  };

  const addProperty = (line: string, number: number): void => {
    const start = valueStart(line);
    if (start < 0) {
      onDropped({ line: number, reason: `A line can't be read: "${line.slice(0, 40).toWellFormed()}".` });
      return;
    }
    const name = line.slice(0, nameEnd(line)).toUpperCase();
    const value = line.slice(start);
    if (name === 'UID') strayUids.push(unescapeText(value));
    const { properties } = current();
    if (!properties.has(name)) properties.set(name, value);
  };

  const add = (line: string, number: number): void => {
    const code = line.charCodeAt(0) | 0x20;
    // "b" of BEGIN, "e" of END.
    const [, kind, name] = code === 98 || code === 101 ? (BOUNDARY.exec(line) ?? []) : [];
    if (kind !== undefined && name !== undefined) {
      if (kind.length === 5) begin(name.toUpperCase(), line, number);
      else end(name.toUpperCase(), line, number);
    } else if (reader !== null) reader.add(line, number, inside.length);
    else if (other !== null) other.lines.push(line);
    else addProperty(line, number);
  };

  return {
    add,
    end: () => {
      if (reader !== null || other !== null || calendar === null || !isClosed) isComplete = false;
      abandon();
      return { calendars, isComplete };
    },
  };
}
