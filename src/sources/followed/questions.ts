import { errorMessage, isStorageError } from '../../domain/errors.ts';
import type { Clock, Delay } from '../../domain/ports.ts';
import type { Log } from '../../lib/log.ts';

/** How long a follower waits for the leader, and for how long it doesn't after that was in vain. */
const WAIT_MS = 10_000;

/** What a follower asks the leader, and waits for. */
export interface Questions {
  /**
   * Asks, once for all who wait, and resolves when it is answered, or after ten seconds. For ten seconds after one that was not answered, or
   * could not be asked, it resolves at once: nobody waits for a leader that isn't there. Never rejects.
   */
  ask(about: string): Promise<void>;
  /** The leader has answered; does nothing where nobody asked. */
  answered(about: string): void;
}

export interface QuestionsOptions {
  /** Stores questions for the leader: all that came up at once. */
  readonly send: (about: readonly string[]) => Promise<void>;
  readonly now: Clock;
  readonly delay: Delay;
  readonly log: Log;
}

export function createQuestions({ send, now, delay, log }: QuestionsOptions): Questions {
  const open = new Map<string, { readonly asked: Promise<void>; readonly answer: () => void }>();
  const unansweredAt = new Map<string, number>();
  let unsent: string[] = [];

  function giveUp(about: string): void {
    if (!open.has(about)) return;
    unansweredAt.set(about, now());
    answered(about);
  }

  function answered(about: string): void {
    open.get(about)?.answer();
    open.delete(about);
  }

  async function sendAll(): Promise<void> {
    // Those who ask in the same turn are to be in it.
    await Promise.resolve();
    const asked = unsent;
    unsent = [];
    try {
      await send(asked);
    } catch (error) {
      if (!isStorageError(error)) log.error({ reason: errorMessage(error) }, 'the leader could not be asked');
      asked.forEach(giveUp);
    }
  }

  function begin(about: string): Promise<void> {
    let answer = (): void => undefined;
    const asked = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const question = { asked, answer };
    open.set(about, question);
    if (unsent.push(about) === 1) void sendAll();
    void delay(WAIT_MS).then(() => {
      if (open.get(about) === question) giveUp(about);
    });
    return asked;
  }

  return {
    ask: (about) => {
      const current = open.get(about);
      if (current) return current.asked;
      return now() - (unansweredAt.get(about) ?? -Infinity) < WAIT_MS ? Promise.resolve() : begin(about);
    },
    answered: (about) => {
      unansweredAt.delete(about);
      answered(about);
    },
  };
}
