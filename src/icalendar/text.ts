/**
 * The lexical layer of iCalendar (RFC 5545 sections 3.1 and 3.3.11): allowed characters, escaping, folding.
 */

/** Ends every line, the last one too. */
export const CRLF = '\r\n';

/** What `sanitize` replaces or removes. Few texts have any of it, and one search costs less than all replacements. */
const SPECIAL =
  // eslint-disable-next-line no-control-regex -- what is looked for
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\ud800-\udfff\ufdd0-\ufdef\ufeff\ufffe\uffff]/;
const NONCHARACTERS = /[\ufdd0-\ufdef]|[\u{fffe}\u{ffff}\u{1fffe}\u{1ffff}\u{2fffe}\u{2ffff}\u{10fffe}\u{10ffff}]/gu;

/**
 * Makes foreign text safe for iCalendar and its readers: every line break becomes "\n", and other control characters, byte order marks,
 * non-characters and lone surrogates are removed. With one NUL, Evolution shows nothing of a feed; U+2028 splits a line in vdirsyncer.
 */
export function sanitize(text: string): string {
  if (!SPECIAL.test(text)) return text;
  return (
    text
      .toWellFormed()
      // eslint-disable-next-line no-control-regex -- replaced by line breaks
      .replace(/\r\n?|[\u000b\u000c\u0085\u2028\u2029]/g, '\n')
      // eslint-disable-next-line no-control-regex -- removed
      .replace(/[\u0000-\u0008\u000e-\u001f\u007f-\u009f\ufeff]/g, '')
      .replace(NONCHARACTERS, '')
  );
}

/** Foreign text as one sanitized, trimmed line: for SUMMARY, CATEGORIES, NAME, and inside our own sentences. */
export function oneLine(text: string): string {
  const clean = sanitize(text);
  const line = (SPACE_TO_SPARE.test(clean) ? clean.replace(/[\n\t ]+/g, ' ') : clean).trim();
  return line + directionEnds(line);
}

const SPACE_TO_SPARE = /[\n\t]| {2}/;
const POP_FORMATTING = '\u202c';
const POP_ISOLATE = '\u2069';
const DIRECTIONS = /[\u202a-\u202e\u2066-\u2069]/g;

/** The characters that close the text directions a line opens, so that they don't affect what follows it (UAX #9). */
function directionEnds(line: string): string {
  if (line.search(DIRECTIONS) === -1) return '';
  const open: string[] = [];
  let isolates = 0;
  for (const [character] of line.matchAll(DIRECTIONS)) {
    if (character === POP_FORMATTING) {
      if (open.at(-1) === POP_FORMATTING) open.pop();
    } else if (character !== POP_ISOLATE) {
      const isIsolate = character >= '\u2066';
      if (isIsolate) isolates++;
      open.push(isIsolate ? POP_ISOLATE : POP_FORMATTING);
    } else if (isolates > 0) {
      isolates--;
      open.length = open.lastIndexOf(POP_ISOLATE);
    }
  }
  return open.toReversed().join('');
}

/** A sanitized text as a TEXT value. Colons and quotes are not escaped. */
export function escapeText(clean: string): string {
  return clean.replace(/[\\;,]/g, '\\$&').replace(/\n/g, '\\n');
}

/**
 * A web address as a URI value; null for anything else. Backslashes are not allowed in it, and "," and ";" are percent-encoded because
 * writers and readers disagree on escaping them (RFC 5545 section 3.3.13).
 */
export function uriValue(address: string): string | null {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return null;
  return url.href.replace(/[\\^`{|}"<>\s,;]/g, (character) => encodeURIComponent(character));
}

/** So many characters never need a fold: one has at most three octets for each of its units. */
const SHORT = 25;

/**
 * Folds a content line at 75 octets, never inside a character: most readers decode before they unfold. The space that begins a
 * continuation counts.
 */
export function fold(line: string): string {
  if (isShort(line)) return line;
  let folded = '';
  let start = 0;
  let octets = 0;
  let limit = 75;
  for (let i = 0; i < line.length; i++) {
    const code = line.charCodeAt(i);
    const pair = code >= 0xd800 && code <= 0xdbff;
    const width = code < 0x80 ? 1 : code < 0x800 ? 2 : pair ? 4 : 3;
    if (octets + width > limit) {
      folded += (folded === '' ? '' : `${CRLF} `) + line.slice(start, i);
      start = i;
      octets = 0;
      limit = 74;
    }
    octets += width;
    if (pair) i++;
  }
  return folded === '' ? line : `${folded}${CRLF} ${line.slice(start)}`;
}

const isShort = (line: string): boolean => line.length <= SHORT || (line.length <= 75 && Buffer.byteLength(line) <= 75);

/** Content lines as text: folded, each ended with CRLF. */
export function foldLines(lines: readonly string[]): string {
  return foldText([...lines, ''].join(CRLF));
}

/** A text without folds. */
export const unfold = (text: string): string => text.replace(/\r\n[ \t]/g, '');

/** The content lines of a text that ends with CRLF, without folds. */
export function unfoldLines(text: string): string[] {
  const lines = unfold(text).split(CRLF);
  lines.pop();
  return lines;
}

/** Folds the content lines of a text, each of which ends with CRLF. What needs no fold is copied in runs. */
export function foldText(lines: string): string {
  let folded = '';
  let copied = 0;
  let start = 0;
  for (let end = lines.indexOf(CRLF); end !== -1; end = lines.indexOf(CRLF, start)) {
    const line = end - start > SHORT ? lines.slice(start, end) : '';
    const written = fold(line);
    if (written !== line) {
      folded += lines.slice(copied, start) + written;
      copied = end;
    }
    start = end + CRLF.length;
  }
  return copied === 0 ? lines : folded + lines.slice(copied);
}

/** The text by itself: the engine makes a part of a text refer to all of it, which then stays in memory as long as the part does. */
export function ownCopy(text: string): string {
  const length = text.length * 2;
  const buffer = length <= copies.length ? copies : Buffer.allocUnsafe(length);
  return buffer.toString('utf16le', 0, buffer.write(text, 'utf16le'));
}

/** Most texts are copied through this: to make a buffer takes longer than to copy. */
const copies = Buffer.alloc(512);
