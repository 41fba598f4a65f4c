import type { Clock } from '../../domain/ports.ts';

/** When the leader last did what a follower wanted. */
export interface Answers {
  /** It was done, whatever came of it. */
  record(about: string): void;
  /** In milliseconds since the epoch, and different each time; null for never. */
  at(about: string): number | null;
}

export function createAnswers(now: Clock): Answers {
  const answeredAt = new Map<string, number>();
  return {
    record: (about) => {
      // The record has to change, or else the follower would wait on.
      answeredAt.set(about, Math.max(now(), (answeredAt.get(about) ?? -Infinity) + 1));
    },
    at: (about) => answeredAt.get(about) ?? null,
  };
}
