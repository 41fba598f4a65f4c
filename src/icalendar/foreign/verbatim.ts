import { CRLF } from '../text.ts';
import { nameEnd } from './content-line.ts';
import { cleanText, decodedLine, type Chunk } from './lines.ts';
import { componentOf, createReader, readClean, take, type ReadComponent, type Reader } from './reader.ts';
import type { ComponentName } from './types.ts';
import { knownProperty } from './values.ts';

/**
 * Reads components that are as they would be written here: their text is that of the file, and most of their lines are only passed. What differs
 * in anything is left to those who read line by line: here nothing is repaired, and nothing reported.
 */

/** A component whose text is that of the file. */
export interface Verbatim {
  readonly component: ReadComponent;
  /** Where it ends in the chunk. */
  readonly end: number;
  /** How many physical lines it has. */
  readonly lines: number;
}

/** A component that is being read. */
interface Scan {
  readonly reader: Reader;
  /** Its bytes, each of which is a character. */
  readonly bytes: string;
  /** Whether each byte stands for itself. */
  readonly isPlain: boolean;
  /** Where the next content line begins, and the number of its first physical line. */
  at: number;
  number: number;
  isInAlarm: boolean;
}

const CR = 13;
const SPACE = 32;
const COLON = 58;
/** Octets of a physical line. */
const MOST = 75;
/** In place of the end of a line that is not written as here. */
const OTHER = -1;
const FOLD = `${CRLF} `;

/** How a component begins and ends. */
interface Kind {
  readonly name: ComponentName;
  readonly begin: string;
  readonly end: string;
}

const KINDS = (['VEVENT', 'VTODO', 'VJOURNAL'] as const).map((name): Kind => ({
  name,
  begin: `BEGIN:${name}${CRLF}`,
  end: `${CRLF}END:${name}${CRLF}`,
}));

const nothing = (): undefined => undefined;

/**
 * Reads the component that begins there, on the line with that number. Returns null for one to be read line by line, and undefined for one that
 * goes on after the chunk.
 */
export function readVerbatim(chunk: Chunk, start: number, number: number): Verbatim | null | undefined {
  const kind = KINDS.find(({ begin }) => chunk.text.startsWith(begin, start));
  if (kind === undefined) return null;
  const last = chunk.text.indexOf(kind.end, start);
  // Where others begin before its end, that is missing, or it is written in another way.
  if (last === -1) return chunk.text.lastIndexOf(kind.begin) === start ? undefined : null;
  const end = last + kind.end.length;
  const text = cleanText(chunk, start, end);
  if (text === null) return null;
  const bytes = chunk.isPlain ? text : chunk.text.slice(start, end);
  const reader = createReader(kind.name, number, nothing);
  const at = kind.begin.length;
  const scan: Scan = { reader, bytes, isPlain: chunk.isPlain, at, number: number + 1, isInAlarm: false };
  const over = last + CRLF.length - start;
  while (scan.at < over) if (!readLine(scan)) return null;
  return scan.isInAlarm ? null : { component: componentOf(reader, text), end, lines: scan.number + 1 - number };
}

/** Reads a content line; false where it would be written in another way, or not at all. */
function readLine(scan: Scan): boolean {
  const { bytes, at, number } = scan;
  const end = endOfLine(scan);
  const colon = nameEnd(bytes, at);
  if (end === OTHER || colon === at) return false;
  scan.at = end;
  if (isBoundary(bytes, at, colon)) return passBoundary(scan, bytes.slice(at, end - CRLF.length));
  const isBare = bytes.charCodeAt(colon) === COLON;
  const known = isBare ? knownProperty(bytes, at, colon) : null;
  // Of most lines only the name counts.
  if (isBare && known === null) return true;
  const line = lineOf(scan, at, end, number);
  return known === null || scan.isInAlarm
    ? readClean(scan.reader, line, number, scan.isInAlarm ? 1 : 0)
    : take(scan.reader, known, line.slice(colon + 1 - at));
}

/** Where the content line ends, which has to be folded as here: its pieces are as long as they can be. */
function endOfLine(scan: Scan): number {
  const { bytes } = scan;
  for (let start = scan.at; ;) {
    const end = bytes.indexOf('\n', start);
    scan.number++;
    const length = end - 1 - start;
    if (length > MOST || bytes.charCodeAt(end - 1) !== CR) return OTHER;
    if (bytes.charCodeAt(end + 1) !== SPACE) return end + 1;
    const code = bytes.charCodeAt(end + 2);
    if (code === CR || length + octets(code) <= MOST) return OTHER;
    start = end + 1;
  }
}

/** Of the character in UTF-8 that begins with this one. */
const octets = (first: number): number => (first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4);

/** The content line with that first physical line. */
function lineOf({ bytes, isPlain, number: next }: Scan, at: number, end: number, number: number): string {
  const physical = bytes.slice(at, end - CRLF.length);
  const line = next === number + 1 ? physical : physical.replaceAll(FOLD, '');
  return isPlain ? line : decodedLine(line);
}

/** Whether a name may be BEGIN or END, in any letter case. */
function isBoundary(text: string, start: number, end: number): boolean {
  const first = text.charCodeAt(start) | 0x20;
  return (first === 98 && end - start === 5) || (first === 101 && end - start === 3);
}

/** Passes the beginning of an alarm, or its end; false for anything else. */
function passBoundary(scan: Scan, line: string): boolean {
  scan.isInAlarm = !scan.isInAlarm;
  return line === (scan.isInAlarm ? 'BEGIN:VALARM' : 'END:VALARM');
}
