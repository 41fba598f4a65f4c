import { z } from 'zod';
import { AppError } from '../../../domain/errors.ts';
import { parseDeletionGuard } from '../../../mirrors/sync/deletion-guard.ts';
import { MIRROR_ID } from '../../../mirrors/sync/object.ts';
import { AUTHS, type CalendarChoice, type Login } from '../../../mirrors/mirror.ts';
import type { MirrorPatch, NewMirror } from '../../../mirrors/request.ts';
import { name, options, scope } from '../link-routes.ts';

/** What the API is sent of mirrors. */

const text = z.string('must be a text').min(1, 'must not be empty').max(4000, 'may have 4000 characters');
const address = z
  .url({ protocol: /^https?$/, error: 'must be a web address such as https://dav.example.com' })
  .max(2000);

const server = z.strictObject({
  url: address,
  username: text.optional(),
  password: text.optional(),
  auth: z.enum(AUTHS, `must be one of: ${AUTHS.join(', ')}`).optional(),
  token: text.optional(),
  oauth: z
    .strictObject({ client_id: text, client_secret: text, refresh_token: text, token_url: address.optional() })
    .optional(),
  tls_verify: z.boolean('must be true or false').optional(),
  ca: z.string().max(200_000).nullable().optional().describe('PEM'),
});
const calendar = z.union(
  [z.strictObject({ url: address }), z.strictObject({ name: name.describe('made when there is none') })],
  'must be {"url": "https://…"} or {"name": "Plane"}',
);
const care = {
  conflict: z.enum(['plane', 'keep'], 'must be plane or keep').optional(),
  max_delete: z
    .string('must be a text')
    .refine((given) => parseDeletionGuard(given) !== null, 'must be a number and a share such as "10,30%"')
    .optional(),
  check_seconds: z.int('must be a whole number').min(60).max(604_800, 'may be 604800').optional(),
  paused: z.boolean('must be true or false').optional(),
};

/** A login to try. */
export const serverTest = z.strictObject({ server });
/** What a mirror is made of. */
export const newMirror = z.strictObject({
  name,
  scope,
  options: options.optional(),
  server,
  calendar,
  mirror_id: z.string().regex(MIRROR_ID, 'must have 4 to 16 small letters and digits').optional(),
  ...care,
});
/** What of it is to change; a password that is left out stays while the server is the same. */
export const mirrorChange = z.strictObject({
  name: name.optional(),
  scope: scope.optional(),
  options: options.optional(),
  server: server.optional(),
  calendar: calendar.optional(),
  ...care,
});
/** Which deletions that wait are to be done. */
export const runRequest = z.strictObject({
  force: z.string().max(64).optional().describe('the digest of the deletions'),
});
/** A backup to put back. */
export const restoreRequest = z.strictObject({
  manifest: z.record(z.string(), z.unknown(), 'must be the manifest of a backup'),
  files: z.record(z.string(), z.string(), 'must be texts by file name'),
  replace: z.boolean('must be true or false').optional(),
});

/** The login that is asked for; what is left out is taken from the one before, its secrets only for the same server. */
export function loginOf(wish: z.infer<typeof server>, old: Login | null = null): Login {
  const before = old && new URL(old.server.url).origin === new URL(wish.url).origin ? old : null;
  const { password = wish.token, oauth, ca = before?.server.caPem ?? null } = wish;
  const username = wish.username ?? before?.server.username ?? null;
  const secrets = {
    password: password ?? before?.secrets.password,
    clientSecret: oauth?.client_secret ?? before?.secrets.clientSecret,
    refreshToken: oauth?.refresh_token ?? before?.secrets.refreshToken,
  };
  const implied = wish.token !== undefined ? 'bearer' : oauth ? 'oauth2' : (before?.server.auth ?? 'auto');
  const auth = wish.auth ?? implied;
  const isOpen = auth === 'auto' && username === null && secrets.password === undefined;
  return {
    server: {
      url: wish.url,
      auth: isOpen ? 'none' : auth,
      username,
      oauth: oauth ? { clientId: oauth.client_id, tokenUrl: oauth.token_url ?? null } : (before?.server.oauth ?? null),
      caPem: ca,
      verify: wish.tls_verify ?? before?.server.verify ?? true,
    },
    secrets,
  };
}

const calendarOf = (wish: z.infer<typeof calendar>): CalendarChoice =>
  'url' in wish ? { url: wish.url, name: null } : { url: null, name: wish.name };

const brakeOf = (given: string) => {
  const brake = parseDeletionGuard(given);
  if (!brake) throw new AppError('invalid', '"max_delete" must be a number and a share such as "10,30%".');
  return brake;
};

/** The parts of a wish that are named otherwise here. */
function careOf({ conflict, max_delete: most, check_seconds: checkSeconds, paused }: z.infer<typeof mirrorChange>) {
  return { policy: conflict, brake: most === undefined ? undefined : brakeOf(most), checkSeconds, paused };
}

/** A new mirror as it is asked for. */
export function toNewMirror(wish: z.infer<typeof newMirror>): NewMirror {
  const { name: called, scope: whose, options: given, mirror_id: mirrorId } = wish;
  const login = loginOf(wish.server);
  return {
    name: called,
    scope: whose,
    options: given,
    mirrorId,
    login,
    calendar: calendarOf(wish.calendar),
    ...careOf(wish),
  };
}

/** A change of the mirror with that login. */
export function toMirrorWish(wish: z.infer<typeof mirrorChange>, old: Login): MirrorPatch {
  const { name: called, scope: whose, options: given } = wish;
  return {
    name: called,
    scope: whose,
    options: given,
    login: wish.server && loginOf(wish.server, old),
    calendar: wish.calendar && calendarOf(wish.calendar),
    ...careOf(wish),
  };
}
