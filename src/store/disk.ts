import type { Clock, Delay, FollowedStore, Store } from '../domain/ports.ts';
import { errorReason } from '../domain/errors.ts';
import type { Problem } from '../domain/health.ts';
import type { Log } from '../lib/log.ts';
import { PROBE } from './shared-kinds.ts';
import { StoreError } from './storage-error.ts';

/** Failures of the data folder or the database: every read and write of the store passes through here. */

/** How often a failed operation is retried, also when nothing else is read or written. */
const PROBE_MS = 10_000;
const EFFECT =
  "Calendars are still served, but links and settings can't be changed until then. plane-ics retries every few seconds.";

/** Reports failures of what data are stored in while they last. */
export interface Disk {
  /**
   * Runs a task. Throws a StoreError for an error of the system or the engine, which is a problem from then on until `again` succeeds.
   * `part` names what failed: a later failure of the same part replaces the earlier one.
   */
  use<T>(part: string, task: () => Promise<T>, again: () => Promise<unknown>): Promise<T>;
  /** One for each cause, since its first failure. */
  problems(): readonly Problem[];
  /** Stops reporting: later failures are caused by closing. */
  close(): void;
}

export interface DiskOptions {
  readonly what: 'data folder' | 'database';
  /** The error as a sentence; null for one that has another cause. */
  readonly toError: (error: unknown) => StoreError | null;
  readonly now: Clock;
  readonly delay: Delay;
  readonly log: Log;
  readonly probeMs?: number | undefined;
}

interface Failure {
  /** The error as a sentence. */
  readonly reason: string;
  readonly since: number;
  readonly again: () => Promise<unknown>;
}

export function createDisk({ what, toError, now, delay, log, probeMs = PROBE_MS }: DiskOptions): Disk {
  const failures = new Map<string, Failure>();
  let isClosed = false;
  let isProbing = false;
  let nextProbe = 0;

  /** Updates the failures, and logs which causes are new or have ended. */
  function change(part: string, failure: Failure | null): void {
    const causes = (): Set<string> => new Set([...failures.values()].map(({ reason }) => reason));
    const before = causes();
    if (failure) failures.set(part, failure);
    else failures.delete(part);
    const after = causes();
    for (const reason of after) if (!before.has(reason)) log.error({ reason }, `the ${what} can't be used`);
    for (const reason of before) if (!after.has(reason)) log.info({ reason }, `the ${what} can be used again`);
  }

  function failed(part: string, error: unknown, again: () => Promise<unknown>): unknown {
    const known = toError(error);
    if (isClosed || !known) return known ?? error;
    const earlier = failures.get(part);
    const since = earlier?.reason === known.message ? earlier.since : now();
    change(part, { reason: known.message, since, again });
    if (!isProbing) void probe();
    return known;
  }

  /** For a bug, so that a failure that can't end is not silent. */
  const notTried = (error: unknown): StoreError =>
    new StoreError(`The ${what} could not be tried again: ${errorReason(error)}.`, error);

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
          failed(part, toError(error) ? error : notTried(error), again);
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
        throw failed(part, error, again);
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

/** The same store, with its failures reported, and damaged records if `report` does so. */
export function watched(
  store: FollowedStore,
  name: string,
  disk: Disk,
  report?: Store['reportDamaged'],
): FollowedStore {
  const reading = `${name}: reading`;
  // There is no such record, but the write reaches the disk with the checksum of the records.
  const again = (): Promise<void> => store.write([{ kind: PROBE, id: 'disk', expected: null }]);
  const read = <T>(task: () => Promise<T>): Promise<T> => disk.use(reading, task, task);
  return {
    get: (kind, id) => read(() => store.get(kind, id)),
    list: (kind, idPrefix) => read(() => store.list(kind, idPrefix)),
    ids: (kind) => read(() => store.ids(kind)),
    write: (changes) => disk.use(`${name}: writing`, () => store.write(changes), again),
    // A caller that was refused does not follow: what is tried again is only to read.
    follow: (kinds, listener, options) =>
      disk.use(
        reading,
        () => store.follow(kinds, listener, options),
        () => store.get(PROBE, 'disk'),
      ),
    catchUp: () => read(() => store.catchUp()),
    ...(report && { reportDamaged: report }),
  };
}
