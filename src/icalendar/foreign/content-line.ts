import { ownCopy, unfoldLines } from '../text.ts';
import type { RawComponent } from './types.ts';

/** The grammar of a content line (RFC 5545 section 3.1): a name, parameters, and a value. */

const COLON = 58;
const SEMICOLON = 59;
const QUOTE = 34;
const COMMA = 44;

/** Where the name that begins at `start` ends. */
export function nameEnd(line: string, start = 0): number {
  let at = start;
  while (isNameCode(line.charCodeAt(at))) at++;
  return at;
}

/** Letters, digits, "-", and "_", which RFC 5545 doesn't allow but calendars have. */
function isNameCode(code: number): boolean {
  const lower = code | 0x20;
  return (lower >= 97 && lower <= 122) || (code >= 48 && code <= 57) || code === 45 || code === 95;
}

/** Where the value of a content line begins, whose name ends at `end`; -1 for a line that can't be read. */
export function valueStart(line: string, end = nameEnd(line)): number {
  let at = end;
  if (at === 0) return -1;
  while (line.charCodeAt(at) === SEMICOLON) {
    const equals = nameEnd(line, at + 1);
    if (equals === at + 1 || line.charAt(equals) !== '=') return -1;
    at = parameterEnd(line, equals + 1);
  }
  return line.charCodeAt(at) === COLON ? at + 1 : -1;
}

/** Where the values of a parameter end; the end of the line where they don't. */
function parameterEnd(line: string, start: number): number {
  let at = start;
  while (at < line.length) {
    if (line.charCodeAt(at) === QUOTE) {
      at = line.indexOf('"', at + 1) + 1;
      if (at === 0) return line.length;
    } else {
      while (at < line.length && !isDelimiter(line.charCodeAt(at))) at++;
    }
    if (line.charCodeAt(at) !== COMMA) return at;
    at++;
  }
  return at;
}

const isDelimiter = (code: number): boolean => code === COLON || code === SEMICOLON || code === COMMA;

/** The parameters of a line whose value begins at `start`: names in upper case, values without quotes; several values are joined by commas. */
export function parametersOf(line: string, start: number): Map<string, string> {
  const parameters = new Map<string, string>();
  let at = nameEnd(line);
  while (at < start - 1) {
    const equals = nameEnd(line, at + 1);
    const end = parameterEnd(line, equals + 1);
    const raw = line.slice(equals + 1, end);
    parameters.set(line.slice(at + 1, equals).toUpperCase(), unquoted(raw));
    at = end;
  }
  return parameters;
}

/**
 * The line of a date whose TZID should be in quotes, and is not: Exchange has names such as "(UTC+01:00) Amsterdam, Berlin". Null where it
 * isn't that.
 */
export function repairZone(line: string, isValid: ((value: string) => boolean) | undefined): string | null {
  const colon = line.lastIndexOf(':');
  const zone = line.toUpperCase().indexOf(';TZID=') + ';TZID='.length;
  const tzid = line.slice(zone, colon);
  if (zone < ';TZID='.length || /[";]/.test(tzid) || isValid?.(line.slice(colon + 1)) !== true) return null;
  return `${line.slice(0, zone)}"${tzid}"${line.slice(colon)}`;
}

const CARETS: Readonly<Record<string, string>> = { '^n': '\n', '^^': '^', "^'": '"' };

/** Without quotes, and with what RFC 6868 encodes. */
function unquoted(raw: string): string {
  const text = raw.includes('"') ? raw.replaceAll('"', '') : raw;
  return text.includes('^') ? text.replace(/\^[n^']/g, (pair) => CARETS[pair] ?? pair) : text;
}

/** A value as a parameter, in quotes where it needs them. */
export function parameterValue(value: string): string {
  const text = value.replaceAll('^', '^^').replaceAll('\n', '^n').replaceAll('"', "^'");
  return /[:;,]/.test(text) ? `"${text}"` : text;
}

/** What a character after a backslash stands for. */
const ESCAPED: Readonly<Record<string, string>> = { '\\': '\\', ';': ';', ',': ',', n: '\n', N: '\n' };

/** What a TEXT value says. */
export function unescapeText(value: string): string {
  let text = '';
  let copied = 0;
  for (let at = value.indexOf('\\'); at !== -1; at = value.indexOf('\\', at + 2)) {
    const character = ESCAPED[value.charAt(at + 1)];
    if (character === undefined) continue;
    text += value.slice(copied, at) + character;
    copied = at + 2;
  }
  return copied === 0 ? value : text + value.slice(copied);
}

/** The last stamp that was copied. */
let latestStamp = '';

/** An own copy of a stamp: an export mostly writes one in all that it contains. */
export function ownStamp(stamp: string): string {
  if (stamp === '') return stamp;
  if (stamp !== latestStamp) latestStamp = ownCopy(stamp);
  return latestStamp;
}

/** One property of a component. */
export interface Property {
  readonly line: string;
  /** Names in upper case, values without quotes; several values are joined by commas. */
  readonly params: ReadonlyMap<string, string>;
  /** As written. */
  readonly value: string;
}

/** The properties of a component by that name (in upper case), not those of components inside it. */
export function propertiesOf(component: RawComponent, name: string): Property[] {
  const found: Property[] = [];
  let depth = 0;
  for (const line of unfoldLines(component.text)) {
    if (line.startsWith('BEGIN:')) depth++;
    else if (line.startsWith('END:')) depth--;
    else if (depth === 1 && hasName(line, name)) {
      const value = valueStart(line);
      if (value > 0) found.push({ line, params: parametersOf(line, value), value: line.slice(value) });
    }
  }
  return found;
}

/** Whether a line is a property by that name, which is in upper case. */
export function hasName(line: string, name: string): boolean {
  const code = line.charCodeAt(name.length);
  if (code !== COLON && code !== SEMICOLON) return false;
  return line.startsWith(name) || line.slice(0, name.length).toUpperCase() === name;
}
