import { CRLF } from '../text.ts';
import { nameEnd } from './content-line.ts';
import { cleanText, decodedLine, type Chunk } from './lines.ts';
import { componentOf, createReader, isPassing, counts, readClean, type ReadComponent, type Reader } from './reader.ts';

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
  readonly chunk: Chunk;
  readonly reader: Reader;
  /** Where the next content line begins, and the number of its first physical line. */
  at: number;
  number: number;
  isInAlarm: boolean;
  isOver: boolean;
}

const CR = 13;
const SPACE = 32;
/** Octets of a physical line. */
const MOST = 75;
const BEGIN = 'BEGIN:';
const END = 'END:';
const FOLD = `${CRLF} `;
/** Where a line ends that goes on after the chunk, and one that is not written as here. */
const CUT = -1;
const OTHER = -2;

const nothing = (): undefined => undefined;

/**
 * Reads the component that begins there, on the line with that number. Returns null for one to be read line by line, and undefined for one that
 * goes on after the chunk.
 */
export function readVerbatim(chunk: Chunk, start: number, number: number): Verbatim | null | undefined {
  const first = chunk.text.indexOf(CRLF, start);
  const name = chunk.text.slice(start + BEGIN.length, first);
  if (first === -1 || !isPassing(name)) return null;
  const reader = createReader(name, number, nothing);
  const at = first + CRLF.length;
  const scan: Scan = { chunk, reader, at, number: number + 1, isInAlarm: false, isOver: false };
  while (!scan.isOver) {
    const { number: one } = scan;
    const end = endOfLine(scan);
    if (end < 0) return end === CUT ? undefined : null;
    if (!isAsHere(scan, end, one)) return null;
    scan.at = end;
  }
  const text = cleanText(chunk, start, scan.at);
  return text === null ? null : { component: componentOf(reader, text), end: scan.at, lines: scan.number - number };
}

/** Where the content line ends, which has to be folded as here: its pieces are as long as they can be. */
function endOfLine(scan: Scan): number {
  const { text } = scan.chunk;
  for (let start = scan.at; ;) {
    const end = text.indexOf('\n', start);
    if (end === -1) return CUT;
    scan.number++;
    const length = end - 1 - start;
    if (length > MOST || text.charCodeAt(end - 1) !== CR) return OTHER;
    const next = text.charCodeAt(end + 1);
    if (next !== SPACE) return end + 1;
    const code = text.charCodeAt(end + 2);
    if (code === CR || length + octets(code) <= MOST) return OTHER;
    start = end + 1;
  }
}

/** Of the character in UTF-8 that begins with this one. */
const octets = (first: number): number => (first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4);

/** Reads a content line; false where it would be written in another way, or not at all. */
function isAsHere(scan: Scan, end: number, number: number): boolean {
  const { chunk, reader, at, isInAlarm } = scan;
  const { text } = chunk;
  const colon = nameEnd(text, at);
  if (colon === at) return false;
  if (isBoundary(text, at, colon)) return passBoundary(scan, end);
  const depth = isInAlarm ? 1 : 0;
  if (!counts(text, at, colon)) return true;
  const physical = text.slice(at, end - CRLF.length);
  const line = scan.number === number + 1 ? physical : physical.replaceAll(FOLD, '');
  return readClean(reader, chunk.isPlain ? line : decodedLine(line), number, depth);
}

/** Whether a name may be BEGIN or END, in any letter case. */
function isBoundary(text: string, start: number, end: number): boolean {
  const first = text.charCodeAt(start) | 0x20;
  return (first === 98 && end - start === 5) || (first === 101 && end - start === 3);
}

/** Passes the end of the component, or that of an alarm or its beginning; false for anything else. */
function passBoundary(scan: Scan, end: number): boolean {
  const line = scan.chunk.text.slice(scan.at, end - CRLF.length);
  if (scan.isInAlarm) {
    scan.isInAlarm = false;
    return line === 'END:VALARM';
  }
  scan.isInAlarm = line === 'BEGIN:VALARM';
  scan.isOver = line === END + scan.reader.name;
  return scan.isInAlarm || scan.isOver;
}
