import { compile } from 'html-to-text';
import { cut, sanitize } from './text.ts';

/** Longer HTML is cut before it is read: only the first thousand characters of text are ever shown. */
const MAX_HTML = 16_384;
/** Characters of text kept of a description. */
export const MAX_TEXT = 1_000;

/** Non-characters, so no foreign text can hold them once sanitized. */
const MENTION_START = '\ufdd0';
const MENTION_END = '\ufdd1';
const MENTION = /\ufdd0([^\ufdd0\ufdd1]*)\ufdd1/g;

const attributesOf = (element: {
  attribs?: Record<string, string | undefined> | undefined;
}): Record<string, string | undefined> => element.attribs ?? {};

/** Cells and rows of a table that is drawn as one, each as often as it spans: drawing takes the square of the longer side. */
const MAX_TABLE = 500;
const MAX_SPAN = 20;
/** Roman numbers end at 3999, and a description has no more than 4,096 items. */
const MAX_START = 999;

interface Node {
  readonly name?: string | undefined;
  readonly children?: readonly Node[] | undefined;
  readonly attribs?: Record<string, string | undefined> | undefined;
}

/** How large a table is drawn. Spans that no table has are taken out of it: a negative one would never end. */
function tableSize(table: Node): number {
  let size = 0;
  const open = [...(table.children ?? [])];
  for (let node = open.pop(); node; node = open.pop()) {
    const attributes = attributesOf(node);
    const spans = ['colspan', 'rowspan'].map((name) => {
      const span = Number(attributes[name] ?? 1);
      if (Number.isInteger(span) && span >= 1 && span <= MAX_SPAN) return span;
      Reflect.deleteProperty(attributes, name);
      return 1;
    });
    if (node.name === 'tr' || node.name === 'td' || node.name === 'th') size += Math.max(...spans);
    open.push(...(node.children ?? []));
  }
  return size;
}

const convert = compile({
  wordwrap: false,
  limits: { maxInputLength: MAX_HTML, maxDepth: 200 },
  formatters: {
    // Plane, packages/editor: <mention-component entity_name="user_mention" entity_identifier="…">
    mention: (element, _walk, builder) => {
      const id = attributesOf(element).entity_identifier;
      if (id !== undefined) builder.addInline(`${MENTION_START}${id}${MENTION_END}`, { noWordTransform: true });
    },
    // One that is too large is read as text.
    table: (element, walk, builder, options) => {
      const { dataTable, block } = builder.options.formatters;
      (tableSize(element) > MAX_TABLE ? block : dataTable)?.(element, walk, builder, options);
    },
    ol: (element, walk, builder, options) => {
      const attributes = attributesOf(element);
      const start = Number(attributes.start ?? 1);
      if (!Number.isInteger(start) || start < 1 || start > MAX_START) Reflect.deleteProperty(attributes, 'start');
      builder.options.formatters.orderedList?.(element, walk, builder, options);
    },
    // Tiptap: <ul data-type="taskList"><li data-type="taskItem" data-checked="true"><label><input></label><div><p>…
    taskList: (element, walk, builder) => {
      builder.openList({ interRowLineBreaks: 1, leadingLineBreaks: 1, maxPrefixLength: 2, prefixAlign: 'left' });
      for (const child of element.children) {
        if (child.name !== 'li') continue;
        builder.openListItem({ prefix: attributesOf(child)['data-checked'] === 'true' ? '☑ ' : '☐ ' });
        walk([child], builder);
        builder.closeListItem();
      }
      builder.closeList({ trailingLineBreaks: 1 });
    },
  },
  selectors: [
    { selector: 'a', options: { linkBrackets: ['(', ')'], hideLinkHrefIfSameAsText: true, ignoreHref: false } },
    { selector: 'ul', options: { itemPrefix: '• ', leadingLineBreaks: 1, trailingLineBreaks: 1 } },
    { selector: 'ul[data-type="taskList"]', format: 'taskList' },
    { selector: 'ol', format: 'ol', options: { leadingLineBreaks: 1, trailingLineBreaks: 1 } },
    { selector: 'p', options: { leadingLineBreaks: 1, trailingLineBreaks: 1 } },
    { selector: 'pre', options: { leadingLineBreaks: 1, trailingLineBreaks: 1 } },
    { selector: 'blockquote', options: { leadingLineBreaks: 1, trailingLineBreaks: 1 } },
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({
      selector,
      options: { uppercase: false, leadingLineBreaks: 2, trailingLineBreaks: 1 },
    })),
    { selector: 'table', format: 'table', options: { uppercaseHeaderCells: false, maxColumnWidth: 40 } },
    { selector: 'img', format: 'skip' },
    { selector: 'image-component', format: 'skip' },
    { selector: 'label', format: 'skip' },
    { selector: 'script', format: 'skip' },
    { selector: 'style', format: 'skip' },
    { selector: 'mention-component', format: 'mention' },
  ],
});

/** Paragraphs without markup and entities in them, or no markup at all: what most descriptions are. */
const PLAIN = /^(?:[^<&]*|(?:<p(?: class="[\w -]*")?>[^<&]*<\/p>)+)$/;
const BETWEEN_TEXTS = /<\/p><p[^>]*>/;
/** White space of HTML, as html-to-text has it: a no-break space is none. */
const SPACES = /[ \t\r\n\f\u200b]+/g;

/** What the converter makes of such a description, at half the cost; null for any other. */
function plainText(html: string): string | null {
  if (!PLAIN.test(html)) return null;
  const texts = html
    .replace(/^<p[^>]*>/, '')
    .replace(/<\/p>$/, '')
    .split(BETWEEN_TEXTS);
  // Spaces at the end of lines go in any case.
  return texts.map((text) => text.replace(SPACES, ' ').replace(/^ /, '')).join('\n');
}

/**
 * A description as readable text: lists, links, task boxes and headings kept, pictures left out, at most 1,000 characters. The people it
 * mentions are marked by id, since their names change later; `nameMentions` writes them.
 */
export function htmlToText(html: string): string {
  if (html === '' || html === '<p></p>') return '';
  const clean = sanitize(html.slice(0, MAX_HTML));
  const text = (plainText(clean) ?? convert(clean))
    // From the first of a run alone: else a long run takes the square of its length.
    .replace(/(?<![ \t])[ \t]+$/gm, '')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
  return cut(text, MAX_TEXT);
}

/** The text with every marked person written as "@name"; someone unknown is "@someone". */
export function nameMentions(text: string, nameOf: (id: string) => string | undefined): string {
  if (!text.includes(MENTION_START)) return text;
  return text.replace(MENTION, (_, id: string) => `@${nameOf(id) ?? 'someone'}`).replace(/[\ufdd0\ufdd1]/g, '');
}
