import { AppError } from '../../domain/errors.ts';
import type { StoredResource } from '../../domain/collection.ts';
import { truncate } from '../../lib/truncate.ts';
import { hrefKey, resolveHref } from '../transport/href.ts';
import type { DavResponse } from './multistatus.ts';
import { caldav, dav } from './names.ts';
import type { DavAnswer } from '../transport/request.ts';
import { withoutForbidden } from './xml.ts';

/** The only names we give: they need no escaping, and none is empty, which Radicale would take for the whole calendar. */
const NAME = /^[a-z0-9-]{1,200}\.ics$/;

/** Throws `invalid` for any name that is not of our form. */
export function checkName(name: string): void {
  if (!NAME.test(name)) throw new AppError('invalid', `"${truncate(name, 80)}" is not a name for our resources.`);
}

/** An entity tag exactly as the server sent it, trimmed; null for none. */
function tagOf(value: string | undefined): string | null {
  const tag = value?.trim() ?? '';
  return tag === '' ? null : tag;
}

/** The entity tag in the header of an answer. */
export function sentTag({ headers }: DavAnswer): string | null {
  return tagOf(headers.get('etag'));
}

/** iCalendar text with CRLF: XML turns CRLF into LF, and some servers store LF (XML 1.0 section 2.11, RFC 5545 section 3.1). */
export function storedText(text: string): string {
  return withoutForbidden(text.replace(/^\uFEFF/, '')).replace(/\r\n?|\n/g, '\r\n');
}

/** Whether a text is a whole iCalendar object, and not a part of one or something else. */
export function isWhole(text: string): boolean {
  return /^\s*BEGIN:VCALENDAR\s/i.test(text) && /\nEND:VCALENDAR\s*$/i.test(text);
}

/** The entity tag of a resource in a multistatus. */
export function etagOf({ props }: DavResponse): string | null {
  return tagOf(props.get(dav('getetag'))?.text);
}

/** A resource in the answer to a multiget; null without its text. */
export function storedOf(response: DavResponse, address: Omit<StoredResource, 'etag' | 'text'>): StoredResource | null {
  const data = response.props.get(caldav('calendar-data'));
  if (response.status >= 300 || data === undefined) return null;
  return { ...address, etag: etagOf(response), text: storedText(data.text) };
}

/** The key of an href in an answer from `base`; null for an invalid address. */
export function keyIn(href: string, base: URL): string | null {
  const url = resolveHref(href, base);
  return url === null ? null : hrefKey(url.href);
}
