import type { Context } from 'koa';
import type { CalendarDocument } from '../../domain/feed.ts';
import type { Clock, Setting } from '../../domain/ports.ts';
import { AppError } from '../../domain/errors.ts';
import type { Feed } from '../../feeds/feed.ts';
import type { AccessLog } from '../../feeds/access-log.ts';
import type { Links } from '../../feeds/links.ts';
import type { PublicFeeds } from '../../feeds/public-feeds.ts';
import type { Publisher } from '../../feeds/publisher.ts';
import type { FeedAddress } from './addresses.ts';
import { clientOf } from './clients.ts';
import { NO_PAGE_HEADERS } from '../middleware/security-headers.ts';
import { createSender } from './send-document.ts';

export interface FeedRouteOptions {
  readonly publisher: Publisher;
  readonly openFeeds: PublicFeeds;
  readonly links: Links;
  readonly fetches: AccessLog;
  /** Whether the readable addresses are served; with links alone they are 404 like any unknown one. */
  readonly open: Setting<boolean>;
  /** Whether subscribers come by https, as PUBLIC_URL says. */
  readonly secure: boolean;
  /** While the server stops, each response also ends its connection. */
  readonly isStopping: () => boolean;
  readonly now: Clock;
}

/** Answers a request for a calendar at that address. */
export type FeedRoute = (ctx: Context, address: FeedAddress) => Promise<void>;

const METHODS = 'GET, HEAD, OPTIONS';
/** As logs and metrics name them. */
const ROUTES: Readonly<Record<FeedAddress['kind'], string>> = {
  link: 'feed of a link',
  all: 'feed of all',
  project: 'feed of a project',
  person: 'feed of a person',
  view: 'feed of a view',
  none: 'none',
};

/** The calendars. All that is not there is the same 404, so that nobody learns what nearly was. */
export function createFeedRoute(options: FeedRouteOptions): FeedRoute {
  const { publisher, openFeeds, links, fetches, open, secure, isStopping, now } = options;
  const sendDocument = createSender(secure, now);

  async function send(ctx: Context, feed: Feed | undefined): Promise<CalendarDocument> {
    if (!feed) throw new AppError('not_found', 'There is no calendar at this address.');
    const { document, staleSeconds } = await publisher.get(feed);
    const age = staleSeconds === null ? [] : ['Age', String(staleSeconds)];
    sendDocument(ctx, document, isStopping() ? [...age, 'Connection', 'close'] : age);
    return document;
  }

  async function sendLink(ctx: Context, found: ReturnType<Links['byToken']>): Promise<void> {
    if (found) ctx.state.feed = found.link.id;
    const document = await send(ctx, found?.feed);
    // What was fetched of a disabled link is no version of its calendar.
    if (found?.feed.disabledAt === null && ctx.method === 'GET')
      fetches.note(found.link.id, clientOf(ctx.get('User-Agent')).name, document.version);
  }

  async function readable({ querystring }: Context, address: FeedAddress): Promise<Feed | undefined> {
    if (!open()) return undefined;
    if (address.kind === 'all') return openFeeds.all(querystring);
    if (address.kind === 'person') return openFeeds.person(address.name, querystring);
    return address.kind === 'project' ? openFeeds.project(address.name, querystring) : undefined;
  }

  return async (ctx, address) => {
    const { method } = ctx;
    ctx.state.route = ROUTES[address.kind];
    if (method !== 'GET' && method !== 'HEAD') refuse(ctx);
    else if (address.kind === 'link') await sendLink(ctx, links.byToken(address.token));
    else if (address.kind === 'view') await sendLink(ctx, open() ? links.byPath(address.name) : undefined);
    else await send(ctx, await readable(ctx, address));
  };
}

/** Feeds are read only: Thunderbird tries PROPFIND when it adds a calendar, and PUT when its user edits one. */
function refuse(ctx: Context): void {
  ctx.state.route = 'none';
  ctx.set({ ...NO_PAGE_HEADERS, Allow: METHODS });
  ctx.status = ctx.method === 'OPTIONS' ? 204 : 405;
  if (ctx.status === 204) return;
  ctx.type = 'text/plain';
  ctx.body = 'Calendars can only be read here.\n';
}
