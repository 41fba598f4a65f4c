import type { Project } from '../../../domain/plane.ts';
import type { Setting, Store } from '../../../domain/ports.ts';
import { AppError, isStorageError } from '../../../domain/errors.ts';
import { shareUnchanged } from '../../../lib/structural-sharing.ts';
import type { Log } from '../../../lib/log.ts';
import { unlessDamaged } from '../../../lib/conflicts.ts';

/** The listed projects, divided by PLANE_PROJECTS into published and unpublished ones. */
export interface PublishedProjects {
  /** Replaces what Plane lists. Warns, once, of a name in PLANE_PROJECTS that is not listed, or means a project with another name by now. */
  replace(listed: ReadonlyMap<string, Project>): Promise<void>;
  /** Divides the list again, after PLANE_PROJECTS changed. */
  reload(): void;
  /** By id. */
  all(): ReadonlyMap<string, Project>;
  /** True for a project that Plane lists and PLANE_PROJECTS leaves out. */
  isUnpublished(projectId: string): boolean;
}

/** Which projects each name in PLANE_PROJECTS means: ids by name, in lower case. Identifiers that differ in case alone share one. */
type Meanings = ReadonlyMap<string, readonly string[]>;

const MEANINGS = { kind: 'workspace', id: 'projects' };

/**
 * `only` has identifiers or ids; null for all projects. A name goes on meaning the project that it meant when it was first read, until it is
 * removed from PLANE_PROJECTS: otherwise a new identifier in Plane would end calendars, and publish the project that takes the old one.
 */
export function createPublishedProjects(
  only: Setting<readonly string[] | null>,
  store: Pick<Store, 'get' | 'write' | 'reportDamaged'>,
  log: Log,
): PublishedProjects {
  let listed: ReadonlyMap<string, Project> = new Map();
  let published: ReadonlyMap<string, Project> = new Map();
  let unpublished: ReadonlySet<string> = new Set();
  let meanings: Meanings | null = null;
  const warned = new Set<string>();

  const names = (): readonly string[] | null => only()?.map((name) => name.toLowerCase()) ?? null;

  function reload(): void {
    const wanted = names();
    const isMeant = (project: Project, name: string): boolean =>
      meanings?.get(name)?.includes(project.id) ?? isNamed(project, name);
    const isPublished = (project: Project): boolean => wanted === null || wanted.some((name) => isMeant(project, name));
    unpublished = new Set([...listed.values()].filter((one) => !isPublished(one)).map((one) => one.id));
    published = shareUnchanged(new Map([...listed].filter(([, project]) => isPublished(project))), published);
  }

  function warn(): void {
    const seen = [...listed.values()].map((one) => one.identifier).sort();
    for (const name of names() ?? []) {
      const meant = meanings
        ?.get(name)
        ?.map((id) => listed.get(id))
        .find((one) => one !== undefined);
      const [other] = idsNamed(listed, name);
      const warning = [name, meant?.identifier ?? other].join(' ');
      if (warned.has(warning) || (meant && isNamed(meant, name))) continue;
      warned.add(warning);
      if (meant)
        log.warn({ name, now: meant.identifier }, 'PLANE_PROJECTS names a project that has another identifier now');
      else if (other !== undefined)
        log.warn(
          { name, id: other },
          'PLANE_PROJECTS means a project that is no longer listed; to publish the one with its identifier now, write its id',
        );
      else log.warn({ name, seen }, 'PLANE_PROJECTS names a project that the API key does not see');
    }
  }

  return {
    replace: async (next) => {
      meanings = await storedMeanings(names() ?? [], next, meanings, store);
      listed = next;
      warn();
      reload();
    },
    reload,
    all: () => published,
    isUnpublished: (projectId) => unpublished.has(projectId),
  };
}

const isNamed = ({ id, identifier }: Project, name: string): boolean =>
  id === name || identifier.toLowerCase() === name;

/** What the names mean by this list, and meant before; null for what is stored. It is stored where it changed. */
async function storedMeanings(
  names: readonly string[],
  listed: ReadonlyMap<string, Project>,
  last: Meanings | null,
  store: Pick<Store, 'get' | 'write' | 'reportDamaged'>,
): Promise<Meanings> {
  const stored = (await store.get(MEANINGS.kind, MEANINGS.id)) ?? [];
  const before: Meanings =
    last ?? (await unlessDamaged(store, MEANINGS, () => new Map(stored as [string, string[]][]))) ?? new Map();
  const meant = [...names].sort().flatMap((name): [string, readonly string[]][] => {
    const ids = before.get(name) ?? idsNamed(listed, name);
    return ids.length === 0 ? [] : [[name, ids]];
  });
  if (JSON.stringify(meant) !== JSON.stringify(stored)) {
    // On a full disk it is stored with a later list.
    await store.write([{ ...MEANINGS, value: meant }]).catch((error: unknown) => {
      if (!isStorageError(error)) throw error;
    });
  }
  return new Map(meant);
}

function idsNamed(listed: ReadonlyMap<string, Project>, name: string): readonly string[] {
  return [...listed.values()].filter((project) => isNamed(project, name)).map(({ id }) => id);
}

/**
 * The project that a name in an address means: by identifier, in any letter case if only one fits, or by id; undefined if none does.
 * Throws `invalid`, with the candidates, if several do.
 */
export function findProject(projects: Iterable<Project>, name: string): Project | undefined {
  const all = [...projects];
  const exact = all.find((project) => project.identifier === name);
  if (exact) return exact;
  const lower = name.toLowerCase();
  const close = all.filter((project) => project.identifier.toLowerCase() === lower);
  if (close.length > 1) {
    const candidates = close.map((project) => project.identifier).sort();
    throw new AppError(
      'invalid',
      `"${name}" may mean any of these projects: ${candidates.join(', ')}. Write it exactly.`,
    );
  }
  return close[0] ?? all.find((project) => project.id === lower);
}

/** Compares projects for a list. */
export function byIdentifier(a: Project, b: Project): number {
  return a.identifier < b.identifier ? -1 : 1;
}
