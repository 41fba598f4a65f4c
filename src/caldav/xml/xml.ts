import { SaxesParser } from 'saxes';
import { AppError, errorReason } from '../../domain/errors.ts';

/** Deep enough for every answer of RFC 4918 and 4791, which nest ten levels. */
const MAX_DEPTH = 64;
/** A listing has about twelve a resource. */
const MAX_ELEMENTS = 1_000_000;

/** An element, its namespace resolved. */
export interface XmlElement {
  /** "{DAV:}href": namespace in braces, then the local name. */
  readonly name: string;
  /** Attributes without a namespace. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** Its own character data and CDATA sections joined, untrimmed; never its children's. */
  readonly text: string;
}

type Growing = { -readonly [Key in keyof XmlElement]: XmlElement[Key] } & {
  readonly attributes: Map<string, string>;
  readonly children: Growing[];
};

/** What XML 1.0 section 2.2 forbids, as characters. */
// eslint-disable-next-line no-control-regex
const FORBIDDEN = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g;

/** The same as references. CDATA sections match first, whole: nothing is a reference in them. An open one reaches to the end. */
const CDATA_OR_FORBIDDEN =
  /<!\[CDATA\[[^]*?(?:\]\]>|$)|&#(?:x0*(?:[0-8bcefBCEF]|1[0-9a-fA-F]|[fF]{3}[eEfF])|0*(?:[0-8]|1[124-9]|2\d|3[01]|6553[45]));/g;

/** Drops the characters XML forbids, which servers hand on from calendar texts. */
export function withoutForbidden(text: string): string {
  return text.replace(FORBIDDEN, '');
}

/**
 * Reads a document to its end, strictly, but for forbidden control characters: one event with such a character makes the whole answer
 * of Radicale 3.1, Xandikos and Cyrus unreadable. No DOCTYPE, so no entities but the five.
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
    throw broken(errorReason(error), error);
  });
  parser.on('doctype', () => {
    throw broken('it has a DOCTYPE');
  });
  parser.on('opentag', (tag) => {
    const element: Growing = { name: `{${tag.uri}}${tag.local}`, attributes: new Map(), children: [], text: '' };
    for (const { prefix, local, value } of Object.values(tag.attributes)) {
      if (prefix === '') element.attributes.set(local, value);
    }
    if (open.length >= MAX_DEPTH || ++elements > MAX_ELEMENTS) throw broken('it is too deep or too large');
    open.at(-1)?.children.push(element);
    root ??= element;
    open.push(element);
  });
  parser.on('closetag', () => void open.pop());
  parser.on('text', add);
  parser.on('cdata', add);
  parser.write(clean).close();
  if (root === undefined) throw broken('it is empty');
  return root;
}

function broken(reason: string, cause?: unknown): AppError {
  return new AppError('caldav_invalid_response', `The server's answer is not usable XML: ${reason}.`, { cause });
}

/** The first child of that name. */
export function childOf(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children.find((child) => child.name === name);
}

/** All children of that name. */
export function childrenOf(element: XmlElement | undefined, name: string): readonly XmlElement[] {
  return element?.children.filter((child) => child.name === name) ?? [];
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  // A literal one would be read as a line feed (XML 1.0 section 2.11).
  '\r': '&#13;',
};

/** Text for an element or an attribute. What XML can't hold is dropped, half a surrogate pair becomes U+FFFD. */
export function escapeXml(text: string): string {
  return withoutForbidden(text.toWellFormed()).replace(/[&<>"'\r]/g, (character) => ESCAPES[character] ?? character);
}
