import { createHash } from 'node:crypto';
import type { StoreChange } from '../domain/ports.ts';
import { versionOf } from '../lib/record-version.ts';
import { StoreError } from './storage-error.ts';
import type { Stores } from './stores.ts';

/** Copies everything from one place to another: from the data folder into a database, or back. */

const NAMES = ['kept', 'cache'] as const;
/** Records that are written at a time, and about how many characters of values. */
const MANY = 500;
const LARGE = 1_000_000;

/** In the target until everything was copied and compared. */
const UNFINISHED = { kind: 'copy', id: 'unfinished' };

/** What a store has. */
export interface Contents {
  readonly records: number;
  /** Over all records in their order, so that equal contents have equal digests in every engine. */
  readonly digest: string;
  /** Number of records by kind. */
  readonly kinds: ReadonlyMap<string, number>;
}

/** Throws a StoreError for stores that a copy did not finish. */
export async function checkFinished({ kept }: Pick<Stores, 'kept'>): Promise<void> {
  if ((await kept.get(UNFINISHED.kind, UNFINISHED.id)) !== undefined)
    throw new StoreError(
      'The stored data are incomplete: "plane-ics store copy" was interrupted. Delete them, and copy again.',
    );
}

/**
 * Copies all records into an empty target, and compares both then. Throws a StoreError where the source is an unfinished copy itself, and where
 * the target is not empty, or differs.
 */
export async function copyStores(from: Stores, to: Stores): Promise<Readonly<Record<'kept' | 'cache', Contents>>> {
  await checkFinished(from);
  for (const name of NAMES) {
    if (await hasAny(to, name)) throw new StoreError('The target is not empty: choose or create an empty one.');
  }
  await to.kept.write([{ ...UNFINISHED, value: true }]);
  for (const name of NAMES) await copy(from, to, name);
  const kept = await compare(from, to, 'kept');
  const cache = await compare(from, to, 'cache');
  await to.kept.write([UNFINISHED]);
  return { kept, cache };
}

async function hasAny(stores: Stores, name: 'kept' | 'cache'): Promise<boolean> {
  for await (const _record of stores.everything(name)) return true;
  return false;
}

async function copy(from: Stores, to: Stores, name: 'kept' | 'cache'): Promise<void> {
  let batch: StoreChange[] = [];
  let size = 0;
  for await (const [kind, id, value] of from.everything(name)) {
    batch.push({ kind, id, value });
    size += JSON.stringify(value).length;
    if (batch.length < MANY && size < LARGE) continue;
    await to[name].write(batch);
    batch = [];
    size = 0;
  }
  await to[name].write(batch);
}

async function compare(from: Stores, to: Stores, name: 'kept' | 'cache'): Promise<Contents> {
  const [expected, found] = [await contentsOf(from, name), await contentsOf(to, name)];
  if (expected.digest !== found.digest || expected.records !== found.records)
    throw new StoreError(
      `The copy differs: ${found.records} of ${expected.records} records. Delete it, and check the disk and the log.`,
    );
  return found;
}

async function contentsOf(stores: Stores, name: 'kept' | 'cache'): Promise<Contents> {
  const digest = createHash('sha256');
  const kinds = new Map<string, number>();
  let records = 0;
  for await (const [kind, id, value] of stores.everything(name)) {
    if (kind === UNFINISHED.kind && id === UNFINISHED.id) continue;
    records++;
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    digest.update(`${JSON.stringify([kind, id, versionOf(value)])}\n`);
  }
  return { records, digest: digest.digest('hex'), kinds };
}
