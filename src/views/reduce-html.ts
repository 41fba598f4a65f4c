import { Parser } from 'htmlparser2';

/** How many characters of text and addresses are read of a description; the first thousand are shown. */
const MAX_READ = 16_384;
/** How many tags, attributes and comments are read. */
const MAX_PIECES = 4_096;
/** Each level costs stack and, in quotes and lists, time. Of deeper levels only the text is kept. */
const MAX_DEPTH = 64;
/** A longer address is never shown. */
const MAX_ADDRESS = 1_000;
/** Replaces a web address that is too long to show. */
export const LONG_ADDRESS = '…';

/** Their content is not text. */
const SKIPPED = new Set(['head', 'image-component', 'img', 'script', 'style', 'title']);
const WITHOUT_END = new Set(['br', 'hr', 'wbr']);
/** The tags, with their attributes, that decide the layout of the text. All others are written as span. */
const KEPT = new Map<string, readonly string[]>([
  ...['article', 'aside', 'blockquote', 'br', 'div', 'footer', 'form', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map(bare),
  ...['header', 'hr', 'main', 'nav', 'p', 'pre', 'section', 'table', 'tbody', 'tfoot', 'thead', 'tr', 'wbr'].map(bare),
  ['a', ['href']],
  ['li', ['data-checked']],
  ['mention-component', ['entity_identifier']],
  ['ol', ['start', 'type']],
  ['td', ['colspan', 'rowspan']],
  ['th', ['colspan', 'rowspan']],
  ['ul', ['data-type']],
]);

function bare(name: string): [string, readonly string[]] {
  return [name, []];
}

/** White space as html-to-text defines it, without the no-break space. */
const SPACES = /[ \t\r\n\f\u200b]+/g;
const NOT_SPACE = /[^ \t\r\n\f\u200b]/;
/** A character by its number, in decimal or hexadecimal. */
const REFERENCE = /&#(?:x([\da-f]+)|(\d+));?/gi;

/** A description with its text, without what is never shown. */
export interface ReducedHtml {
  readonly html: string;
  /** True when there may be more text than was read. */
  readonly isPartial: boolean;
}

/**
 * Reduces a description to text, layout and addresses of links. Pictures, scripts, styles, comments and all other attributes are left out.
 * The result is bounded in length, tags and depth; the time is linear.
 */
export function reduceHtml(html: string): ReducedHtml {
  const written: string[] = [];
  /** The written tag of each open element; null where it was not written. */
  const open: (string | null)[] = [];
  let attributes: readonly string[] = [];
  let isInTag = false;
  let depth = 0;
  let skipped = 0;
  let preformatted = 0;
  let room = MAX_READ;
  let pieces = 0;
  let isPartial = false;

  function stop(): void {
    isPartial = true;
    parser.pause();
  }

  function endTag(): void {
    if (isInTag) written.push('>');
    isInTag = false;
  }

  function count(): void {
    pieces++;
    if (pieces > MAX_PIECES) stop();
  }

  function addText(data: string): void {
    const { text, rest } = readText(data, room, preformatted > 0);
    room -= text.length;
    written.push(text.replaceAll('<', '&lt;'));
    if (room <= 0 && NOT_SPACE.test(rest)) stop();
  }

  const parser = new Parser(
    {
      onopentagname: (name) => {
        count();
        endTag();
        if (SKIPPED.has(name)) skipped++;
        if (name === 'pre') preformatted++;
        const tag = KEPT.has(name) ? name : 'span';
        const isWritten = skipped === 0 && depth < MAX_DEPTH && room > 0;
        open.push(isWritten ? tag : null);
        attributes = isWritten ? (KEPT.get(name) ?? []) : [];
        if (!isWritten) return;
        written.push(`<${tag}`);
        isInTag = true;
        depth++;
      },
      onattribute: (name, value) => {
        count();
        if (!attributes.includes(name)) return;
        const kept = value.length <= MAX_ADDRESS ? value : name === 'href' ? inPlaceOf(value) : '';
        room -= kept.length;
        written.push(` ${name}="${kept.replaceAll('"', '&quot;')}"`);
      },
      onclosetag: (name) => {
        count();
        endTag();
        if (SKIPPED.has(name)) skipped--;
        if (name === 'pre') preformatted--;
        const tag = open.pop() ?? null;
        if (tag === null) return;
        depth--;
        if (!WITHOUT_END.has(tag)) written.push(`</${tag}>`);
      },
      ontext: (data) => {
        endTag();
        if (skipped === 0) addText(data);
      },
      oncomment: count,
      onprocessinginstruction: count,
    },
    { decodeEntities: false },
  );
  parser.end(html);
  return { html: written.join('').replace(REFERENCE, withoutMarks), isPartial };
}

/** Up to that many characters of a text, with each run of white space as one unless it is preformatted; and what was not read. */
function readText(data: string, length: number, isPreformatted: boolean): { text: string; rest: string } {
  let text = '';
  let position = 0;
  while (position < data.length && text.length < length) {
    const part = data.slice(position, position + length - text.length);
    text += isPreformatted ? part : part.replace(SPACES, ' ');
    position += part.length;
  }
  return { text, rest: data.slice(position) };
}

function inPlaceOf(address: string): string {
  return /^\s*(?:https?:|\/)/i.test(address) ? LONG_ADDRESS : '';
}

/** Replaces non-characters, which delimit marks in our texts. */
function withoutMarks(reference: string, hexadecimal: string | undefined, decimal: string | undefined): string {
  const code = hexadecimal === undefined ? Number(decimal) : Number.parseInt(hexadecimal, 16);
  return code >= 0xfdd0 && code <= 0xfdef ? '\ufffd' : reference;
}
