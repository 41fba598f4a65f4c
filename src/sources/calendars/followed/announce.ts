import type { Clock } from '../../../domain/ports.ts';
import type { Announcement, Announcements } from '../../followed/announcer.ts';
import { createAnswers } from '../../followed/answers.ts';
import { storedError, storedInstant, type StoredFreshness } from '../../followed/stored-freshness.ts';
import type { CalendarRegistry } from '../registry.ts';
import { SOURCE_FRESHNESS } from '../state/store.ts';

export interface CalendarAnnouncementsOptions {
  readonly calendars: Pick<CalendarRegistry, 'known' | 'status' | 'refresh'>;
  readonly now: Clock;
}

/** What the leader knows of other calendars besides their content. */
export function createCalendarAnnouncements({ calendars, now }: CalendarAnnouncementsOptions): Announcements {
  const answers = createAnswers(now);

  function* current(): Iterable<Announcement> {
    for (const { config, portStatus, saved, isSaved } of calendars.known()) {
      const { checkedAt, freshUntil, error } = portStatus();
      const value: StoredFreshness = {
        checkedAt: storedInstant(checkedAt),
        freshUntil: storedInstant(freshUntil),
        error: error && storedError(error),
        answeredAt: answers.at(config.id),
      };
      yield { kind: SOURCE_FRESHNESS, id: config.id, value, saved: saved(), isSaved };
    }
  }

  /** Reads a calendar unless it has become fresh since the follower asked. */
  async function refresh(id: string): Promise<void> {
    const { content, freshUntil } = calendars.status(id);
    if (content === null || now() >= freshUntil) await calendars.refresh(id);
    answers.record(id);
  }

  return {
    current,
    answer: async ({ calendars: ids, refresh: isDue }) => {
      if (isDue) await Promise.all(ids.map(refresh));
    },
  };
}
