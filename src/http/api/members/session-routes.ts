import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import { errorCode, retryAfterOf } from '../../../domain/errors.ts';
import type { Identify, Identity, Setting } from '../../../domain/ports.ts';
import type { Log } from '../../../lib/log.ts';
import type { Grants } from '../../../members/grants.ts';
import { ApiError } from '../../middleware/api-errors.ts';
import type { Auth } from '../../middleware/auth.ts';
import { readJson } from '../../middleware/body.ts';
import type { MemberSessions } from '../../middleware/member-session.ts';
import type { Sessions } from '../../middleware/session.ts';
import { createAudit } from './audit.ts';

/** `/api/v1/session`: who is logged in, logging in and out. */

const planeApiKey = z
  .string()
  .trim()
  .regex(/^[\x21-\x7e]{8,300}$/, 'must be the key that Plane shows, and nothing else');

/** Log in with the admin token, with a Plane API key of one's own, or without either in the demo. */
export const logIn = z.union(
  [
    z.strictObject({ token: z.string().max(300) }),
    z.strictObject({ plane_api_key: planeApiKey }),
    z.strictObject({ demo: z.literal(true) }),
  ],
  'must be {"token": "…"} or {"plane_api_key": "…"}',
);

export interface SessionRoutesOptions {
  readonly sessions: Sessions;
  readonly members: MemberSessions;
  readonly auth: Pick<Auth, 'checkToken' | 'attempt'>;
  readonly grants: Grants;
  readonly identify: Identify;
  /** Whether members may sign in. */
  readonly selfService: Setting<boolean>;
  readonly demo: boolean;
  /** Information about this server for an administrator. */
  readonly about: () => Readonly<Record<string, unknown>>;
  /** What the form for a link shows at first. */
  readonly formDefaults: () => Readonly<Record<string, unknown>>;
  readonly publicUrl: string;
  readonly log: Log;
}

/** The routes of sessions. */
export function sessionRoutes(router: Router, options: SessionRoutesOptions): void {
  const { sessions, members, auth, grants, identify, selfService, demo, about, formDefaults, publicUrl, log } = options;
  const audit = createAudit(log);

  function memberOf(ctx: Context) {
    const access = members.accessOf(ctx);
    const grant = access && grants.find(access.memberId);
    if (!grant) return { role: null, member: null };
    const until = new Date(grants.endOf(grant)).toISOString();
    const member = { id: grant.memberId, name: grant.displayName, until };
    return { role: 'member', member, public_url: publicUrl, ...formDefaults() };
  }

  async function signIn(ctx: Context, key: string): Promise<void> {
    if (!selfService()) throw new ApiError('FORBIDDEN', 'Signing in with a Plane API key is switched off here.');
    const identity = await auth.attempt(ctx, () => identify(key).catch(refuse));
    const grant = await grants.give(identity);
    audit('sign in', grants.accessOf(grant.memberId), { member: grant.memberId });
    sessions.end(ctx);
    members.begin(ctx, grant);
  }

  router.get('session', '/api/v1/session', (ctx) => {
    const isAdmin = sessions.isOpen(ctx);
    const who = isAdmin ? { role: 'admin', member: null, ...about() } : memberOf(ctx);
    ctx.body = {
      authenticated: who.role !== null,
      demo,
      one_click: demo && isLoopback(ctx),
      self_service: selfService(),
      ...who,
    };
  });
  router.post('log-in', '/api/v1/session', async (ctx) => {
    const given = await readJson(ctx, logIn);
    ctx.status = 204;
    if ('plane_api_key' in given) {
      await signIn(ctx, given.plane_api_key);
      return;
    }
    if ('token' in given) await auth.checkToken(ctx, given.token);
    else if (!demo || !isLoopback(ctx))
      throw new ApiError('UNAUTHORIZED', 'Only visitors of a demo on their own machine can log in without a token.');
    members.end(ctx);
    sessions.begin(ctx);
  });
  router.delete('log-out', '/api/v1/session', (ctx) => {
    sessions.end(ctx);
    members.end(ctx);
    ctx.status = 204;
  });
}

/** Says why a person can't sign in, in words for them: errors of Plane are for the operator, and name the server's own settings. */
function refuse(error: unknown): Promise<Identity> {
  const code = errorCode(error);
  const wait = retryAfterOf(error);
  const headers = wait === undefined ? {} : { 'Retry-After': String(Math.ceil(wait)) };
  if (code === undefined) throw error;
  if (code === 'plane_key')
    throw new ApiError(
      'UNAUTHORIZED',
      'Plane does not accept this API key: it is wrong, expired or disabled. Create a new one in Plane, in your profile settings.',
    );
  if (code === 'plane_permission')
    throw new ApiError('FORBIDDEN', 'The user of this API key is not in the Plane workspace that is published here.');
  if (code === 'plane_limit')
    throw new ApiError('RATE_LIMITED', 'Plane takes no more requests for now. Try again in a minute.', { headers });
  throw new ApiError('PLANE_API_ERROR', "Plane can't be asked who you are at the moment. Try again in a few minutes.");
}

/**
 * Whether the visitor is on this machine without a proxy, and the Host header is a loopback name: with DNS rebinding, a page of another site
 * could have our origin.
 */
function isLoopback(ctx: Context): boolean {
  const { remoteAddress = '' } = ctx.req.socket;
  const isNear = /^(?:::ffff:)?127\.|^::1$/.test(remoteAddress);
  const isNamed = /^(?:localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(?::\d{1,5})?$/i.test(ctx.get('Host'));
  return isNear && isNamed && ctx.get('X-Forwarded-For') === '' && ctx.get('Forwarded') === '';
}
