/**
 * The lexical layer of iCalendar (RFC 5545 sections 3.1 and 3.3.11): what a text may hold, how it is escaped, how lines are folded.
 */

/** Ends every line, also the last. */
export const CRLF = '\r\n';

const NONCHARACTERS = /[\ufdd0-\ufdef]|[\u{fffe}\u{ffff}\u{1fffe}\u{1ffff}\u{2fffe}\u{2ffff}\u{10fffe}\u{10ffff}]/gu;

/**
 * Foreign text without what iCalendar or its readers can't carry: every line break becomes "\n", other control characters, byte order
 * marks, non-characters and lone surrogates go. One NUL makes Evolution show nothing of the whole feed; U+2028 cuts a line in vdirsyncer.
 */
export function sanitize(text: string): string {
  return (
    text
      .toWellFormed()
      // eslint-disable-next-line no-control-regex -- these are what is turned into line breaks
      .replace(/\r\n?|[\u000b\u000c\u0085\u2028\u2029]/g, '\n')
      // eslint-disable-next-line no-control-regex -- these are what is removed
      .replace(/[\u0000-\u0008\u000e-\u001f\u007f-\u009f\ufeff]/g, '')
      .replace(NONCHARACTERS, '')
  );
}

/** Foreign text as one trimmed line, for SUMMARY, CATEGORIES and NAME, and for sentences of ours. */
export function oneLine(text: string): string {
  const line = sanitize(text)
    .replace(/[\n\t ]+/g, ' ')
    .trim();
  return line + directionEnds(line);
}

const POP_FORMATTING = '\u202c';
const POP_ISOLATE = '\u2069';
const DIRECTIONS = /[\u202a-\u202e\u2066-\u2069]/g;

/** What ends the directions of writing that a line begins and does not end, so that they do not turn what stands behind it (UAX #9). */
function directionEnds(line: string): string {
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

/** A clean text as a TEXT value. Colon and quote are not escaped. */
export function escapeText(clean: string): string {
  return clean.replace(/[\\;,]/g, '\\$&').replace(/\n/g, '\\n');
}

/**
 * A web address as a URI value, or null when it isn't one: no backslash may be in it, and "," and ";" are percent-encoded since
 * writers and readers disagree on escaping them (RFC 5545 section 3.3.13).
 */
export function uriValue(address: string): string | null {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return null;
  return url.href.replace(/[\\^`{|}"<>\s,;]/g, (character) => encodeURIComponent(character));
}

/**
 * A content line folded at 75 octets, never inside a character: most readers decode before they unfold. The space that begins a
 * continuation counts.
 */
export function fold(line: string): string {
  if (line.length <= 25) return line;
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
