import type { SyncMark, Project } from '../../../domain/plane.ts';
import type { Clock } from '../../../domain/ports.ts';
import { errorCode } from '../../../domain/errors.ts';
import type { Urgency } from './budget.ts';
import type { Query } from './client.ts';
import { decodeMark, decodePage, idOf, invalidAnswer, markOf } from '../decode/decode.ts';
import * as decode from '../decode/item.ts';
import { EXPAND, namesIn, withIds } from '../decode/expanded.ts';
import type { FirstPage, ItemReader, NewestItems } from './item-reader.ts';
import { countListed, nothingListed, type Listed } from '../trust/last-good.ts';
import { atFittingSize, readPages, type PageSizes } from './pages.ts';
import type { PlaneAnswer } from './request.ts';
import type { SentKeys } from '../trust/sent-keys.ts';
import { createNameSharing } from '../decode/name-sharing.ts';
import { createYieldPoint, yieldToEventLoop } from '../../../lib/cooperative.ts';

/** Items on the page that is read with names. */
const FIRST_PAGE = 100;

export interface ItemReaderOptions {
  readonly get: (path: string, query: Query, urgency: Urgency) => Promise<PlaneAnswer>;
  /** Path of a project, with the rest behind it. */
  readonly path: (projectId: string, rest: string) => string;
  readonly sizes: (projectId: string) => PageSizes;
  /** Called after each read of a mark, with the milliseconds that Plane took. */
  readonly probed: (projectId: string, ms: number) => void;
  readonly note: (note: decode.Note) => void;
  readonly sent: SentKeys;
  readonly now: Clock;
}

/** An item touched later than that, by Plane's clock, was not: its stamp counts as this one, so that it can't hide later ones for long. */
export const MAX_AHEAD_MS = 300_000;

