import { errorCode, errorMessage, isStorageError } from '../domain/errors.ts';
import type { Store, StoreChange } from '../domain/ports.ts';
import { versionOf } from './record-version.ts';

/** What several servers over one store decide together: each record is claimed by the first who writes it, and the others adopt it. And records that can't be read. */

/** A conflict means that another server was done, so more of them than there are servers are unlikely. */
const MAX_TRIES = 8;

/** Runs a task again where another server wrote its records first. The task has to read what is stored anew each time. */
export async function retryConflicts<T>(task: (isLastTry: boolean) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await task(tries === MAX_TRIES);
    } catch (error) {
      if (errorCode(error) !== 'conflict' || tries === MAX_TRIES) throw error;
    }
  }
}

/** A value that a record gets, and the one it had when it was read; undefined for none. */
export interface Claim<T> {
  readonly kind: string;
  readonly id: string;
  readonly value: T;
  readonly before: T | undefined;
}

/** Writes a record unless another server has since it was read. Resolves to what is stored then. */
export async function claim<T>(store: Pick<Store, 'get' | 'write'>, { kind, id, value, before }: Claim<T>): Promise<T> {
  let expected = versionOf(before);
  return retryConflicts(async () => {
    try {
      await store.write([{ kind, id, value, expected }]);
      return value;
    } catch (error) {
      if (errorCode(error) !== 'conflict') throw error;
      const stored = (await store.get(kind, id)) as T | undefined;
      if (stored !== undefined) return stored;
      expected = null;
      throw error;
    }
  });
}

/**
 * Runs a task that reads a record. One that makes it throw is reported, and left out: it is neither believed nor deleted. Throws the errors of
 * the store, and any error where damage is not reported.
 */
export async function unlessDamaged<T>(
  store: Pick<Store, 'reportDamaged'>,
  record: Pick<StoreChange, 'kind' | 'id'>,
  task: () => T | Promise<T>,
): Promise<T | undefined> {
  try {
    return await task();
  } catch (error) {
    if (isStorageError(error) || store.reportDamaged === undefined) throw error;
    store.reportDamaged(record, errorMessage(error));
    return undefined;
  }
}

/** What `decode` makes of each record of a kind, without those that are damaged. */
export async function listDecoded<T>(
  store: Store,
  kind: string,
  decode: (value: unknown, id: string) => T | Promise<T>,
  idPrefix = '',
): Promise<T[]> {
  const decoded: T[] = [];
  for (const [id, value] of await store.list(kind, idPrefix))
    await unlessDamaged(store, { kind, id }, async () => {
      decoded.push(await decode(value, id));
    });
  return decoded;
}
