import { z } from 'zod';
import { AppError } from '../../../domain/errors.ts';
import { parseDeletionGuard, type DeletionGuard } from '../../../mirrors/sync/deletion-guard.ts';
import { MIRROR_ID } from '../../../mirrors/sync/object.ts';
import type { Login } from '../../../caldav/login.ts';
import type { CalendarChoice } from '../../../mirrors/mirror.ts';
import type { MirrorPatch, NewMirror } from '../../../mirrors/request.ts';
import { name, options, scope } from '../links/requests.ts';
import { address, server, toLogin } from '../login.ts';

/** The API's requests about mirrors. */

const calendar = z.union(
  [z.strictObject({ url: address }), z.strictObject({ name: name.describe('created when there is none') })],
  'must be {"url": "https://…"} or {"name": "Plane"}',
);
const behavior = {
  conflict: z.enum(['plane', 'keep'], 'must be plane or keep').optional(),
  max_delete: z
    .string('must be a text')
    .refine((given) => parseDeletionGuard(given) !== null, 'must be a number and a share such as "10,30%"')
    .optional(),
  check_seconds: z.int('must be a whole number').min(60).max(604_800, 'may be 604800').optional(),
  past_events: z
    .boolean('must be true or false')
    .optional()
    .describe('shows events of other calendars that are over; left out: from today on'),
  keep_others: z
    .boolean('must be true or false')
    .optional()
    .describe('false: the calendar belongs to the mirror, and what others made in it waits to be removed'),
  paused: z.boolean('must be true or false').optional(),
};

/** A login to test. */
export const serverTest = z.strictObject({ server });
/** A mirror to create. */
export const newMirror = z.strictObject({
  name,
  scope,
  options: options.optional(),
  server,
  calendar,
  mirror_id: z.string().regex(MIRROR_ID, 'must have 4 to 16 lower-case letters and digits').optional(),
  ...behavior,
});
/** Changes of a mirror. A password that is left out stays while the server is the same. */
export const mirrorChange = z.strictObject({
  name: name.optional(),
  scope: scope.optional(),
  options: options.optional(),
  server: server.optional(),
  calendar: calendar.optional(),
  ...behavior,
});
/** The held-back deletions to apply. */
export const runRequest = z.strictObject({
  force: z.string().max(64).optional().describe('the digest of the deletions'),
});
/** A backup to restore. */
export const restoreRequest = z.strictObject({
  manifest: z.record(z.string(), z.unknown(), 'must be the manifest of a backup'),
  files: z.record(z.string(), z.string(), 'must be texts by file name'),
  replace: z.boolean('must be true or false').optional(),
  with_invitations: z.boolean('must be true or false').optional(),
});

const toCalendarChoice = (request: z.infer<typeof calendar>): CalendarChoice =>
  'url' in request ? { url: request.url, name: null } : { url: null, name: request.name };

function toDeletionGuard(text: string): DeletionGuard {
  const deletionGuard = parseDeletionGuard(text);
  if (!deletionGuard) throw new AppError('invalid', '"max_delete" must be a number and a share such as "10,30%".');
  return deletionGuard;
}

/** The fields of a request that have other names in the configuration. */
function toBehavior(request: z.infer<typeof mirrorChange>) {
  const { conflict: policy, max_delete: limit, check_seconds: checkSeconds, paused } = request;
  const { past_events: pastEvents, keep_others: keepOthers } = request;
  const deletionGuard = limit === undefined ? undefined : toDeletionGuard(limit);
  return { policy, deletionGuard, checkSeconds, pastEvents, keepOthers, paused };
}

/** The mirror that a request describes. */
export function toNewMirror(request: z.infer<typeof newMirror>): NewMirror {
  return {
    name: request.name,
    scope: request.scope,
    options: request.options,
    mirrorId: request.mirror_id,
    login: toLogin(request.server),
    calendar: toCalendarChoice(request.calendar),
    ...toBehavior(request),
  };
}

/** The changes that a request describes, for a mirror with this login. */
export function toMirrorPatch(request: z.infer<typeof mirrorChange>, current: Login): MirrorPatch {
  return {
    name: request.name,
    scope: request.scope,
    options: request.options,
    login: request.server && toLogin(request.server, current),
    calendar: request.calendar && toCalendarChoice(request.calendar),
    ...toBehavior(request),
  };
}
