import type { Label, Project, Snapshot, State } from '../../../domain/plane.ts';
import type { Clock } from '../../../domain/ports.ts';
import { errorCode } from '../../../domain/errors.ts';
import type { Log } from '../../../lib/log.ts';
import * as plans from '../decode/cycles-modules.ts';
import * as decode from '../decode/decode.ts';
import type { Note } from '../decode/item.ts';
import { createFaults, type Faults } from '../trust/faults.ts';
import { createRemovalGuard, type RemovalGuard, type UsersOf } from '../../trust/removal-guard.ts';
import { itemsKey } from '../trust/item-losses.ts';
import { createSentKeys, type SentKeys } from '../trust/sent-keys.ts';
import type { Urgency } from './budget.ts';
import type { PlaneClient, Query } from './client.ts';
import type { ItemReader } from './items/item-reader.ts';
import { createItemReader } from './items/items.ts';
import { createLists, isMissing, readRows, type Rows } from './lists.ts';
import { atFittingSize, createPageSizes, type FetchPage } from './pages.ts';
import { createPaths } from './paths.ts';
import { createPeopleReader, type PeopleReader } from './people.ts';
import { rememberSnapshot } from './remember.ts';

/** Each note on an item is logged once. Beyond this many, none are logged. */
const MAX_NOTES = 10_000;

/** The lists of a project besides its items. */
export type ProjectList = 'states' | 'labels' | 'members' | 'cycles' | 'modules';

/** Reads a list of a project. An entry that many items refer to stays until a second read confirms that it is no longer listed. */
export type ListReader<T> = (projectId: string, urgency: Urgency, usersOf?: UsersOf) => Promise<ReadonlyMap<string, T>>;

/** Reads from Plane what a snapshot is made of, as far as its answers are to be believed. Each read may throw a `plane_…` error. */
export interface PlaneReader extends PeopleReader {
  /** Projects whose items the key's user may read. */
  projects(urgency: Urgency): Promise<Map<string, Project>>;
  /**
   * The project at its own address and whether the key's user is a member; null if Plane has none, or hides it. Throws `plane_invalid` if
   * the answer is no project.
   */
  project(projectId: string, urgency: Urgency): Promise<decode.ListedProject | null>;
  readonly states: ListReader<State>;
  readonly labels: ListReader<Label>;
  /** None if this Plane has no such address. */
  cycles(projectId: string, urgency: Urgency): Promise<ReadonlyMap<string, plans.CycleRow>>;
  /** None if this Plane has no such address. */
  modules(projectId: string, urgency: Urgency): Promise<ReadonlyMap<string, plans.ModuleRow>>;
  /** The ids of the items in a cycle or module: sorted, each once. None if this Plane has no such address. */
  itemIdsOf(kind: 'cycles' | 'modules', projectId: string, id: string, urgency: Urgency): Promise<readonly string[]>;
  readonly items: ItemReader;
  /**
   * True while the last answer with that list, or with `id` the items of that cycle or module, is rejected, so that it should be read again
   * soon. States are also doubtful while items are.
   */
  isDoubtful(list: ProjectList, projectId: string, id?: string): boolean;
  /** The same for the list of projects. */
  isListDoubtful(): boolean;
  /** Clears the fault of that list, or with `id` of the items of one of its entries: it is no longer read, so no later answer could. */
  dismiss(list: 'cycles' | 'modules', projectId: string, id?: string): void;
  /** Takes over what an earlier process believed. `isListed` is true if Plane then listed the project. */
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
  /** By default faults are logged, and Plane's version is unknown. */
  readonly faults?: Faults;
  /** By default not stored. */
  readonly sent?: SentKeys;
}

