import type Router from '@koa/router';
import { z } from 'zod';
import { addDays } from '../../icalendar/date.ts';
import { nameables } from '../../views/filter.ts';
import { NAMED_OPTIONS, needsOf, type FeedOptions, type NamedOption } from '../../views/options.ts';
import { oneLine } from '../../icalendar/text.ts';
import type { CalendarComponent } from '../../domain/calendar.ts';
import type { Snapshot } from '../../domain/plane.ts';
import type { Setting } from '../../domain/ports.ts';
import { viewOf } from '../../feeds/links.ts';
import type { Loader } from '../../feeds/loader.ts';
import type { MakePreview } from '../../feeds/preview.ts';
import type { Resolver } from '../../feeds/resolver.ts';
import type { Terms } from '../../feeds/definition.ts';
import type { Guard } from '../middleware/auth.ts';
import { readJson } from '../middleware/body.ts';
import { linkChange, scope } from './link-routes.ts';

/** What the page shows while a link is being made. */

/** A page draws no more; the count tells how many there are. */
const MAX_SHOWN = 3_000;

/** A preview of a calendar. */
export const previewRequest = linkChange.omit({ path: true }).required({ scope: true });
/** Whose names are asked for, and of what; cycles and modules cost requests to Plane, so they are told only when asked for. */
export const choicesRequest = z.strictObject({
  scope,
  of: z.array(z.enum(NAMED_OPTIONS, `must be of: ${NAMED_OPTIONS.join(', ')}`)).max(NAMED_OPTIONS.length),
});

export interface PreviewRoutesOptions {
  readonly makePreview: MakePreview;
  readonly terms: Terms;
  readonly resolver: Resolver;
  readonly loader: Loader;
  readonly defaults: Setting<FeedOptions>;
  readonly warnBytes: Setting<number>;
  readonly guard: Guard;
}

/** `/api/v1/preview` and `/api/v1/choices`. */
export function previewRoutes(router: Router, options: PreviewRoutesOptions): void {
  const { makePreview, terms, resolver, loader, defaults, warnBytes } = options;
  const admin = options.guard('admin');

  router.post('preview', '/api/v1/preview', admin, async (ctx) => {
    const wish = await readJson(ctx, previewRequest);
    const view = viewOf(await terms.write({ name: 'Preview', ...wish }, null), defaults());
    const { head, components, bytes } = await makePreview(wish.name === undefined ? { ...view, name: null } : view);
    const sorted = components
      .map(([component, project]) => componentJson(component, project))
      .sort((a, b) => compare(a.start ?? '~', b.start ?? '~') || compare(a.uid, b.uid));
    ctx.body = {
      name: head.name,
      description: head.description,
      color: head.color,
      bytes,
      warn_bytes: warnBytes(),
      count: components.length,
      events: sorted.slice(0, MAX_SHOWN),
    };
  });

  router.post('choices', '/api/v1/choices', admin, async (ctx) => {
    const wish = await readJson(ctx, choicesRequest);
    const held = await resolver.scope(wish.scope);
    const anyName = { names: [], none: true };
    const asked = {
      ...defaults(),
      ...Object.fromEntries(NAMED_OPTIONS.map((one) => [one, null])),
      ...Object.fromEntries(wish.of.map((one) => [one, anyName])),
    };
    const { snapshots } = await loader.load(held, needsOf(asked, held));
    ctx.body = Object.fromEntries(wish.of.map((option) => [option, namesOf(snapshots, option)]));
  });
}

/** Each name once, a state's with the group it is in. */
function namesOf(snapshots: readonly Snapshot[], option: NamedOption): { name: string; group?: string }[] {
  const found = new Map<string, { name: string; group?: string }>();
  for (const { name: text, group } of snapshots.flatMap((snapshot) => nameables(snapshot, option))) {
    const name = oneLine(text);
    if (name !== '') found.set(name, { name, ...(group !== undefined && { group }) });
  }
  return [...found.values()].sort((a, b) => compare(a.name, b.name));
}

/** As the page draws it: the first and last day, both inclusive. */
function componentJson(component: CalendarComponent, project: string) {
  const { uid, summary, description, url, color, categories } = component;
  const isTodo = component.kind === 'todo';
  return {
    uid,
    kind: component.kind,
    project,
    start: isTodo ? (component.start ?? component.due) : component.start,
    last: isTodo ? (component.due ?? component.start) : addDays(component.end, -1),
    title: summary,
    description,
    url,
    color,
    categories,
    status: isTodo ? component.status : null,
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
