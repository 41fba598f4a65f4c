import { CRLF } from '../text.ts';

/** From the bytes of a file to its content lines (RFC 5545 section 3.1), whatever is wrong with them. */

/** Bytes that are handled in one step: well below a slice of 5 ms. */
const PIECE = 65_536;
/** Bytes of lines that are read in one step. */
const STEP = 16_384;
const CR = 13;

/** Whole physical lines of a file. */
export interface Chunk {
  /** Each byte is a character. */
  readonly text: string;
  /** Whether all of it is lines of ASCII that need no cleaning, each ended with LF or CRLF. */
  readonly isPlain: boolean;
  readonly content: Buffer;
  /** Where it begins in the content. */
  readonly offset: number;
}

/** Takes what is read. */
export interface LineReader {
  /** Takes an unfolded, sanitized content line and the number of its first physical line. What is kept of it should be copied: it is a part of many lines. */
  line(line: string, number: number): void;
  /**
   * Is asked to take several lines at once, from a BEGIN on. Returns where they end and how many there are; null to be given each, and undefined
   * where they go on after the chunk.
   */
  block(
    chunk: Chunk,
    start: number,
    number: number,
  ): { readonly end: number; readonly lines: number } | null | undefined;
}

/**
 * Reads the content lines of a file. Folds are undone before characters are decoded, since some writers fold inside a character. A line that is
 * not UTF-8 is taken as Latin-1, each by itself: one wrong byte costs no other line its umlauts.
 */
export function* readLines(
  bytes: Uint8Array,
  charset: string | null,
  reader: LineReader,
): Generator<undefined, undefined> {
  const encoding = encodingOf(bytes, charset);
  const isOther = encoding !== 'utf-8' && encoding !== LATIN_1 && !(yield* isUtf8(bytes));
  const content = isOther ? yield* transcode(bytes, encoding) : withoutMark(bytes);
  const unfolder = createUnfolder(reader, encoding === LATIN_1);
  const lineEnd = content.includes('\n') ? '\n' : '\r';
  for (let offset = 0; offset < content.length;) {
    yield;
    const end = content.indexOf(lineEnd, offset + STEP) + 1 || content.length;
    const text = content.toString('latin1', offset, end);
    offset += unfolder.add({ text, isPlain: PLAIN.exec(text)?.[0].length === text.length, content, offset }, lineEnd);
  }
  unfolder.end();
  return undefined;
}

const LATIN_1 = 'windows-1252';

/** The encoding by the byte order mark, else as declared, else UTF-8. */
function encodingOf(bytes: Uint8Array, charset: string | null): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  if (hasMark(bytes)) return 'utf-8';
  try {
    return new TextDecoder(charset ?? 'utf-8').encoding;
  } catch {
    return 'utf-8';
  }
}

const hasMark = (bytes: Uint8Array): boolean => bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;

function withoutMark(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).subarray(hasMark(bytes) ? 3 : 0);
}

/** Whether the bytes are UTF-8 whatever their server says: text of another charset is that only where it is ASCII. */
function* isUtf8(bytes: Uint8Array): Generator<undefined, boolean> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let isAscii = true;
  try {
    for (let start = 0; start < bytes.length; start += PIECE) {
      const text = decoder.decode(bytes.subarray(start, start + PIECE), { stream: true });
      isAscii &&= !/[^\0-\x7f]/.test(text);
      yield;
    }
    decoder.decode();
  } catch {
    return false;
  }
  return !isAscii;
}

/** The bytes in UTF-8. */
function* transcode(bytes: Uint8Array, encoding: string): Generator<undefined, Buffer> {
  const decoder = new TextDecoder(encoding);
  const pieces: Buffer[] = [];
  for (let start = 0; start < bytes.length; start += PIECE) {
    pieces.push(Buffer.from(decoder.decode(bytes.subarray(start, start + PIECE), { stream: true })));
    yield;
  }
  pieces.push(Buffer.from(decoder.decode()));
  return Buffer.concat(pieces);
}

