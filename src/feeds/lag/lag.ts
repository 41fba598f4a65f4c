import type { LagHealth } from '../../domain/health.ts';
import type { Clock, Store } from '../../domain/ports.ts';
import { summaryOf, withDurations, type Counts } from './histogram.ts';
import { createRecent } from '../recent.ts';

/** How long changes take: from the edit of an item in the source to the first answer with the calendar that has it. */

const LAG = 'lag';
/** The record of all feeds together; keys of feeds are longer. */
const ALL = '*';
/** Anyone can make up public feeds. */
const MAX_FEEDS = 5_000;
/** Edits of one feed that nobody fetched yet. */
const MAX_PENDING = 1_000;
/** Counts are stored at most this often; a crash loses no more. */
const STORE_MS = 60_000;

/** The lag of every feed over seven days. It survives restarts, except for edits that nobody had fetched yet. */
export interface Lag {
  restore(): Promise<void>;
  /** The calendar has these edits from that version on: ids of items, and when each was edited. */
  edited(feedKey: string, version: number, edits: ReadonlyMap<string, number>): void;
  /** A client got that version as a whole. */
  answered(feedKey: string, version: number): void;
  /** null without any edit that was fetched. */
  of(feedKey: string): LagHealth | null;
  /** Of all feeds together. */
  overall(): LagHealth | null;
  forget(feedKeys: readonly string[]): Promise<void>;
  /** Resolves when everything is on disk. */
  flush(): Promise<void>;
}

interface Edit {
  readonly at: number;
  readonly version: number;
}

/** `store` is null for a server whose counts are its own business: they end with it. `report` gets errors of the store. */
export function createLag(store: Store | null, now: Clock, report: (error: unknown) => void): Lag {
  const counts = createRecent<Counts>(MAX_FEEDS);
  const pending = createRecent<Map<string, Edit>>(MAX_FEEDS);
  const dirty = new Set<string>();
  let total: Counts = {};
  let storedAt = -Infinity;
  let writing: Promise<void> = Promise.resolve();

  function persist(): void {
    if (!store) return;
    storedAt = now();
    const keys = [...dirty];
    dirty.clear();
    writing = writing
      .then(() => store.write(keys.map((id) => ({ kind: LAG, id, value: id === ALL ? total : counts.get(id) }))))
      .catch((error: unknown) => {
        for (const key of keys) dirty.add(key);
        report(error);
      });
  }

  function count(feedKey: string, durations: readonly number[]): void {
    if (durations.length === 0) return;
    counts.set(feedKey, withDurations(counts.get(feedKey) ?? {}, durations, now()));
    total = withDurations(total, durations, now());
    dirty.add(feedKey).add(ALL);
  }

  return {
    restore: async () => {
      for (const [key, value] of ((await store?.list(LAG)) ?? []) as [string, Counts][]) {
        if (key === ALL) total = value;
        else counts.set(key, value);
      }
    },
    edited: (feedKey, version, edits) => {
      if (edits.size === 0) return;
      const waiting = pending.get(feedKey) ?? new Map<string, Edit>();
      for (const [id, at] of edits) if (waiting.has(id) || waiting.size < MAX_PENDING) waiting.set(id, { at, version });
      pending.set(feedKey, waiting);
    },
    answered: (feedKey, version) => {
      const waiting = pending.get(feedKey);
      if (!waiting) return;
      const durations: number[] = [];
      for (const [id, edit] of waiting) {
        if (edit.version > version) continue;
        waiting.delete(id);
        durations.push(now() - edit.at);
      }
      count(feedKey, durations);
      if (waiting.size === 0) pending.delete(feedKey);
      if (dirty.size > 0 && now() - storedAt >= STORE_MS) persist();
    },
    of: (feedKey) => summaryOf(counts.get(feedKey) ?? {}, now()),
    overall: () => summaryOf(total, now()),
    forget: (feedKeys) => {
      for (const key of feedKeys) {
        counts.delete(key);
        pending.delete(key);
        dirty.delete(key);
      }
      return store?.write(feedKeys.map((id) => ({ kind: LAG, id }))) ?? Promise.resolve();
    },
    flush: async () => {
      if (dirty.size > 0) persist();
      await writing;
    },
  };
}
