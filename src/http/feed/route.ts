import type { Context } from 'koa';
import type { Clock, Setting } from '../../domain/ports.ts';
import { AppError } from '../../domain/errors.ts';
import type { Feed } from '../../feeds/feed.ts';
import type { AccessLog } from '../../feeds/links/access-log.ts';
import type { Lag } from '../../feeds/lag/lag.ts';
import type { Links, OpenedLink } from '../../feeds/links/links.ts';
import type { PublicFeeds } from '../../feeds/public-feeds.ts';
import type { Publisher } from '../../feeds/publisher.ts';
import type { FeedAddress } from './addresses.ts';
import { clientOf } from './clients.ts';
import { NO_PAGE_HEADERS } from '../middleware/security-headers.ts';
import { createSender } from './send-document.ts';

export interface FeedRouteOptions {
  readonly publisher: Publisher;
  readonly publicFeeds: PublicFeeds;
  readonly links: Links;
  readonly accessLog: Pick<AccessLog, 'record'>;
  readonly lag: Pick<Lag, 'answered'>;
  /** Whether public feeds are served; otherwise they are 404 like any unknown address. */
  readonly open: Setting<boolean>;
  /** Whether PUBLIC_URL is https. */
  readonly secure: boolean;
  /** While the server stops, each response also closes its connection. */
  readonly isStopping: () => boolean;
  readonly now: Clock;
}

/** Answers a request for a calendar at that address. */
export type FeedRoute = (ctx: Context, address: FeedAddress) => Promise<void>;

const METHODS = 'GET, HEAD, OPTIONS';
/** Their names in logs and metrics. */
const ROUTES: Readonly<Record<FeedAddress['kind'], string>> = {
  link: 'feed of a link',
  all: 'feed of all',
  project: 'feed of a project',
  person: 'feed of a person',
  view: 'feed of a view',
  calendar: 'feed of another calendar',
  none: 'none',
};

/** Further headers of most answers. */
const NONE: readonly string[] = [];

/** Serves the calendars. Every unknown address gets the same 404, so that nothing can be learned from it. */
export function createFeedRoute(options: FeedRouteOptions): FeedRoute {
  const { publisher, publicFeeds, links, accessLog, lag, open, secure, isStopping, now } = options;
  const sendDocument = createSender(secure, now);

  function linkAt(address: FeedAddress): OpenedLink | undefined {
    if (address.kind === 'link') return links.byToken(address.token);
    return address.kind === 'view' && open() ? links.byPath(address.name) : undefined;
  }

  function readableAtHand({ querystring }: Context, address: FeedAddress): Feed | undefined {
    return address.kind === 'project' && open() ? publicFeeds.projectAtHand(address.name, querystring) : undefined;
  }

  async function readable({ querystring }: Context, address: FeedAddress): Promise<Feed | undefined> {
    if (!open()) return undefined;
    if (address.kind === 'all') return publicFeeds.all(querystring);
    if (address.kind === 'calendar') return publicFeeds.calendar(address.name, querystring);
    if (address.kind === 'person') return publicFeeds.person(address.name, querystring);
    return address.kind === 'project' ? publicFeeds.project(address.name, querystring) : undefined;
  }

  function recordGet({ req, res }: Context, feed: Feed, link: OpenedLink | undefined, version: number): void {
    if (res.statusCode === 200) lag.answered(feed.key, version);
    // The tombstone of a link is no version of its calendar.
    if (!link || feed.ended !== null) return;
    const client = clientOf(req.headers['user-agent'] ?? '');
    if (client.subscribes) accessLog.record(link.link.id, client.name, version, link.address);
  }

  // One function, which waits only for what is not at hand: each further wait would cost as much as finding the calendar.
  return async (ctx, address) => {
    const { method } = ctx.req;
    ctx.state.route = ROUTES[address.kind];
    if (method !== 'GET' && method !== 'HEAD') {
      refuse(ctx);
      return;
    }
    const link = linkAt(address);
    if (link) ctx.state.feed = link.link.id;
    const feed = link ? link.feed : (readableAtHand(ctx, address) ?? (await readable(ctx, address)));
    if (!feed) throw new AppError('not_found', 'There is no calendar at this address.');
    const { document, staleSeconds } = publisher.atHand(feed) ?? (await publisher.get(feed));
    const age = staleSeconds === null ? NONE : ['Age', String(staleSeconds)];
    sendDocument(ctx, document, isStopping() ? [...age, 'Connection', 'close'] : age);
    if (method === 'GET') recordGet(ctx, feed, link, document.version);
  };
}

/** Feeds are read-only: Thunderbird tries PROPFIND when it adds a calendar, and PUT when its user edits one. */
function refuse(ctx: Context): void {
  ctx.state.route = 'none';
  ctx.set({ ...NO_PAGE_HEADERS, Allow: METHODS });
  ctx.status = ctx.method === 'OPTIONS' ? 204 : 405;
  if (ctx.status === 204) return;
  ctx.type = 'text/plain';
  ctx.body = 'Calendars can only be read here.\n';
}