/** Undoes folds. A line that was cut at the usual length, and goes on without the space that says so, is put together too. */
function createUnfolder(
  reader: LineReader,
  isLatin1: boolean,
): { add(chunk: Chunk, lineEnd: string): number; end(): void } {
  let current = '';
  /** Whether the current line has other characters than those of ASCII that need no cleaning. */
  let isPlain = true;
  let number = 0;
  let first = 0;
  let lastLength = 0;
  const end = (): void => {
    if (current !== '') reader.line(isPlain ? current : cleanLine(current, isLatin1), first);
    current = '';
    isPlain = true;
  };
  const append = (line: string): void => {
    const code = line.charCodeAt(0);
    const isFolded = code === 0x20 || code === 0x09;
    if (current !== '' && isFolded && !(current.length <= MAX_BOUNDARY && BOUNDARY.test(current))) {
      current += line.slice(1);
    } else if (current !== '' && !isFolded && isCut(lastLength, line)) {
      current += line;
    } else {
      end();
      current = isFolded ? line.trimStart() : line;
      first = number;
    }
    lastLength = line.length;
  };
  const addPhysical = ({ text, isPlain: isAllPlain }: Chunk, start: number, found: number): void => {
    let last = found;
    while (last > start && text.charCodeAt(last - 1) === CR) last--;
    number++;
    if (last === start) return;
    const line = text.slice(start, last);
    const isOdd = !isAllPlain && ODD.test(line);
    append(isOdd ? line.replaceAll('\0', '') : line);
    if (isOdd) isPlain = false;
  };
  /** Takes the lines of a chunk, of which the bytes are characters. Returns how far. */
  const add = (chunk: Chunk, lineEnd: string): number => {
    const { text } = chunk;
    for (let start = 0; start < text.length;) {
      if (text.startsWith(BEGIN, start)) {
        end();
        const block = reader.block(chunk, start, number + 1);
        // One that is longer than a chunk is read line by line.
        if (block === undefined && start > 0) return start;
        if (block) {
          start = block.end;
          number += block.lines;
          continue;
        }
      }
      const found = text.indexOf(lineEnd, start);
      const last = found === -1 ? text.length : found;
      addPhysical(chunk, start, last);
      start = last + 1;
    }
    return text.length;
  };
  return { add, end };
}

/** Others than printable characters of ASCII. */
const ODD = /[^\t -~]/;
/** Lines without any. To match them all takes the engine half as long as to search for one that is not so. */
const PLAIN = /^(?:[\t -~]*\r?\n)*/;
/** Where a component begins that may be taken at once. */
const BEGIN = 'BEGIN:V';

/** Lines that nothing can follow: what looks like it is another line, whose beginning is damaged. */
const BOUNDARY = /^(?:BEGIN|END):(?:VEVENT|VTODO|VJOURNAL|VALARM|VTIMEZONE|STANDARD|DAYLIGHT|VFREEBUSY|VCALENDAR)$/i;
const MAX_BOUNDARY = 'BEGIN:VTIMEZONE'.length;
/** What a content line begins with, or the name of one that goes on after a fold. */
const CONTENT = /^[\w-]+(?:[:;]|$)/;

const isCut = (lastLength: number, line: string): boolean =>
  lastLength >= 73 && lastLength <= 76 && !CONTENT.test(line);

/** A line of bytes as text, without what breaks readers. */
const cleanLine = (line: string, isLatin1: boolean): string => withoutHarm(decodeLine(line, isLatin1));

function withoutHarm(line: string): string {
  return line.replace(/[\u2028\u2029]/g, ' ').replace(/[^\P{Cc}\t]|[\ufeff\p{Noncharacter_Code_Point}]/gu, '');
}

/** The text of a part of a chunk by itself, with its line ends; null where anything in it would be decoded in another way, or cleaned. */
export function cleanText({ content, offset, isPlain }: Chunk, start: number, end: number): string | null {
  // A part of the chunk's text would keep all of that in memory.
  if (isPlain) return content.toString('latin1', offset + start, offset + end);
  const text = content.toString('utf8', offset + start, offset + end);
  const line = text.replaceAll(CRLF, '');
  return line.includes('\ufffd') || withoutHarm(line) !== line ? null : text;
}

/** A line of bytes that are UTF-8. */
export const decodedLine = (line: string): string => Buffer.from(line, 'latin1').toString();

/**
 * The characters that Windows has at 0x80 to 0x9f, and Latin-1 hasn't: writers mean these (https://encoding.spec.whatwg.org/#windows-1252).
 * The decoder of Node.js 20 doesn't know them.
 */
const WINDOWS_1252 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';

function decodeLine(line: string, isLatin1: boolean): string {
  const bytes = Buffer.from(line, 'latin1');
  const text = bytes.toString('utf8');
  const wrong = count(text, /\ufffd/g) - count(line, /\xef\xbf\xbd/g);
  if (wrong === 0) return text;
  // Text that was cut inside a character still has others that are whole.
  if (!isLatin1 && count(text, /[^\0-\x7f\ufffd]/g) > wrong) return text;
  return line.replace(/[\x80-\x9f]/g, (character) => WINDOWS_1252[character.charCodeAt(0) - 0x80] ?? '');
}

const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;
