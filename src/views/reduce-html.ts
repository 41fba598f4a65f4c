import { Parser } from 'htmlparser2';

/** What is read of a description: so many characters of text and addresses, of which the first thousand are shown. */
const MAX_READ = 16_384;
/** Tags, attributes and comments that are read. */
const MAX_PIECES = 4_096;
/** Converting takes the stack and, for quotes and lists, time for each level. Text that is deeper stays, its tags go. */
const MAX_DEPTH = 64;
/** A longer address is never shown. */
const MAX_ADDRESS = 1_000;
/** Stands for a web address that is too long to be shown. */
export const LONG_ADDRESS = '…';

/** Nothing in these is text to read. */
const SKIPPED = new Set(['head', 'image-component', 'img', 'script', 'style', 'title']);
const WITHOUT_END = new Set(['br', 'hr', 'wbr']);
/** The tags that decide how the text is laid out, with those of their attributes that do. All others are written as span. */
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

/** White space of HTML, as html-to-text has it: a no-break space is none. */
const SPACES = /[ \t\r\n\f\u200b]+/g;
const NOT_SPACE = /[^ \t\r\n\f\u200b]/;
/** A character by its number, in decimal or hexadecimal. */
const REFERENCE = /&#(?:x([\da-f]+)|(\d+));?/gi;

/** A description with all its text and without what takes room in it and is never shown. */
export interface ReducedHtml {
  readonly html: string;
  /** True when there is more text than was read, or may be. */
  readonly isPartial: boolean;
}

/**
 * What decides how a description reads: text, layout, addresses of links. Pictures, scripts, styles, comments and all other attributes are
 * left out, however long they are. The result is bounded in length, in tags and in depth, the work grows with the length.
 */
export function reduceHtml(html: string): ReducedHtml {
  const written: string[] = [];
  /** For each open element how it was written; null where it wasn't. */
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
        if (skipped > 0) return;
        let position = 0;
        while (position < data.length && room > 0) {
          const part = data.slice(position, position + room);
          const text = preformatted > 0 ? part : part.replace(SPACES, ' ');
          position += part.length;
          room -= text.length;
          written.push(text.replaceAll('<', '&lt;'));
        }
        if (room <= 0 && NOT_SPACE.test(data.slice(position))) stop();
      },
      oncomment: count,
      onprocessinginstruction: count,
    },
    { decodeEntities: false },
  );
  parser.end(html);
  return { html: written.join('').replace(REFERENCE, withoutMarks), isPartial };
}

function inPlaceOf(address: string): string {
  return /^\s*(?:https?:|\/)/i.test(address) ? LONG_ADDRESS : '';
}

/** Non-characters stand for something in our own texts. */
function withoutMarks(reference: string, hexadecimal: string | undefined, decimal: string | undefined): string {
  const code = hexadecimal === undefined ? Number(decimal) : Number.parseInt(hexadecimal, 16);
  return code >= 0xfdd0 && code <= 0xfdef ? '\ufffd' : reference;
}
