import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import type { Scope } from '../../domain/feed.ts';
import type { Member } from '../../domain/plane.ts';
import type { Setting } from '../../domain/ports.ts';
import type { AccessLog } from '../../feeds/access-log.ts';
import { slug } from '../../feeds/feed.ts';
import type { Link, Links } from '../../feeds/links.ts';
import type { Publisher } from '../../feeds/publisher.ts';
import type { ProjectSource } from '../../feeds/source.ts';
import type { Terms } from '../../feeds/definition.ts';
import { createKeyedMutex } from '../../lib/keyed-mutex.ts';
import type { Log } from '../../lib/log.ts';
import { errorMessage } from '../../domain/errors.ts';
import { ApiError } from '../middleware/api-errors.ts';
import type { Guard } from '../middleware/auth.ts';
import { readJson } from '../middleware/body.ts';
import { clientNamed } from '../feed/clients.ts';
import type { linkAnswer, scopeAnswer } from './responses.ts';
import { sendList } from './send-list.ts';

/** Subscription links over the API. */

/** For whom it is. */
export const name = z.string('must be a text').trim().min(1, 'must not be empty').max(100, 'may have 100 characters');
const names = z
  .array(z.string('must be a text').max(300))
  .min(1, 'must name a project')
  .max(100, 'may name 100 projects');
/** Whose items: exactly one of the three. */
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

/** What a link is made of. */
export const newLink = z.strictObject({ name, scope, options: options.optional(), path: path.optional() });
/** What of it is to change; an option that is null goes back to its default. */
export const linkChange = z.strictObject({
  name: name.optional(),
  scope: scope.optional(),
  options: options.optional(),
  path: path.optional(),
});

export interface LinkRoutesOptions {
  readonly links: Links;
  readonly terms: Terms;
  readonly fetches: AccessLog;
  readonly publisher: Publisher;
  readonly source: ProjectSource;
  readonly guard: Guard;
  readonly publicUrl: string;
  /** Whether a readable path would be served. */
  readonly open: Setting<boolean>;
  readonly log: Log;
}

/** `/api/v1/links`: create, list, edit, rotate, revoke. */
export function linkRoutes(router: Router, options: LinkRoutesOptions): void {
  const { links, terms, fetches, publisher, source, guard, publicUrl, open, log } = options;
  const admin = guard('admin');
  const edits = createKeyedMutex();

  function checkPath(wanted: string | null | undefined): void {
    if (wanted != null && !open())
      throw new ApiError('INVALID_VALUE', 'A path is served with FEED_ACCESS=open only. Leave "path" out.');
  }

  /** A reader must not be the first to wait for it. */
  function build(link: Link): void {
    publisher.get(links.feedOf(link)).catch((error: unknown) => {
      log.info({ feed: link.id, reason: errorMessage(error) }, 'calendar could not be made');
    });
  }

  async function linkJson(link: Link, scopeOf = createScopeJson(source)): Promise<z.infer<typeof linkAnswer>> {
    const key = links.keyOf(link);
    const current = publisher.currentVersion(key);
    const size = publisher.sizeOf(key);
    const fetched = fetches.of(link.id).map(({ client, at, version }) => ({
      at: iso(at),
      client,
      looks: clientNamed(client).looks,
      looks_every_hours: clientNamed(client).hours,
      version,
      versions_behind: current === null ? 0 : Math.max(0, current - version),
    }));
    const created = iso(link.createdAt);
    return {
      id: link.id,
      name: link.name,
      scope: await scopeOf(link.scope),
      options: link.options,
      path: link.path,
      path_url: link.path === null ? null : `${publicUrl}/ics/view/${link.path}.ics`,
      created,
      // Of most links the same, and to write instants is half the work of a long list.
      changed: link.changedAt === link.createdAt ? created : iso(link.changedAt),
      revoked: link.revokedAt === null ? null : iso(link.revokedAt),
      version: current,
      last_fetch: fetched[0] ?? null,
      fetches: fetched,
      size: size ? { bytes: size.bytes, events: size.events, warning: size.warning } : null,
    };
  }

  async function withAddress(ctx: Context, status: number, link: Link, token: string): Promise<void> {
    build(link);
    ctx.status = status;
    ctx.body = { ...(await linkJson(link)), url: `${publicUrl}/ics/${token}/${slug(link.name)}.ics` };
  }

  router.get('links', '/api/v1/links', admin, async (ctx) => {
    const scopeOf = createScopeJson(source);
    await sendList(ctx, 'links', links.all(), (link) => linkJson(link, scopeOf));
  });
  router.post('new link', '/api/v1/links', admin, async (ctx) => {
    const wish = await readJson(ctx, newLink);
    checkPath(wish.path);
    const { link, token } = await links.add(await terms.write(wish, null));
    await withAddress(ctx, 201, link, token);
  });
  router.get('link', '/api/v1/links/:id', admin, async (ctx) => {
    ctx.body = await linkJson(links.get(ctx.params.id ?? ''));
  });
  router.patch('edited link', '/api/v1/links/:id', admin, async (ctx) => {
    const wish = await readJson(ctx, linkChange);
    checkPath(wish.path);
    // What one leaves out stays as another has just made it.
    const { id } = links.get(ctx.params.id ?? '');
    const link = await edits(id, async () => links.edit(id, await terms.write(wish, links.get(id))));
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

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

/** Turns scopes into what the API shows of them: names beside ids, which are read once and for all of them. */
export function createScopeJson(source: ProjectSource): (scope: Scope) => Promise<z.infer<typeof scopeAnswer>> {
  let identifiers: Promise<ReadonlyMap<string, string>> | null = null;
  let members: ReturnType<ProjectSource['members']> | null = null;

  async function readIdentifiers(): Promise<ReadonlyMap<string, string>> {
    const projects = await source.projects().catch(() => []);
    return new Map(projects.map(({ id, identifier }) => [id, identifier]));
  }

  return async (scope) => {
    if (scope.kind === 'all') return { all: true };
    if (scope.kind === 'person') {
      const known = await (members ??= source.members().catch(() => new Map<string, Member>()));
      return { person: known.get(scope.memberId)?.displayName ?? scope.memberId, person_id: scope.memberId };
    }
    const known = await (identifiers ??= readIdentifiers());
    return { projects: scope.projectIds.map((id) => known.get(id) ?? id), project_ids: [...scope.projectIds] };
  };
}
