import { errorCode } from '../../domain/errors.ts';
import type { ReplicaStatus } from '../../domain/health.ts';
import type { Clock, Delay, FollowedStore } from '../../domain/ports.ts';
import { versionOf } from '../../lib/record-version.ts';
import { differingSettings, type SettingDigests } from './settings.ts';

/** The servers over one database: each stores that it is there, and knows of the others. */

const REPLICA = 'replica';
const WRITE_MS = 5_000;
/** Without news for this long it counts as gone. */
const SILENT_MS = 15_000;
const FORGET_MS = 3_600_000;

/** What a server says of itself. */
export interface ReplicaRecord {
  /** When it was written, by its own clock: another value each time. */
  readonly at: number;
  readonly version: string;
  readonly leader: boolean;
  readonly settings: SettingDigests;
}

/** The other servers, and this one among them. */
export interface Replicas {
  /** Reads who is there, and follows that from now on. */
  restore(): Promise<void>;
  /** Writes every five seconds that this one is there, until `stop`. */
  start(): void;
  /** Another part of this server writes that from now on: this one writes nothing any more. */
  handOver(): void;
  /** This one ends, which the others learn at once. */
  stop(): Promise<void>;
  /** Those that were there in the last hour, ordered by name. */
  all(): readonly ReplicaStatus[];
  /** Whether a server leads at the moment, as far as this one knows. */
  hasLeader(): boolean;
  /** Settings that differ from this server's: sentences. */
  warnings(): readonly string[];
}

export interface ReplicasOptions {
  /** The cache. */
  readonly store: FollowedStore;
  readonly id: string;
  readonly version: string;
  readonly isLeader: () => boolean;
  readonly settings: () => SettingDigests;
  readonly now: Clock;
  /** Milliseconds by a clock that can't be set. */
  readonly elapsed: Clock;
  readonly delay: Delay;
}

interface Seen {
  readonly record: ReplicaRecord;
  /** When its last news arrived, by `elapsed`: clocks of other machines may be wrong. */
  readonly at: number;
}

export function createReplicas(options: ReplicasOptions): Replicas {
  const { store, id, version, isLeader, settings, now, elapsed, delay } = options;
  const seen = new Map<string, Seen>();
  let isStopped = false;
  let isHandedOver = false;
  let writing: Promise<void> = Promise.resolve();

  const isThere = ({ at }: Seen): boolean => elapsed() - at < SILENT_MS;

  const others = (): [string, Seen][] => [...seen].filter(([other, one]) => other !== id && isThere(one));

  /** The server that leads, as far as this one knows: the latest to say so. */
  function leader(): string | null {
    if (isLeader()) return id;
    const [latest] = others()
      .filter(([, { record }]) => record.leader)
      .sort(([, a], [, b]) => b.at - a.at);
    return latest?.[0] ?? null;
  }

  function write(record: ReplicaRecord | undefined): Promise<void> {
    const change = { kind: REPLICA, id, value: record, expected: versionOf(seen.get(id)?.record) };
    return store.write([change]).catch((error: unknown) => {
      // The store reports its own errors, and after a conflict the copy is what is stored.
      if (errorCode(error) === undefined) throw error;
    });
  }

  /** Servers that did not say that they end. */
  async function forgetOld(): Promise<void> {
    const old = [...seen].filter(([, one]) => elapsed() - one.at >= FORGET_MS);
    const changes = old.map(([oldId, { record }]) => ({ kind: REPLICA, id: oldId, expected: versionOf(record) }));
    if (changes.length > 0) await store.write(changes).catch(() => undefined);
  }

  async function run(): Promise<void> {
    while (!isStopped) {
      writing = write({ at: now(), version, leader: isLeader(), settings: settings() });
      await writing;
      if (isLeader()) await forgetOld();
      await delay(WRITE_MS);
    }
  }

  return {
    restore: () => followReplicas(options, seen),
    start: () => void run(),
    handOver: () => {
      isStopped = true;
      isHandedOver = true;
    },
    stop: async () => {
      isStopped = true;
      await writing;
      if (!isHandedOver) await write(undefined);
    },
    all: () =>
      [...seen]
        .map(([name, { record, at }]) => ({
          id: name,
          version: record.version,
          leader: name === leader(),
          lastSeen: name === id ? now() : now() - (elapsed() - at),
          differing: differingSettings(settings(), record.settings),
        }))
        .sort((a, b) => (a.id < b.id ? -1 : 1)),
    hasLeader: () => leader() !== null,
    warnings: () =>
      others().flatMap(([name, { record }]) => {
        const names = differingSettings(settings(), record.settings);
        const list = names.join(', ');
        return names.length === 0
          ? []
          : [`Settings of ${name} differ from this server's: ${list}. Give all servers over one database the same.`];
      }),
  };
}

/** Keeps what is stored of each server, and when its last news arrived. */
function followReplicas({ store, now, elapsed }: ReplicasOptions, seen: Map<string, Seen>): Promise<void> {
  /** What was there before may be old, and only its own clock says how old. */
  const newsAt = ({ at }: ReplicaRecord, isOld: boolean): number => elapsed() - (isOld ? Math.max(0, now() - at) : 0);

  let hasBegun = false;
  return store.follow([REPLICA], ({ isComplete, records }) => {
    const there = new Set(records.map(({ id }) => id));
    if (isComplete) for (const known of [...seen.keys()]) if (!there.has(known)) seen.delete(known);
    for (const { id, value } of records) {
      const record = value === undefined ? undefined : replicaOf(value);
      const before = seen.get(id);
      if (!record) seen.delete(id);
      else
        seen.set(id, {
          record,
          at: before?.record.at === record.at ? before.at : newsAt(record, isComplete || !hasBegun),
        });
    }
    // Before a damaged record is found, those that were there before arrive in parts.
    hasBegun ||= isComplete;
  });
}

/** Throws where a record is none of a server. */
function replicaOf(value: unknown): ReplicaRecord {
  const { at, settings } = value as Partial<ReplicaRecord>;
  if (typeof at !== 'number' || typeof settings !== 'object') throw new Error('it is not the record of a server');
  return value as ReplicaRecord;
}
