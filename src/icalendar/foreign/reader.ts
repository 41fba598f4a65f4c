import { nameEnd, parametersOf, unescapeText, valueStart } from './content-line.ts';
import type { ComponentName, Dropped } from './types.ts';
import { CHECKED, ESSENTIAL } from './values.ts';

/** Reads one component line by line, and finds out whether what matters in it can be read. */

/** Where a component refers to a time zone. */
export interface ZoneUse {
  readonly line: number;
  /** The years of its dates. */
  from: number;
  to: number;
}

/** A component as read, before it is known what else has its UID. */
export interface ReadComponent {
  readonly name: ComponentName;
  readonly line: number;
  lines: readonly string[];
  /** Unescaped; null for none. */
  readonly uid: string | null;
  /** Which occurrence it overrides, as written; "" for a master. */
  readonly recurrenceId: string;
  readonly sequence: number;
  readonly lastModified: string;
  readonly dtstamp: string;
  /** By TZID. */
  zoneUses: ReadonlyMap<string, ZoneUse>;
  readonly isMirrored: boolean;
  /** Why it can't be read; null when it can. */
  readonly fault: Dropped | null;
}

/** Reads a component that has begun. */
export interface ComponentReader {
  readonly name: string;
  readonly line: number;
  /** Takes its next line; `depth` counts the components inside it that are open. */
  add(line: string, number: number, depth: number): void;
  /** Takes a BEGIN or END of a component inside it. */
  addBoundary(line: string): void;
  /** Where its next line will be. */
  position(): number;
  /** Removes all lines from there on, because the component that begins there has no end. */
  cut(position: number, number: number, name: string): void;
  /** Marks it as unreadable. */
  fail(number: number, reason: string): void;
  finish(): ReadComponent;
}

/** Essential properties that a component has once. */
const SINGLE = new Set(['UID', 'DTSTART', 'DTEND', 'DUE', 'DURATION', 'RECURRENCE-ID', 'STATUS']);
/** Essential properties that an alarm may have as well. */
const OF_ALARMS = new Set(['UID', 'DURATION', 'STATUS']);
const ESSENTIAL_NAMES = Object.keys(ESSENTIAL).join('|');
const BEGINS_ESSENTIAL = new RegExp(`^(${ESSENTIAL_NAMES})(?![A-Z0-9-])`, 'i');
/** How long a rule without an end matters, in years. */
const RULE_YEARS = 20;
/** Units of a value that a sentence shows. */
const SHOWN = 40;

const shown = (text: string): string => (text.length > SHOWN ? `${text.slice(0, SHOWN).toWellFormed()}…` : text);

