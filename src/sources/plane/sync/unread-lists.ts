import { errorCode, errorMessage, isRejectedAnswer } from '../../../domain/errors.ts';
import type { Log } from '../../../lib/log.ts';
import type { UnreadLists } from './state/freshness.ts';

/** Logs once that a list of a project can't be read, and once that it can be again. */
export function logUnread(log: Log, project: string, before: UnreadLists, now: UnreadLists): void {
  for (const [list, error] of now) {
    if (!before.has(list) && isLoggedHere(error))
      log.warn({ project, list, reason: errorMessage(error) }, 'list of a project could not be read');
  }
  for (const [list, error] of before) {
    if (!now.has(list) && isLoggedHere(error)) log.info({ project, list }, 'list of a project can be read again');
  }
}

/** What is wrong with an answer is logged with the answer. */
function isLoggedHere(error: Error): boolean {
  return !isRejectedAnswer(error) && errorCode(error) !== 'stopping';
}
