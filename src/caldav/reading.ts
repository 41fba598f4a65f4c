import { AppError, errorCode } from '../domain/errors.ts';
import type { ListedResource, StoredResource } from '../domain/collection.ts';
import type { Account } from './transport/account.ts';
import { multigetBody } from './xml/bodies.ts';
import { hrefKey, shown } from './transport/href.ts';
import { dav } from './xml/names.ts';
import { isWebPage, itself, multistatusOf, propfindRequest, statusError, XML_TYPE } from './xml/propfind.ts';
import { isPassing } from './transport/retry.ts';
import { etagOf, isWhole, keyIn, sentTag, storedOf, storedText } from './xml/resource.ts';

/** Zoho and others cap an answer without a word, at 1,000 and less. */
const BATCH = 50;
/** GETs at a time, where a multiget was of no use. */
const PARALLEL = 4;

/** A resource by name and absolute address. */
export type Address = Pick<ListedResource, 'name' | 'href'>;

/** Reads resources of one calendar. Throws as `Collection` says. */
export interface Reader {
  /** What is in these; one that has gone is left out. */
  read(addresses: readonly Address[]): Promise<ReadonlyMap<string, StoredResource>>;
  /** One as it is now; null when there is none. */
  readOne(address: Address): Promise<StoredResource | null>;
  /** Whether one is there, and its entity tag, without its text. */
  tag(address: Address): Promise<{ readonly etag: string | null } | null>;
}

/** Reads the calendar at `url`, which ends in a slash. */
export function createReader(account: Account, url: URL): Reader {
  /** What a multiget brought, null for what is not there, nothing for what the server left out. */
  async function multiget(addresses: readonly Address[]): Promise<Map<string, StoredResource | null>> {
    const answer = await account.read({
      method: 'REPORT',
      url,
      // RFC 4791 section 7.9 asks for no depth; some servers do.
      headers: { depth: '1', 'content-type': XML_TYPE },
      body: multigetBody(addresses.map(({ href }) => new URL(href).pathname)),
    });
    if ([400, 403, 405, 501].includes(answer.status)) {
      throw new AppError('caldav_invalid_response', `${shown(url)} takes no multiget (status ${answer.status}).`);
    }
    const byKey = new Map(addresses.map((address) => [hrefKey(address.href), address]));
    const found = new Map<string, StoredResource | null>();
    for (const response of multistatusOf(answer, account).responses) {
      const address = byKey.get(keyIn(response.href, answer.url) ?? '');
      if (address === undefined) continue;
      const stored = storedOf(response, address);
      if (stored !== null) found.set(address.name, stored);
      else if ([404, 410].includes(response.status)) found.set(address.name, null);
    }
    return found;
  }

  /** 'refused' when the server doesn't give out single resources. */
  async function get(address: Address): Promise<StoredResource | null | 'refused'> {
    const answer = await account.read({ method: 'GET', url: new URL(address.href) });
    if ([404, 410].includes(answer.status)) return null;
    if ([403, 405, 501].includes(answer.status)) return 'refused';
    if (answer.status !== 200 || isWebPage(answer)) throw statusError(answer, account);
    const { name, href } = address;
    return { name, href, etag: sentTag(answer), text: storedText(answer.text) };
  }

  /** What a multiget brings of one; undefined for nothing, and where the server answers none. */
  async function multigetOne(address: Address): Promise<StoredResource | null | undefined> {
    try {
      return (await multiget([address])).get(address.name);
    } catch (error) {
      if (errorCode(error) === 'caldav_invalid_response') return undefined;
      throw error;
    }
  }

  /**
   * One by itself. A text that is no whole calendar object is half an answer, unless a multiget has the same: some servers store what
   * others would refuse. `seen` is what a multiget brought, if it did.
   */
  async function readOne(address: Address, seen?: StoredResource | null): Promise<StoredResource | null> {
    const got = await get(address);
    if (got === 'refused') return seen ?? (await multiget([address])).get(address.name) ?? null;
    if (got === null || isWhole(got.text)) return got;
    const other = seen ?? (await multigetOne(address));
    if (other?.text === got.text) return got;
    throw new AppError(
      'caldav_invalid_response',
      `What the server sends for ${shown(new URL(address.href))} is not a whole event.`,
    );
  }

  async function readBatch(addresses: readonly Address[]): Promise<readonly StoredResource[]> {
    const found = await multiget(addresses).catch((error: unknown) => {
      // One event may make the whole answer unreadable: then each by itself.
      if (errorCode(error) === 'caldav_invalid_response') return new Map<string, StoredResource | null>();
      throw error;
    });
    const open = addresses.filter(({ name }) => {
      const stored = found.get(name);
      return stored === undefined || (stored !== null && !isWhole(stored.text));
    });
    for (let start = 0; start < open.length; start += PARALLEL) {
      const some = open.slice(start, start + PARALLEL);
      const read = await Promise.all(some.map((address) => readOne(address, found.get(address.name))));
      some.forEach(({ name }, index) => found.set(name, read[index] ?? null));
    }
    return [...found.values()].flatMap((stored) => stored ?? []);
  }

  return {
    read: async (addresses) => {
      const all = new Map<string, StoredResource>();
      for (let start = 0; start < addresses.length; start += BATCH) {
        for (const stored of await readBatch(addresses.slice(start, start + BATCH))) all.set(stored.name, stored);
      }
      return all;
    },
    readOne: (address) => readOne(address),
    tag: async ({ href }) => {
      const target = new URL(href);
      const got = await account.read(propfindRequest(target, 0, [dav('getetag')]));
      if ([404, 410].includes(got.status)) return null;
      const answer = multistatusOf(got, account);
      const own = itself(answer);
      if (own !== undefined && own.status < 300) return { etag: etagOf(own) };
      if (own !== undefined && [404, 410].includes(own.status)) return null;
      const code = own !== undefined && isPassing(own.status) ? 'caldav_unavailable' : 'caldav_invalid_response';
      throw new AppError(code, `The server doesn't tell whether ${shown(target)} is there.`);
    },
  };
}