/** Reads a VEVENT, VTODO or VJOURNAL that begins there. Lines that can't be read are left out, and reported to `onDropped`. */
export function createReader(
  name: ComponentName,
  line: number,
  onDropped: (dropped: Dropped) => void,
): ComponentReader {
  const lines = [`BEGIN:${name}`];
  const values = new Map<string, string>();
  const zoneUses = new Map<string, ZoneUse>();
  let fault: Dropped | null = null;
  let uid: string | null = null;
  let rule = '';
  let recurrenceZone = '';
  let isMirrored = false;

  const drop = (number: number, reason: string): void => {
    onDropped({ line: number, reason });
  };
  const fail = (number: number, reason: string): void => {
    fault ??= { line: number, reason };
  };

  const addUnreadable = (text: string, number: number, depth: number): void => {
    const essential = depth === 0 ? BEGINS_ESSENTIAL.exec(text)?.[1]?.toUpperCase() : undefined;
    if (essential === undefined) {
      drop(number, `A line can't be read: "${shown(text)}".`);
      return;
    }
    fail(number, `${essential} can't be read: "${shown(text)}".`);
    if (essential === 'UID') uid ??= /:(.+)$/.exec(text)?.[1] ?? null;
  };

  const useZone = (text: string, start: number, number: number): void => {
    const tzid = parametersOf(text, start).get('TZID');
    if (tzid === undefined || tzid === '') return;
    const year = Number(text.slice(start, start + 4)) || 0;
    const use = zoneUses.get(tzid);
    if (use === undefined) zoneUses.set(tzid, { line: number, from: year, to: year });
    else if (year < use.from) use.from = year;
    else if (year > use.to) use.to = year;
  };

  /** Whether the line stays. */
  const readEssential = (property: string, value: string, number: number): boolean => {
    const first = values.get(property);
    if (first !== undefined && SINGLE.has(property)) {
      if (first !== value) fail(number, `${property} is there twice.`);
      else drop(number, `${property} is there twice.`);
      return false;
    }
    if (value === '' && (property === 'EXDATE' || property === 'RDATE')) {
      drop(number, `${property} is empty.`);
      return false;
    }
    values.set(property, value);
    if (property === 'UID') {
      uid = value.trim() === '' ? null : unescapeText(value);
      return uid !== null;
    }
    if (property === 'RRULE') rule = value;
    if (ESSENTIAL[property]?.(value) === false) fail(number, `${property} can't be read: "${shown(value)}".`);
    return true;
  };

  /** Whether the line stays. */
  const readProperty = (property: string, value: string, number: number): boolean => {
    if (property in ESSENTIAL) return readEssential(property, value, number);
    if (property in CHECKED) {
      if (CHECKED[property]?.(value) !== true) {
        drop(number, `${property} can't be read: "${shown(value)}".`);
        return false;
      }
      values.set(property, value);
    }
    if (property === 'X-PLANE-MIRROR') isMirrored = true;
    return true;
  };

  const add = (text: string, number: number, depth: number): void => {
    const end = nameEnd(text);
    const start = text.charCodeAt(end) === 58 && end > 0 ? end + 1 : valueStart(text);
    if (start < 0) {
      addUnreadable(text, number, depth);
      return;
    }
    if (start > end + 1 && /;TZID=/i.test(text.slice(end, start))) useZone(text, start, number);
    if (depth > 0) {
      lines.push(text);
      return;
    }
    const property = text.slice(0, end).toUpperCase();
    if (!(property in ESSENTIAL || property in CHECKED || property === 'X-PLANE-MIRROR')) {
      lines.push(text);
      return;
    }
    const value = text.slice(start);
    const trimmed = property === 'UID' ? value : value.trim();
    if (!readProperty(property, trimmed, number)) return;
    if (property === 'RECURRENCE-ID') recurrenceZone = parametersOf(text, start).get('TZID') ?? '';
    lines.push(trimmed === value ? text : text.slice(0, start) + trimmed);
  };

  const cut = (position: number, number: number, nested: string): void => {
    const removed = lines.splice(position);
    const names = removed.map((text) => text.slice(0, nameEnd(text)).toUpperCase());
    const essential = names.find((one) => one in ESSENTIAL && !OF_ALARMS.has(one));
    if (essential !== undefined || (names.includes('UID') && uid === null)) fail(number, `A ${nested} has no end.`);
    else drop(number, `A ${nested} has no end.`);
  };

  /** The years in which a rule needs a zone. */
  const extendUses = (): void => {
    if (rule === '') return;
    const until = Number(/UNTIL=(\d{4})/i.exec(rule)?.[1] ?? 0);
    for (const use of zoneUses.values()) use.to = Math.max(use.to, until || use.from + RULE_YEARS);
  };

  const finish = (): ReadComponent => {
    if (name === 'VEVENT' && !values.has('DTSTART')) fail(line, 'DTSTART is missing.');
    extendUses();
    lines.push(`END:${name}`);
    const recurrenceId = values.get('RECURRENCE-ID');
    return {
      name,
      line,
      // As parts of a text of its own: else one component keeps a piece of the file in memory.
      lines: lines.join('\n').split('\n'),
      uid,
      recurrenceId: recurrenceId === undefined ? '' : `${recurrenceZone}:${recurrenceId}`,
      sequence: Number(values.get('SEQUENCE') ?? 0),
      lastModified: values.get('LAST-MODIFIED') ?? '',
      dtstamp: values.get('DTSTAMP') ?? '',
      zoneUses,
      isMirrored,
      fault,
    };
  };

  return {
    name,
    line,
    add,
    addBoundary: (text) => lines.push(text),
    position: () => lines.length,
    cut,
    fail,
    finish,
  };
}
