import { z } from 'zod';
import { AUTHS } from '../../../caldav/login.ts';
import { SOURCE_KINDS } from '../../../sources/calendars/source.ts';
import { hoursAnswer } from './hours.ts';

/** The API's answers about sources. */

const instant = z.iso.datetime();
const count = z.int().min(0);
const dropped = z
  .array(z.strictObject({ line: count, reason: z.string() }))
  .describe('what was left out, or is taken to mean something else');

/** How a source is doing. */
export const sourceStateAnswer = z.strictObject({
  id: z.string(),
  state: z.enum(['ok', 'reading', 'waiting', 'error']).describe('waiting: a large removal has to be confirmed'),
  components: count.describe('events, to-dos and journal entries; a series is one'),
  last_check: instant.nullable().describe('when its server last confirmed it'),
  last_change: instant.nullable().describe('null where nothing has changed since the first read'),
  next_check: instant.nullable().describe('null for only on request'),
  error: z.string().nullable().describe('why it could not be read; what it had stays'),
  error_since: instant.nullable(),
  paused_until: instant.nullable().describe('its server refuses requests until then'),
  stale: count.describe('components that can’t be read now, and stay as they last were'),
  dropped,
});
/** A source; never with its whole address or a password. */
export const sourceAnswer = z.strictObject({
  id: z.string(),
  name: z.string(),
  kind: z.enum(SOURCE_KINDS),
  url: z.string().describe('of kind ics only its server, since the address may be all that protects it'),
  username: z.string().nullable(),
  auth: z.enum(AUTHS),
  tls_verify: z.boolean(),
  timezone: z.string().nullable(),
  refresh_seconds: count.nullable(),
  user_agent: z.string().nullable(),
  color: z.string().nullable(),
  attendees: z.enum(['keep', 'remove']),
  timesheet: hoursAnswer,
  calendar_name: z.string().nullable().describe('as the calendar calls itself'),
  created: instant,
  ...sourceStateAnswer.omit({ id: true }).shape,
});
/** All sources. */
export const sourcesAnswer = z.strictObject({ sources: z.array(sourceAnswer) });
/** What a source would have. */
export const trialAnswer = z.strictObject({
  name: z.string().nullable(),
  components: count,
  instances: count.describe('those of series without end for a year from now'),
  recurring: count,
  first: z.iso.date().nullable(),
  last: z.iso.date().nullable(),
  zones: z.strictObject({
    known: z.array(z.string()),
    guessed: z.array(z.string()).describe('by a similar name'),
    unknown: z.array(z.string()).describe('taken for the time zone of the source'),
  }),
  dropped,
});

/** A source. */
export type SourceJson = z.infer<typeof sourceAnswer>;
/** How a source is doing. */
export type SourceStateJson = z.infer<typeof sourceStateAnswer>;
/** What a source would have. */
export type TrialJson = z.infer<typeof trialAnswer>;
