import { compile } from 'html-to-text';
import { truncate } from '../lib/truncate.ts';
import { beforeBrokenMark, linkMark, personMark } from './marks.ts';
import { LONG_ADDRESS, reduceHtml } from './reduce-html.ts';
import { sanitize } from '../icalendar/text.ts';

/** Characters of a description that are shown. */
export const MAX_TEXT = 1_000;
/** Longer descriptions are never read by the short way. */
const MAX_PLAIN = 16_384;

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
  readonly data?: string | undefined;
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

/** What people write who leave out "https://". */
const DOMAIN = /^[\w-]+\.[\w.-]+(?:[/?#:]|$)/;

interface Address {
  readonly address: string;
  /** Where it leads is known only on the page it is on. */
  readonly isRelative: boolean;
}

/**
 * The address of a link as it is shown; null for none. Only web addresses are shown: others do nothing in a calendar (#heading), do harm
 * (javascript:) or hold what nobody wrote to be read (mailto:).
 */
function addressOf(href: string): Address | null {
  // What URL parsers take out, and what would end the link in a text.
  const address = href
    .replace(/[\t\n\r]/g, '')
    .trim()
    .replace(/\s/g, '%20');
  if (address === '' || address.startsWith('#')) return null;
  if (URL.canParse(address)) return /^https?:/i.test(address) ? { address, isRelative: false } : null;
  if (address === LONG_ADDRESS || DOMAIN.test(address)) return { address, isRelative: false };
  return URL.canParse(address, 'https://plane.invalid/') ? { address, isRelative: true } : null;
}

function textOf(root: Node): string {
  const texts: string[] = [];
  const open = [root];
  for (let node = open.pop(); node; node = open.pop()) {
    if (node.data !== undefined) texts.push(node.data);
    open.push(...(node.children ?? []).toReversed());
  }
  return texts.join('').trim();
}

const isSameAddress = (text: string, address: string): boolean =>
  text === address || (URL.canParse(text) && URL.canParse(address) && new URL(text).href === new URL(address).href);

const convert = compile({
  wordwrap: false,
  limits: { maxDepth: 200, ellipsis: '…' },
  formatters: {
    link: (element, walk, builder) => {
      walk(element.children, builder);
      const found = addressOf(attributesOf(element).href ?? '');
      const text = textOf(element);
      if (found === null || isSameAddress(text, found.address)) return;
      const written = text === '' ? found.address : `(${found.address})`;
      builder.addInline(` ${found.isRelative ? linkMark(written) : written}`, { noWordTransform: true });
    },
    // Plane, packages/editor: <mention-component entity_name="user_mention" entity_identifier="…">
    mention: (element, _walk, builder) => {
      const id = attributesOf(element).entity_identifier;
      if (id !== undefined) builder.addInline(personMark(id), { noWordTransform: true });
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
    { selector: 'a', format: 'link' },
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
 * A description as readable text: lists, links, task boxes and headings kept, pictures left out, at most 1,000 characters, ending with "…"
 * where there is more. People and links inside Plane are marks in it, which `fillMarks` writes out, since what they lead to changes later.
 */
export function htmlToText(html: string): string {
  if (html === '' || html === '<p></p>') return '';
  const plain = html.length <= MAX_PLAIN ? plainText(sanitize(html)) : null;
  if (plain !== null) return fit(plain, false);
  const reduced = reduceHtml(html);
  return fit(convert(sanitize(reduced.html)), reduced.isPartial);
}

function fit(converted: string, isPartial: boolean): string {
  const text = converted
    // From the first of a run alone: else a long run takes the square of its length.
    .replace(/(?<![ \t])[ \t]+$/gm, '')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
  const short = truncate(text, MAX_TEXT, isPartial);
  const whole = short === text ? null : beforeBrokenMark(short);
  return whole === null ? short : truncate(whole, MAX_TEXT, true);
}