export function createItemReader({ get: ask, path, sizes, probed, note, sent, now }: ItemReaderOptions): ItemReader {
  /** How much Plane's clock is ahead of ours, in milliseconds. */
  let ahead = 0;

  async function get(...request: Parameters<typeof ask>): Promise<PlaneAnswer> {
    const answer = await ask(...request);
    ahead = answer.date - now();
    return answer;
  }

  const listPath = (projectId: string): string => path(projectId, 'work-items/');
  const list = (projectId: string, query: Query, urgency: Urgency): Promise<PlaneAnswer> =>
    get(path(projectId, '{items}/'), query, urgency);
  const planeNow = (): number => now() + ahead;

  async function mark(projectId: string, urgency: Urgency): Promise<SyncMark> {
    const query = { fields: 'id,updated_at', order_by: '-updated_at', per_page: 1 };
    const { json, ms } = await list(projectId, query, urgency);
    probed(projectId, ms);
    return decodeMark(json, listPath(projectId));
  }

  /** Decodes a page into the maps. `date` is Plane's clock; null when it didn't say. */
  async function take(
    results: readonly unknown[],
    { identifier }: Project,
    { into, date, hasText = true }: { into: Listed; date: number | null; hasText?: boolean },
  ) {
    const share = createNameSharing();
    // First of all the request for the next page goes out.
    await yieldToEventLoop();
    const wasSent = sent.learn(decode.itemShape, results);
    const latest = (date ?? planeNow()) + MAX_AHEAD_MS;
    const pause = createYieldPoint();
    for (const json of results) {
      await pause();
      const decoded = decode.decodeWorkItem(json, { identifier, wasSent, hasText, note, share });
      const { id, item, isHidden, faults } = decoded;
      if (id === null) into.nameless++;
      else {
        // Of one that comes twice the later counts: the list moved.
        into.items.delete(id);
        into.hidden.delete(id);
        into.doubts.delete(id);
        if (item !== null) into.items.set(id, item.updatedAt > latest ? { ...item, updatedAt: latest } : item);
        else if (isHidden) into.hidden.add(id);
        if (faults.size > 0 && !isHidden) into.doubts.set(id, decoded);
      }
    }
  }

  async function newest(project: Project, count: number, urgency: Urgency): Promise<NewestItems> {
    const sizesHere = sizes(project.id);
    return atFittingSize({ ...sizesHere, current: () => Math.min(count, sizesHere.current()) }, async (size) => {
      const query = { fields: decode.ITEM_FIELDS, order_by: '-updated_at', per_page: size };
      const { json, date } = await list(project.id, query, urgency);
      const page = decodePage(json, listPath(project.id));
      const mark = markOf(page, listPath(project.id));
      const into = nothingListed();
      await take(page.results, project, { into, date });
      const dated = [...into.items.values()].filter(({ id }) => !into.doubts.get(id)?.faults.has('updated_at'));
      const oldest = Math.min(...dated.map((item) => item.updatedAt));
      return { ...into, date, mark, reachesBackTo: page.hasNext ? oldest : -Infinity };
    });
  }

  async function firstPage(project: Project, urgency: Urgency): Promise<FirstPage> {
    const sizesHere = sizes(project.id);
    return atFittingSize({ ...sizesHere, current: () => Math.min(FIRST_PAGE, sizesHere.current()) }, async (size) => {
      const query = { fields: decode.ITEM_FIELDS, expand: EXPAND, order_by: '-updated_at', per_page: size };
      const { json, date } = await list(project.id, query, urgency);
      const page = decodePage(json, listPath(project.id));
      const found = { names: namesIn(page.results), mark: markOf(page, listPath(project.id)), date };
      if (page.hasNext || page.results.length !== page.total) return { ...found, all: null };
      const into = nothingListed();
      await take(page.results.map(withIds), project, { into, date });
      return { ...found, all: countListed(into) === page.total ? into : null };
    });
  }

  /**
   * In the order of their numbers, in which new ones come last. Offset paging has no snapshot: a removal on the way hides an item, and a
   * removal with a creation hides it behind an unmoved total. So several pages count only between two equal marks, with one total.
   * While Plane is busy with the next request, the page that came is taken: one at most, so that pages don't pile up.
   */
  async function pass<T>(
    projectId: string,
    before: SyncMark,
    urgency: Urgency,
    query: Query,
    takePage: (results: readonly unknown[], date: number | null) => Promise<T>,
  ) {
    const totals = new Set([before.total]);
    let date: number | null = null;
    const after = await atFittingSize(sizes(projectId), async (size) => {
      const fetchPage = async (page: Query): Promise<unknown> => {
        const answer = await list(projectId, page, urgency);
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
          taken = takePage(page.results, date);
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
    listPath,
    planeNow,
    walk: async (project, hasText, urgency, check, given) => {
      const into = nothingListed();
      const query = { fields: hasText ? decode.ITEM_FIELDS : decode.ITEM_FIELDS_WITHOUT_TEXT, order_by: 'sequence_id' };
      const before = given ?? (await mark(project.id, urgency));
      const result = await pass(project.id, before, urgency, query, async (results, date) => {
        await take(results, project, { into, date, hasText });
        check?.(into);
      });
      return { ...into, ...result, isSteady: result.isSteady && countListed(into) === result.mark.total };
    },
    ids: async (projectId, before, urgency) => {
      const ids = new Set<string>();
      const query = { fields: 'id', order_by: 'sequence_id' };
      const { isSteady } = await pass(projectId, before, urgency, query, (results) => {
        for (const json of results) {
          const id = idOf(json);
          if (id === undefined) throw invalidAnswer(listPath(projectId), '"id" can\'t be read in a list of ids');
          ids.add(id);
        }
        return Promise.resolve();
      });
      // One that the list counts and does not show may be any.
      return { ids, isSteady: isSteady && ids.size === before.total };
    },
    item: async (project, id, urgency) => {
      const { identifier } = project;
      try {
        const { json } = await get(path(project.id, `{items}/${id}/`), { fields: decode.ITEM_FIELDS }, urgency);
        const wasSent = sent.learn(decode.itemShape, []);
        const decoded = decode.decodeWorkItem(json, { identifier, wasSent, note });
        if (decoded.id === id) return decoded;
        return { ...decoded, item: null, isHidden: false, faults: new Map([['id', '"id" is not the one asked for']]) };
      } catch (error) {
        if (errorCode(error) === 'plane_not_found') return null;
        throw error;
      }
    },
  };
}

/** True when nothing tells that items changed between the two. */
export function sameMark(a: SyncMark, b: SyncMark): boolean {
  return a.total === b.total && a.newestId === b.newestId && a.updatedAt === b.updatedAt;
}
