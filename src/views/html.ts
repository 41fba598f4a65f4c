import { compile } from 'html-to-text';
import { truncate } from '../lib/truncate.ts';
import { beforeBrokenMark, linkMark, personMark } from './marks.ts';
import { LONG_ADDRESS, reduceHtml } from './reduce-html.ts';
import { sanitize } from '../icalendar/text.ts';

/** How many characters of a description are shown. */
export const MAX_TEXT = 1_000;
/** Longer descriptions never take the fast path. */
const MAX_PLAIN = 16_384;

const attributesOf = (element: {
  attribs?: Record<string, string | undefined> | undefined;
}): Record<string, string | undefined> => element.attribs ?? {};

/** Cells and rows of the largest table that is drawn as one, counted with their spans: drawing takes quadratic time. */
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

/** The size of a table as drawn. Implausible spans are removed from it: with a negative one, drawing would never end. */
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

/** An address written without "https://". */
const DOMAIN = /^[\w-]+\.[\w.-]+(?:[/?#:]|$)/;

interface Address {
  readonly address: string;
  /** Where it leads depends on its page. */
  readonly isRelative: boolean;
}

/**
 * The address of a link as shown; null for none. Only web addresses are shown: others are useless in a calendar (#heading), harmful
 * (javascript:) or private (mailto:).
 */
function addressOf(href: string): Address | null {
  // URL parsers drop line breaks and tabs; a space would end the link in a text.
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
    // A table that is too large becomes plain text.
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

/** Paragraphs without markup or entities inside, or no markup at all: most descriptions. */
const PLAIN = /^(?:[^<&]*|(?:<p(?: class="[\w -]*")?>[^<&]*<\/p>)+)$/;
const BETWEEN_TEXTS = /<\/p><p[^>]*>/;
/** White space as html-to-text defines it, without the no-break space. */
const SPACES = /[ \t\r\n\f\u200b]+/g;

/** The same as the converter's result for such a description, in half the time; null for any other. */
function plainText(html: string): string | null {
  if (!PLAIN.test(html)) return null;
  const texts = html
    .replace(/^<p[^>]*>/, '')
    .replace(/<\/p>$/, '')
    .split(BETWEEN_TEXTS);
  // Spaces at the end of lines are removed later.
  return texts.map((text) => text.replace(SPACES, ' ').replace(/^ /, '')).join('\n');
}

/**
 * A description as readable text: with lists, links, task boxes and headings, without pictures, at most 1,000 characters, ending with "…"
 * where it was cut. People and links inside Plane are marks, which `fillMarks` fills in later, since they may change.
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
    // The lookbehind keeps a long run from taking quadratic time.
    .replace(/(?<![ \t])[ \t]+$/gm, '')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
  const short = truncate(text, MAX_TEXT, isPartial);
  const whole = short === text ? null : beforeBrokenMark(short);
  return whole === null ? short : truncate(whole, MAX_TEXT, true);
}
