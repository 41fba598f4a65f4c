import { z } from 'zod';
import type { Operation } from '../operation.ts';
import { errorAnswer } from '../responses.ts';
import { explanationAnswer, overviewAnswer } from './responses.ts';

/** The operation that says where an item is. */
export const EXPLAIN_OPERATIONS: readonly Operation[] = [
  {
    method: 'get',
    path: '/api/v1/explain',
    summary: 'Where is WEB-12? Whether calendars show an item, why, and which apps have it; of one link, or of all',
    for: 'member',
    query: [
      ['item', 'key such as WEB-12, id, or address in Plane'],
      ['link', 'id of a link; left out, all active links'],
    ],
    answers: {
      200: z.union([explanationAnswer, overviewAnswer]),
      400: errorAnswer,
      404: errorAnswer,
      503: errorAnswer,
    },
  },
];
