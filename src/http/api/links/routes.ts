import type Router from '@koa/router';
import type { Context } from 'koa';
import type { z } from 'zod';
import type { Access } from '../../../domain/feed.ts';
import type { Clock, Setting, CombinedSource } from '../../../domain/ports.ts';
import type { DefineFeed, NamedDefinition } from '../../../feeds/definition.ts';
import type { AccessLog } from '../../../feeds/links/access-log.ts';
import { slug } from '../../../feeds/feed.ts';
import type { Link, LinkDetails, NewToken } from '../../../feeds/links/link.ts';
import type { Links } from '../../../feeds/links/links.ts';
import type { Publisher } from '../../../feeds/publisher.ts';
import { createKeyedMutex } from '../../../lib/keyed-mutex.ts';
import type { Log } from '../../../lib/log.ts';
import { AppError, errorMessage } from '../../../domain/errors.ts';
import { ApiError } from '../../middleware/api-errors.ts';
import { audienceOf, type Guard } from '../../middleware/auth.ts';
import { readJson } from '../../middleware/body.ts';
import { createAudit } from '../members/audit.ts';
import { createLinkJson, createNames, type Names } from './json.ts';
import { checkMemberRequest, createChangeCounter, createReachableLinks, createRoom } from './ownership.ts';
import { creationFor, detailsOf, linkChange, rotation, type newLink } from './requests.ts';
import { sendList } from '../send-list.ts';

const DAY_MS = 86_400_000;
/** Of a request that creates links: enough for 1,000 of them. */
const MAX_CREATION_BYTES = 1_000_000;

export interface LinkRoutesOptions {
  readonly links: Links;
  readonly defineFeed: DefineFeed;
  readonly accessLog: AccessLog;
  readonly publisher: Publisher;
  readonly source: CombinedSource;
  readonly guard: Guard;
  readonly publicUrl: string;
  /** Whether readable paths are served. */
  readonly open: Setting<boolean>;
  readonly now: Clock;
  readonly log: Log;
}

type NewLink = z.infer<typeof newLink>;

/** `/api/v1/links`: create, list, edit, rotate, revoke. */
export function linkRoutes(router: Router, options: LinkRoutesOptions): void {
  const { links, defineFeed, source, guard, now } = options;
  const member = guard('member');
  const reachable = createReachableLinks(links);
  const edits = createKeyedMutex();
  const inRoom = createRoom(reachable);
  const countChange = createChangeCounter(now);
  const { toJson, withAddress, build, checkPath, define, createMany, audit } = createLinkTools(options);
  const linkJson = (ctx: Context, link: Link) => toJson(link, createNames(source, audienceOf(ctx)));
  const linkOf = (ctx: Context & { params: { id?: string } }): Link =>
    reachable.get(audienceOf(ctx), ctx.params.id ?? '');

  router.get('links', '/api/v1/links', member, async (ctx) => {
    const names = createNames(source, audienceOf(ctx));
    await sendList(ctx, 'links', reachable.all(audienceOf(ctx)), (link) => toJson(link, names));
  });
  router.post('new link', '/api/v1/links', member, async (ctx) => {
    const audience = audienceOf(ctx);
    const request = await readJson(ctx, creationFor, MAX_CREATION_BYTES);
    checkMemberRequest(audience, request);
    await countChange(ctx, audience);
    if ('links' in request) {
      await createMany(ctx, request.links);
      return;
    }
    const made = await inRoom(audience, async () => {
      const definition = await define(request, audience);
      return links.add(definition, { ...definition, ownerId: audience?.memberId ?? null });
    });
    audit('create link', audience, { link: made.link.id });
    build(made.link);
    ctx.status = 201;
    ctx.body = await withAddress(made, createNames(source, audience));
  });
  router.get('link', '/api/v1/links/:id', member, async (ctx) => {
    ctx.body = await linkJson(ctx, linkOf(ctx));
  });
  router.patch('edited link', '/api/v1/links/:id', member, async (ctx) => {
    const audience = audienceOf(ctx);
    const { path, for: whom, expires, ...patch } = await readJson(ctx, linkChange);
    checkMemberRequest(audience, { path });
    checkPath(path);
    // A field that is left out keeps what a concurrent edit set.
    const { id } = linkOf(ctx);
    await countChange(ctx, audience);
    const link = await edits(id, async () => {
      const before = links.get(id);
      const details = detailsOf({ for: whom, expires }, now(), before.expiresAt);
      const definition = await defineFeed(patch, before, audience ?? links.accessOf(before));
      return links.edit(id, { ...definition, ...details, ...(path !== undefined && { path }) });
    });
    audit('edit link', audience, { link: id });
    build(link);
    ctx.body = await linkJson(ctx, link);
  });
  router.post('rotated link', '/api/v1/links/:id/rotate', member, async (ctx) => {
    const { grace_days: days = 0 } = await readJson(ctx, rotation);
    const audience = audienceOf(ctx);
    const { id } = linkOf(ctx);
    await countChange(ctx, audience);
    const made = await links.rotate(id, days * DAY_MS);
    audit('rotate link', audience, { link: made.link.id });
    build(made.link);
    ctx.body = await withAddress(made, createNames(source, audience));
  });
  router.delete('revoked link', '/api/v1/links/:id', member, async (ctx) => {
    const link = await links.revoke(linkOf(ctx).id);
    audit('revoke link', audienceOf(ctx), { link: link.id });
    ctx.body = await linkJson(ctx, link);
  });
}

/** What several of the routes need. */
function createLinkTools(options: LinkRoutesOptions) {
  const { links, defineFeed, publisher, source, publicUrl, open, now, log } = options;
  const audit = createAudit(log);
  const toJson = createLinkJson(options);

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

  async function withAddress({ link, token }: NewToken, names: Names) {
    return {
      ...(await toJson(link, names)),
      url: `${publicUrl}/ics/${token}/${slug(link.name)}.ics`,
      subscribe_url: `${publicUrl}/s/${token}`,
    };
  }

  async function define(request: NewLink, audience: Access | null): Promise<NamedDefinition & LinkDetails> {
    const { path = null, for: whom, expires, ...patch } = request;
    checkPath(path);
    const details = detailsOf({ for: whom, expires }, now());
    return { ...(await defineFeed(patch, null, audience)), path, ...details };
  }

  async function createMany(ctx: Context, requests: readonly NewLink[]): Promise<void> {
    const definitions: (NamedDefinition & LinkDetails)[] = [];
    for (const [at, request] of requests.entries()) definitions.push(await define(request, null).catch(atEntry(at)));
    const made = await links.addMany(definitions);
    for (const { link } of made) audit('create link', null, { link: link.id });
    // The content of one is the content of most others; they are rendered when they are first requested.
    const [first] = made;
    if (first) build(first.link);
    const names = createNames(source, null);
    ctx.status = 201;
    await sendList(ctx, 'links', made, (one) => withAddress(one, names));
  }

  return { toJson, withAddress, build, checkPath, define, createMany, audit };
}

/** Adds to an error in the request which of the links has it. */
function atEntry(at: number): (error: unknown) => never {
  return (error) => {
    const isInvalid = error instanceof ApiError || (error instanceof AppError && error.code === 'invalid');
    if (!isInvalid) throw error;
    const field = `links.${at}`;
    throw new ApiError('INVALID_VALUE', `"${field}": ${error.message}`, { details: { field } });
  };
}
