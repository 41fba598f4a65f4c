import type { CalendarSources, Clock, Delay, FollowedStore, ProjectStatus } from '../../../domain/ports.ts';
import type { Log } from '../../../lib/log.ts';
import { createQuestions } from '../../followed/questions.ts';
import { errorOf, instantOf, type StoredFreshness } from '../../followed/stored-freshness.ts';
import { NOTHING_WANTED, type Want } from '../../followed/wanted.ts';
import { definitionOf, REMOVED, SOURCE, type RemovedSource, type StoredSource } from '../records.ts';
import type { CalendarRegistry } from '../registry.ts';
import { nameKey } from '../request.ts';
import { removedStatus } from '../source.ts';
import { GROUP, HEAD, NO_MARKS, SOURCE_FRESHNESS, type Head } from '../state/store.ts';
import { createFollowedContents } from './contents.ts';
import { createFollowedRecords } from './records.ts';
import { createShownCalendars } from './shown.ts';

/** Other calendars as the leader stored them. None is read from outside, and nothing is written. */
export interface FollowedCalendars extends CalendarSources {
  /** Calls the listener once what changed at once can be read. */
  readonly onChange: CalendarRegistry['onChange'];
  /** A number that changes with the content of these calendars, as applied here. */
  generation(sourceIds: readonly string[]): number;
}

export interface FollowCalendarsOptions {
  readonly kept: Pick<FollowedStore, 'follow'>;
  readonly cache: Pick<FollowedStore, 'follow'>;
  /** Asks the leader. */
  readonly want: Want;
  readonly now: Clock;
  readonly delay: Delay;
  readonly log: Log;
}

/** Follows what is stored of other calendars, and resolves once all of that is known. */
export async function followCalendars(options: FollowCalendarsOptions): Promise<FollowedCalendars> {
  const { kept, cache, want, now, delay, log } = options;
  const startedAt = now();
  const sources = createFollowedRecords(SOURCE, (stored) => definitionOf(stored as StoredSource));
  const removed = createFollowedRecords(REMOVED, (stored) => stored as RemovedSource);
  const freshness = createFollowedRecords(SOURCE_FRESHNESS, (stored) => stored as StoredFreshness);
  const contents = createFollowedContents();
  const shown = createShownCalendars(sources.all, contents);
  const send = (ids: readonly string[]): Promise<void> => want({ ...NOTHING_WANTED, calendars: ids, refresh: true });
  const questions = createQuestions({ send, now, delay, log });

  await kept.follow([SOURCE, REMOVED], (changes) => {
    removed.apply(changes);
    shown.update(sources.apply(changes));
  });
  await cache.follow([HEAD, GROUP, SOURCE_FRESHNESS], (changes) => {
    const fresh = freshness.apply(changes);
    shown.update(contents.apply(changes));
    fresh.forEach(questions.answered);
  });

  return {
    status: (id) => {
      const source = sources.all().get(id);
      return source
        ? statusOf(shown.content(id), contents.of(id)?.head ?? null, freshness.all().get(id) ?? null)
        : removedStatus(removed.all().get(id)?.since ?? startedAt);
    },
    request: () => undefined,
    refresh: (id) => (sources.all().has(id) ? questions.ask(id) : Promise.resolve()),
    find: (name) => {
      const byId = sources.all().get(name.toLowerCase());
      const found = byId ?? [...sources.all().values()].find((source) => nameKey(source.name) === nameKey(name));
      return found && shown.info(found);
    },
    all: () => [...sources.all().values()].sort((a, b) => (nameKey(a.name) < nameKey(b.name) ? -1 : 1)).map(shown.info),
    onChange: shown.onChange,
    generation: shown.generation,
  };
}

const stored = (): Promise<void> => Promise.resolve();

function statusOf(
  content: ProjectStatus['content'],
  head: Head | null,
  freshness: StoredFreshness | null,
): ProjectStatus {
  const { checkedAt, missingSince, isGone } = head ?? NO_MARKS;
  return {
    content,
    checkedAt: Math.max(checkedAt, instantOf(freshness?.checkedAt)),
    freshUntil: content ? instantOf(freshness?.freshUntil) : -Infinity,
    error: freshness?.error ? errorOf(freshness.error) : null,
    removed: isGone && missingSince !== null ? { reason: 'access lost', since: missingSince } : null,
    missing: { parts: false, names: false },
    store: stored,
  };
}