export function createPlaneReader({ client, workspace, now, log, ...options }: PlaneReaderOptions): PlaneReader {
  const { probed = () => undefined, faults = createFaults({ now, log }), sent = createSentKeys() } = options;
  const guard = createRemovalGuard(now);
  const lists = createLists(faults, guard, sent);
  const paths = createPaths(workspace);
  const sizesOf = createPageSizes(now);
  const { readRowsAt, rowsIfAny } = createRowReader(client, sizesOf);

  /** Reads a list of a project. `read` is `rowsIfAny` for one that some versions of Plane don't have. */
  function listOf<T extends { readonly id: string; readonly name: string }>(
    name: ProjectList,
    decoder: decode.Decoder<T>,
    read = readRowsAt,
  ): ListReader<T> {
    return (projectId, urgency, usersOf) => {
      const path = paths.project(projectId, `${name}/`);
      return lists.settle(path, () => read(path, urgency), decoder, { projectId, usersOf });
    };
  }

  async function project(projectId: string, urgency: Urgency): Promise<decode.ListedProject | null> {
    const path = paths.project(projectId, '');
    try {
      const { json } = await client.get(path, {}, urgency);
      const { value, faults: wrong } = decode.projects.decode(json, () => false);
      if (value?.id === projectId) return value;
      throw decode.invalidAnswer(path, [...wrong.values()].join(', ') || '"id" is of another project');
    } catch (error) {
      if (errorCode(error) === 'plane_not_found') return null;
      throw error;
    }
  }

  return {
    ...createPeopleReader(client, paths, lists),
    projects: async (urgency) => {
      // No guard: that a project was removed is proven at its own address.
      const rules = { isGuarded: false };
      const all = await lists.settle(paths.projects, () => readRowsAt(paths.projects, urgency), decode.projects, rules);
      return new Map([...all.values()].filter((one) => one.isMember).map((one) => [one.id, one.project]));
    },
    project,
    states: listOf('states', decode.states),
    labels: listOf('labels', decode.labels),
    cycles: listOf('cycles', plans.cycles, rowsIfAny),
    modules: listOf('modules', plans.modules, rowsIfAny),
    itemIdsOf: async (kind, projectId, id, urgency) => {
      const path = paths.itemsOf(kind, projectId, id);
      const rules = { projectId, isEmptyLarge: false };
      const read = (): Promise<Rows> => rowsIfAny(path, urgency, { fields: 'id' }, `items of ${kind} ${projectId}`);
      const found = await lists.settle(path, read, decode.ids, rules);
      return [...found.keys()].sort();
    },
    items: createItemReader({
      get: client.getItems,
      path: paths.project,
      sizes: (projectId) => sizesOf(`items ${projectId}`),
      probed,
      note: createNotes(log),
      sent,
      now,
    }),
    isDoubtful: (name, projectId, id) => {
      if (id !== undefined) return faults.has(paths.itemsOf(name === 'cycles' ? name : 'modules', projectId, id));
      if (name === 'states' && guard.isPending(itemsKey(projectId))) return true;
      return faults.has(paths.project(projectId, `${name}/`)) || (name === 'members' && faults.has(paths.members));
    },
    dismiss: (kind, projectId, id) => {
      faults.forget(id === undefined ? paths.project(projectId, `${kind}/`) : paths.itemsOf(kind, projectId, id));
    },
    isListDoubtful: () => faults.has(paths.projects),
    remember: (snapshot, isListed) => {
      rememberSnapshot(lists, paths, snapshot, isListed);
    },
    faults,
    guard,
  };
}

function createRowReader(client: Pick<PlaneClient, 'get'>, sizesOf: ReturnType<typeof createPageSizes>) {
  /** `sizes` names lists that share a page size: by default each has its own. */
  function readRowsAt(path: string, urgency: Urgency, query: Query = {}, sizes = path): Promise<Rows> {
    const fetchPage: FetchPage = async (page) => (await client.get(path, page, urgency)).json;
    return atFittingSize(sizesOf(sizes), (pageSize) => readRows(fetchPage, path, query, pageSize));
  }

  /** A list that some versions of Plane don't have. */
  async function rowsIfAny(...list: Parameters<typeof readRowsAt>): Promise<Rows> {
    try {
      return await readRowsAt(...list);
    } catch (error) {
      if (isMissing(error)) return { rows: [], total: 0 };
      throw error;
    }
  }

  return { readRowsAt, rowsIfAny };
}

/** Logs notes on items, each once. */
function createNotes(log: Log): (note: Note) => void {
  const noted = new Set<string>();
  return ({ key, reason }) => {
    const text = `${key} ${reason}`;
    if (noted.has(text) || noted.size >= MAX_NOTES) return;
    noted.add(text);
    log.warn({ item: key, reason }, 'invalid value in a work item');
  };
}
