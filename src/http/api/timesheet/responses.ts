import { z } from 'zod';
import { instant } from '../responses.ts';

/** The API's answers about the timesheet. */

const day = z.iso.date();
const count = z.int().min(0);
const minutes = count.describe('whole minutes');
const rounded = count.describe('minutes as rounded, per person, project and day');
const ROUNDINGS = ['off', 'up', 'nearest'] as const;

const key = {
  source: z.string().describe('id of the source'),
  uid: z.string(),
  instance: z.string().nullable().describe('in a series the start that it had originally; null for a single event'),
};
const person = { member: z.string().describe('display name'), member_id: z.string() };
const project = z.string().nullable().describe('identifier such as WEB');
const item = z.string().nullable().describe('key such as WEB-12');
const values = { start: instant, end: instant, minutes: rounded, title: z.string(), project, item };
const exported = z
  .strictObject({ ...values, export: z.string().describe('id of the export') })
  .describe('as it was exported');
const condition = z.union([
  z.strictObject({ word: z.string() }),
  z.strictObject({ category: z.string() }),
  z.strictObject({ organizer: z.string() }),
]);

const entry = z.strictObject({
  ...key,
  start: instant,
  end: instant,
  minutes,
  rounded_minutes: rounded,
  day: day.describe('on which it starts, in the time zone of its source'),
  title: z.string(),
  project,
  project_id: z.string().nullable(),
  project_name: z.string().nullable(),
  item,
  item_name: z.string().nullable(),
  ...person,
  reason: z.string().describe('why it is matched so, or not at all'),
  matched_by: z.enum(['correction', 'key', 'rule', 'name', 'default']).nullable().describe('null: unmatched'),
  overlaps: z.boolean().describe('shares time with another entry of this person'),
  state: z.enum(['new', 'exported', 'changed']).describe('changed: it was exported as something else'),
  exported: exported.nullable().describe('null unless it changed'),
  private: z.boolean(),
  categories: z.array(z.string()),
  organizer: z.string().nullable().describe('e-mail address'),
});
const ignored = z.strictObject({
  ...key,
  start: instant,
  end: instant,
  day,
  title: z.string(),
  kind: z.enum([
    'cancelled',
    'declined',
    'all_day',
    'transparent',
    'private',
    'no_length',
    'duplicate',
    'excluded',
    'unreadable',
  ]),
  reason: z.string(),
  ...person,
});
const total = z.strictObject({
  day,
  ...person,
  project,
  project_id: z.string().nullable(),
  minutes,
  rounded_minutes: rounded,
});
const gone = z
  .strictObject({ ...key, ...values, ...person, export: z.string(), reason: z.string() })
  .describe('exported, and no longer counted');
const sheetSource = z.strictObject({
  id: z.string(),
  name: z.string(),
  ...person,
  address: z.string().nullable().describe('e-mail address of the member'),
  timezone: z.string().describe('IANA name: days begin in it'),
  last_check: instant.nullable(),
  error: z.string().nullable().describe('why it could not be read; what it had stays'),
});
const choice = z.strictObject({ id: z.string(), identifier: z.string(), name: z.string() });

/** The hours of some days. */
export const sheetAnswer = z.strictObject({
  from: day,
  to: day.describe('inclusive'),
  warnings: z.array(z.string()),
  entries: z.array(entry).describe('by start'),
  ignored: z.array(ignored).describe('events that do not count'),
  totals: z.array(total),
  gone: z.array(gone),
  sources: z.array(sheetSource),
  projects: z.array(choice).describe('those that can be chosen'),
});

/** A saved rule. */
export const ruleAnswer = z.strictObject({
  id: z.string(),
  when: condition,
  project: project.describe('identifier; null where it is no longer published, so that the rule matches nothing'),
  project_id: z.string().nullable(),
  item: item.describe('key; null for the project alone'),
  member: z.string().nullable().describe('whose events it is for: display name; null for everyone’s'),
  member_id: z.string().nullable(),
  created: instant,
});
/** All rules. */
export const rulesAnswer = z.strictObject({ rules: z.array(ruleAnswer) });
/** What a correction did. */
export const correctionAnswer = z.strictObject({ rule: ruleAnswer.nullable().describe('the rule that was saved') });

const who = z.strictObject({ id: z.string(), name: z.string() }).nullable();
/** A recorded export. */
export const exportAnswer = z.strictObject({
  id: z.string(),
  created: instant,
  from: day,
  to: day,
  source: who.describe('null for all'),
  member: who.describe('null for all'),
  round: z.enum(ROUNDINGS),
  round_minutes: count,
  entries: count.describe('rows in it'),
  minutes: rounded,
  unmatched: count.describe('entries that were left out because nothing matches them'),
  changed: count.describe('rows of earlier exports that had changed when it was made'),
  gone: count.describe('rows of earlier exports that were gone when it was made'),
});
/** All exports, the newest first. */
export const exportsAnswer = z.strictObject({ exports: z.array(exportAnswer) });
const row = z.strictObject({
  ...key,
  ...values,
  day,
  project_id: z.string().nullable(),
  project_name: z.string().nullable(),
  item_name: z.string().nullable(),
  ...person,
  address: z.string().nullable(),
});
const changed = z.strictObject({
  ...key,
  before: exported,
  now: z.strictObject({ ...values, ...person }),
});
/** An export with its rows. */
export const recordedExportAnswer = z.strictObject({
  ...exportAnswer.shape,
  rows: z.array(row).describe('by start; they never change'),
  changed_entries: z.array(changed).describe('as they were when it was made'),
  gone_entries: z.array(gone).describe('as they were when it was made'),
});

/** The hours of some days. */
export type SheetJson = z.infer<typeof sheetAnswer>;
/** A saved rule. */
export type RuleJson = z.infer<typeof ruleAnswer>;
/** A recorded export. */
export type ExportJson = z.infer<typeof exportAnswer>;
/** An export with its rows. */
export type RecordedExportJson = z.infer<typeof recordedExportAnswer>;
