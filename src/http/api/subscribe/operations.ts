import type { Operation } from '../operation.ts';
import { errorAnswer } from '../responses.ts';
import { subscribeAnswer } from './responses.ts';

/** The operations of the subscribe page. */
export const SUBSCRIBE_OPERATIONS: readonly Operation[] = [
  {
    method: 'get',
    path: '/s/{token}',
    summary: 'The subscribe page of a link, for its recipient',
    for: 'anyone',
    answers: { 200: 'text/html', 404: 'text/html' },
  },
  {
    method: 'get',
    path: '/s/{token}/state',
    summary:
      'What the subscribe page shows. Counts nobody as a subscriber, and builds the calendar without waiting for it',
    for: 'anyone',
    answers: { 200: subscribeAnswer, 404: errorAnswer, 429: errorAnswer },
  },
];
