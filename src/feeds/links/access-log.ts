import type { Clock, Store } from '../../domain/ports.ts';
import { listDecoded } from '../../lib/conflicts.ts';
import type { LinkAddress } from './link.ts';

/** When each link was last fetched, by which app, and in which version: the answer to "is it me, Plane, or Google?". */

const FETCHES = 'fetches';
const MAX_CLIENTS = 12;
/** A fetch with no new information is stored at most this often; a crash loses no more. */
const STORE_MS = 60_000;

/** The last fetch by one kind of app, from one address of a link. */
export interface Fetch {
  /** Family of apps, such as "Google Calendar". */
  readonly client: string;
  readonly at: number;
  /** The version of the calendar it got. */
  readonly version: number;
  /** The index of the address; missing where it is unknown: at a readable path, and before addresses were recorded. */
  readonly address?: number;
  /** The server that answered; missing where there is only one. */
  readonly replica?: string;
}

/** The last fetches of each link. */
export interface AccessLog {
  restore(): Promise<void>;
  /** `address` is null for a readable path. */
  record(linkId: string, client: string, version: number, address: LinkAddress | null): void;
  /** Records a fetch that another server answered, unless one that came later is known. `isCurrent`: from the current address of the link. */
  add(linkId: string, fetch: Fetch, isCurrent: boolean): void;
  /** Newest first. */
  of(linkId: string): readonly Fetch[];
  /** Resolves when everything recorded is on disk. */
  flush(): Promise<void>;
}

/** `report` gets errors of the store. `replica` is the name of this server where there are several. */
export function createAccessLog(
  store: Store,
  now: Clock,
  report: (error: unknown) => void,
  replica?: string,
): AccessLog {
  const fetches = new Map<string, readonly Fetch[]>();
  const storedAt = new Map<string, number>();
  const dirty = new Set<string>();
  let writing: Promise<void> = Promise.resolve();

  function persist(linkId: string): void {
    dirty.delete(linkId);
    storedAt.set(linkId, now());
    writing = writing
      .then(() => store.write([{ kind: FETCHES, id: linkId, value: fetches.get(linkId) }]))
      .catch((error: unknown) => {
        dirty.add(linkId);
        report(error);
      });
  }

  function put(linkId: string, fetch: Fetch, isSame: (other: Fetch) => boolean): void {
    const before = fetches.get(linkId) ?? [];
    const known = before.find(isSame);
    const isNew = known?.version !== fetch.version || known.address !== fetch.address;
    fetches.set(linkId, known && before.length === 1 ? [fetch] : withFetch(before, fetch, isSame));
    if (isNew || now() - (storedAt.get(linkId) ?? -Infinity) >= STORE_MS) persist(linkId);
    else dirty.add(linkId);
  }

  return {
    restore: async () => {
      await listDecoded(store, FETCHES, (value, id) => fetches.set(id, [...(value as Fetch[])]));
    },
    record: (linkId, client, version, address) => {
      const fetch: { -readonly [Key in keyof Fetch]: Fetch[Key] } = { client, at: now(), version };
      if (address) fetch.address = address.index;
      if (replica) fetch.replica = replica;
      put(linkId, fetch, isOf(fetch, address?.isCurrent === true));
    },
    add: (linkId, fetch, isCurrent) => {
      const isSame = isOf(fetch, isCurrent);
      const known = fetches.get(linkId)?.find(isSame);
      if (known === undefined || known.at < fetch.at) put(linkId, fetch, isSame);
    },
    of: (linkId) => fetches.get(linkId) ?? [],
    flush: async () => {
      for (const linkId of dirty) persist(linkId);
      await writing;
    },
  };
}

/** The fetches with that one instead of those it replaces, newest first. */
function withFetch(before: readonly Fetch[], fetch: Fetch, isSame: (other: Fetch) => boolean): Fetch[] {
  const others = before.filter((one) => !isSame(one));
  const later = others.filter(({ at }) => at > fetch.at);
  const earlier = others.filter(({ at }) => at <= fetch.at);
  return [...later, fetch, ...earlier].slice(0, MAX_CLIENTS);
}

/** True for the fetch that one by that app from that address replaces. An unknown address counts as the current one. */
function isOf({ client, address }: Fetch, isCurrent: boolean): (fetch: Fetch) => boolean {
  return (fetch) =>
    fetch.client === client && (fetch.address === address || (fetch.address === undefined && isCurrent));
}
