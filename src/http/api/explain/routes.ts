import type Router from '@koa/router';
import type { z } from 'zod';
import { AppError } from '../../../domain/errors.ts';
import type { ItemInfo } from '../../../domain/explain.ts';
import type { Explain, Explanation, Outcome, Overview } from '../../../feeds/explain/explain.ts';
import type { AccessLog } from '../../../feeds/links/access-log.ts';
import type { Link } from '../../../feeds/links/link.ts';
import type { Links } from '../../../feeds/links/links.ts';
import { clientNamed } from '../../feed/clients.ts';
import { audienceOf, type Guard } from '../../middleware/auth.ts';
import { createReachableLinks } from '../links/ownership.ts';
import type { explanationAnswer, overviewAnswer } from './responses.ts';

export interface ExplainRoutesOptions {
  readonly explain: Explain;
  readonly links: Links;
  readonly accessLog: AccessLog;
  readonly guard: Guard;
}

/** `GET /api/v1/explain?item=WEB-12&link=ID`. */
export function explainRoutes(router: Router, { explain, links, accessLog, guard }: ExplainRoutesOptions): void {
  const reachable = createReachableLinks(links);
  router.get('explain', '/api/v1/explain', guard('member'), async (ctx) => {
    const audience = audienceOf(ctx);
    const query = new URLSearchParams(ctx.querystring);
    const item = query.get('item')?.trim() ?? '';
    const linkId = query.get('link') ?? '';
    if (item === '') throw new AppError('missing', 'Say which item: ?item=WEB-12');
    if (linkId === '') {
      ctx.body = overviewJson(await explain.inAll(item, reachable.all(audience), audience));
      return;
    }
    const link = reachable.get(audience, linkId);
    const fetches = accessLog.of(link.id).filter(({ client }) => clientNamed(client).subscribes);
    ctx.body = explanationJson(await explain.inLink(item, link, fetches, audience), link);
  });
}

function explanationJson(explanation: Explanation, link: Link): z.infer<typeof explanationAnswer> {
  const { item, version, since, subscribers } = explanation;
  return {
    item: itemJson(item),
    link: { id: link.id, name: link.name },
    ...outcomeJson(explanation),
    version,
    since: since === null ? null : iso(since),
    subscribers: subscribers.map(({ client, isCurrent, at, version: got, has }) => ({
      client,
      address: isCurrent ? 'current' : 'old',
      at: iso(at),
      version: got,
      has,
    })),
  };
}

function overviewJson({ item, reasons, links }: Overview): z.infer<typeof overviewAnswer> {
  return {
    item: itemJson(item),
    reasons: [...reasons],
    links: links.map(({ link, ...outcome }) => ({
      id: link.id,
      name: link.name,
      for: link.forWhom,
      ...outcomeJson(outcome),
    })),
  };
}

function outcomeJson({ shown, days, reasons }: Outcome) {
  return {
    shown,
    days: days.map(({ first, last, part }) => ({ first, last, part })),
    reasons: reasons.map(({ rule, text }) => ({ rule, text })),
  };
}

function itemJson(item: ItemInfo | null): z.infer<typeof explanationAnswer>['item'] {
  return item && { id: item.id, key: item.key, name: item.name, url: item.url };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
