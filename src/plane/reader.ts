import type { Clock, Label, Member, Project, State } from '../domain.ts';
import { errorCode } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Urgency } from './budget.ts';
import type { PlaneClient, Query } from './client.ts';
import { decodeCycle, decodeModule, type CycleRow, type ModuleRow } from './decode-plans.ts';
import * as decode from './decode.ts';
import { createItemReader, type ItemReader } from './items.ts';
import { atFittingSize, createPageSizes, readPages, type FetchPage } from './pages.ts';

/** Strange items are told of once; so many are remembered. */
const MAX_TOLD = 10_000;

/** Reads of Plane that a snapshot is made of. Each may throw a `plane_…` error. */
export interface PlaneReader {
  /** Projects whose items the key's user may read. */
  projects(urgency: Urgency): Promise<Map<string, Project>>;
  /** The project at its own address and whether the key's user is a member; null when Plane has none, or hides it. */
  project(
    projectId: string,
    urgency: Urgency,
  ): Promise<{ readonly project: Project; readonly isMember: boolean } | null>;
  states(projectId: string, urgency: Urgency): Promise<Map<string, State>>;
  labels(projectId: string, urgency: Urgency): Promise<Map<string, Label>>;
  /**
   * People of the workspace, the removed ones too; null when the key's user may not list them (a guest). With `email`, only who has that
   * address, in any letter case.
   */
  workspaceMembers(urgency: Urgency, email?: string): Promise<Map<string, Member> | null>;
  projectMembers(projectId: string, urgency: Urgency, email?: string): Promise<Map<string, Member>>;
  /** None where this Plane has no such address. */
  cycles(projectId: string, urgency: Urgency): Promise<Map<string, CycleRow>>;
  /** None where this Plane has no such address. */
  modules(projectId: string, urgency: Urgency): Promise<Map<string, ModuleRow>>;
  /** The items that are in a cycle or module: their ids, sorted, each once. None where this Plane has no such address. */
  itemIdsOf(kind: 'cycles' | 'modules', projectId: string, id: string, urgency: Urgency): Promise<readonly string[]>;
  readonly items: ItemReader;
}

export interface PlaneReaderOptions {
  readonly client: Pick<PlaneClient, 'get' | 'getItems'>;
  readonly workspace: string;
  /** Called after each probe of a project's items, with the milliseconds that Plane took. */
  readonly probed?: (projectId: string, ms: number) => void;
  readonly now: Clock;
  readonly log: Log;
}

export function createPlaneReader(options: PlaneReaderOptions): PlaneReader {
  const { client, workspace, probed = () => undefined, now, log } = options;
  const root = `/workspaces/${encodeURIComponent(workspace)}`;
  const projectPath = (id: string, rest: string): string => `${root}/projects/${encodeURIComponent(id)}/${rest}`;
  const sizesOf = createPageSizes(now);
  const told = new Set<string>();

  function tell({ key, reason }: decode.Fault): void {
    const fault = `${key} ${reason}`;
    if (told.has(fault) || told.size >= MAX_TOLD) return;
    told.add(fault);
    log.warn({ item: key, reason }, 'strange work item');
  }

  /** `list` names lists that share a page size: by default each has its own. */
  async function readList<T extends { id: string }>(
    path: string,
    urgency: Urgency,
    decodeOne: (json: unknown) => T | null,
    query: Query = {},
    list = path,
  ): Promise<Map<string, T>> {
    const fetchPage: FetchPage = async (page) => (await client.get(path, page, urgency)).json;
    return atFittingSize(sizesOf(list), async (pageSize) => {
      const found = new Map<string, T>();
      for await (const page of readPages(fetchPage, path, query, pageSize))
        collect(page.results, path, decodeOne, found);
      return found;
    });
  }

  function collect<T extends { id: string }>(
    results: readonly unknown[],
    path: string,
    decodeOne: (json: unknown) => T | null,
    found: Map<string, T>,
  ): void {
    for (const json of results) {
      const one = decodeOne(json);
      if (one === null) tell({ key: path, reason: 'has an entry that could not be read' });
      else found.set(one.id, one);
    }
  }

  async function readMembers(path: string, urgency: Urgency, email?: string): Promise<Map<string, Member>> {
    const { json } = await client.get(path, {}, urgency);
    const found = new Map<string, Member>();
    const all: readonly unknown[] = Array.isArray(json) ? json : [];
    const wanted = email === undefined ? all : all.filter((one) => decode.hasEmail(one, email));
    collect(wanted, path, decode.decodeMember, found);
    return found;
  }

  /** A list that some versions of Plane don't have. */
  async function readOptional<T extends { id: string }>(
    ...list: Parameters<typeof readList<T>>
  ): Promise<Map<string, T>> {
    try {
      return await readList(...list);
    } catch (error) {
      const code = errorCode(error);
      if (code === 'plane_no_route' || code === 'plane_not_found') return new Map();
      throw error;
    }
  }

  function decodeId(json: unknown): { id: string } | null {
    const id = decode.idOf(json);
    return id === undefined ? null : { id };
  }

  return {
    projects: async (urgency) => {
      const all = await readList(`${root}/projects/`, urgency, decode.decodeProject);
      return new Map([...all.values()].filter((one) => one.isMember).map((one) => [one.id, one.project]));
    },
    project: async (projectId, urgency) => {
      try {
        return decode.decodeProject((await client.get(projectPath(projectId, ''), {}, urgency)).json);
      } catch (error) {
        if (errorCode(error) === 'plane_not_found') return null;
        throw error;
      }
    },
    states: (projectId, urgency) => readList(projectPath(projectId, 'states/'), urgency, decode.decodeState),
    labels: (projectId, urgency) => readList(projectPath(projectId, 'labels/'), urgency, decode.decodeLabel),
    workspaceMembers: async (urgency, email) => {
      try {
        return await readMembers(`${root}/members/`, urgency, email);
      } catch (error) {
        const code = errorCode(error);
        if (code === 'plane_permission' || code === 'plane_no_route' || code === 'plane_not_found') return null;
        throw error;
      }
    },
    projectMembers: (projectId, urgency, email) => readMembers(projectPath(projectId, 'members/'), urgency, email),
    cycles: (projectId, urgency) => readOptional(projectPath(projectId, 'cycles/'), urgency, decodeCycle),
    modules: (projectId, urgency) => readOptional(projectPath(projectId, 'modules/'), urgency, decodeModule),
    itemIdsOf: async (kind, projectId, id, urgency) => {
      const path = projectPath(projectId, `${kind}/${encodeURIComponent(id)}/${kind.slice(0, -1)}-issues/`);
      const found = await readOptional(path, urgency, decodeId, { fields: 'id' }, `items of ${kind} ${projectId}`);
      return [...found.keys()].sort();
    },
    items: createItemReader({
      get: client.getItems,
      path: projectPath,
      sizes: (projectId) => sizesOf(`items ${projectId}`),
      probed,
      tell,
    }),
  };
}
