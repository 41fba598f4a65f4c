import { errorCode, errorMessage } from '../../../domain/errors.ts';
import type { Query } from './client.ts';
import { idOf, invalidAnswer, type Decoder } from '../decode/decode.ts';
import type { Faults } from '../trust/faults.ts';
import { readPages, type FetchPage } from './pages.ts';
import { largeLosses, lossesInWords, type RemovalGuard } from '../trust/removal-guard.ts';
import type { SentKeys } from '../trust/sent-keys.ts';
import { kindOf } from '../decode/shape.ts';

/**
 * Lists other than those of work items, each read whole. What was last believed of an address is remembered, so that an entry that makes
 * no sense keeps its last good version, and one that a doubtful list lacks stays.
 */

/** The entries of one answer, undecoded. */
export interface Rows {
  readonly rows: readonly unknown[];
  /** How many there are, by Plane's own count. */
  readonly total: number;
}

/** What removes entries of a list. */
export interface ListRules {
  /** Whether a large removal is confirmed by a second read. False where each entry is proven gone in another way. */
  readonly isGuarded?: boolean;
  /** Whether it is a large removal that a short list became empty. */
  readonly isEmptyLarge?: boolean;
  /** For which an administrator may accept a large removal. */
  readonly projectId?: string;
}

/** The believed part of lists, by address. */
export interface Lists {
  /** The entries to be believed after `read` brought these rows. Reports what is wrong, and throws what `read` throws. */
  settle<T extends { readonly id: string }>(
    path: string,
    read: () => Promise<Rows>,
    decoder: Decoder<T>,
    rules?: ListRules,
  ): Promise<ReadonlyMap<string, T>>;
  /** What an earlier process believed. */
  remember(path: string, entries: ReadonlyMap<string, { readonly id: string }>): void;
  /** As last believed, which is for the caller to know the type of; undefined where it was never read. */
  known(path: string): ReadonlyMap<string, { readonly id: string }> | undefined;
}

export function createLists(faults: Faults, guard: RemovalGuard, sent: SentKeys): Lists {
  const believed = new Map<string, ReadonlyMap<string, { readonly id: string }>>();

  async function settle<T extends { readonly id: string }>(
    path: string,
    read: () => Promise<Rows>,
    decoder: Decoder<T>,
    { isGuarded = true, isEmptyLarge = true, projectId }: ListRules = {},
  ): Promise<ReadonlyMap<string, T>> {
    const known = believed.get(path) as ReadonlyMap<string, T> | undefined;
    const { rows, total } = await reporting(path, read);
    const wasSent = sent.learn(decoder.shape, rows);
    const entries = new Map<string, T>();
    const ids = new Set<string>();
    const reasons = new Map<string, number>();
    for (const row of rows) {
      const { value, faults: wrong } = decoder.decode(row, wasSent);
      const id = value?.id ?? idOf(row);
      if (id !== undefined) ids.add(id);
      const usable = wrong.size > 0 && id !== undefined ? (known?.get(id) ?? value) : value;
      if (usable !== null) entries.set(usable.id, usable);
      for (const reason of wrong.values()) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    }
    const things = `${decoder.shape.name}s`;
    const wrongs = [...reasons].map(([reason, count]) => `${reason} in ${count} of ${rows.length} ${things}`);
    if (entries.size === 0 && wrongs.length > 0) return refuse(path, wrongs.join(', '));

    // Those that a list lacks may be the ones that can't be read, or those that it counts and does not show.
    const absent = ids.size < total ? [...(known ?? [])].filter(([id]) => !ids.has(id)) : [];
    for (const [id, one] of absent) entries.set(id, one);
    if (absent.length > 0) wrongs.push(`only ${ids.size} of ${total} ${things} can be read`);

    const losses = known && isGuarded ? largeLosses(known, entries, { isEmptyLarge }) : [];
    const isAllowed = guard.allows(path, losses);
    if (!isAllowed) for (const [id, one] of known ?? []) if (!entries.has(id)) entries.set(id, one);
    if (!isAllowed) {
      const message = `${lossesInWords(losses, things)} (/api/v1${path}). They stay until a second read, five minutes later, confirms it.`;
      const until = guard.pendingUntil(path);
      faults.set(path, { message, until, ...(projectId !== undefined && { removal: { projectId } }) });
    } else if (wrongs.length > 0) {
      const { message } = invalidAnswer(path, wrongs.join(', '));
      faults.set(path, { message: `${message} Their last good version stays.` });
    } else faults.set(path, null);
    believed.set(path, entries);
    return entries;
  }

  /** What makes no sense as a whole is reported here, and again where it costs more than the list. */
  async function reporting<T>(path: string, read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      if (errorCode(error) === 'plane_invalid') faults.set(path, { message: errorMessage(error) });
      throw error;
    }
  }

  function refuse(path: string, what: string): never {
    const error = invalidAnswer(path, what);
    faults.set(path, { message: error.message });
    throw error;
  }

  return {
    settle,
    remember: (path, entries) => {
      believed.set(path, entries);
    },
    known: (path) => believed.get(path),
  };
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
