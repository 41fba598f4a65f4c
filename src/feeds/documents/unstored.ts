import { LRUCache } from 'lru-cache';
import { errorCode } from '../../domain/errors.ts';
import type { Clock } from '../../domain/ports.ts';
import type { Parts } from '../renderer.ts';
import { isSame, memoryOf, type Entry } from './entry.ts';

/** How long after a failure nothing is stored again: for each try the calendar is rendered. */
const RETRY_MS = 5_000;

/**
 * Documents that were answered though they could not be stored. They are apart from those that are: an edit may show again what the feed
 * showed before.
 */
export interface Unstored {
  /** What was answered for these parts a moment ago. */
  recent(parts: Parts): Entry | undefined;
  /** What was last answered for these parts. */
  last(parts: Parts): Entry | undefined;
  /** Returns what was last answered for these parts, or the entry, which then is. After a conflict that is decided anew each time. */
  keep(parts: Parts, entry: Entry, error: unknown): Entry;
  forget(feedKey: string): void;
}

export function createUnstored(maxBytes: number, now: Clock): Unstored {
  const answers = new LRUCache<string, { readonly parts: Parts; readonly entry: Entry; readonly at: number }>({
    maxSize: maxBytes,
    sizeCalculation: ({ entry }) => memoryOf(entry),
  });

  const lastFor = (parts: Parts) => {
    const last = answers.get(parts.feed.key);
    return last && isSame(last.parts, parts) ? last : undefined;
  };

  return {
    recent: (parts) => {
      const last = lastFor(parts);
      return last && Math.abs(now() - last.at) < RETRY_MS ? last.entry : undefined;
    },
    last: (parts) => lastFor(parts)?.entry,
    keep: (parts, given, error) => {
      if (errorCode(error) === 'conflict') return given;
      const entry = lastFor(parts)?.entry ?? given;
      answers.set(parts.feed.key, { parts, entry, at: now() });
      return entry;
    },
    forget: (key) => {
      answers.delete(key);
    },
  };
}
