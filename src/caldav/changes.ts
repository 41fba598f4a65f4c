import type { ListedResource } from '../domain/collection.ts';
import type { Account } from './transport/account.ts';
import { nameIn, onOrigin, resolveHref } from './transport/href.ts';
import { syncCollectionBody } from './xml/bodies.ts';
import { parseMultistatus, type DavResponse } from './xml/multistatus.ts';
import { CTAG, dav } from './xml/names.ts';
import { itself, propfind, XML_TYPE } from './xml/propfind.ts';
import { etagOf } from './xml/resource.ts';
import { childOf, parseXml } from './xml/xml.ts';

/** What changed in a calendar, as far as its server can say. */

/** What identifies the state of a calendar; null for what the server doesn't have. */
export interface CollectionState {
  /** Apple's tag, which changes with anything in the calendar. */
  readonly ctag: string | null;
  /** RFC 6578 section 4. */
  readonly syncToken: string | null;
}

/** What changed since a token. */
export interface CollectionChanges {
  /** By name. */
  readonly changed: ReadonlyMap<string, ListedResource>;
  /** Names. */
  readonly removed: ReadonlySet<string>;
  readonly syncToken: string;
}

/** The state of a calendar now. Throws as `propfind` does. */
export async function readState(account: Account, url: URL): Promise<CollectionState> {
  const own = itself(await propfind(account, url, 0, [CTAG, dav('sync-token')]));
  const textOf = (name: string): string | null => {
    const text = own?.props.get(name)?.text.trim() ?? '';
    return text === '' ? null : text;
  };
  return { ctag: textOf(CTAG), syncToken: textOf(dav('sync-token')) };
}

/**
 * What changed since the calendar had that token (RFC 6578 section 3.2); null where the server can't say: it has no such report, forgot the
 * token, or sends only a part. Then the calendar has to be listed.
 */
export async function changesSince(account: Account, url: URL, token: string): Promise<CollectionChanges | null> {
  const answer = await account.read({
    method: 'REPORT',
    url,
    headers: { depth: '0', 'content-type': XML_TYPE },
    body: syncCollectionBody(token),
  });
  if (answer.status !== 207) return null;
  const syncToken = childOf(parseXml(answer.text), dav('sync-token'))?.text.trim() ?? '';
  const changed = new Map<string, ListedResource>();
  const removed = new Set<string>();
  for (const response of parseMultistatus(answer.text)) {
    const address = resolveHref(response.href, answer.url);
    if (address === null || !isPlausible(response)) return null;
    const name = nameIn(answer.url, address);
    if (name === null || name === '') continue;
    if (response.status >= 300) removed.add(name);
    else changed.set(name, { name, href: onOrigin(address, answer.url).href, etag: etagOf(response) });
  }
  return syncToken === '' ? null : { changed, removed, syncToken };
}

/** A resource is there, or it no longer is. Anything else may conceal one; 507 says that there is more. */
function isPlausible({ status }: DavResponse): boolean {
  return status < 300 || status === 404 || status === 410;
}
