import { AppError } from '../../domain/errors.ts';
import type { Account } from '../transport/account.ts';
import { propfindBody } from './bodies.ts';
import { isSamePath, resolveHref, shown } from '../transport/href.ts';
import { parseMultistatus, type DavResponse } from './multistatus.ts';
import type { DavAnswer, DavRequest, ReadMethod } from '../transport/request.ts';
import { busy, isPassing } from '../transport/retry.ts';

/** A parsed multistatus, and the address that sent it, after redirects. */
export interface Multistatus {
  readonly url: URL;
  readonly responses: readonly DavResponse[];
}

/** The Content-Type of PROPFIND and REPORT. */
export const XML_TYPE = 'application/xml; charset=utf-8';

/**
 * Requests properties of a resource, with depth 1 also of its members (RFC 4918 section 9.1).
 * Throws caldav_not_found, caldav_unavailable or caldav_invalid_response for anything but a whole multistatus.
 */
export async function propfind(
  account: Account,
  url: URL,
  depth: 0 | 1,
  properties: readonly string[],
): Promise<Multistatus> {
  return multistatusOf(await account.read(propfindRequest(url, depth, properties)), account);
}

/** The request of `propfind`, for callers that handle its statuses themselves. */
export function propfindRequest(url: URL, depth: 0 | 1, properties: readonly string[]): DavRequest<ReadMethod> {
  return {
    method: 'PROPFIND',
    url,
    headers: { depth: String(depth), 'content-type': XML_TYPE },
    body: propfindBody(properties),
  };
}

/** The multistatus in an answer. Throws as `propfind` does. */
export function multistatusOf(answer: DavAnswer, account: Account): Multistatus {
  if (answer.status !== 207) throw statusError(answer, account);
  return { url: answer.url, responses: parseMultistatus(answer.text) };
}

/** The requested resource itself in a multistatus; undefined where it is missing. */
export function itself({ responses, url }: Multistatus): DavResponse | undefined {
  return responses.find(({ href }) => {
    const own = resolveHref(href, url);
    return own !== null && isSamePath(url, own);
  });
}

/** The error for an unexpected status. */
export function statusError(answer: DavAnswer, account: Account): AppError {
  const { status, url } = answer;
  if ([403, 404, 405, 410].includes(status)) {
    const message = `There is no calendar at ${shown(url)}, or this user may not see it (status ${status}).`;
    return new AppError('caldav_not_found', message, { status });
  }
  if (isPassing(status)) return busy(answer, account.clock);
  const what = isWebPage(answer) ? 'a web page, such as that of a login or a proxy,' : 'something that is not CalDAV,';
  return new AppError('caldav_invalid_response', `${shown(url)} answers with ${what} and status ${status}.`, {
    status,
  });
}

/** Whether a web page was sent in place of data. */
export function isWebPage({ headers, text }: DavAnswer): boolean {
  return /^\s*text\/html/i.test(headers.get('content-type') ?? '') || /^\s*<(?:!doctype html|html)\b/i.test(text);
}
