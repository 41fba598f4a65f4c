import type { Access } from '../domain/feed.ts';
import type { Clock, Delay, ProjectContent, ProjectInfo, Source } from '../domain/ports.ts';
import type { Member } from '../domain/plane.ts';
import { errorCode } from '../domain/errors.ts';
import { apart } from '../feeds/calendars/merge.ts';
import { asSeenBy, createLoader, removedAt } from '../feeds/loader.ts';
import { DEFAULT_OPTIONS } from '../views/options/options.ts';
import type { KeyedProject, Mention } from './matching/mentions.ts';
import type { Lookup, Targets } from './matching/matcher.ts';
import { createNameFinder } from './matching/names.ts';
import type { SheetMember, SheetProject } from './timesheet.ts';

/** What of Plane someone's hours can be matched to: published projects and their items, as far as the viewer may see them. */
export interface Catalog extends Targets {
  /** All projects that the viewer may know of, also those that can't be matched to. */
  readonly all: readonly (KeyedProject & ProjectInfo)[];
  /** Those that can be matched to, by identifier. */
  readonly shown: readonly SheetProject[];
  member(id: string): SheetMember;
  /** Everyone known; empty where Plane doesn't list people now. */
  readonly members: ReadonlyMap<string, Member>;
  /** Updates the items of these projects where they are out of date, for a limited time. Never rejects. */
  load(projectIds: ReadonlySet<string>): Promise<void>;
}

/** Where a catalog comes from. */
export interface CatalogOptions {
  readonly source: Source;
  readonly clock: Clock;
  readonly delay: Delay;
}

/** The catalog of a viewer, null for an administrator. Throws `not_ready` when it is not known which projects there are. */
export async function openCatalog({ source, clock, delay }: CatalogOptions, viewer: Access | null): Promise<Catalog> {
  const loader = createLoader({ source, merge: apart, now: clock, delay });
  // To a member other projects don't exist: whether a name hides another one would say that there is such a project.
  const maySee = ({ id }: ProjectInfo): boolean => viewer === null || viewer.projectIds.includes(id);
  const all = (await source.projects())
    .filter(maySee)
    .map((info) => ({ ...info, isShown: removedAt(source.status(info.id), clock()) === null }));
  const shown = all
    .filter(({ isShown }) => isShown)
    .map(({ id, identifier, name }): SheetProject => ({ id, identifier, name }));
  const byId = new Map(shown.map((project) => [project.id, project]));
  const members = await membersOf(source);
  const lookups = new Map<string, Lookup>();

  function contentOf(projectId: string): ProjectContent | null {
    const { content } = source.status(projectId);
    return content && asSeenBy(viewer, content);
  }

  function find(projectId: string, which: Mention['which']): Lookup {
    const project = byId.get(projectId);
    if (!project) return { kind: 'unknown' };
    const content = contentOf(projectId);
    if (content === null) return { kind: 'unread', project };
    const item = content.item(which);
    return item
      ? { kind: 'found', project, item: { id: item.id, key: item.key, name: item.name } }
      : { kind: 'unknown' };
  }

  return {
    all,
    shown,
    members,
    member: (id) => ({ id, name: members.get(id)?.displayName ?? id }),
    load: async (projectIds) => {
      lookups.clear();
      const ids = [...projectIds].filter((id) => byId.has(id));
      if (ids.length > 0) await loader.load({ scope: { kind: 'projects', projectIds: ids }, options: DEFAULT_OPTIONS });
    },
    project: (id) => byId.get(id) ?? null,
    lookUp: (projectId, which) => {
      const key = JSON.stringify([projectId, which]);
      let lookup = lookups.get(key);
      if (!lookup) lookups.set(key, (lookup = find(projectId, which)));
      return lookup;
    },
    findNames: createNameFinder(all),
  };
}

/** Names alone don't decide whether hours can be shown. */
async function membersOf(source: Source): Promise<ReadonlyMap<string, Member>> {
  try {
    return await source.members();
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return new Map();
  }
}
