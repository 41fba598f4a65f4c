import type { Clock, Store } from '../domain/ports.ts';

/** When each link was last fetched, by which app, and in which version: the answer to "is it me, Plane, or Google?". */

const FETCHES = 'fetches';
const MAX_CLIENTS = 12;
/** A fetch with no new information is stored at most this often; a crash loses no more. */
const STORE_MS = 60_000;

/** The last fetch by one kind of app. */
export interface Fetch {
  /** Family of apps, such as "Google Calendar". */
  readonly client: string;
  readonly at: number;
  /** The version of the calendar it got. */
  readonly version: number;
}

/** The last fetches of each link. */
export interface AccessLog {
  restore(): Promise<void>;
  record(linkId: string, client: string, version: number): void;
  /** Newest first. */
  of(linkId: string): readonly Fetch[];
  /** Resolves when everything recorded is on disk. */
  flush(): Promise<void>;
}

/** `report` gets errors of the store. */
export function createAccessLog(store: Store, now: Clock, report: (error: unknown) => void): AccessLog {
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

  return {
    restore: async () => {
      for (const [id, value] of await store.list(FETCHES)) fetches.set(id, value as Fetch[]);
    },
    record: (linkId, client, version) => {
      const before = fetches.get(linkId) ?? [];
      const [last] = before;
      const isAgain = last?.client === client;
      const known = isAgain ? last : before.find((one) => one.client === client);
      const isNew = known?.version !== version;
      const others = isAgain
        ? before.slice(1)
        : before.filter((one) => one.client !== client).slice(0, MAX_CLIENTS - 1);
      fetches.set(linkId, [{ client, at: now(), version }, ...others]);
      if (isNew || now() - (storedAt.get(linkId) ?? -Infinity) >= STORE_MS) persist(linkId);
      else dirty.add(linkId);
    },
    of: (linkId) => fetches.get(linkId) ?? [],
    flush: async () => {
      for (const linkId of dirty) persist(linkId);
      await writing;
    },
  };
}
