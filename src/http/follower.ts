import type { IncomingMessage, ServerResponse } from 'node:http';
import type Koa from 'koa';
import type { Context, Next } from 'koa';
import { errorCode } from '../domain/errors.ts';
import type { Setting } from '../domain/ports.ts';
import type { HealthReport } from '../domain/health.ts';
import type { Grants } from '../members/grants.ts';
import { healthRoutes } from './api/health-routes.ts';
import { openApi } from './api/openapi.ts';
import { STATES_A_MINUTE, subscribePage } from './api/subscribe/routes.ts';
import { createApplication, createRouter, type ApplicationOptions } from './application.ts';
import type { FeedAddress } from './feed/addresses.ts';
import type { FeedRoute } from './feed/route.ts';
import { metricsRoutes } from './metrics-routes.ts';
import { createAuth, createLimiter } from './middleware/auth.ts';
import { createMemberSessions } from './middleware/member-session.ts';
import { createSessions } from './middleware/session.ts';
import { pageRoutes, type Assets } from './page/routes.ts';

/** What a follower answers: calendars, deliveries and files by itself, and everything else with what the leader answers. */

/** How many requests of a visitor who has not signed in are relayed, besides those of a link's recipient: each is a few writes to the database. */
const STRANGERS_A_MINUTE = 60;
/** What a body of theirs may have: nothing that they may send is larger, and all of it would be stored before anyone refused it. */
const STRANGERS_BYTES = 64_000;
/** A subscribe page, or what it shows. */
const SUBSCRIBE = /^\/s\/([\w-]{22})(\/state)?$/;
/** What only the leader answers. */
const RELAYED = /^\/(?:(?:api\/v1|s|demo)\/|webhooks\/(?:status|sync)$)/;

/** Hands requests to the leader. */
export interface LeaderAnswers {
  /**
   * Answers with what the leader answers; never rejects. `isLocal`: the request came over the control socket, which needs no token.
   * `clientAddress` is the address of the visitor as this server finds it, and `maxBytes` what the body may have.
   */
  answer(
    request: IncomingMessage,
    response: ServerResponse,
    isLocal: boolean,
    clientAddress: string,
    maxBytes?: number,
  ): Promise<void>;
}

export interface FollowerServerOptions extends ApplicationOptions {
  readonly relay: LeaderAnswers;
  readonly adminToken: Setting<string>;
  /** Whether a request came over the socket in the data folder. */
  readonly isLocal: (request: IncomingMessage) => boolean;
  readonly metricsToken: Setting<string | null>;
  readonly selfService: Setting<boolean>;
  readonly grants: Grants;
  readonly secretKey: string;
  readonly health: () => HealthReport;
  /** Resolves when everything that was stored before the call is known. */
  readonly catchUp: () => Promise<void>;
  /** Whether the leader can answer. */
  readonly isLed: () => boolean;
  readonly version: string;
  /** The page's files. */
  readonly assets: Assets;
}

/** Creates the HTTP application of a follower. */
export function createFollowerServer(options: FollowerServerOptions): Koa {
  const { relay, isLed, isLocal, publicUrl, adminToken, metricsToken, selfService, grants, secretKey, version, now } =
    options;
  const router = createRouter(options);
  const sessions = createSessions({ adminToken, publicUrl, now });
  const members = createMemberSessions({ isOn: selfService, secretKey, grants, publicUrl, now });
  const auth = createAuth({ admin: adminToken, metrics: metricsToken, isLocal, sessions, members, now });
  const description = (): object => openApi(version, publicUrl);
  const strangers = createLimiter({ points: STRANGERS_A_MINUTE, seconds: 60, now });
  const recipients = createLimiter({ points: STATES_A_MINUTE, seconds: 60, now });

  /** What a recipient of a link asks for; null for other requests, and where this server does not know the link. */
  function recipientAsksFor(ctx: Context): 'page' | 'state' | null {
    const [, token, state] = SUBSCRIBE.exec(ctx.path) ?? [];
    if (token === undefined || options.links.byToken(token) === undefined) return null;
    return state === undefined ? 'page' : 'state';
  }

  function isRelayed(ctx: Context): boolean {
    // The whole is what the leader knows; without it, everyone says what they know themselves.
    if (ctx.path === '/api/v1/health') return isLed();
    if (recipientAsksFor(ctx) === 'page') return false;
    return RELAYED.test(ctx.path) || (ctx.path === '/' && ctx.accepts('html', 'json') === 'json');
  }

  async function relayed(ctx: Context): Promise<void> {
    const isKnown = await auth.isKnown(ctx);
    if (!isKnown) await (recipientAsksFor(ctx) === 'state' ? recipients : strangers).count(ctx);
    ctx.state.route = 'relayed';
    // The relay writes the answer itself.
    ctx.respond = false;
    await relay.answer(ctx.req, ctx.res, isLocal(ctx.req), ctx.ip, isKnown ? undefined : STRANGERS_BYTES);
  }

  pageRoutes(router, { assets: options.assets, sessions, description, about: () => ({}) });
  healthRoutes(router, { health: options.health, guard: auth.guard, now });
  metricsRoutes(router, { metrics: options.metrics, guard: auth.guard });
  subscribePage(router, options);
  return createApplication(router, options, {
    first: (ctx: Context, next: Next) => (isRelayed(ctx) ? relayed(ctx) : next()),
    calendars: (sendFeed) => createCalendarRoute({ ...options, sendFeed, relayed }),
  });
}

interface CalendarRouteOptions extends Pick<FollowerServerOptions, 'catchUp' | 'open'> {
  readonly sendFeed: FeedRoute;
  readonly relayed: (ctx: Context) => Promise<void>;
}

/** What was stored a moment ago counts too, and who has an address or a name the leader can find out from Plane. */
function createCalendarRoute({ sendFeed, relayed, catchUp, open }: CalendarRouteOptions): FeedRoute {
  const isUnknown = (error: unknown): boolean => errorCode(error) === 'not_found';

  async function send(ctx: Context, address: FeedAddress): Promise<void> {
    try {
      await sendFeed(ctx, address);
    } catch (error) {
      if (!isUnknown(error)) throw error;
      // Where that can't be known, it is not said that there is none.
      await catchUp();
      await sendFeed(ctx, address);
    }
  }

  return async (ctx, address) => {
    try {
      await send(ctx, address);
    } catch (error) {
      const isPerson = address.kind === 'person' && open();
      const mayBeKnown = errorCode(error) === 'not_leading' || (isPerson && isUnknown(error));
      if (!mayBeKnown) throw error;
      await relayed(ctx);
    }
  };
}
