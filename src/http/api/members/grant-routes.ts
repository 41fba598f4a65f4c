import type Router from '@koa/router';
import type { z } from 'zod';
import type { Source } from '../../../domain/ports.ts';
import type { Links } from '../../../feeds/links/links.ts';
import type { Log } from '../../../lib/log.ts';
import type { Grant, Grants } from '../../../members/grants.ts';
import type { Guard } from '../../middleware/auth.ts';
import { createAudit } from './audit.ts';
import type { grantAnswer } from './responses.ts';

export interface GrantRoutesOptions {
  readonly grants: Grants;
  readonly links: Links;
  readonly source: Source;
  readonly guard: Guard;
  readonly log: Log;
}

/** `/api/v1/grants`, and what ends one. */
export function grantRoutes(router: Router, { grants, links, source, guard, log }: GrantRoutesOptions): void {
  const audit = createAudit(log);

  async function createGrantJson(): Promise<(grant: Grant) => z.infer<typeof grantAnswer>> {
    const projects = await source.projects().catch(() => []);
    const identifiers = new Map(projects.map(({ id, identifier }) => [id, identifier]));
    const counts = new Map<string, number>();
    for (const { ownerId, revokedAt } of links.all())
      if (ownerId !== null && revokedAt === null) counts.set(ownerId, (counts.get(ownerId) ?? 0) + 1);
    return (grant) => ({
      member: { id: grant.memberId, name: grant.displayName },
      projects: grant.projects.map(({ id, role }) => ({ id, identifier: identifiers.get(id) ?? null, role })),
      signed_in: new Date(grant.at).toISOString(),
      until: new Date(grants.endOf(grant)).toISOString(),
      state: grants.stateOf(grant),
      links: counts.get(grant.memberId) ?? 0,
    });
  }

  router.get('grants', '/api/v1/grants', guard('admin'), async (ctx) => {
    ctx.body = { grants: grants.all().map(await createGrantJson()) };
  });
  router.post('revoked grant', '/api/v1/members/:id/revoke', guard('admin'), async (ctx) => {
    const grant = await grants.revoke(ctx.params.id ?? '');
    audit('revoke member', null, { member: grant.memberId });
    for (const { id } of await links.revokeAllOf(grant.memberId))
      audit('revoke link', null, { member: grant.memberId, link: id });
    ctx.body = (await createGrantJson())(grant);
  });
}
