import { errorMessage, isStorageError } from '../../domain/errors.ts';
import type { Clock, Delay, Store } from '../../domain/ports.ts';
import { createMutex } from '../../lib/keyed-mutex.ts';
import type { Log } from '../../lib/log.ts';
import type { Wanted } from './wanted.ts';

/** How often the leader stores what its followers need to know. */
const INTERVAL_MS = 1_000;

/** A record for followers. */
export interface Announcement {
  readonly kind: string;
  readonly id: string;
  /** JSON. */
  readonly value: unknown;
  /** Settles when what it is about was stored, or failed to be. */
  readonly saved?: Promise<void>;
  /** False where it failed: then the record is not written. */
  readonly isSaved?: () => boolean;
}

/** What the leader knows of one kind of sources. */
export interface Announcements {
  /** What is known now. */
  current(): Iterable<Announcement>;
  /**
   * Requests what feeds of followers request, and updates it where they want that. Resolves when that is done, whatever came of it; the records
   * then say that it was. Never rejects.
   */
  answer(wanted: Wanted): Promise<void>;
}

/** Stores for followers what the leader knows: whatever differs from what was stored last, in one batch. */
export interface Announcer {
  /** Announces every second. */
  start(): void;
  /** Does what a follower wants; the answer is announced at once, unless that was done in the last second. */
  answerWanted(wanted: Wanted): void;
  /** Announces what is known now, and resolves when that is stored, or failed to be. */
  flush(): Promise<void>;
  /** Resolves when nothing more is written. */
  stop(): Promise<void>;
}

export interface AnnouncerOptions {
  /** The cache. */
  readonly store: Pick<Store, 'write'>;
  readonly announcements: readonly Announcements[];
  readonly now: Clock;
  readonly delay: Delay;
  readonly log: Log;
}

export function createAnnouncer({ store, announcements, now, delay, log }: AnnouncerOptions): Announcer {
  /** JSON of what was stored last, by kind and id. */
  const stored = new Map<string, string>();
  const inTurn = createMutex();
  let announcedAt = -Infinity;
  let isStarted = false;
  let isStopped = false;

  async function announce(): Promise<void> {
    announcedAt = now();
    const differing = announcements
      .flatMap((each) => [...each.current()])
      .map((one) => ({ ...one, key: `${one.kind} ${one.id}`, json: JSON.stringify(one.value) }))
      .filter(({ key, json }) => stored.get(key) !== json);
    // What it is about comes first: otherwise followers would believe that what they have is fresh.
    for (const { saved } of differing) await saved?.catch(() => undefined);
    const written = differing.filter(({ isSaved }) => isSaved?.() !== false);
    if (written.length === 0) return;
    await store.write(written.map(({ kind, id, value }) => ({ kind, id, value })));
    for (const { key, json } of written) stored.set(key, json);
  }

  const flush = (): Promise<void> =>
    inTurn(async () => {
      if (isStopped) return;
      await announce().catch((error: unknown) => {
        // The next time everything that differs is written.
        if (!isStorageError(error)) log.error({ reason: errorMessage(error) }, 'followers could not be informed');
      });
    });

  async function run(): Promise<void> {
    for (;;) {
      await delay(INTERVAL_MS);
      if (isStopped) return;
      await flush();
    }
  }

  return {
    start: () => {
      if (!isStarted) void run();
      isStarted = true;
    },
    answerWanted: (wanted) => {
      void Promise.all(announcements.map((each) => each.answer(wanted))).then(() => {
        if (now() - announcedAt >= INTERVAL_MS) void flush();
      });
    },
    flush,
    stop: () => {
      isStopped = true;
      return inTurn(() => Promise.resolve());
    },
  };
}
