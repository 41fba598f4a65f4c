import type { Project } from '../../../domain/plane.ts';
import type { Setting } from '../../../domain/ports.ts';
import { AppError } from '../../../domain/errors.ts';
import { shareUnchanged } from '../../../lib/structural-sharing.ts';
import type { Log } from '../../../lib/log.ts';

/** The listed projects, divided by PLANE_PROJECTS into published and unpublished ones. */
export interface PublishedProjects {
  /** Replaces what Plane lists. Warns, once, of a name in PLANE_PROJECTS that is not listed. */
  replace(listed: ReadonlyMap<string, Project>): void;
  /** Divides the list again, after PLANE_PROJECTS changed. */
  reload(): void;
  /** By id. */
  all(): ReadonlyMap<string, Project>;
  /** True for a project that Plane lists and PLANE_PROJECTS leaves out. */
  isUnpublished(projectId: string): boolean;
}

/** `only` has identifiers or ids; null for all projects. */
export function createPublishedProjects(only: Setting<readonly string[] | null>, log: Log): PublishedProjects {
  let listed: ReadonlyMap<string, Project> = new Map();
  let published: ReadonlyMap<string, Project> = new Map();
  let unpublished: ReadonlySet<string> = new Set();
  const warned = new Set<string>();

  const names = (): readonly string[] | null => only()?.map((name) => name.toLowerCase()) ?? null;
  const isNamed = ({ id, identifier }: Project, name: string): boolean =>
    id === name || identifier.toLowerCase() === name;

  function reload(): void {
    const wanted = names();
    const isPublished = (project: Project): boolean => wanted === null || wanted.some((name) => isNamed(project, name));
    unpublished = new Set([...listed.values()].filter((one) => !isPublished(one)).map((one) => one.id));
    published = shareUnchanged(new Map([...listed].filter(([, project]) => isPublished(project))), published);
  }

  function warnOfMissing(): void {
    const all = [...listed.values()];
    for (const name of names() ?? []) {
      if (all.some((project) => isNamed(project, name)) || warned.has(name)) continue;
      warned.add(name);
      const seen = all.map((one) => one.identifier).sort();
      log.warn({ name, seen }, 'PLANE_PROJECTS names a project that the API key does not see');
    }
  }

  return {
    replace: (next) => {
      listed = next;
      warnOfMissing();
      reload();
    },
    reload,
    all: () => published,
    isUnpublished: (projectId) => unpublished.has(projectId),
  };
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
