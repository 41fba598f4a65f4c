import type { Clock, Delay, Store } from '../domain/ports.ts';
import type { Problem } from '../domain/health.ts';
import type { Log } from '../lib/log.ts';
import { DamageError, faultCode, StoreError, toStoreError } from './storage-error.ts';

/** What the data folder can't do now: every read and write of the store goes through here. */

/** While something fails, it is tried again this often, also when nobody reads or writes. */
const PROBE_MS = 10_000;
const EFFECT =
  "Calendars are still served, but links and settings can't be changed until then. It is tried again every few seconds.";

/** Reports failures of the data folder while they last. */
export interface Disk {
  /**
   * Does it. Throws a StoreError for what the system or LevelDB refuses; it is a problem from then on until `again` succeeds.
   * `part` names what failed: a later failure of the same part takes the place of the one before.
   */
  use<T>(part: string, task: () => Promise<T>, again: () => Promise<unknown>): Promise<T>;
  /** One for each cause, since its first failure. */
  problems(): readonly Problem[];
  /** Failures are no longer reported: those to come are of closing. */
  close(): void;
}

export interface DiskOptions {
  readonly folder: string;
  /** "uid:gid" of this process. */
  readonly owner: string;
  readonly now: Clock;
  readonly delay: Delay;
  readonly log: Log;
  readonly probeMs?: number | undefined;
}

interface Failure {
  /** The sentence of its error. */
  readonly reason: string;
  readonly since: number;
  readonly again: () => Promise<unknown>;
}

export function createDisk({ folder, owner, now, delay, log, probeMs = PROBE_MS }: DiskOptions): Disk {
  const failures = new Map<string, Failure>();
  let isClosed = false;
  let isProbing = false;
  let nextProbe = 0;

  /** Changes the failures, and logs which causes are new or over. */
  function change(part: string, failure: Failure | null): void {
    const causes = (): Set<string> => new Set([...failures.values()].map(({ reason }) => reason));
    const before = causes();
    if (failure) failures.set(part, failure);
    else failures.delete(part);
    const after = causes();
    for (const reason of after) if (!before.has(reason)) log.error({ reason }, 'the data folder can not be used');
    for (const reason of before) if (!after.has(reason)) log.info({ reason }, 'the data folder can be used again');
  }

  function failed(part: string, error: unknown, again: () => Promise<unknown>): StoreError {
    const known = toStoreError(error, folder, owner);
    if (isClosed) return known;
    const earlier = failures.get(part);
    const since = earlier?.reason === known.message ? earlier.since : now();
    change(part, { reason: known.message, since, again });
    if (!isProbing) void probe();
    return known;
  }

  async function probe(): Promise<void> {
    isProbing = true;
    while (failures.size > 0) {
      nextProbe = now() + probeMs;
      await delay(probeMs);
      for (const [part, { again }] of [...failures]) {
        try {
          await again();
          change(part, null);
        } catch (error) {
          failed(part, error, again);
        }
      }
    }
    isProbing = false;
  }

  return {
    use: async (part, task, again) => {
      try {
        return await task();
      } catch (error) {
        throw isOfFolder(error) ? failed(part, error, again) : error;
      }
    },
    problems: () => {
      const sinceBy = new Map<string, number>();
      for (const { reason, since } of failures.values())
        sinceBy.set(reason, Math.min(since, sinceBy.get(reason) ?? since));
      return [...sinceBy].map(([reason, since]) => ({
        part: 'store',
        message: `${reason} ${EFFECT}`,
        since,
        until: nextProbe,
      }));
    },
    close: () => {
      isClosed = true;
      failures.clear();
    },
  };
}

/** Errors of the system and of LevelDB have a code; anything else is a bug of the caller. */
function isOfFolder(error: unknown): boolean {
  return (
    error instanceof StoreError || error instanceof DamageError || /^(?:E[A-Z]|LEVEL_)/.test(faultCode(error) ?? '')
  );
}

/** The same store, its failures reported. */
export function watched(store: Store, name: string, disk: Disk): Store {
  const reading = `${name}: reading`;
  // No record has this id. All the same it is written to disk with the count of the records.
  const again = (): Promise<void> => store.write([{ kind: 'probe', id: 'disk' }]);
  const read = <T>(task: () => Promise<T>): Promise<T> => disk.use(reading, task, task);
  return {
    get: (kind, id) => read(() => store.get(kind, id)),
    list: (kind, idPrefix) => read(() => store.list(kind, idPrefix)),
    write: (changes) => disk.use(`${name}: writing`, () => store.write(changes), again),
  };
}
