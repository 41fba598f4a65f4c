import type { Mark, Names, Project, WorkItem } from '../domain.ts';
import { errorCode } from '../errors.ts';
import type { Urgency } from './budget.ts';
import type { Query } from './client.ts';
import * as decode from './decode.ts';
import { EXPAND, namesIn, withIds } from './expanded.ts';
import { atFittingSize, readPages, type PageSizes } from './pages.ts';
import type { PlaneAnswer } from './request.ts';
import { createSharing } from './sharing.ts';
import { createPause, yieldToOthers } from '../turns.ts';

/** Items as one answer or one walk gave them. */
export interface ListedItems {
  readonly items: ReadonlyMap<string, WorkItem>;
  /** Ids of listed items that could not be read. */
  readonly strange: ReadonlySet<string>;
}

/** The items touched last, as one answer gave them: with the mark of that same answer, so they are one picture. */
export interface NewestItems extends ListedItems {
  readonly mark: Mark;
  /** Plane's clock when it answered, in milliseconds; null when it didn't say. */
  readonly date: number | null;
  /** The oldest change among them, in milliseconds; -Infinity when the answer holds all items. */
  readonly reachesBackTo: number;
}

/** The newest items of a project with their names. */
export interface FirstPage {
  /** Every item of the project; null where it has more than fit on the page. */
  readonly all: ListedItems | null;
  readonly names: Names;
  readonly mark: Mark;
  /** Plane's clock when it answered, in milliseconds; null when it didn't say. */
  readonly date: number | null;
}

/** A walk over all items; steady when nothing showed that the list moved under it. */
export interface Walk extends ListedItems {
  readonly isSteady: boolean;
  /** Taken before the walk. */
  readonly mark: Mark;
  readonly date: number | null;
}

/** Items on the page that is read with names. */
const FIRST_PAGE = 100;

/** Reads of a project's items. Each may throw a `plane_…` error. */
export interface ItemReader {
  /** One request that tells whether anything changed. */
  mark(projectId: string, urgency: Urgency): Promise<Mark>;
  newest(project: Project, count: number, urgency: Urgency): Promise<NewestItems>;
  firstPage(project: Project, urgency: Urgency): Promise<FirstPage>;
  /** `before` is the mark just read; without it, it is read. */
  walk(project: Project, withText: boolean, urgency: Urgency, before?: Mark): Promise<Walk>;
  /** Ids of all items; `before` is the mark just read, and steady is as of a walk. */
  ids(
    projectId: string,
    before: Mark,
    urgency: Urgency,
  ): Promise<{ readonly ids: ReadonlySet<string>; readonly isSteady: boolean }>;
  /** The item at its own address; null when it is gone, archived or a draft, "strange" when it is there and can't be read. */
  item(project: Project, id: string, urgency: Urgency): Promise<WorkItem | 'strange' | null>;
}

export interface ItemReaderOptions {
  readonly get: (path: string, query: Query, urgency: Urgency) => Promise<PlaneAnswer>;
  /** Path of a project, with the rest behind it. */
  readonly path: (projectId: string, rest: string) => string;
  readonly sizes: (projectId: string) => PageSizes;
  readonly tell: (fault: decode.Fault) => void;
}

