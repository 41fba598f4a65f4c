import type { Delay } from '../../domain/ports.ts';
import { errorMessage } from '../../domain/errors.ts';
import { createMutex } from '../../lib/keyed-mutex.ts';
import type { DatedDocument } from '../last-modified.ts';
import type { Parts } from '../renderer.ts';
import { createPublishedFiles, type Published, type PublishedFilesOptions } from './published.ts';
import { createTidying, type TidyOptions } from './tidy.ts';

/**
 * The calendars that were last published, as files of this machine: after a restart they are served without being rendered, where rendering
 * would give the same bytes. Decision 11 says why they are files, and how that is known.
 */

/** How long a calendar stays as it is before it is stored: one that changes all the time must not be written all the time. */
const QUIET_MS = 60_000;
const TICK_MS = 30_000;
/** How long the end of the program may wait for what is not stored yet. */
const STOP_MS = 2_000;

/** The stored documents. Nothing fails because one can't be read or written. */
export interface StoredDocuments {
  /** What was last published for the feed, with these validators; null unless rendering the parts would give the same. */
  restore(parts: Parts, dated: DatedDocument): Promise<Published | null>;
  /** A feed has another document; `current` returns the one it has by the time it is stored. */
  changed(feedKey: string, current: () => Published | undefined): void;
  /** From now on stores what has changed, and removes what will not be served again. */
  start(): void;
  /** Ends that, and stores what has changed as far as there is time. */
  stop(): Promise<void>;
}

export interface StoredDocumentsOptions extends PublishedFilesOptions, TidyOptions {
  readonly delay: Delay;
}

export function createStoredDocuments(options: StoredDocumentsOptions): StoredDocuments {
  const { now, delay, log } = options;
  const waiting = new Map<string, { readonly current: () => Published | undefined; readonly since: number }>();
  const inTurn = createMutex();
  const published = createPublishedFiles(options);
  const tidy = createTidying(options);
  let isRunning = false;
  let isFailing = false;

  /** Stores what has not changed after `before`, until `end`. */
  async function writeAll(before: number, end: number): Promise<void> {
    for (const [key, { current, since }] of [...waiting]) {
      if (since > before || now() > end) continue;
      waiting.delete(key);
      const document = current();
      if (!document) continue;
      await published.write(document);
      isFailing = false;
    }
  }

  /** Logs the first of several failures. */
  async function attempt(task: () => Promise<void>): Promise<void> {
    try {
      await inTurn(task);
    } catch (error) {
      if (!isFailing)
        log.warn({ reason: errorMessage(error) }, "calendars can't be stored; a restart renders them again");
      isFailing = true;
    }
  }

  async function run(): Promise<void> {
    for (;;) {
      await delay(TICK_MS);
      if (!isRunning) return;
      await attempt(async () => {
        await tidy();
        await writeAll(now() - QUIET_MS, Infinity);
      });
    }
  }

  return {
    restore: (parts, dated) =>
      published.read(parts, dated).catch((error: unknown) => {
        log.warn({ reason: errorMessage(error) }, "a stored calendar can't be read; it is rendered again");
        return null;
      }),
    changed: (feedKey, current) => {
      waiting.set(feedKey, { current, since: now() });
    },
    start: () => {
      isRunning = true;
      void run();
    },
    stop: async () => {
      isRunning = false;
      await attempt(() => writeAll(Infinity, now() + STOP_MS));
    },
  };
}
