import type { Label, Member, Project, Snapshot, State } from '../../../domain/plane.ts';
import type { Clock } from '../../../domain/ports.ts';
import { errorCode } from '../../../domain/errors.ts';
import type { Log } from '../../../lib/log.ts';
import type { Urgency } from './budget.ts';
import type { PlaneClient, Query } from './client.ts';
import type { Note } from '../decode/item.ts';
import * as plans from '../decode/cycles-modules.ts';
import * as decode from '../decode/decode.ts';
import { createFaults, type Faults } from '../trust/faults.ts';
import type { ItemReader } from './item-reader.ts';
import { createItemReader } from './items.ts';
import { bareRows, createLists, readRows, type ListRules, type Rows } from './lists.ts';
import { atFittingSize, createPageSizes, type FetchPage } from './pages.ts';
import { createRemovalGuard, itemsKey, type RemovalGuard } from '../trust/removal-guard.ts';
import { createSentKeys, type SentKeys } from '../trust/sent-keys.ts';

/** Each note on an item is logged once; so many are remembered. */
const MAX_NOTES = 10_000;

/** The lists of a project that are read with its items, and more seldom. */
export type ProjectList = 'states' | 'labels' | 'members' | 'cycles' | 'modules';

/** Reads of Plane that a snapshot is made of: what can be believed of its answers. Each may throw a `plane_…` error. */
export interface PlaneReader {
  /** Projects whose items the key's user may read. */
  projects(urgency: Urgency): Promise<Map<string, Project>>;
  /**
   * The project at its own address and whether the key's user is a member; null when Plane has none, or hides it. Throws `plane_invalid`
   * when the answer is no project.
   */
  project(projectId: string, urgency: Urgency): Promise<decode.ListedProject | null>;
  states(projectId: string, urgency: Urgency): Promise<ReadonlyMap<string, State>>;
  labels(projectId: string, urgency: Urgency): Promise<ReadonlyMap<string, Label>>;
  /**
   * People of the workspace, the removed ones too; null when the key's user may not list them (a guest). With `email`, only who has that
   * address, in any letter case.
   */
  workspaceMembers(urgency: Urgency, email?: string): Promise<ReadonlyMap<string, Member> | null>;
  /** Those that were known before, or none, where this Plane has no such address (before v0.23.0). */
  projectMembers(projectId: string, urgency: Urgency, email?: string): Promise<ReadonlyMap<string, Member>>;
  /** None where this Plane has no such address. */
  cycles(projectId: string, urgency: Urgency): Promise<ReadonlyMap<string, plans.CycleRow>>;
  /** None where this Plane has no such address. */
  modules(projectId: string, urgency: Urgency): Promise<ReadonlyMap<string, plans.ModuleRow>>;
  /** The items that are in a cycle or module: their ids, sorted, each once. None where this Plane has no such address. */
  itemIdsOf(kind: 'cycles' | 'modules', projectId: string, id: string, urgency: Urgency): Promise<readonly string[]>;
  readonly items: ItemReader;
  /**
   * True while the last read of that list was not believed, so that it should be read again soon; with `id`, of the items in that cycle or
   * module. States are doubtful too while items are.
   */
  isDoubtful(list: ProjectList, projectId: string, id?: string): boolean;
  /** The same of the list of projects. */
  isListDoubtful(): boolean;
  /** Ends the doubts about that list, or with `id` about what is in one of its entries: it is read no more, so nothing else would. */
  dismiss(list: 'cycles' | 'modules', projectId: string, id?: string): void;
  /** What an earlier process believed; `isListed` where Plane then listed the project. */
  remember(snapshot: Snapshot, isListed: boolean): void;
  readonly faults: Faults;
  readonly guard: RemovalGuard;
}

export interface PlaneReaderOptions {
  readonly client: Pick<PlaneClient, 'get' | 'getItems'>;
  readonly workspace: string;
  /** Called after each probe of a project's items, with the milliseconds that Plane took. */
  readonly probed?: (projectId: string, ms: number) => void;
  readonly now: Clock;
  readonly log: Log;
  /** By default they are logged, and Plane's version is not known. */
  readonly faults?: Faults;
  /** By default remembered as long as the process lives. */
  readonly sent?: SentKeys;
}

