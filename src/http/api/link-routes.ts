import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import type { Setting, Source } from '../../domain/ports.ts';
import type { AccessLog } from '../../feeds/access-log.ts';
import { slug } from '../../feeds/feed.ts';
import type { Link, Links } from '../../feeds/links.ts';
import type { Publisher } from '../../feeds/publisher.ts';
import type { DefineFeed } from '../../feeds/definition.ts';
import { createKeyedMutex } from '../../lib/keyed-mutex.ts';
import type { Log } from '../../lib/log.ts';
import { errorMessage } from '../../domain/errors.ts';
import { ApiError } from '../middleware/api-errors.ts';
import type { Guard } from '../middleware/auth.ts';
import { readJson } from '../middleware/body.ts';
import { createLinkJson, createScopeJson } from './link-json.ts';
import { sendList } from './send-list.ts';

/** Subscription links over the API. */

/** The name of a link. */
export const name = z.string('must be a text').trim().min(1, 'must not be empty').max(100, 'may have 100 characters');
const names = z
  .array(z.string('must be a text').max(300))
  .min(1, 'must name a project')
  .max(100, 'may name 100 projects');
/** What to include: exactly one of the three. */
export const scope = z.union(
  [
    z.strictObject({ projects: names }),
    z.strictObject({ all: z.literal(true) }),
    z.strictObject({ person: z.string().min(1).max(300) }),
  ],
  'must be {"projects": ["WEB"]}, {"all": true} or {"person": "ada"}',
);
const option = z.union(
  [z.string().max(4000), z.number(), z.array(z.string().max(300)).max(100)],
  'must be a text, a number or a list of texts',
);
/** Options by name; null for the default. */
export const options = z.record(z.string(), option.nullable(), 'must be an object of options');
const path = z
  .string('must be a text or null')
  .regex(/^[a-z0-9][a-z0-9-]{0,59}$/, 'must have 1 to 60 small letters, digits and hyphens')
  .nullable();

/** A new link. */
export const newLink = z.strictObject({ name, scope, options: options.optional(), path: path.optional() });
/** A change of a link; an option that is null gets its default. */
export const linkChange = z.strictObject({
  name: name.optional(),
  scope: scope.optional(),
  options: options.optional(),
  path: path.optional(),
});

export interface LinkRoutesOptions {
  readonly links: Links;
  readonly defineFeed: DefineFeed;
  readonly accessLog: AccessLog;
  readonly publisher: Publisher;
  readonly source: Source;
  readonly guard: Guard;
  readonly publicUrl: string;
  /** Whether readable paths are served. */
  readonly open: Setting<boolean>;
  readonly log: Log;
}

/** `/api/v1/links`: create, list, edit, rotate, revoke. */
export function linkRoutes(router: Router, options: LinkRoutesOptions): void {
  const { links, defineFeed, publisher, source, guard, publicUrl, open, log } = options;
  const admin = guard('admin');
  const edits = createKeyedMutex();
  const toJson = createLinkJson(options);
  const linkJson = (link: Link) => toJson(link, createScopeJson(source));

  function checkPath(path: string | null | undefined): void {
    if (path != null && !open())
      throw new ApiError('INVALID_VALUE', 'A path is served with FEED_ACCESS=open only. Leave "path" out.');
  }

  /** Builds its calendar now, so that its first reader doesn't wait. */
  function build(link: Link): void {
    publisher.get(links.feedOf(link)).catch((error: unknown) => {
      log.info({ feed: link.id, reason: errorMessage(error) }, 'calendar could not be made');
    });
  }

  async function withAddress(ctx: Context, status: number, link: Link, token: string): Promise<void> {
    build(link);
    ctx.status = status;
    ctx.body = { ...(await linkJson(link)), url: `${publicUrl}/ics/${token}/${slug(link.name)}.ics` };
  }

  router.get('links', '/api/v1/links', admin, async (ctx) => {
    const scopeOf = createScopeJson(source);
    await sendList(ctx, 'links', links.all(), (link) => toJson(link, scopeOf));
  });
  router.post('new link', '/api/v1/links', admin, async (ctx) => {
    const { path = null, ...patch } = await readJson(ctx, newLink);
    checkPath(path);
    const { link, token } = await links.add(await defineFeed(patch, null), path);
    await withAddress(ctx, 201, link, token);
  });
  router.get('link', '/api/v1/links/:id', admin, async (ctx) => {
    ctx.body = await linkJson(links.get(ctx.params.id ?? ''));
  });
  router.patch('edited link', '/api/v1/links/:id', admin, async (ctx) => {
    const { path, ...patch } = await readJson(ctx, linkChange);
    checkPath(path);
    // A field that is left out keeps what a concurrent edit set.
    const { id } = links.get(ctx.params.id ?? '');
    const link = await edits(id, async () => {
      const definition = await defineFeed(patch, links.get(id));
      return links.edit(id, path === undefined ? definition : { ...definition, path });
    });
    build(link);
    ctx.body = await linkJson(link);
  });
  router.post('rotated link', '/api/v1/links/:id/rotate', admin, async (ctx) => {
    const { link, token } = await links.rotate(ctx.params.id ?? '');
    await withAddress(ctx, 200, link, token);
  });
  router.delete('revoked link', '/api/v1/links/:id', admin, async (ctx) => {
    ctx.body = await linkJson(await links.revoke(ctx.params.id ?? ''));
  });
}
