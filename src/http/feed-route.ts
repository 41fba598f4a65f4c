import type Router from '@koa/router';
import type { RouterContext } from '@koa/router';
import type { CalendarDocument, Setting } from '../domain.ts';
import { AppError } from '../errors.ts';
import type { Feed } from '../feeds/feed.ts';
import type { Fetches } from '../feeds/fetches.ts';
import type { Links } from '../feeds/links.ts';
import type { OpenFeeds } from '../feeds/open.ts';
import type { Publisher } from '../feeds/publisher.ts';
import { clientOf } from './clients.ts';
import { createSender } from './send-document.ts';

export interface FeedRoutesOptions {
  readonly publisher: Publisher;
  readonly openFeeds: OpenFeeds;
  readonly links: Links;
  readonly fetches: Fetches;
  /** Whether the readable addresses are served; with links alone they are 404 like any unknown one. */
  readonly open: Setting<boolean>;
  /** Whether subscribers come by https, as PUBLIC_URL says. */
  readonly secure: boolean;
  /** While the server is being stopped each answer also ends its connection. */
  readonly isStopping: () => boolean;
}

/** The calendars. All that is not there is the same 404, so that nobody learns what nearly was. */
export function feedRoutes(
  router: Router,
  { publisher, openFeeds, links, fetches, open, secure, isStopping }: FeedRoutesOptions,
): void {
  const sendDocument = createSender(secure);

  async function send(ctx: RouterContext, feed: Feed | undefined): Promise<CalendarDocument> {
    if (!feed) throw new AppError('not_found', 'There is no calendar at this address.');
    const { document, staleSeconds } = await publisher.get(feed);
    const age = staleSeconds === null ? [] : ['Age', String(staleSeconds)];
    sendDocument(ctx, document, isStopping() ? [...age, 'Connection', 'close'] : age);
    return document;
  }

  async function sendLink(ctx: RouterContext, found: ReturnType<Links['byToken']>): Promise<void> {
    if (found) ctx.state.feed = found.link.id;
    const document = await send(ctx, found?.feed);
    // What was fetched of a disabled link is no version of its calendar.
    if (found?.feed.disabledAt === null && ctx.method === 'GET')
      fetches.note(found.link.id, clientOf(ctx.get('User-Agent')).name, document.version);
  }

  const readable =
    (find: (name: string, query: string) => Promise<Feed | undefined>) =>
    async (ctx: RouterContext): Promise<void> => {
      await send(ctx, open() ? await find(ctx.params.name ?? '', ctx.querystring) : undefined);
    };

  router.get(
    'feed of all',
    '/ics/all.ics',
    readable((_, query) => openFeeds.all(query)),
  );
  router.get('feed of a project', '/ics/:name.ics', readable(openFeeds.project));
  router.get('feed of a person', '/ics/person/:name.ics', readable(openFeeds.person));
  router.get('feed of a view', '/ics/view/:name.ics', (ctx) =>
    sendLink(ctx, open() ? links.byPath(ctx.params.name ?? '') : undefined),
  );
  router.get('feed of a link', '/ics/:token/:name.ics', (ctx) => sendLink(ctx, links.byToken(ctx.params.token ?? '')));
}
