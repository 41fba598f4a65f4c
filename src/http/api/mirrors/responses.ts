import { z } from 'zod';
import { AUTHS } from '../../../caldav/login.ts';
import { linkAnswer } from '../links/responses.ts';

/** The API's answers about mirrors. */

const instant = z.iso.datetime();
const count = z.int().min(0);
const step = z.strictObject({
  action: z.enum(['create', 'update', 'delete', 'leave']),
  name: z.string(),
  title: z.string(),
  reason: z.string(),
});
const heldBack = z.strictObject({
  count,
  deletions: z.array(step).describe('the first of them'),
  reason: z.string(),
  digest: z.string().nullable().describe('applies them, as `force` of a run; null where none may be applied'),
});
const run = z.strictObject({
  mirror: z.string(),
  at: instant,
  duration_seconds: z.number(),
  ok: z.boolean().describe('false when anything was not written or removed; held-back deletions are no failure'),
  created: count,
  changed: count,
  deleted: count,
  unchanged: count,
  held_back: count,
  errors: z.array(z.string()),
});

/** A mirror. */
export const mirrorAnswer = z.strictObject({
  id: z.string(),
  name: z.string(),
  mirror_id: z.string().describe('part of the name of each object it makes'),
  scope: linkAnswer.shape.scope,
  options: linkAnswer.shape.options,
  server: z.strictObject({
    url: z.string(),
    username: z.string().nullable(),
    auth: z.enum(AUTHS),
    tls_verify: z.boolean(),
  }),
  calendar: z.strictObject({ url: z.string(), name: z.string() }).nullable().describe('null until it was found'),
  conflict: z.enum(['plane', 'keep']),
  max_delete: z.string(),
  check_seconds: count,
  past_events: z.boolean(),
  keep_others: z.boolean(),
  from: z.enum(['settings', 'api']),
  paused: z.boolean(),
  state: z.enum(['ok', 'running', 'waiting', 'error', 'paused']),
  progress: z.strictObject({ done: count, total: count }).nullable(),
  last_run: run.nullable(),
  next_run: instant.nullable(),
  held_back: heldBack.nullable(),
});
/** All mirrors. */
export const mirrorsAnswer = z.strictObject({ mirrors: z.array(mirrorAnswer) });
/** A connection test, step by step. */
export const testAnswer = z.strictObject({
  steps: z.array(
    z.strictObject({
      step: z.string(),
      request: z.string(),
      status: z.int().nullable(),
      found: z.string(),
      fix: z.string().nullable(),
    }),
  ),
  calendars: z.array(
    z.strictObject({
      url: z.string(),
      name: z.string(),
      components: z.array(z.string()),
      writable: z.boolean().nullable(),
      color: z.string().nullable(),
    }),
  ),
  incomplete: z.string().nullable().describe('why there may be more calendars; null where all are listed'),
  error: z.string().nullable(),
});
/** What a run would do. */
export const planAnswer = z.strictObject({
  creates_calendar: z.boolean().describe('whether a run would first create the calendar'),
  steps: z.array(step),
  unchanged: count,
  held_back: heldBack.nullable(),
  error: z.string().nullable().describe('what could not be found out: the plan may be wrong about it'),
});
/** A run was started. */
export const runStarted = z.strictObject({ status: z.literal('started') });
/** The objects of a mirror were removed. */
export const purgeAnswer = z.strictObject({
  status: z.enum(['done', 'incomplete']).describe('incomplete: some of its own events could not be removed'),
  deleted: count,
  left: z.array(z.string()),
});
/** A whole calendar. */
export const backupAnswer = z.strictObject({
  manifest: z.record(z.string(), z.unknown()),
  files: z.record(z.string(), z.string()),
});
/** What was restored. */
export const restoreAnswer = z.strictObject({
  created: count,
  replaced: count,
  unchanged: count,
  skipped: z.array(z.string()),
});
/** Runs, the newest first. */
export const runsAnswer = z.strictObject({ runs: z.array(run) });

/** A mirror. */
export type MirrorJson = z.infer<typeof mirrorAnswer>;
/** One run of a mirror. */
export type RunJson = z.infer<typeof run>;
/** One step of a plan. */
export type StepJson = z.infer<typeof step>;
/** Deletions that are held back. */
export type HeldBackJson = z.infer<typeof heldBack>;
/** What a run would do. */
export type PlanJson = z.infer<typeof planAnswer>;
/** A connection test. */
export type TestJson = z.infer<typeof testAnswer>;
/** The answer to a purge. */
export type PurgeJson = z.infer<typeof purgeAnswer>;
/** A whole calendar. */
export type BackupJson = z.infer<typeof backupAnswer>;
/** The answer to a restore. */
export type RestoreJson = z.infer<typeof restoreAnswer>;