export function createPlaneReader({ client, workspace, now, log, ...options }: PlaneReaderOptions): PlaneReader {
  const { probed = () => undefined, faults = createFaults({ now, log }), sent = createSentKeys() } = options;
  const guard = createRemovalGuard(now);
  const lists = createLists(faults, guard, sent);
  const root = `/workspaces/${encodeURIComponent(workspace)}`;
  const projectPath = (id: string, rest: string): string => `${root}/projects/${encodeURIComponent(id)}/${rest}`;
  const everyone = `${root}/members/`;
  const projectList = `${root}/projects/`;
  const sizesOf = createPageSizes(now);
  const noted = new Set<string>();

  function note({ key, reason }: Note): void {
    const text = `${key} ${reason}`;
    if (noted.has(text) || noted.size >= MAX_NOTES) return;
    noted.add(text);
    log.warn({ item: key, reason }, 'invalid value in a work item');
  }

  /** `sizes` names lists that share a page size: by default each has its own. */
  function rowsAt(path: string, urgency: Urgency, query: Query = {}, sizes = path): Promise<Rows> {
    const fetchPage: FetchPage = async (page) => (await client.get(path, page, urgency)).json;
    return atFittingSize(sizesOf(sizes), (pageSize) => readRows(fetchPage, path, query, pageSize));
  }

  const list = <T extends { id: string }>(path: string, urgency: Urgency, of: decode.Decoder<T>, rules?: ListRules) =>
    lists.settle(path, () => rowsAt(path, urgency), of, rules);

  /** A list that some versions of Plane don't have. */
  async function rowsIfAny(...list: Parameters<typeof rowsAt>): Promise<Rows> {
    try {
      return await rowsAt(...list);
    } catch (error) {
      if (isMissing(error)) return { rows: [], total: 0 };
      throw error;
    }
  }

  async function people(path: string, urgency: Urgency, email?: string, rules?: ListRules) {
    const read = async (): Promise<Rows> => bareRows((await client.get(path, {}, urgency)).json, path);
    if (email === undefined) return lists.settle(path, read, decode.members, rules);
    const found = (await read()).rows.filter((one) => decode.hasEmail(one, email));
    return decode.byId(found.flatMap((one) => decode.members.decode(one, () => true).value ?? []));
  }

  function contentsPath(kind: 'cycles' | 'modules', projectId: string, id: string): string {
    return projectPath(projectId, `${kind}/${encodeURIComponent(id)}/${kind.slice(0, -1)}-issues/`);
  }

  function remember({ project, ...snapshot }: Snapshot, isListed: boolean): void {
    const { id } = project;
    const { states, labels, members, cycles, modules } = snapshot;
    const listed: decode.ListedProject = { id, project, isMember: true };
    if (isListed) lists.remember(projectList, new Map([...(lists.known(projectList) ?? []), [id, listed]]));
    lists.remember(projectPath(id, 'states/'), states);
    lists.remember(projectPath(id, 'labels/'), labels);
    lists.remember(projectPath(id, 'members/'), members);
    lists.remember(everyone, new Map([...(lists.known(everyone) ?? []), ...members]));
    for (const [kind, plans] of [['cycles', cycles] as const, ['modules', modules] as const]) {
      if (plans === null) continue;
      const rows = [...plans.values()].map(({ itemIds, ...row }) => ({ total: itemIds?.length ?? 0, ...row }));
      lists.remember(projectPath(id, `${kind}/`), decode.byId(rows));
      for (const one of plans.values())
        if (one.itemIds !== null)
          lists.remember(contentsPath(kind, id, one.id), decode.byId(one.itemIds.map((itemId) => ({ id: itemId }))));
    }
  }

  return {
    projects: async (urgency) => {
      // That one has gone is proven at its own address.
      const all = await list(projectList, urgency, decode.projects, { isGuarded: false });
      return new Map([...all.values()].filter((one) => one.isMember).map((one) => [one.id, one.project]));
    },
    project: async (projectId, urgency) => {
      const path = projectPath(projectId, '');
      try {
        const { json } = await client.get(path, {}, urgency);
        const { value, faults: wrong } = decode.projects.decode(json, () => false);
        if (value?.id === projectId) return value;
        throw decode.invalidAnswer(path, [...wrong.values()].join(', ') || '"id" is of another project');
      } catch (error) {
        if (errorCode(error) === 'plane_not_found') return null;
        throw error;
      }
    },
    states: (projectId, urgency) => list(projectPath(projectId, 'states/'), urgency, decode.states, { projectId }),
    labels: (projectId, urgency) => list(projectPath(projectId, 'labels/'), urgency, decode.labels, { projectId }),
    workspaceMembers: async (urgency, email) => {
      try {
        return await people(everyone, urgency, email);
      } catch (error) {
        if (errorCode(error) !== 'plane_permission' && !isMissing(error)) throw error;
        // Nobody reads it any more, so nothing can show that it is right again.
        faults.set(everyone, null);
        return null;
      }
    },
    projectMembers: async (projectId, urgency, email) => {
      const path = projectPath(projectId, 'members/');
      try {
        return await people(path, urgency, email, { projectId });
      } catch (error) {
        if (!isMissing(error)) throw error;
        faults.set(path, null);
        return (lists.known(path) ?? new Map()) as ReadonlyMap<string, Member>;
      }
    },
    cycles: (projectId, urgency) => {
      const path = projectPath(projectId, 'cycles/');
      return lists.settle(path, () => rowsIfAny(path, urgency), plans.cycles, { projectId });
    },
    modules: (projectId, urgency) => {
      const path = projectPath(projectId, 'modules/');
      return lists.settle(path, () => rowsIfAny(path, urgency), plans.modules, { projectId });
    },
    itemIdsOf: async (kind, projectId, id, urgency) => {
      const path = contentsPath(kind, projectId, id);
      const rules = { projectId, isEmptyLarge: false };
      const read = (): Promise<Rows> => rowsIfAny(path, urgency, { fields: 'id' }, `items of ${kind} ${projectId}`);
      const found = await lists.settle(path, read, decode.ids, rules);
      return [...found.keys()].sort();
    },
    items: createItemReader({
      get: client.getItems,
      path: projectPath,
      sizes: (projectId) => sizesOf(`items ${projectId}`),
      probed,
      note,
      sent,
      now,
    }),
    isDoubtful: (name, projectId, id) => {
      if (id !== undefined) return faults.has(contentsPath(name === 'cycles' ? name : 'modules', projectId, id));
      if (name === 'states' && guard.isPending(itemsKey(projectId))) return true;
      return faults.has(projectPath(projectId, `${name}/`)) || (name === 'members' && faults.has(everyone));
    },
    isListDoubtful: () => faults.has(projectList),
    dismiss: (kind, projectId, id) => {
      faults.forget(id === undefined ? projectPath(projectId, `${kind}/`) : contentsPath(kind, projectId, id));
    },
    remember,
    faults,
    guard,
  };
}

function isMissing(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'plane_no_route' || code === 'plane_not_found';
}
