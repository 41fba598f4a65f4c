import { AppError, errorCode } from '../domain/errors.ts';
import type { ListedResource, SkipUnreadable, StoredResource } from '../domain/collection.ts';
import type { Account } from './transport/account.ts';
import { multigetBody } from './xml/bodies.ts';
import { hrefKey, shown } from './transport/href.ts';
import { dav } from './xml/names.ts';
import { isWebPage, itself, multistatusOf, propfindRequest, statusError, XML_TYPE } from './xml/propfind.ts';
import { isPassing } from './transport/retry.ts';
import { etagOf, isWhole, keyIn, sentTag, storedOf, storedText } from './xml/resource.ts';

/** Zoho and others silently truncate an answer, at 1,000 resources and less. */
const BATCH = 50;
/** GETs at a time, where a multiget did not help. */
const PARALLEL = 4;
/** After this many failures in a batch without any success, the resources are not the reason. */
const MAX_UNREADABLE = 10;

/** A resource by name and absolute address. */
export type Address = Pick<ListedResource, 'name' | 'href'>;

/** Reads resources of one calendar. Throws as `Collection` says. */
export interface Reader {
  /** The resources at these addresses, as `Collection` says. */
  read(addresses: readonly Address[], skip?: SkipUnreadable): Promise<ReadonlyMap<string, StoredResource>>;
  /** One resource as it is now; null when there is none. */
  readOne(address: Address): Promise<StoredResource | null>;
  /** The entity tag of one resource, without its text; null when there is no resource. */
  tag(address: Address): Promise<{ readonly etag: string | null } | null>;
}

/** Reads the calendar at `url`, which ends in a slash. */
export function createReader(account: Account, url: URL): Reader {
  return {
    read: async (addresses, skip) => {
      const all = new Map<string, StoredResource>();
      for (let start = 0; start < addresses.length; start += BATCH) {
        const batch = addresses.slice(start, start + BATCH);
        for (const stored of await readBatch(account, url, batch, skip)) all.set(stored.name, stored);
      }
      return all;
    },
    readOne: (address) => readOne(account, url, address),
    tag: ({ href }) => readTag(account, new URL(href)),
  };
}

/** Reads several with one multiget, and by itself what it left out or broke off. */
async function readBatch(
  account: Account,
  url: URL,
  addresses: readonly Address[],
  skip: SkipUnreadable = rethrow,
): Promise<readonly StoredResource[]> {
  const found = await multiget(account, url, addresses).catch((error: unknown) => {
    // One event can make the whole answer unreadable.
    if (mayConcernOne(error)) return new Map<string, StoredResource | null>();
    throw error;
  });
  const open = addresses.filter(({ name }) => {
    const stored = found.get(name);
    return stored === undefined || (stored !== null && !isWhole(stored.text));
  });
  let unreadable = 0;
  const readOpen = async (address: Address): Promise<void> => {
    const { name } = address;
    try {
      found.set(name, await readOne(account, url, address, found.get(name)));
    } catch (error) {
      found.delete(name);
      if (!mayConcernOne(error)) throw error;
      const named = naming(address, error);
      if (++unreadable > MAX_UNREADABLE && found.size === 0) throw named;
      skip(name, named);
    }
  };
  for (let start = 0; start < open.length; start += PARALLEL)
    await Promise.all(open.slice(start, start + PARALLEL).map(readOpen));
  return [...found.values()].flatMap((stored) => stored ?? []);
}

const rethrow: SkipUnreadable = (_name, error) => {
  throw error;
};

/** Whether an error may be that of one resource: the server answers, and what it sends can't be used, or it fails (status 500). */
function mayConcernOne(error: unknown): error is AppError {
  if (!(error instanceof AppError)) return false;
  return error.code === 'caldav_invalid_response' || (error.status === 500 && error.until === undefined);
}

/** The error with the address of the resource. */
function naming({ href }: Address, error: AppError): AppError {
  const where = shown(new URL(href));
  if (error.message.includes(where)) return error;
  return new AppError(error.code, `${where} can't be read. ${error.message}`, { cause: error, status: error.status });
}

/**
 * Reads one by itself. A text that is no whole calendar object is half an answer, unless a multiget returns the same: some servers store
 * what others would refuse. `seen` is what a multiget returned, if it did.
 */
async function readOne(
  account: Account,
  url: URL,
  address: Address,
  seen?: StoredResource | null,
): Promise<StoredResource | null> {
  const got = await get(account, address);
  if (got === 'refused') return seen ?? (await multiget(account, url, [address])).get(address.name) ?? null;
  if (got === null || isWhole(got.text)) return got;
  const other = seen ?? (await multigetOne(account, url, address));
  if (other?.text === got.text) return got;
  const where = shown(new URL(address.href));
  throw new AppError('caldav_invalid_response', `What the server sends for ${where} is not a whole event.`);
}

/** What a multiget returned for each: null for what does not exist, nothing for what the server left out. */
async function multiget(
  account: Account,
  url: URL,
  addresses: readonly Address[],
): Promise<Map<string, StoredResource | null>> {
  const answer = await account.read({
    method: 'REPORT',
    url,
    // RFC 4791 section 7.9 requires no depth; some servers do.
    headers: { depth: '1', 'content-type': XML_TYPE },
    body: multigetBody(addresses.map(({ href }) => new URL(href).pathname)),
  });
  if ([400, 403, 405, 501].includes(answer.status)) {
    const message = `${shown(url)} does not support multiget (status ${answer.status}).`;
    throw new AppError('caldav_invalid_response', message);
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

/** What a multiget returns for one; undefined for nothing, and where the server supports no multiget. */
async function multigetOne(account: Account, url: URL, address: Address): Promise<StoredResource | null | undefined> {
  try {
    return (await multiget(account, url, [address])).get(address.name);
  } catch (error) {
    if (errorCode(error) === 'caldav_invalid_response') return undefined;
    throw error;
  }
}

/** 'refused' when the server doesn't return single resources. */
async function get(account: Account, { name, href }: Address): Promise<StoredResource | null | 'refused'> {
  const answer = await account.read({ method: 'GET', url: new URL(href) });
  if ([404, 410].includes(answer.status)) return null;
  if ([403, 405, 501].includes(answer.status)) return 'refused';
  if (answer.status !== 200 || isWebPage(answer)) throw statusError(answer, account);
  return { name, href, etag: sentTag(answer), text: storedText(answer.text) };
}

async function readTag(account: Account, target: URL): Promise<{ readonly etag: string | null } | null> {
  const got = await account.read(propfindRequest(target, 0, [dav('getetag')]));
  if ([404, 410].includes(got.status)) return null;
  const own = itself(multistatusOf(got, account));
  if (own !== undefined && own.status < 300) return { etag: etagOf(own) };
  if (own !== undefined && [404, 410].includes(own.status)) return null;
  const code = own !== undefined && isPassing(own.status) ? 'caldav_unavailable' : 'caldav_invalid_response';
  throw new AppError(code, `The server doesn't say whether ${shown(target)} exists.`);
}
