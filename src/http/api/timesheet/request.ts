import { z } from 'zod';
import { isCalendarDate } from '../../../icalendar/date.ts';
import { ROUND_MINUTES, type ExportRequest, type RoundMinutes, type SheetQuery } from '../../../timesheet/timesheet.ts';

/** The API's requests about the timesheet. */

const ROUNDINGS = ['off', 'up', 'nearest'] as const;
const STEPS = `must be one of: ${ROUND_MINUTES.join(', ')}`;
const UNREADABLE = 'must be a day such as 2026-11-01';

const name = z.string('must be a text').trim().min(1, 'must not be empty').max(300, 'may have 300 characters');
const identity = z.string('must be a text').min(1, 'must not be empty').max(10_000, 'may have 10000 characters');
const day = z
  .string(UNREADABLE)
  .refine((text) => isCalendarDate(text), UNREADABLE)
  .describe('a day, inclusive');
const round = z.enum(ROUNDINGS, `must be one of: ${ROUNDINGS.join(', ')}`).describe('off by default');
const steps = z.union(
  ROUND_MINUTES.map((minutes) => z.literal(minutes)),
  STEPS,
);
const source = name.describe('id or name of a source; left out: all');
const member = name.describe('id or display name; left out: everyone');

const key = { source: identity, uid: identity, instance: identity.nullable().optional() };
const word = z.string('must be a text').trim().min(1, 'must not be empty').max(1000, 'may have 1000 characters');
const condition = z.union(
  [z.strictObject({ word }), z.strictObject({ category: word }), z.strictObject({ organizer: word })],
  'must be {"word": "standup"}, {"category": "Website"} or {"organizer": "ada@example.com"}',
);
const target = { project: name.describe('id, identifier or name') };
const itemTarget = { item: name.describe('key such as WEB-12, id, or address in Plane') };

/** The parameters of a timesheet. */
export const sheetParameters = z.strictObject({
  from: day.optional(),
  to: day.optional(),
  source: source.optional(),
  member: member.optional(),
  round: round.optional(),
  round_minutes: z.string().transform(Number).pipe(steps).optional(),
  format: z.enum(['json', 'csv'], 'must be json or csv').optional(),
});
/** The parameters of an export that is read. */
export const exportParameters = sheetParameters.pick({ format: true });

/** What someone says an entry is. */
export const correctionRequest = z.strictObject({
  ...key,
  match: z
    .union(
      [z.strictObject(target), z.strictObject(itemTarget), z.strictObject({ ignore: z.literal(true) })],
      'must be {"project": "WEB"}, {"item": "WEB-12"}, {"ignore": true} or null',
    )
    .nullable()
    .describe('null undoes a correction'),
  rule: condition.optional().describe('also saves a rule, for entries like this one'),
});
/** A rule to save. */
export const ruleRequest = z.union(
  [
    z.strictObject({ when: condition, ...target, member: member.optional() }),
    z.strictObject({ when: condition, ...itemTarget, member: member.optional() }),
  ],
  'must be {"when": {"word": "standup"}, "project": "WEB"}, or with "item": "WEB-12" in place of the project; "when" may also be {"category": …} or {"organizer": …}',
);
/** Hours to export. */
export const exportRequest = z.strictObject({
  from: day,
  to: day,
  source: source.optional(),
  member: member.optional(),
  round: round.optional(),
  round_minutes: steps.optional(),
  unmatched: z
    .enum(['include', 'leave_out'], 'must be include or leave_out')
    .optional()
    .describe('entries that nothing matches; left out by default'),
});
/** An entry whose change or disappearance is accepted. */
export const settleRequest = z.strictObject(key);

interface QueryFields extends Omit<SheetQuery, 'viewer' | 'roundMinutes'> {
  readonly round_minutes?: RoundMinutes | undefined;
}

/** As the timesheet reads it. */
export function toQuery({
  from,
  to,
  source,
  member,
  round,
  round_minutes: roundMinutes,
}: QueryFields): Omit<SheetQuery, 'viewer'> {
  return { from, to, source, member, round, roundMinutes };
}

/** As the timesheet reads it; only the administrator exports. */
export function toExport({ unmatched, ...fields }: z.infer<typeof exportRequest>): ExportRequest {
  return { ...toQuery(fields), unmatched, viewer: null };
}
