import { errorCode, errorMessage } from '../../../domain/errors.ts';
import { idOf, invalidAnswer, type Decoder } from '../decode/decode.ts';
import { kindOf, type WasSent } from '../decode/shape.ts';
import type { Faults } from '../trust/faults.ts';
import {
  largeLosses,
  largeLossesOfUse,
  lossesInWords,
  type RemovalGuard,
  type UsersOf,
} from '../../trust/removal-guard.ts';
import type { SentKeys } from '../trust/sent-keys.ts';
import type { Query } from './client.ts';
import { readPages, type FetchPage } from './pages.ts';

/**
 * Lists other than those of work items, each read whole. What was last believed of an address is remembered, so that an invalid entry keeps
 * its last good version, and an entry that a doubtful list lacks stays.
 */

/** What lists contain. */
interface Entry {
  readonly id: string;
  readonly name?: string;
}

/** The entries of one answer, undecoded. */
export interface Rows {
  readonly rows: readonly unknown[];
  /** How many there are, by Plane's own count. */
  readonly total: number;
}

/** When entries are removed. */
export interface ListRules {
  /** Whether a large removal has to be confirmed by a second read; true by default. False if each removal is proven in another way. */
  readonly isGuarded?: boolean;
  /** Whether a short list that became empty is a large removal; true by default. */
  readonly isEmptyLarge?: boolean;
  /** Makes the removal of an entry that many items refer to a large one. */
  readonly usersOf?: UsersOf | undefined;
  /** The project for which an administrator may accept a large removal. */
  readonly projectId?: string;
}

/** The believed entries of lists, by address. */
export interface Lists {
  /** The entries to believe after `read` returned these rows. Reports what is wrong, and throws what `read` throws. */
  settle<T extends Entry>(
    path: string,
    read: () => Promise<Rows>,
    decoder: Decoder<T>,
    rules?: ListRules,
  ): Promise<ReadonlyMap<string, T>>;
  /** Takes over what an earlier process believed. */
  remember(path: string, entries: ReadonlyMap<string, { readonly id: string }>): void;
  /** Clears the fault of a list that is no longer read. */
  dismiss(path: string): void;
  /** As last believed, of a type that the caller has to know; undefined if it was never read. */
  known(path: string): ReadonlyMap<string, { readonly id: string }> | undefined;
}

export function createLists(faults: Faults, guard: RemovalGuard, sent: SentKeys): Lists {
  const believed = new Map<string, ReadonlyMap<string, { readonly id: string }>>();

  async function settle<T extends Entry>(
    path: string,
    read: () => Promise<Rows>,
    decoder: Decoder<T>,
    rules: ListRules = {},
  ): Promise<ReadonlyMap<string, T>> {
    const known = believed.get(path) as ReadonlyMap<string, T> | undefined;
    const answer = await reporting(path, read);
    const {
      entries,
      ids,
      faults: wrongs,
    } = decodeRows(answer.rows, decoder, sent.learn(decoder.shape, answer.rows), known);
    if (entries.size === 0 && wrongs.length > 0) return reject(path, wrongs.join(', '));
    wrongs.push(...keepUncounted(entries, ids, answer, known, thingsOf(decoder)));
    const isConfirmed = guardRemovals(path, entries, known, thingsOf(decoder), rules);
    if (isConfirmed) reportWrongs(path, wrongs);
    believed.set(path, entries);
    return entries;
  }

  /** Keeps what a large removal would take until it is confirmed, and reports that. True if nothing awaits confirmation. */
  function guardRemovals<T extends Entry>(
    path: string,
    entries: Map<string, T>,
    known: ReadonlyMap<string, T> | undefined,
    things: string,
    { isGuarded = true, isEmptyLarge = true, usersOf, projectId }: ListRules,
  ): boolean {
    const listed = known && isGuarded ? largeLosses(known, entries, { isEmptyLarge }) : [];
    const used = known && usersOf ? largeLossesOfUse(known, entries, usersOf) : [];
    if (guard.allows(path, [...listed, ...used])) return true;
    for (const [id, one] of known ?? []) if (!entries.has(id)) entries.set(id, one);
    const clauses = [lossesInWords(listed, things), lossesInWords(used, 'work items')].filter((one) => one !== '');
    const message = `${clauses.join(', ')} (/api/v1${path}). They stay until a second read, five minutes later, confirms it.`;
    const until = guard.pendingUntil(path);
    faults.set(path, { message, until, ...(projectId !== undefined && { removal: { projectId } }) });
    return false;
  }

  function reportWrongs(path: string, wrongs: readonly string[]): void {
    if (wrongs.length === 0) {
      faults.set(path, null);
      return;
    }
    const { message } = invalidAnswer(path, wrongs.join(', '));
    faults.set(path, { message: `${message} Their last good version stays.` });
  }

  /** An answer that is invalid as a whole is reported here, and again by callers that fail for it. */
  async function reporting<T>(path: string, read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      if (errorCode(error) === 'plane_invalid') faults.set(path, { message: errorMessage(error) });
      throw error;
    }
  }

  function reject(path: string, what: string): never {
    const error = invalidAnswer(path, what);
    faults.set(path, { message: error.message });
    throw error;
  }

  return {
    settle,
    remember: (path, entries) => {
      believed.set(path, entries);
    },
    dismiss: (path) => {
      faults.set(path, null);
    },
    known: (path) => believed.get(path),
  };
}