export function createItemReader({ get, path, sizes, tell }: ItemReaderOptions): ItemReader {
  const listPath = (projectId: string): string => path(projectId, '{items}/');

  async function mark(projectId: string, urgency: Urgency): Promise<Mark> {
    const query = { fields: 'id,updated_at', order_by: '-updated_at', per_page: 1 };
    return decode.decodeMark((await get(listPath(projectId), query, urgency)).json, listPath(projectId));
  }

  /** Decodes a page into the maps. */
  async function take(
    results: readonly unknown[],
    project: Project,
    into: { items: Map<string, WorkItem>; strange: Set<string> },
  ) {
    const share = createSharing();
    // First of all the request for the next page goes out.
    await yieldToOthers();
    const pause = createPause();
    for (const json of results) {
      await pause();
      const item = decode.decodeWorkItem(json, project.identifier, tell, share);
      if (item !== null) into.items.set(item.id, item);
      else into.strange.add(decode.idOf(json) ?? `${project.id} entry ${into.strange.size}`);
    }
  }

  async function newest(project: Project, count: number, urgency: Urgency): Promise<NewestItems> {
    const sizesHere = sizes(project.id);
    return atFittingSize({ ...sizesHere, current: () => Math.min(count, sizesHere.current()) }, async (size) => {
      const query = { fields: decode.ITEM_FIELDS, order_by: '-updated_at', per_page: size };
      const { json, date } = await get(listPath(project.id), query, urgency);
      const page = decode.decodePage(json, listPath(project.id));
      const listed = { items: new Map<string, WorkItem>(), strange: new Set<string>() };
      await take(page.results, project, listed);
      const oldest = Math.min(...[...listed.items.values()].map((item) => item.updatedAt));
      return { ...listed, date, mark: decode.markOf(page), reachesBackTo: page.hasNext ? oldest : -Infinity };
    });
  }

  async function firstPage(project: Project, urgency: Urgency): Promise<FirstPage> {
    const sizesHere = sizes(project.id);
    return atFittingSize({ ...sizesHere, current: () => Math.min(FIRST_PAGE, sizesHere.current()) }, async (size) => {
      const query = { fields: decode.ITEM_FIELDS, expand: EXPAND, order_by: '-updated_at', per_page: size };
      const { json, date } = await get(listPath(project.id), query, urgency);
      const page = decode.decodePage(json, listPath(project.id));
      const found = { names: namesIn(page.results), mark: decode.markOf(page), date };
      if (page.hasNext || page.results.length !== page.total) return { ...found, all: null };
      const listed = { items: new Map<string, WorkItem>(), strange: new Set<string>() };
      await take(page.results.map(withIds), project, listed);
      return { ...found, all: listed.items.size + listed.strange.size === page.total ? listed : null };
    });
  }

  /**
   * In the order of their numbers, in which new ones come last. Offset paging has no snapshot: a removal on the way hides an item, and a
   * removal with a creation hides it behind an unmoved total. So several pages count only between two equal marks, with one total.
   * While Plane is busy with the next request, the page that came is taken: one at most, so that pages don't pile up.
   */
  async function pass<T>(
    projectId: string,
    before: Mark,
    urgency: Urgency,
    query: Query,
    takePage: (results: readonly unknown[]) => Promise<T>,
  ) {
    const totals = new Set([before.total]);
    let date: number | null = null;
    const after = await atFittingSize(sizes(projectId), async (size) => {
      const fetchPage = async (page: Query): Promise<unknown> => {
        const answer = await get(listPath(projectId), page, urgency);
        date ??= answer.date;
        return answer.json;
      };
      let pages = 0;
      let taken: Promise<unknown> = Promise.resolve();
      try {
        for await (const page of readPages(fetchPage, listPath(projectId), query, size)) {
          pages++;
          totals.add(page.total);
          await taken;
          taken = takePage(page.results);
          // Thrown where it is waited for, which may be later.
          taken.catch(() => undefined);
        }
        return pages > 1 ? await mark(projectId, urgency) : before;
      } finally {
        // Also when Plane fails: another pass must not meet this one's items.
        await taken;
      }
    });
    return { mark: before, date, isSteady: sameMark(before, after) && totals.size === 1 };
  }

  return {
    mark,
    newest,
    firstPage,
    walk: async (project, withText, urgency, given) => {
      const listed = { items: new Map<string, WorkItem>(), strange: new Set<string>() };
      const fields = withText ? decode.ITEM_FIELDS : decode.ITEM_FIELDS.replace('description_html,', '');
      const query = { fields, order_by: 'sequence_id' };
      const before = given ?? (await mark(project.id, urgency));
      const result = await pass(project.id, before, urgency, query, (results) => take(results, project, listed));
      return {
        ...listed,
        ...result,
        isSteady: result.isSteady && listed.items.size + listed.strange.size === result.mark.total,
      };
    },
    ids: async (projectId, before, urgency) => {
      const ids = new Set<string>();
      const { isSteady } = await pass(
        projectId,
        before,
        urgency,
        { fields: 'id', order_by: 'sequence_id' },
        (results) => {
          for (const json of results) ids.add(decode.idOf(json) ?? '');
          return Promise.resolve();
        },
      );
      return { ids, isSteady };
    },
    item: async (project, id, urgency) => {
      try {
        const { json } = await get(path(project.id, `{items}/${id}/`), { fields: decode.ITEM_FIELDS }, urgency);
        return decode.decodeWorkItem(json, project.identifier, tell) ?? 'strange';
      } catch (error) {
        if (errorCode(error) === 'plane_not_found') return null;
        throw error;
      }
    },
  };
}

/** True when nothing tells that items changed between the two. */
export function sameMark(a: Mark, b: Mark): boolean {
  return a.total === b.total && a.newestId === b.newestId && a.updatedAt === b.updatedAt;
}
