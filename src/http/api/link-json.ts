import type { z } from 'zod';
import type { Scope } from '../../domain/feed.ts';
import type { Member } from '../../domain/plane.ts';
import type { AccessLog } from '../../feeds/access-log.ts';
import type { Link, Links } from '../../feeds/links.ts';
import type { Publisher } from '../../feeds/publisher.ts';
import type { Source } from '../../domain/ports.ts';
import { clientNamed } from '../feed/clients.ts';
import type { linkAnswer, scopeAnswer } from './responses.ts';

/** Links as the API returns them. */

export interface LinkJsonOptions {
  readonly links: Pick<Links, 'keyOf'>;
  readonly accessLog: Pick<AccessLog, 'of'>;
  readonly publisher: Pick<Publisher, 'currentVersion' | 'sizeOf'>;
  readonly publicUrl: string;
}

/** A link without its address, which only its creation and rotation return. */
export type LinkJson = z.infer<typeof linkAnswer>;
/** Converts scopes, with names beside ids. */
export type ScopeToJson = (scope: Scope) => Promise<z.infer<typeof scopeAnswer>>;

export function createLinkJson({ links, accessLog, publisher, publicUrl }: LinkJsonOptions) {
  return async (link: Link, scopeOf: ScopeToJson): Promise<LinkJson> => {
    const key = links.keyOf(link);
    const current = publisher.currentVersion(key);
    const size = publisher.sizeOf(key);
    const fetched = accessLog.of(link.id).map(({ client, at, version }) => ({
      at: iso(at),
      client,
      refresh: clientNamed(client).refresh,
      refresh_hours: clientNamed(client).refreshHours,
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
      // Equal for most links, and formatting instants is half the cost of a long list.
      changed: link.changedAt === link.createdAt ? created : iso(link.changedAt),
      revoked: link.revokedAt === null ? null : iso(link.revokedAt),
      version: current,
      last_fetch: fetched[0] ?? null,
      fetches: fetched,
      size: size ? { bytes: size.bytes, events: size.events, warning: size.warning } : null,
    };
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

/** Converts scopes. Names are read once, for all of them. */
export function createScopeJson(source: Source): ScopeToJson {
  let identifiers: Promise<ReadonlyMap<string, string>> | null = null;
  let members: ReturnType<Source['members']> | null = null;

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
