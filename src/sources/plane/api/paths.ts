/** Paths of Plane's API for one workspace, below /api/v1. */
export interface Paths {
  readonly projects: string;
  /** The people of the workspace. */
  readonly members: string;
  /** A project's own address, followed by `rest`. */
  project(projectId: string, rest: string): string;
  /** The items of a cycle or module. */
  itemsOf(kind: 'cycles' | 'modules', projectId: string, id: string): string;
}

/** `workspace` is its slug. */
export function createPaths(workspace: string): Paths {
  const root = `/workspaces/${encodeURIComponent(workspace)}`;
  const project = (id: string, rest: string): string => `${root}/projects/${encodeURIComponent(id)}/${rest}`;
  return {
    projects: `${root}/projects/`,
    members: `${root}/members/`,
    project,
    itemsOf: (kind, projectId, id) =>
      project(projectId, `${kind}/${encodeURIComponent(id)}/${kind.slice(0, -1)}-issues/`),
  };
}
