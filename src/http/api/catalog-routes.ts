import type Router from '@koa/router';
import type { Clock, Source } from '../../domain/ports.ts';
import { AppError } from '../../domain/errors.ts';
import type { Feed } from '../../feeds/feed.ts';
import { asSeenBy } from '../../feeds/loader.ts';
import type { Links } from '../../feeds/links/links.ts';
import type { PublicFeeds } from '../../feeds/public-feeds.ts';
import type { Publisher } from '../../feeds/publisher.ts';
import { truncate } from '../../lib/truncate.ts';
import { audienceOf, type Guard } from '../middleware/auth.ts';
import { createSender } from '../feed/send-document.ts';

export interface CatalogRoutesOptions {
  readonly source: Source;
  readonly publicFeeds: PublicFeeds;
  readonly links: Links;
  readonly publisher: Publisher;
  readonly guard: Guard;
  readonly now: Clock;
}

/** What can be published, for the administrator and for members, and the export of any calendar, for the administrator. */
export function catalogRoutes(
  router: Router,
  { source, publicFeeds, links, publisher, guard, now }: CatalogRoutesOptions,
): void {
  const [admin, member] = [guard('admin'), guard('member')];

  router.get('projects', '/api/v1/projects', member, async (ctx) => {
    const audience = audienceOf(ctx);
    const projects = await source.projects();
    ctx.body = {
      projects: projects.flatMap(({ id, identifier, name, color, timezone, archived }) => {
        if (audience && !audience.projectIds.includes(id)) return [];
        const { content, removed } = source.status(id);
        // Access that was lost may be restored.
        if (removed !== null && removed.reason !== 'access lost') return [];
        const items = content && asSeenBy(audience, content).ids('item')?.size;
        return [{ id, identifier, name, color, timezone, archived, items: items ?? null }];
      }),
    };
  });
  router.get('members', '/api/v1/members', member, async (ctx) => {
    const audience = audienceOf(ctx);
    const everyone = [...(await source.members()).values()].sort((a, b) => (a.displayName < b.displayName ? -1 : 1));
    const members = audience ? everyone.filter(({ id }) => id === audience.memberId) : everyone;
    ctx.body = { members: members.map(({ id, displayName }) => ({ id, display_name: displayName })) };
  });

  /** `WEB`, `all`, `person:ada` or a link's id. Options are those of a public feed; a link has its own. */
  async function feedNamed(name: string, query: string): Promise<Feed> {
    const link = links.find(name);
    if (link && query !== '')
      throw new AppError('invalid', 'A link has its own options. Leave them out, or edit the link.');
    if (link) return links.feedOf(link);
    const person = /^person:(.+)$/s.exec(name)?.[1];
    const feed =
      name === 'all'
        ? await publicFeeds.all(query)
        : person === undefined
          ? await publicFeeds.project(name, query)
          : await publicFeeds.person(person, query);
    if (!feed)
      throw new AppError(
        'not_found',
        `There is no calendar "${truncate(name, 60)}": use WEB, all, person:ada or a link's id.`,
      );
    return feed;
  }

  const sendDocument = createSender(false, now);
  router.get('export', '/api/v1/export', admin, async (ctx) => {
    const query = new URLSearchParams(ctx.querystring);
    const name = query.get('feed') ?? '';
    query.delete('feed');
    const { document, staleSeconds, notes = [] } = await publisher.get(await feedNamed(name, query.toString()));
    const age = staleSeconds === null ? [] : ['Age', String(staleSeconds)];
    const incomplete = notes.length === 0 ? [] : ['X-Feed-Incomplete', notes.join(' ')];
    sendDocument(ctx, document, [...age, ...incomplete]);
  });
}
