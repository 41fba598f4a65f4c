import { AppError } from '../../domain/errors.ts';
import { truncate } from '../../lib/truncate.ts';
import { dav } from './names.ts';
import { childOf, childrenOf, parseXml, type XmlElement } from './xml.ts';

/** One resource in a multistatus (RFC 4918 section 14.24). */
export interface DavResponse {
  readonly href: string;
  /** The status of the resource; 200 where only properties have a status. */
  readonly status: number;
  /** Properties that were found, by "{namespace}name". */
  readonly props: ReadonlyMap<string, XmlElement>;
  /** The worst status of the resource and its properties. */
  readonly worst: number;
  /** Preconditions that failed, such as "{urn:ietf:params:xml:ns:caldav}no-uid-conflict" (RFC 4918 section 16). */
  readonly conditions: readonly string[];
}

/** Parses a whole multistatus. Throws caldav_invalid_response for anything else, so that an error never means "nothing there". */
export function parseMultistatus(text: string): DavResponse[] {
  const root = parseXml(text);
  if (root.name !== dav('multistatus')) throw invalid(`it begins with ${truncate(root.name, 80)}`);
  return childrenOf(root, dav('response')).flatMap(responsesOf);
}

/** Whether a text is a whole multistatus. */
export function isMultistatus(text: string): boolean {
  try {
    return parseMultistatus(text).length > 0;
  } catch {
    return false;
  }
}

/** The worst status in a multistatus, at least 200: some servers report a refusal in one. */
export function worstOf(responses: readonly DavResponse[]): number {
  return responses.reduce((worst, response) => Math.max(worst, response.worst), 200);
}

/** A response may cover several resources with one status. */
function responsesOf(response: XmlElement): DavResponse[] {
  const hrefs = childrenOf(response, dav('href')).map(({ text }) => text.trim());
  if (hrefs.length === 0) throw invalid('a response has no href');
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
  if (status === undefined) throw invalid('a status is missing or unreadable');
  return Number(status);
}

const conditionsIn = (error: XmlElement | undefined): string[] => error?.children.map(({ name }) => name) ?? [];

/** The failed preconditions in an answer to a write, from a multistatus or a {DAV:}error; none where the body is neither. */
export function failedConditions(text: string): readonly string[] {
  if (!text.trimStart().startsWith('<')) return [];
  try {
    const root = parseXml(text);
    if (root.name === dav('error')) return conditionsIn(root);
    return root.name === dav('multistatus') ? parseMultistatus(text).flatMap(({ conditions }) => conditions) : [];
  } catch {
    // A web page. Only the status counts then.
    return [];
  }
}

function invalid(reason: string): AppError {
  return new AppError('caldav_invalid_response', `The server's answer is not a valid multistatus: ${reason}.`);
}
