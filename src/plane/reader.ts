import { setImmediate as yieldToOthers } from 'node:timers/promises';
import type { Label, Mark, Member, Project, State, WorkItem } from '../domain.ts';
import { errorCode } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Urgency } from './budget.ts';
import type { PlaneClient } from './client.ts';
import * as decode from './decode.ts';
import { atFittingSize, readPages, type FetchPage, type PageSizes } from './pages.ts';

/** Plane's own default and maximum since v0.23.0; older ones, and perhaps Cloud, allow 100 and say so. */
const MAX_PAGE_SIZE = 1_000;
/** Tries at a walk that a moving total has spoilt. */
const WALKS = 4;
/** Items decoded before others get a turn: a description costs a tenth of a millisecond. */
const DECODE_SLICE = 50;
/** Strange items are told of once; so many are remembered. */
const MAX_TOLD = 10_000;

/** All that is read of a project's items: the items, and the mark that was taken before they were read. */
export interface ReadItems {
  readonly items: ReadonlyMap<string, WorkItem>;
  readonly mark: Mark;
}

/** Reads of Plane that a snapshot is made of. Each may throw a `plane_…` error. */
export interface PlaneReader {
  /** Projects whose items the key's user may read. */
  projects(urgency: Urgency): Promise<Map<string, Project>>;
  states(projectId: string, urgency: Urgency): Promise<Map<string, State>>;
  labels(projectId: string, urgency: Urgency): Promise<Map<string, Label>>;
  /** People of the workspace, the removed ones too; null when the key's user may not list them (a guest). */
  workspaceMembers(urgency: Urgency): Promise<Map<string, Member> | null>;
  projectMembers(projectId: string, urgency: Urgency): Promise<Map<string, Member>>;
  /** One request that tells whether a project's items changed. */
  mark(projectId: string, urgency: Urgency): Promise<Mark>;
  items(project: Project, urgency: Urgency): Promise<ReadItems>;
}

export interface PlaneReaderOptions {
  readonly client: PlaneClient;
  readonly workspace: string;
  readonly log: Log;
}

export function createPlaneReader({ client, workspace, log }: PlaneReaderOptions): PlaneReader {
  const root = `/workspaces/${encodeURIComponent(workspace)}`;
  const projectPath = (id: string, rest: string): string => `${root}/projects/${encodeURIComponent(id)}/${rest}`;
  let allowedPageSize = MAX_PAGE_SIZE;
  const itemPageSizes = new Map<string, number>();
  const told = new Set<string>();

  function tell({ key, reason }: decode.Fault): void {
    const fault = `${key} ${reason}`;
    if (told.has(fault) || told.size >= MAX_TOLD) return;
    told.add(fault);
    log.warn({ item: key, reason }, 'strange work item');
  }

  const listSizes: PageSizes = {
    current: () => allowedPageSize,
    shrink: (size) => {
      allowedPageSize = size;
    },
  };

  /** Item pages shrink by themselves where descriptions are long. */
  const itemSizes = (projectId: string): PageSizes => ({
    current: () => Math.min(allowedPageSize, itemPageSizes.get(projectId) ?? allowedPageSize),
    shrink: (size) => itemPageSizes.set(projectId, size),
  });

  async function readList<T extends { id: string }>(
    path: string,
    urgency: Urgency,
    decodeOne: (json: unknown) => T | null,
  ): Promise<Map<string, T>> {
    const fetchPage: FetchPage = async (query) => (await client.get(path, query, urgency)).json;
    return atFittingSize(listSizes, async (pageSize) => {
      const found = new Map<string, T>();
      for await (const page of readPages(fetchPage, path, {}, pageSize)) collect(page.results, path, decodeOne, found);
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

  async function readMembers(path: string, urgency: Urgency): Promise<Map<string, Member>> {
    const { json } = await client.get(path, {}, urgency);
    const found = new Map<string, Member>();
    collect(Array.isArray(json) ? json : [], path, decode.decodeMember, found);
    return found;
  }

  async function mark(projectId: string, urgency: Urgency): Promise<Mark> {
    const path = projectPath(projectId, '{items}/');
    const query = { fields: 'id,updated_at', order_by: '-updated_at', per_page: 1 };
    return decode.decodeMark((await client.getItems(path, query, urgency)).json, path);
  }

  /** One walk over all items in the order of their numbers, in which new ones come last. */
  async function walkItems(project: Project, urgency: Urgency, pageSize: number): Promise<Walk> {
    const path = projectPath(project.id, '{items}/');
    const fetchPage: FetchPage = async (query) => (await client.getItems(path, query, urgency)).json;
    const query = { fields: decode.ITEM_FIELDS, order_by: 'sequence_id' };
    const items = new Map<string, WorkItem>();
    const seen = new Set<unknown>();
    const totals = new Set<number>();
    let pages = 0;
    for await (const page of readPages(fetchPage, path, query, pageSize)) {
      pages++;
      totals.add(page.total);
      for (const [index, json] of page.results.entries()) {
        if (index % DECODE_SLICE === 0) await yieldToOthers();
        seen.add(decode.idOf(json) ?? json);
        const item = decode.decodeWorkItem(json, project.identifier, tell);
        if (item !== null) items.set(item.id, item);
      }
    }
    totals.add(seen.size);
    return { items, pages, totals };
  }

  /**
   * Offset paging has no snapshot: a removal during the walk hides an item, and a removal with a creation hides it behind an unmoved
   * total. So a walk counts when every total met is one and, over several pages, the marks before and after are equal; else it is
   * walked again.
   */
  async function items(project: Project, urgency: Urgency): Promise<ReadItems> {
    for (let tries = 1; ; tries++) {
      const before = await mark(project.id, urgency);
      const walk = await atFittingSize(itemSizes(project.id), (pageSize) => walkItems(project, urgency, pageSize));
      const after = walk.pages > 1 ? await mark(project.id, urgency) : before;
      const isSteady = sameMark(before, after) && walk.totals.size === 1 && walk.totals.has(before.total);
      if (isSteady) return { items: walk.items, mark: before };
      if (tries === WALKS) {
        log.warn({ project: project.identifier, total: after.total }, 'items come and go while they are read');
        return { items: walk.items, mark: before };
      }
    }
  }

  return {
    projects: async (urgency) => {
      const all = await readList(`${root}/projects/`, urgency, decode.decodeProject);
      return new Map([...all.values()].filter((one) => one.isMember).map((one) => [one.id, one.project]));
    },
    states: (projectId, urgency) => readList(projectPath(projectId, 'states/'), urgency, decode.decodeState),
    labels: (projectId, urgency) => readList(projectPath(projectId, 'labels/'), urgency, decode.decodeLabel),
    workspaceMembers: async (urgency) => {
      try {
        return await readMembers(`${root}/members/`, urgency);
      } catch (error) {
        const code = errorCode(error);
        if (code === 'plane_permission' || code === 'plane_no_route' || code === 'plane_not_found') return null;
        throw error;
      }
    },
    projectMembers: (projectId, urgency) => readMembers(projectPath(projectId, 'members/'), urgency),
    mark,
    items,
  };
}

/** True when nothing tells that items changed between the two. */
export function sameMark(a: Mark, b: Mark): boolean {
  return a.total === b.total && a.newestId === b.newestId && a.updatedAt === b.updatedAt;
}

interface Walk {
  readonly items: ReadonlyMap<string, WorkItem>;
  readonly pages: number;
  /** Every total met on the way, and the number of different items. */
  readonly totals: ReadonlySet<number>;
}