/** What a decoder decodes, in the plural. */
function thingsOf({ shape }: Decoder<unknown>): string {
  return `${shape.name}s`;
}

/** The entries of a list, with the last good versions of invalid ones; the ids it contains; what is wrong, as clauses. */
function decodeRows<T extends Entry>(
  rows: readonly unknown[],
  decoder: Decoder<T>,
  wasSent: WasSent,
  known: ReadonlyMap<string, T> | undefined,
): { readonly entries: Map<string, T>; readonly ids: ReadonlySet<string>; readonly faults: string[] } {
  const entries = new Map<string, T>();
  const ids = new Set<string>();
  const counts = new Map<string, number>();
  for (const row of rows) {
    const { value, faults } = decoder.decode(row, wasSent);
    const id = value?.id ?? idOf(row);
    if (id !== undefined) ids.add(id);
    const usable = faults.size > 0 && id !== undefined ? (known?.get(id) ?? value) : value;
    if (usable !== null) entries.set(usable.id, usable);
    for (const reason of faults.values()) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  const faults = [...counts].map(([reason, count]) => `${reason} in ${count} of ${rows.length} ${thingsOf(decoder)}`);
  return { entries, ids, faults };
}

/**
 * Adds known entries that the list lacks while it counts more than it shows: they may be among those that can't be read. Returns what is
 * wrong then, as clauses.
 */
function keepUncounted<T extends Entry>(
  entries: Map<string, T>,
  ids: ReadonlySet<string>,
  { total }: Rows,
  known: ReadonlyMap<string, T> | undefined,
  things: string,
): string[] {
  const absent = ids.size < total ? [...(known ?? [])].filter(([id]) => !ids.has(id)) : [];
  for (const [id, one] of absent) entries.set(id, one);
  return absent.length === 0 ? [] : [`only ${ids.size} of ${total} ${things} can be read`];
}

/** True for an error that says that this Plane has no such address. */
export function isMissing(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'plane_no_route' || code === 'plane_not_found';
}

/** All rows of a paged list. */
export async function readRows(fetchPage: FetchPage, path: string, query: Query, pageSize: number): Promise<Rows> {
  const rows: unknown[] = [];
  let total = 0;
  for await (const page of readPages(fetchPage, path, query, pageSize)) {
    // Not all as arguments of one call, of which the stack holds some 100,000.
    for (const row of page.results) rows.push(row);
    ({ total } = page);
  }
  return { rows, total };
}

/** The rows of a list without pages. Throws `plane_invalid` for anything else. */
export function bareRows(json: unknown, path: string): Rows {
  if (!Array.isArray(json)) throw invalidAnswer(path, `instead of a list there is ${kindOf(json)}`);
  return { rows: json, total: json.length };
}
