import { SaxesParser } from 'saxes';
import { AppError, errorReason } from '../../domain/errors.ts';

/** Answers of RFC 4918 and 4791 nest ten levels. */
const MAX_DEPTH = 64;
/** A listing has about twelve for each resource. */
const MAX_ELEMENTS = 1_000_000;

/** An element with its namespace resolved. */
export interface XmlElement {
  /** "{DAV:}href": namespace in braces, then the local name. */
  readonly name: string;
  /** Attributes without a namespace. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** Its own character data and CDATA sections, joined and untrimmed; not those of its children. */
  readonly text: string;
}

type Growing = { -readonly [Key in keyof XmlElement]: XmlElement[Key] } & {
  readonly attributes: Map<string, string>;
  readonly children: Growing[];
};

/** Characters that XML 1.0 section 2.2 forbids. */
// eslint-disable-next-line no-control-regex
const FORBIDDEN = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g;

/** References to forbidden characters. CDATA sections match first, whole, because they contain no references; an unclosed one extends to the end. */
const CDATA_OR_FORBIDDEN =
  /<!\[CDATA\[[^]*?(?:\]\]>|$)|&#(?:x0*(?:[0-8bcefBCEF]|1[0-9a-fA-F]|[fF]{3}[eEfF])|0*(?:[0-8]|1[124-9]|2\d|3[01]|6553[45]));/g;

/** Removes characters that XML forbids, which servers pass on from calendar texts. */
export function withoutForbidden(text: string): string {
  return text.replace(FORBIDDEN, '');
}

/**
 * Parses a whole document strictly, except for forbidden control characters: one event with such a character would make the whole answer
 * of Radicale 3.1, Xandikos and Cyrus unreadable. Rejects a DOCTYPE, so there are no entities but the five predefined ones.
 * Throws caldav_invalid_response for anything that is not well-formed, too deep or too large.
 */
export function parseXml(text: string): XmlElement {
  const clean = withoutForbidden(text.replace(/^\uFEFF/, '')).replace(CDATA_OR_FORBIDDEN, (found) =>
    found.startsWith('<') ? found : '',
  );
  const parser = new SaxesParser({ xmlns: true, position: false });
  const open: Growing[] = [];
  let root: Growing | undefined;
  let elements = 0;
  const add = (part: string): void => {
    const element = open.at(-1);
    if (element !== undefined) element.text += part;
  };
  parser.on('error', (error) => {
    throw invalid(errorReason(error), error);
  });
  parser.on('doctype', () => {
    throw invalid('it has a DOCTYPE');
  });
  parser.on('opentag', (tag) => {
    const element: Growing = { name: `{${tag.uri}}${tag.local}`, attributes: new Map(), children: [], text: '' };
    for (const { prefix, local, value } of Object.values(tag.attributes)) {
      if (prefix === '') element.attributes.set(local, value);
    }
    if (open.length >= MAX_DEPTH || ++elements > MAX_ELEMENTS) throw invalid('it is too deep or too large');
    open.at(-1)?.children.push(element);
    root ??= element;
    open.push(element);
  });
  parser.on('closetag', () => void open.pop());
  parser.on('text', add);
  parser.on('cdata', add);
  parser.write(clean).close();
  if (root === undefined) throw invalid('it is empty');
  return root;
}

function invalid(reason: string, cause?: unknown): AppError {
  return new AppError('caldav_invalid_response', `The server's answer is not valid XML: ${reason}.`, { cause });
}

/** The first child with that name; undefined for none. */
export function childOf(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children.find((child) => child.name === name);
}

/** All children with that name. */
export function childrenOf(element: XmlElement | undefined, name: string): readonly XmlElement[] {
  return element?.children.filter((child) => child.name === name) ?? [];
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  // Parsers turn a literal one into a line feed (XML 1.0 section 2.11).
  '\r': '&#13;',
};

/** Escapes text for an element or an attribute. Forbidden characters are removed; half a surrogate pair becomes U+FFFD. */
export function escapeXml(text: string): string {
  return withoutForbidden(text.toWellFormed()).replace(/[&<>"'\r]/g, (character) => ESCAPES[character] ?? character);
}
