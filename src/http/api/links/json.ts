import type { z } from 'zod';
import type { Access, Scope } from '../../../domain/feed.ts';
import type { Member } from '../../../domain/plane.ts';
import type { Clock, CombinedSource } from '../../../domain/ports.ts';
import type { AccessLog, Fetch } from '../../../feeds/links/access-log.ts';
import { graceEnd, type Link } from '../../../feeds/links/link.ts';
import type { Links } from '../../../feeds/links/links.ts';
import type { Publisher } from '../../../feeds/publisher.ts';
import { clientNamed } from '../../feed/clients.ts';
import type { linkAnswer, scopeAnswer } from './responses.ts';

/** Links as the API returns them. */

export interface LinkJsonOptions {
  readonly links: Pick<Links, 'keyOf' | 'stateOf'>;
  readonly accessLog: Pick<AccessLog, 'of'>;
  readonly publisher: Pick<Publisher, 'currentVersion' | 'sizeOf'>;
  readonly publicUrl: string;
  readonly now: Clock;
}

/** A link without its address, which only its creation and rotation return. */
export type LinkJson = z.infer<typeof linkAnswer>;
/** Converts scopes, with names beside ids. */
export type ScopeToJson = (scope: Scope) => Promise<z.infer<typeof scopeAnswer>>;

/** Adds names to what is stored as ids. */
export interface Names {
  scope: ScopeToJson;
  owner(ownerId: string): Promise<LinkJson['owner']>;
}

export function createLinkJson({ links, accessLog, publisher, publicUrl, now }: LinkJsonOptions) {
  function fetchesOf(link: Link, current: number | null): LinkJson['fetches'] {
    const fetches = accessLog.of(link.id);
    if (fetches.length === 0) return [];
    // Earlier releases recorded browsers too.
    const shown = fetches.filter(({ client }) => clientNamed(client).subscribes);
    return shown.map((fetch) => fetchJson(fetch, current, link.retired.length));
  }

  function graceOf(link: Link, state: LinkJson['state']): string | null {
    const end = state === 'active' ? graceEnd(link, now()) : null;
    return end === null ? null : iso(Math.min(end, link.expiresAt ?? Infinity));
  }

  return async (link: Link, names: Names): Promise<LinkJson> => {
    const key = links.keyOf(link);
    const state = links.stateOf(link);
    const current = publisher.currentVersion(key);
    const size = publisher.sizeOf(key);
    const fetches = fetchesOf(link, current);
    const { created, changed, revoked, expires } = datesOf(link);
    return {
      id: link.id,
      name: link.name,
      scope: await names.scope(link.scope),
      options: link.options,
      path: link.path,
      path_url: link.path === null ? null : `${publicUrl}/ics/view/${link.path}.ics`,
      created,
      changed,
      revoked,
      for: link.forWhom,
      expires,
      state,
      owner: link.ownerId === null ? null : await names.owner(link.ownerId),
      grace_until: graceOf(link, state),
      version: current,
      last_fetch: fetches[0] ?? null,
      fetches,
      size: size ? { bytes: size.bytes, events: size.events, warning: size.warning } : null,
    };
  };
}

/** Formatting instants was a third of the cost of a long list, which the page requests again and again. */
const dates = new WeakMap<Link, Pick<LinkJson, 'created' | 'changed' | 'revoked' | 'expires'>>();

function datesOf(link: Link): Pick<LinkJson, 'created' | 'changed' | 'revoked' | 'expires'> {
  let found = dates.get(link);
  if (!found) {
    const { createdAt, changedAt, revokedAt, expiresAt } = link;
    found = {
      created: iso(createdAt),
      changed: iso(changedAt),
      revoked: isoOrNull(revokedAt),
      expires: isoOrNull(expiresAt),
    };
    dates.set(link, found);
  }
  return found;
}

/** `lastAddress` is the index of the current address. */
function fetchJson(
  { client, at, version, address, replica }: Fetch,
  current: number | null,
  lastAddress: number,
): LinkJson['fetches'][number] {
  const { refresh, refreshHours } = clientNamed(client);
  return {
    at: iso(at),
    client,
    refresh,
    refresh_hours: refreshHours,
    version,
    versions_behind: current === null ? 0 : Math.max(0, current - version),
    address: (address ?? lastAddress) === lastAddress ? 'current' : 'old',
    ...(replica === undefined ? {} : { replica }),
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function isoOrNull(ms: number | null): string | null {
  return ms === null ? null : iso(ms);
}

/** Each kind of name is read once. For an audience only the projects that they are in have names. */
export function createNames(source: CombinedSource, audience: Access | null): Names {
  let identifiers: Promise<ReadonlyMap<string, string>> | null = null;
  let members: ReturnType<CombinedSource['members']> | null = null;

  async function readIdentifiers(): Promise<ReadonlyMap<string, string>> {
    const projects = await source.projects().catch(() => []);
    const shown = audience ? projects.filter(({ id }) => audience.projectIds.includes(id)) : projects;
    return new Map(shown.map(({ id, identifier }) => [id, identifier]));
  }

  const membersById = () => (members ??= source.members().catch(() => new Map<string, Member>()));

  return {
    scope: async (scope) => {
      const { calendarIds = [] } = scope;
      const calendars = calendarIds.map((id) => source.calendars.find(id)?.name ?? id);
      const others = calendars.length === 0 ? {} : { calendars, calendar_ids: [...calendarIds] };
      if (scope.kind === 'all') return { all: true, ...others };
      if (scope.kind === 'person') {
        const name = (await membersById()).get(scope.memberId)?.displayName;
        return { person: name ?? scope.memberId, person_id: scope.memberId, ...others };
      }
      if (scope.projectIds.length === 0 && calendars.length > 0) return { calendars, calendar_ids: [...calendarIds] };
      const known = await (identifiers ??= readIdentifiers());
      return {
        projects: scope.projectIds.map((id) => known.get(id) ?? id),
        project_ids: [...scope.projectIds],
        ...others,
      };
    },
    owner: async (id) => ({ id, name: (await membersById()).get(id)?.displayName ?? null }),
  };
}
