import { tzlib_get_ical_block, tzlib_get_timezones } from 'timezones-ical-library';
import { WINDOWS_TO_IANA_MAP } from 'windows-iana';
import { CRLF, escapeText, foldLines } from '../text.ts';
import type { Zone } from '../../domain/calendar.ts';

/** Time zones by their names, for calendars that don't define them. */

/** A zone of the database, and whether its name had to be guessed. */
export interface KnownZone extends Zone {
  readonly isGuessed: boolean;
}

interface Names {
  readonly olson: ReadonlySet<string>;
  /** Olson names by names in lower case. */
  readonly lower: ReadonlyMap<string, string>;
  /** Olson names by the names of Windows in lower case. */
  readonly windows: ReadonlyMap<string, string>;
}

let names: Names | undefined;

/** Read when the first name is looked up: most calendars define their zones. */
function namesOf(): Names {
  names ??= readNames();
  return names;
}

function readNames(): Names {
  const olson = [tzlib_get_timezones()].flat();
  const windows = WINDOWS_TO_IANA_MAP.filter(({ territory }) => territory === '001');
  return {
    olson: new Set(olson),
    lower: new Map(olson.map((name) => [name.toLowerCase(), name])),
    windows: new Map(windows.map(({ windowsName, iana: [name] }) => [windowsName.toLowerCase(), name])),
  };
}

const OFFSET = /^(?:UTC|GMT) ?([+-])(\d{1,2})(?::?([0-5]\d))?$/i;

/**
 * The zone of that name, an Olson name or one like it: of Windows ("W. Europe Standard Time", also "GMT Standard Time 1", as Outlook writes it),
 * with the path of a registry ("/mozilla.org/20050126_1/Europe/Berlin"), or a fixed offset ("UTC+2"); null for an unknown one.
 */
export function knownZone(name: string): KnownZone | null {
  const found = findOlson(name);
  if (found !== null) return { tzid: name, text: zoneText(found.olson, name), isGuessed: found.isGuessed };
  const offset = OFFSET.exec(name.trim());
  return offset === null ? null : { tzid: name, text: fixedZone(name, offset), isGuessed: true };
}

/**
 * The IANA name of the zone of that name, as `Intl` has it: also of a name of Windows, of a path, and of a fixed offset in whole hours;
 * null where there is none.
 */
export function ianaName(name: string): string | null {
  const found = findOlson(name)?.olson ?? ofOffset(name);
  return found !== undefined && isOfIntl(found) ? found : null;
}

/** "UTC+2" is "Etc/GMT-2": these names have the sign of POSIX. */
function ofOffset(name: string): string | undefined {
  const [, sign, hours, minutes = '00'] = OFFSET.exec(name.trim()) ?? [];
  if (hours === undefined || minutes !== '00') return undefined;
  return Number(hours) === 0 ? 'UTC' : `Etc/GMT${sign === '+' ? '-' : '+'}${Number(hours)}`;
}

function isOfIntl(timeZone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).format(0) !== '';
  } catch {
    return false;
  }
}

function findOlson(name: string): { readonly olson: string; readonly isGuessed: boolean } | null {
  const { olson, lower, windows } = namesOf();
  if (olson.has(name)) return { olson: name, isGuessed: false };
  const key = name.trim().toLowerCase();
  const ofWindows = windows.get(key);
  if (ofWindows !== undefined) return { olson: ofWindows, isGuessed: false };
  const guess = windows.get(key.replace(/ \d$/, '')) ?? lower.get(key.replaceAll(' ', '_')) ?? byPath(key, lower);
  return guess === undefined ? null : { olson: guess, isGuessed: true };
}

/** By the last parts of a path. */
function byPath(key: string, lower: ReadonlyMap<string, string>): string | undefined {
  const parts = key.split('/');
  return [3, 2, 1]
    .filter((count) => count < parts.length)
    .map((count) => lower.get(parts.slice(-count).join('/')))
    .find((found) => found !== undefined);
}

const texts = new Map<string, string>();

/** The zone of the database as a VTIMEZONE with another TZID. */
function zoneText(olson: string, tzid: string): string {
  let text = texts.get(olson);
  if (text === undefined) {
    text = [tzlib_get_ical_block(olson)].flat()[0] ?? '';
    texts.set(olson, text);
  }
  return withTzid(text.split(CRLF), tzid);
}

/** A VTIMEZONE as folded lines with that TZID. */
export function withTzid(lines: readonly string[], tzid: string): string {
  return foldLines(lines.map((line) => (/^TZID[;:]/i.test(line) ? `TZID:${escapeText(tzid)}` : line)));
}

function fixedZone(tzid: string, [, sign = '', hours = '', minutes = '00']: readonly string[]): string {
  const offset = sign + hours.padStart(2, '0') + minutes;
  return withTzid(
    [
      'BEGIN:VTIMEZONE',
      'TZID:',
      'BEGIN:STANDARD',
      'DTSTART:19700101T000000',
      `TZOFFSETFROM:${offset}`,
      `TZOFFSETTO:${offset}`,
      'END:STANDARD',
      'END:VTIMEZONE',
    ],
    tzid,
  );
}
