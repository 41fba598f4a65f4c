import { z } from 'zod';
import { instant } from '../responses.ts';

/** Responses that say where an item is. */

const day = z.iso.date();
const outcome = {
  shown: z.boolean(),
  days: z
    .array(
      z.strictObject({
        first: day,
        last: day.describe('inclusive'),
        part: z.enum(['due', 'start', 'span']).describe('which of its dates; span: from start to due'),
      }),
    )
    .describe('empty where it is not shown, and for a to-do without a date'),
  reasons: z
    .array(z.strictObject({ rule: z.string().describe('for programs to branch on'), text: z.string() }))
    .describe('sentences: what decides first, then what else is to be known'),
};
const item = z
  .strictObject({ id: z.string(), key: z.string(), name: z.string(), url: z.url().nullable() })
  .nullable()
  .describe('null where no such item is known, or may be seen');

/** What one link does with an item. */
export const explanationAnswer = z.strictObject({
  item,
  link: z.strictObject({ id: z.string(), name: z.string() }),
  ...outcome,
  version: z.int().nullable().describe('the current version of the calendar; null before the first'),
  since: instant.nullable().describe('since when the calendar has the item as it is now; null where it is not shown'),
  subscribers: z.array(
    z.strictObject({
      client: z.string().describe('kind of app, by its User-Agent'),
      address: z.enum(['current', 'old']),
      at: instant.describe('its last fetch'),
      version: z.int().describe('version of the calendar that it has'),
      has: z.boolean().nullable().describe('whether it has what the calendar now says of the item; null: not known'),
    }),
  ),
});

/** What every active link does with an item. */
export const overviewAnswer = z.strictObject({
  item,
  reasons: outcome.reasons,
  links: z
    .array(z.strictObject({ id: z.string(), name: z.string(), for: z.string().nullable(), ...outcome }))
    .describe('those that show it first; revoked, expired and paused ones are left out'),
});
