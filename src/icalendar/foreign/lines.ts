/** From the bytes of a file to its content lines (RFC 5545 section 3.1), whatever is wrong with them. */

/** Bytes that are decoded at once: well below a slice of 5 ms. */
const PIECE = 65_536;
const LF = 10;
/** Physical lines that are read at once. */
const LINES_PER_STEP = 256;

/** Takes an unfolded, sanitized content line and the number of its first physical line. */
export type LineReader = (line: string, number: number) => void;

/**
 * Reads the content lines of a file. Folds are undone before characters are decoded, since some writers fold inside a character. A line that is
 * not UTF-8 is taken as Latin-1, each by itself: one wrong byte costs no other line its umlauts.
 */
export function* readLines(
  bytes: Uint8Array,
  charset: string | null,
  onLine: LineReader,
): Generator<undefined, undefined> {
  const encoding = encodingOf(bytes, charset);
  const isOther = encoding !== 'utf-8' && encoding !== LATIN_1;
  const content = isOther ? yield* transcode(bytes, encoding) : withoutMark(bytes);
  const unfolder = createUnfolder((line, number) => {
    onLine(cleanLine(line, encoding === LATIN_1), number);
  });
  const lineEnd = content.includes(LF) ? '\n' : '\r';
  for (let start = 0; start < content.length;) {
    const end = pieceEnd(content, start, lineEnd.charCodeAt(0));
    yield* readPiece(content.toString('latin1', start, end).replaceAll('\0', ''), lineEnd, unfolder.add);
    start = end;
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

/** Pieces end with a line, so that none has to be put together again. */
function pieceEnd(content: Buffer, start: number, lineEnd: number): number {
  const limit = start + PIECE;
  if (limit >= content.length) return content.length;
  const last = content.lastIndexOf(lineEnd, limit - 1);
  const end = last < start ? content.indexOf(lineEnd, limit) : last;
  return end < 0 ? content.length : end + 1;
}

function* readPiece(piece: string, lineEnd: string, add: (line: string) => void): Generator<undefined, void> {
  const lines = piece.split(lineEnd);
  // What follows the last line ending is no line.
  if (piece.endsWith(lineEnd)) lines.pop();
  for (let index = 0; index < lines.length; index++) {
    if (index % LINES_PER_STEP === 0) yield;
    add(lines[index] ?? '');
  }
}

/** Undoes folds. A line that was cut at the usual length, and goes on without the space that says so, is put together too. */
function createUnfolder(onLine: LineReader): { add(physical: string): void; end(): void } {
  let current = '';
  let number = 0;
  let start = 0;
  let lastLength = 0;
  const end = (): void => {
    if (current !== '') onLine(current, start);
    current = '';
  };
  const add = (physical: string): void => {
    number++;
    const line = physical.endsWith('\r') ? physical.replace(/(?<!\r)\r+$/, '') : physical;
    if (line === '') return;
    const code = line.charCodeAt(0);
    if (current !== '' && (code === 0x20 || code === 0x09)) {
      current += line.slice(1);
    } else if (current !== '' && isCut(lastLength, line)) {
      current += line;
    } else {
      end();
      current = code === 0x20 || code === 0x09 ? line.trimStart() : line;
      start = number;
    }
    lastLength = line.length;
  };
  return { add, end };
}

const CONTENT = /^[\w-]+[:;]/;

const isCut = (lastLength: number, line: string): boolean =>
  lastLength >= 73 && lastLength <= 76 && !CONTENT.test(line);

const PLAIN = /^[\t\x20-\x7e]*$/;

/** A line of bytes as text, without what breaks readers. */
function cleanLine(line: string, isLatin1: boolean): string {
  if (PLAIN.test(line)) return line;
  return decodeLine(line, isLatin1)
    .replace(/[\u2028\u2029]/g, ' ')
    .replace(/[^\P{Cc}\t]|[\ufeff\p{Noncharacter_Code_Point}]/gu, '');
}

function decodeLine(line: string, isLatin1: boolean): string {
  const bytes = Buffer.from(line, 'latin1');
  const text = bytes.toString('utf8');
  const wrong = count(text, /\ufffd/g) - count(line, /\xef\xbf\xbd/g);
  if (wrong === 0) return text;
  // Text that was cut inside a character still has others that are whole.
  if (!isLatin1 && count(text, /[^\0-\x7f\ufffd]/g) > wrong) return text;
  return new TextDecoder(LATIN_1).decode(bytes);
}

const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;
