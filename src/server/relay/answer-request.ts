import type { RequestListener } from 'node:http';
import type { Clock, Delay } from '../../domain/ports.ts';
import { errorMessage } from '../../domain/errors.ts';
import type { Log } from '../../lib/log.ts';
import { answerOf, tooLargeAnswer, unexpected } from './answers.ts';
import { perform, TooLargeError } from './perform.ts';
import type { RelayedAnswer, RelayedRequest } from './task.ts';

/** What the body of an answer may have. */
const MAX_BYTES = 32_000_000;
/** A follower waits no longer for an answer. */
const ANSWER_MS = 600_000;

/** What answers requests: the routes, for the port and for the control socket. */
export interface Performer {
  readonly answer: RequestListener;
  /** Needs no token. */
  readonly answerLocal: RequestListener;
}

export interface AnswerRequestOptions {
  readonly perform: Performer;
  readonly now: Clock;
  readonly delay: Delay;
  readonly log: Log;
}

/** Returns what answers a request of a follower; it never rejects. */
export function createAnswerRequest(
  options: AnswerRequestOptions,
): (request: RelayedRequest) => Promise<RelayedAnswer> {
  const { perform: performer, now, delay, log } = options;
  return async (request) => {
    const ending = new AbortController();
    void delay(ANSWER_MS).then(() => {
      ending.abort();
    });
    try {
      const listener = request.isLocal ? performer.answerLocal : performer.answer;
      return await perform(listener, request, { maxBytes: MAX_BYTES, signal: ending.signal });
    } catch (error) {
      if (error instanceof TooLargeError) return answerOf(tooLargeAnswer(MAX_BYTES), request, now);
      log.error({ method: request.method, reason: errorMessage(error) }, 'a request of a follower had no answer');
      return answerOf(unexpected(), request, now);
    }
  };
}
