import { AppError } from '../domain/errors.ts';
import type { Collection, ListedResource } from '../domain/collection.ts';
import { truncate } from '../lib/truncate.ts';
import type { Account } from './transport/account.ts';
import { isCollection, readCalendar } from './calendar.ts';
import { nameIn, onOrigin, resolveHref, shown, trustedUrl } from './transport/href.ts';
import { dav } from './xml/names.ts';
import { propfind, type Multistatus } from './xml/propfind.ts';
import { createReader } from './reading.ts';
import { checkName, etagOf } from './xml/resource.ts';
import { createWriter } from './writing.ts';

/**
 * Opens a calendar of an account, by its address with or without a slash at the end. Throws caldav_not_found when there is no calendar,
 * `invalid` for an address on another server, and otherwise as `Collection` does.
 */
export async function openCollection(account: Account, address: string): Promise<Collection> {
  const url = URL.canParse(address) ? trustedUrl(new URL(address), account.url) : null;
  if (url === null) throw new AppError('invalid', 'The address of the calendar is not on the server of this account.');
  const calendar = await readCalendar(account, url);
  const base = new URL(calendar.url);
  const reader = createReader(account, base);
  const checksConditions = (): boolean => !isSogo(base.pathname) && !isSogo(account.server());
  const writer = createWriter({ account, url: base, reader, checksConditions });
  return {
    url: calendar.url,
    displayName: calendar.displayName,
    components: calendar.components,
    schedules: () => announcesScheduling(account, base),
    list: async () => listingOf(await propfind(account, base, 1, [dav('getetag'), dav('resourcetype')]), base),
    read: (listed, skip) =>
      reader.read(
        listed.map((one) => addressOf(one, base)),
        skip,
      ),
    readOne: async (name) => {
      checkName(name);
      return reader.readOne({ name, href: new URL(name, base).href });
    },
    put: writer.put,
    replace: async (listed, text, isOurs, isAsRead) =>
      writer.replace({ ...listed, ...addressOf(listed, base) }, text, isOurs, isAsRead),
    remove: async (listed, isAsRead) => writer.remove({ ...listed, ...addressOf(listed, base) }, isAsRead),
  };
}

/** SOGo ignores If-Match on DELETE. Its paths identify it too, where a web server in front sends its own name. */
const isSogo = (text: string): boolean => /sope|sogo/i.test(text);

const SCHEDULING = /^\s*calendar-auto-schedule\s*$/i;

/** The DAV header (RFC 4918 section 10.1). A server that doesn't answer with one may do anything. */
async function announcesScheduling(account: Account, url: URL): Promise<boolean> {
  const { status, headers } = await account.read({ method: 'OPTIONS', url });
  const announced = headers.get('dav')?.split(',');
  return status >= 300 || announced === undefined || announced.some((one) => SCHEDULING.test(one));
}

/** The resources in a calendar, from a PROPFIND of depth 1, the only listing that is right on every server. */
function listingOf({ url, responses }: Multistatus, own: URL): ReadonlyMap<string, ListedResource> {
  const listing = new Map<string, ListedResource>();
  let isComplete = false;
  for (const response of responses) {
    const address = resolveHref(response.href, url);
    const name = address === null ? null : nameIn(url, address);
    if (address === null || name === null) continue;
    const { status } = response;
    // 507 says that there is more (RFC 6578 section 3.6); any failure of the server may conceal a resource.
    if (status >= 500) throw partial(own, `the server reports status ${status} in it`);
    if (name !== '') {
      if (status >= 300 || isCollection(response)) continue;
      listing.set(name, { name, href: onOrigin(address, url).href, etag: etagOf(response) });
      continue;
    }
    if ([403, 404, 410].includes(status)) {
      throw new AppError('caldav_not_found', `There is no longer a calendar at ${shown(own)}.`);
    }
    isComplete ||= status < 300;
  }
  if (!isComplete) throw partial(own, "it doesn't contain the calendar itself");
  return listing;
}

function partial(url: URL, reason: string): AppError {
  return new AppError('caldav_invalid_response', `The listing of ${shown(url)} is not reliable: ${reason}.`);
}

/** The address of a listed resource. Throws `invalid` unless it is in the calendar, and not the calendar itself. */
function addressOf({ name, href }: ListedResource, base: URL): { readonly name: string; readonly href: string } {
  const address = resolveHref(href, base);
  const url = address === null ? null : onOrigin(address, base);
  if (url === null || name === '' || nameIn(base, url) !== name) {
    throw new AppError('invalid', `"${truncate(name, 80)}" is not in the calendar ${shown(base)}.`);
  }
  return { name, href: url.href };
}
