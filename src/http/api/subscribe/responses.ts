import { z } from 'zod';
import { previewAnswer } from '../responses.ts';

const instant = z.iso.datetime().describe('UTC');
const count = z.int().min(0);

/** What the subscribe page shows of a link: nothing about whom it is for, its owner or the server. */
export const subscribeAnswer = z.strictObject({
  state: z
    .enum(['active', 'replaced', 'expired', 'paused', 'revoked'])
    .describe('replaced: this is an old address of a link that has a new one'),
  name: z.string(),
  description: z.string().nullable().describe('what the calendar contains; null until it is known'),
  url: z.url().nullable().describe('the address of the calendar, for calendar apps; null unless it works'),
  grace_until: instant.nullable().describe('until when an old address works; null for the current one'),
  expires: instant.nullable(),
  built: z.boolean().describe('whether the address serves the calendar yet'),
  progress: z
    .strictObject({
      read: count.describe('projects that have been read from Plane'),
      total: count,
      seconds_left: count.nullable().describe('an estimate; null while there is none'),
    })
    .nullable()
    .describe('null when everything has been read, and while it is unknown'),
  plane: z.strictObject({
    ok: z.boolean(),
    last_good: instant.nullable().describe('when Plane last confirmed what the calendar shows'),
  }),
  webhook: z.boolean().describe('whether the calendar follows a change in Plane at once'),
  private_address: z.boolean().describe('whether the address works only on this machine or network'),
  preview: previewAnswer
    .omit({ name: true, description: true })
    .extend({ partial: z.boolean().describe('whether projects are missing that have not been read yet') })
    .nullable()
    .describe('events nearest to today; count has the total'),
});
