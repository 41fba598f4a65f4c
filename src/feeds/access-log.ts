import type { Clock, Store } from '../domain/ports.ts';

/** Who last fetched which link, and what they got: the answer to "is it me, Plane, or Google?". */

const FETCHES = 'fetches';
const MAX_CLIENTS = 12;
/** A fetch that tells nothing new is kept this often at most; a crash costs no more. */
const KEEP_MS = 60_000;

/** The last fetch by one kind of client. */
export interface Fetch {
  /** Family of programs, such as "Google Calendar". */
  readonly client: string;
  readonly at: number;
  /** Which version of the calendar it then had. */
  readonly version: number;
}

/** Fetches by link. */
export interface AccessLog {
  restore(): Promise<void>;
  note(linkId: string, client: string, version: number): void;
  /** Newest first. */
  of(linkId: string): readonly Fetch[];
  /** Resolves when what is noted is on disk. */
  flush(): Promise<void>;
}

/** `report` hears what could not be kept. */
export function createAccessLog(store: Store, now: Clock, report: (error: unknown) => void): AccessLog {
  const fetches = new Map<string, readonly Fetch[]>();
  const keptAt = new Map<string, number>();
  const dirty = new Set<string>();
  let writing: Promise<void> = Promise.resolve();

  function keep(linkId: string): void {
    dirty.delete(linkId);
    keptAt.set(linkId, now());
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
    note: (linkId, client, version) => {
      const before = fetches.get(linkId) ?? [];
      const [last] = before;
      const isAgain = last?.client === client;
      const known = isAgain ? last : before.find((one) => one.client === client);
      const isNews = known?.version !== version;
      const others = isAgain
        ? before.slice(1)
        : before.filter((one) => one.client !== client).slice(0, MAX_CLIENTS - 1);
      fetches.set(linkId, [{ client, at: now(), version }, ...others]);
      if (isNews || now() - (keptAt.get(linkId) ?? -Infinity) >= KEEP_MS) keep(linkId);
      else dirty.add(linkId);
    },
    of: (linkId) => fetches.get(linkId) ?? [],
    flush: async () => {
      for (const linkId of dirty) keep(linkId);
      await writing;
    },
  };
}
