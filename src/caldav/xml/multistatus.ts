import { AppError } from '../../domain/errors.ts';
import { truncate } from '../../lib/truncate.ts';
import { dav } from './names.ts';
import { childOf, childrenOf, parseXml, type XmlElement } from './xml.ts';

/** What a multistatus says of one resource (RFC 4918 section 14.24). */
export interface DavResponse {
  readonly href: string;
  /** The status of the resource; 200 where only its properties have one. */
  readonly status: number;
  /** Properties that were found, by "{namespace}name". */
  readonly props: ReadonlyMap<string, XmlElement>;
  /** The worst status there is, of the resource and of its properties. */
  readonly worst: number;
  /** Preconditions that failed, such as "{urn:ietf:params:xml:ns:caldav}no-uid-conflict" (RFC 4918 section 16). */
  readonly conditions: readonly string[];
}

/** Reads a whole multistatus. Throws caldav_invalid_response for anything else, so that an error is never taken for "nothing there". */
export function parseMultistatus(text: string): DavResponse[] {
  const root = parseXml(text);
  if (root.name !== dav('multistatus')) throw strange(`it begins with ${truncate(root.name, 80)}`);
  return childrenOf(root, dav('response')).flatMap(responsesOf);
}

/** The worst status of a multistatus, at least 200: some servers hide a refusal in one. */
export function worstOf(responses: readonly DavResponse[]): number {
  return responses.reduce((worst, response) => Math.max(worst, response.worst), 200);
}

/** A response may stand for several resources that share a status. */
function responsesOf(response: XmlElement): DavResponse[] {
  const hrefs = childrenOf(response, dav('href')).map(({ text }) => text.trim());
  if (hrefs.length === 0) throw strange('a response has no href');
  const own = childOf(response, dav('status'));
  const status = own === undefined ? 200 : statusOf(own);
  const props = new Map<string, XmlElement>();
  let worst = status;
  const propstats = childrenOf(response, dav('propstat'));
  for (const propstat of propstats) {
    const propStatus = statusOf(childOf(propstat, dav('status')));
    worst = Math.max(worst, propStatus);
    if (propStatus >= 300) continue;
    for (const prop of childOf(propstat, dav('prop'))?.children ?? []) props.set(prop.name, prop);
  }
  const conditions = [response, ...propstats].flatMap((part) => conditionsIn(childOf(part, dav('error'))));
  return hrefs.map((href) => ({ href, status, props, worst, conditions }));
}

/** "HTTP/1.1 404 Not Found" */
function statusOf(element: XmlElement | undefined): number {
  const status = /^HTTP\/\d(?:\.\d)? +([1-5]\d\d)\b/i.exec(element?.text.trim() ?? '')?.[1];
  if (status === undefined) throw strange('a status is missing or unreadable');
  return Number(status);
}

const conditionsIn = (error: XmlElement | undefined): string[] => error?.children.map(({ name }) => name) ?? [];

/** The preconditions that an answer to a write names, in a multistatus or a {DAV:}error; none where the body is neither. */
export function failedConditions(text: string): readonly string[] {
  if (!text.trimStart().startsWith('<')) return [];
  try {
    const root = parseXml(text);
    if (root.name === dav('error')) return conditionsIn(root);
    return root.name === dav('multistatus') ? parseMultistatus(text).flatMap(({ conditions }) => conditions) : [];
  } catch {
    // A page for people. The status alone decides then.
    return [];
  }
}

function strange(reason: string): AppError {
  return new AppError('caldav_invalid_response', `The server's answer is no usable multistatus: ${reason}.`);
}
