import { AppError } from '../domain/errors.ts';
import type { WriteOutcome } from '../domain/collection.ts';
import { isStrongTag } from '../lib/entity-tag.ts';
import { truncate } from '../lib/truncate.ts';
import { resolveHref, shown } from './transport/href.ts';
import { failedConditions, parseMultistatus, worstOf } from './xml/multistatus.ts';
import { caldav, dav } from './xml/names.ts';
import type { DavAnswer } from './transport/request.ts';
import { sentTag } from './xml/resource.ts';
import { parseXml, type XmlElement } from './xml/xml.ts';

/** What an answer to a write says. `unclear`: only the resource itself shows what happened. */
export type Verdict = WriteOutcome | { readonly kind: 'unclear'; readonly reason: string };

/** The UID is in use under another address: in this calendar (RFC 4791 section 5.3.2.1), or in the account (RFC 6638 section 3.2.4.1). */
const UID_TAKEN: readonly string[] = [caldav('no-uid-conflict'), caldav('unique-scheduling-object-resource')];
/** RFC 4331 section 6. An object that is too large (413, or RFC 4791's max-resource-size) says nothing about the others. */
const NO_ROOM: readonly string[] = [dav('quota-not-exceeded'), dav('sufficient-disk-space')];

/**
 * Reads an answer that is final by its status. A 207 counts as its worst part: Xandikos answers failures so.
 * Throws caldav_invalid_response for a redirect: writes are never sent to another address.
 */
export function verdictOf(answer: DavAnswer): Verdict {
  const status = statusWithin(answer);
  if (status < 300) {
    const etag = sentTag(answer);
    return { kind: 'done', etag: isStrongTag(etag) ? etag : null };
  }
  if (status < 400) throw redirected(answer);
  return refusalOf(status, answer);
}

function redirected({ url, headers }: DavAnswer): AppError {
  const target = resolveHref(headers.get('location') ?? '', url);
  const where = target === null ? '' : ` to ${shown(target)}`;
  const message = `${shown(url)} redirects a write${where}; writes are not redirected.`;
  return new AppError('caldav_invalid_response', message);
}

function refusalOf(status: number, answer: DavAnswer): Verdict {
  const conditions = failedConditions(answer.text);
  const named = conditions.map((name) => name.replace(/^.*}/, '')).join(', ');
  const reason = `The server refuses it (status ${status}${named === '' ? '' : `, ${truncate(named, 200)}`}).`;
  if (conditions.some((name) => UID_TAKEN.includes(name))) {
    const other = otherHref(answer);
    const where = other === '' ? '' : `: ${other}`;
    return {
      kind: 'rejected',
      reason: `Another event of this account has its UID${where}. Is this project mirrored twice?`,
    };
  }
  if (status === 507 || conditions.some((name) => NO_ROOM.includes(name))) return { kind: 'full', reason };
  // A lock is no refusal for good (RFC 4918 section 11.3).
  if (status === 423) return { kind: 'conflict', reason };
  return { kind: status === 412 ? 'unclear' : 'rejected', reason };
}

function statusWithin({ status, text, url }: DavAnswer): number {
  if (status !== 207) return status;
  const responses = parseMultistatus(text);
  if (responses.length > 0) return worstOf(responses);
  throw new AppError('caldav_invalid_response', `${shown(url)}: the answer to a write is an empty multistatus.`);
}

/** The address that a UID conflict names. */
function otherHref({ text }: DavAnswer): string {
  const search = (element: XmlElement): string => {
    if (UID_TAKEN.includes(element.name)) {
      const href = element.children.find(({ name }) => name === dav('href'))?.text.trim() ?? '';
      if (href !== '') return truncate(href, 300);
    }
    for (const child of element.children) {
      const found = search(child);
      if (found !== '') return found;
    }
    return '';
  };
  return search(parseXml(text));
}
