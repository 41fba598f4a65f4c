import type { FollowedStore } from '../../domain/ports.ts';
import { isDamage } from '../storage-error.ts';
import { scan, type Database } from './checksums.ts';
import type { ReadWriteLock } from './read-write-lock.ts';
import { decodeKey, decodeValue, encodeKey, keyRange } from './record.ts';

/** A record, as backups have it. */
export type LevelRecord = readonly [kind: string, id: string, value: unknown];

/** Reads a database. */
export interface Reader extends Pick<FollowedStore, 'get' | 'list' | 'ids'> {
  /** The values of these records, in their order. One by one, they would take ten times as long. */
  getMany(records: readonly { readonly kind: string; readonly id: string }[]): Promise<unknown[]>;
  /** Every record as of one moment, but that with the key `except`. Throws a DamageError for a damaged record, and at the end for missing ones. */
  everything(except: Buffer): AsyncGenerator<LevelRecord, void, undefined>;
}

/** `onDamage` handles a record that is found damaged: it throws, or returns to leave the record out. */
export function createReader(db: Database, lock: ReadWriteLock, onDamage: (error: unknown) => void): Reader {
  async function shared<T>(task: () => Promise<T>): Promise<T> {
    const leave = await lock.enter();
    try {
      return await task();
    } finally {
      leave();
    }
  }

  function leaveOut(error: unknown): void {
    if (!isDamage(error)) throw error;
    onDamage(error);
  }

  async function get(kind: string, id: string): Promise<unknown> {
    const key = encodeKey(kind, id);
    try {
      const bytes = await shared(() => db.get(key));
      return bytes && decodeValue(key, bytes);
    } catch (error) {
      leaveOut(error);
      return undefined;
    }
  }

  return {
    get,
    getMany: async (records) => {
      const keys = records.map(({ kind, id }) => encodeKey(kind, id));
      try {
        const found = await shared(() => db.getMany(keys));
        return keys.map((key, index) => {
          const bytes = found[index];
          return bytes && decodeValue(key, bytes);
        });
      } catch (error) {
        if (!isDamage(error)) throw error;
        // One by one, to leave out what is damaged alone.
        return Promise.all(records.map(({ kind, id }) => get(kind, id)));
      }
    },
    ids: async (kind) => {
      const keys = await shared(() => db.keys(keyRange(kind, '')).all());
      return keys.map((key) => decodeKey(key)[1]);
    },
    list: async (kind, idPrefix = '') => {
      const range = keyRange(kind, idPrefix);
      const found: [string, unknown][] = [];
      const read = async (): Promise<void> => {
        for await (const [key, bytes] of db.iterator(range)) {
          try {
            found.push([decodeKey(key)[1], decodeValue(key, bytes)]);
          } catch (error) {
            leaveOut(error);
          }
        }
      };
      await shared(read).catch(leaveOut);
      return found;
    },
    everything: async function* (except) {
      const leave = await lock.enter();
      try {
        for await (const [key, bytes] of scan(db))
          if (!key.equals(except)) yield [...decodeKey(key), decodeValue(key, bytes)];
      } finally {
        leave();
      }
    },
  };
}
