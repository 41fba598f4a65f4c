import { compile } from 'html-to-text';
import { cut, sanitize } from './text.ts';

/** Longer HTML is cut before it is read: only the first thousand characters of text are ever shown. */
const MAX_HTML = 16_384;
/** Characters of text kept of a description. */
export const MAX_TEXT = 1_000;

/** Non-characters, so no foreign text can hold them once sanitized. */
const MENTION_START = '\ufdd0';
const MENTION_END = '\ufdd1';
const MENTION = /\ufdd0([^\ufdd1]*)\ufdd1/g;

const attributesOf = (element: { attribs?: Record<string, string | undefined> }): Record<string, string | undefined> =>
  element.attribs ?? {};

const convert = compile({
  wordwrap: false,
  limits: { maxInputLength: MAX_HTML, maxDepth: 200 },
  formatters: {
    // Plane, packages/editor: <mention-component entity_name="user_mention" entity_identifier="…">
    mention: (element, _walk, builder) => {
      const id = attributesOf(element).entity_identifier;
      if (id !== undefined) builder.addInline(`${MENTION_START}${id}${MENTION_END}`, { noWordTransform: true });
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
    { selector: 'ol', options: { leadingLineBreaks: 1, trailingLineBreaks: 1 } },
    { selector: 'p', options: { leadingLineBreaks: 1, trailingLineBreaks: 1 } },
    { selector: 'pre', options: { leadingLineBreaks: 1, trailingLineBreaks: 1 } },
    { selector: 'blockquote', options: { leadingLineBreaks: 1, trailingLineBreaks: 1 } },
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({
      selector,
      options: { uppercase: false, leadingLineBreaks: 2, trailingLineBreaks: 1 },
    })),
    { selector: 'table', format: 'dataTable', options: { uppercaseHeaderCells: false, maxColumnWidth: 40 } },
    { selector: 'img', format: 'skip' },
    { selector: 'image-component', format: 'skip' },
    { selector: 'label', format: 'skip' },
    { selector: 'script', format: 'skip' },
    { selector: 'style', format: 'skip' },
    { selector: 'mention-component', format: 'mention' },
  ],
});

/**
 * A description as readable text: lists, links, task boxes and headings kept, pictures left out, at most 1,000 characters. The people it
 * mentions are marked by id, since their names change later; `nameMentions` writes them.
 */
export function htmlToText(html: string): string {
  if (html === '' || html === '<p></p>') return '';
  const text = convert(sanitize(html.slice(0, MAX_HTML)))
    .replace(/[ \t]+$/gm, '')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
  return cut(text, MAX_TEXT);
}

/** The text with every marked person written as "@name"; someone unknown is "@someone". */
export function nameMentions(text: string, nameOf: (id: string) => string | undefined): string {
  if (!text.includes(MENTION_START)) return text;
  return text.replace(MENTION, (_, id: string) => `@${nameOf(id) ?? 'someone'}`).replace(/[\ufdd0\ufdd1]/g, '');
}
