import { z } from 'zod';
import { AppError } from '../../../domain/errors.ts';
import { parseDeletionGuard, type DeletionGuard } from '../../../mirrors/sync/deletion-guard.ts';
import { MIRROR_ID } from '../../../mirrors/sync/object.ts';
import {
  AUTHS,
  type Auth,
  type CalendarChoice,
  type Login,
  type Secrets,
  type Server,
} from '../../../mirrors/mirror.ts';
import type { MirrorPatch, NewMirror } from '../../../mirrors/request.ts';
import { name, options, scope } from '../links/requests.ts';

/** The API's requests about mirrors. */

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
  mirror_id: z.string().regex(MIRROR_ID, 'must have 4 to 16 small letters and digits').optional(),
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
});

type ServerRequest = z.infer<typeof server>;

/** The login in a request. What is left out is taken from the current one; its secrets only while the server is the same. */
export function toLogin(request: ServerRequest, current: Login | null = null): Login {
  const isSameServer = current !== null && new URL(current.server.url).origin === new URL(request.url).origin;
  const old: Partial<Login> = isSameServer ? current : {};
  const secrets = toSecrets(request, old.secrets ?? {});
  const server = toServer(request, old.server ?? NEW_SERVER);
  const needsNone = server.auth === 'auto' && server.username === null && secrets.password === undefined;
  return { server: needsNone ? { ...server, auth: 'none' } : server, secrets };
}

const NEW_SERVER: Omit<Server, 'url'> = { auth: 'auto', username: null, oauth: null, caPem: null, verify: true };

function toServer(request: ServerRequest, old: Omit<Server, 'url'>): Server {
  const { url, username = old.username, ca = old.caPem, tls_verify: verify = old.verify } = request;
  const oauth = request.oauth && { clientId: request.oauth.client_id, tokenUrl: request.oauth.token_url ?? null };
  return { url, auth: authOf(request, old.auth), username, oauth: oauth ?? old.oauth, caPem: ca, verify };
}

function toSecrets({ password, token, oauth }: ServerRequest, old: Secrets): Secrets {
  return {
    password: password ?? token ?? old.password,
    clientSecret: oauth?.client_secret ?? old.clientSecret,
    refreshToken: oauth?.refresh_token ?? old.refreshToken,
  };
}

function authOf({ auth, token, oauth }: ServerRequest, old: Auth): Auth {
  if (auth !== undefined) return auth;
  if (token !== undefined) return 'bearer';
  return oauth ? 'oauth2' : old;
}

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
  return { policy, deletionGuard: limit === undefined ? undefined : toDeletionGuard(limit), checkSeconds, paused };
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
