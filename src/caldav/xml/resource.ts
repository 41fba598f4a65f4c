import { AppError } from '../../domain/errors.ts';
import type { StoredResource } from '../../domain/collection.ts';
import { truncate } from '../../lib/truncate.ts';
import { hrefKey, resolveHref } from '../transport/href.ts';
import type { DavResponse } from './multistatus.ts';
import { caldav, dav } from './names.ts';
import type { DavAnswer } from '../transport/request.ts';
import { withoutForbidden } from './xml.ts';

/** The only names that we give: nothing in them is escaped, and none is empty, which for Radicale would mean the whole calendar. */
const NAME = /^[a-z0-9-]{1,200}\.ics$/;

/** Throws `invalid` for a name that we don't give. */
export function checkName(name: string): void {
  if (!NAME.test(name)) throw new AppError('invalid', `"${truncate(name, 80)}" is no name for a resource of ours.`);
}

/** An entity tag exactly as the server wrote it, trimmed; null for none. */
function tagOf(value: string | undefined): string | null {
  const tag = value?.trim() ?? '';
  return tag === '' ? null : tag;
}

/** The entity tag of what was sent, as its header has it. */
export function sentTag({ headers }: DavAnswer): string | null {
  return tagOf(headers.get('etag'));
}

/** iCalendar text as it was stored: XML turns CRLF into LF, and some servers store LF (XML 1.0 section 2.11, RFC 5545 section 3.1). */
export function storedText(text: string): string {
  return withoutForbidden(text.replace(/^\uFEFF/, '')).replace(/\r\n?|\n/g, '\r\n');
}

/** Whether a text is iCalendar from its begin to its end; a part of an answer, or something else, is not. */
export function isWhole(text: string): boolean {
  return /^\s*BEGIN:VCALENDAR\s/i.test(text) && /\nEND:VCALENDAR\s*$/i.test(text);
}

/** The entity tag that a multistatus gives a resource. */
export function etagOf({ props }: DavResponse): string | null {
  return tagOf(props.get(dav('getetag'))?.text);
}

/** A multiget's answer for one resource; null when its text is not there. */
export function storedOf(response: DavResponse, wanted: Omit<StoredResource, 'etag' | 'text'>): StoredResource | null {
  const data = response.props.get(caldav('calendar-data'));
  if (response.status >= 300 || data === undefined) return null;
  return { ...wanted, etag: etagOf(response), text: storedText(data.text) };
}

/** The key of an href in an answer of `base`; null for what is no address. */
export function keyIn(href: string, base: URL): string | null {
  const url = resolveHref(href, base);
  return url === null ? null : hrefKey(url.href);
}
