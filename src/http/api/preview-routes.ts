import type Router from '@koa/router';
import { z } from 'zod';
import { NAMED_OPTIONS } from '../../views/options/options.ts';
import type { FeedOptions, NamedOption } from '../../domain/feed.ts';
import { oneLine } from '../../icalendar/text.ts';
import type { ProjectContent, Setting } from '../../domain/ports.ts';
import { viewOf, type DefineFeed } from '../../feeds/definition.ts';
import type { Loader } from '../../feeds/loader.ts';
import type { MakePreview } from '../../feeds/preview.ts';
import type { Resolver } from '../../feeds/resolver.ts';
import { audienceOf, type Guard } from '../middleware/auth.ts';
import { readJson } from '../middleware/body.ts';
import { previewJson } from './preview-json.ts';
import { linkChange, scope } from './links/requests.ts';

/** What the page shows while a link is being created. */

/** The page draws no more than this; `count` has the total. */
const MAX_SHOWN = 3_000;

/** A calendar that does not exist yet. */
export const previewRequest = linkChange.omit({ path: true, for: true, expires: true }).required({ scope: true });
/** Whose names to list, and of what. Cycles and modules cost requests to Plane, so they are listed only on request. */
export const choicesRequest = z.strictObject({
  scope,
  of: z.array(z.enum(NAMED_OPTIONS, `must be of: ${NAMED_OPTIONS.join(', ')}`)).max(NAMED_OPTIONS.length),
});

export interface PreviewRoutesOptions {
  readonly makePreview: MakePreview;
  readonly defineFeed: DefineFeed;
  readonly resolver: Resolver;
  readonly loader: Loader;
  readonly defaults: Setting<FeedOptions>;
  readonly warnBytes: Setting<number>;
  readonly guard: Guard;
}

/** `/api/v1/preview` and `/api/v1/choices`. */
export function previewRoutes(router: Router, options: PreviewRoutesOptions): void {
  const { makePreview, defineFeed, resolver, loader, defaults, warnBytes } = options;
  const member = options.guard('member');

  router.post('preview', '/api/v1/preview', member, async (ctx) => {
    const patch = await readJson(ctx, previewRequest);
    const audience = audienceOf(ctx);
    const definition = await defineFeed(patch, null, audience);
    const named = patch.name === undefined ? { ...definition, name: null } : definition;
    const json = previewJson(await makePreview(viewOf(named, defaults(), audience)), warnBytes());
    ctx.body = { ...json, events: json.events.slice(0, MAX_SHOWN) };
  });

  router.post('choices', '/api/v1/choices', member, async (ctx) => {
    const { of, ...wanted } = await readJson(ctx, choicesRequest);
    const audience = audienceOf(ctx);
    const scope = await resolver.scope(wanted.scope, audience);
    const anyName = { names: [], none: true };
    const options = {
      ...defaults(),
      ...Object.fromEntries(NAMED_OPTIONS.map((one) => [one, null])),
      ...Object.fromEntries(of.map((one) => [one, anyName])),
    };
    const { projects } = await loader.load({ scope, options, ...(audience && { audience }) });
    ctx.body = Object.fromEntries(of.map((option) => [option, namesOf(projects, option)]));
  });
}

/** Each name once, a state's with the group it is in. */
function namesOf(projects: readonly ProjectContent[], option: NamedOption): { name: string; group?: string }[] {
  const found = new Map<string, { name: string; group?: string }>();
  for (const { name: text, group } of projects.flatMap((project) => project.names(option))) {
    const name = oneLine(text);
    if (name !== '') found.set(name, { name, ...(group !== undefined && { group }) });
  }
  return [...found.values()].sort((a, b) => compare(a.name, b.name));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
