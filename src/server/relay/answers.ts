import type { ServerResponse } from 'node:http';
import type { Clock } from '../../domain/ports.ts';
import { ApiError, apiErrorJson } from '../../http/middleware/api-errors.ts';
import { API_STATUS } from '../../http/middleware/error-answers.ts';
import { valuesOf } from './headers.ts';
import { isRepeatable, type RelayedAnswer, type RelayedRequest } from './task.ts';

/** The answers of the relay itself. */

const SOON = { headers: { 'Retry-After': '5' } };
type Method = Pick<RelayedRequest, 'method'>;

/** For what no leader has begun to perform. */
export function notPerformed(): ApiError {
  return new ApiError('NOT_READY', 'No server does this at the moment. Nothing was changed; try again soon.', SOON);
}

/** For what a leader has begun to perform, and whose outcome nobody knows. */
export function unknownOutcome({ method }: Method): ApiError {
  if (isRepeatable(method)) return new ApiError('NOT_READY', 'The answer was lost. Try again.', SOON);
  return new ApiError('NOT_READY', 'The server was replaced while it made this change. See whether it was made.');
}

/** While the database can't be reached. Whether the task was stored is not known. */
export function noDatabase({ method }: Method): ApiError {
  const reason = "This server can't reach its database at the moment.";
  const advice = isRepeatable(method)
    ? 'Try again in a few seconds.'
    : 'See whether this change was made before you try again.';
  return new ApiError('STORAGE_UNAVAILABLE', `${reason} ${advice}`, SOON);
}

/** For an answer that is larger than what can be relayed. */
export function tooLargeAnswer(maxBytes: number): ApiError {
  return new ApiError('INTERNAL_ERROR', `This answer has more than ${maxBytes} bytes. Ask for less at a time.`);
}

/** For what one of the servers can't read. */
export function otherKey(): ApiError {
  return new ApiError('INTERNAL_ERROR', 'The servers have different values of SECRET_KEY. Give all of them the same.');
}

/** For a bug. */
export function unexpected(): ApiError {
  return new ApiError('INTERNAL_ERROR', 'Internal error: the log of the server has the details.');
}

/** The answer that an error is: JSON, or a sentence for a browser that opens a page. */
export function answerOf(error: ApiError, { headers }: Pick<RelayedRequest, 'headers'>, now: Clock): RelayedAnswer {
  const isPage = valuesOf(headers, 'accept').some((value) => value.includes('text/html'));
  const body = Buffer.from(isPage ? `${error.message}\n` : JSON.stringify(apiErrorJson(error, now)));
  return {
    status: API_STATUS[error.code],
    message: '',
    headers: [
      ...['Content-Type', isPage ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8'],
      ...['Cache-Control', 'no-store', 'X-Content-Type-Options', 'nosniff'],
      ...['Content-Length', String(body.length)],
      ...Object.entries(error.headers).flat(),
    ],
    body,
  };
}

/** Sends an answer. */
export function send(response: ServerResponse, { status, message, headers, body }: RelayedAnswer): void {
  // An empty reason phrase is replaced by that of the status.
  response.writeHead(status, message === '' ? undefined : message, [...headers]);
  response.end(body.length > 0 ? body : undefined);
}
