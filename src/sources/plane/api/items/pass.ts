import type { SyncMark } from '../../../../domain/plane.ts';
import type { Urgency } from '../budget.ts';
import type { Query } from '../client.ts';
import { atFittingSize, readPages, type PageSizes } from '../pages.ts';
import { isSameMark, type ItemList } from './item-list.ts';

/** What is read, page by page. */
export interface PassOptions {
  readonly list: ItemList;
  readonly sizes: PageSizes;
  readonly projectId: string;
  /** The mark, read just before. */
  readonly before: SyncMark;
  readonly urgency: Urgency;
  readonly query: Query;
  /** Called with the results of each page, and Plane's clock at the first answer in milliseconds. */
  readonly takePage: (results: readonly unknown[], date: number | null) => Promise<unknown>;
}

/** How a pass over all items went. */
export interface PassResult {
  readonly mark: SyncMark;
  /** Plane's clock at the first answer, in milliseconds. */
  readonly date: number | null;
  /** False if the list moved during the pass. */
  readonly isSteady: boolean;
}

/**
 * Reads all items in the order of their numbers, in which new ones come last. Offset paging has no snapshot: a removal during the pass hides
 * an item, and a removal with a creation hides it behind an equal total. So several pages count only between two equal marks, with one
 * total. While Plane prepares the next page, the last one is processed: one at most, so that pages don't pile up.
 */
export async function readAllPages(options: PassOptions): Promise<PassResult> {
  const { list, sizes, projectId, before, urgency, query, takePage } = options;
  const totals = new Set([before.total]);
  let date: number | null = null;
  const fetchPage = async (page: Query): Promise<unknown> => {
    const answer = await list.get(projectId, page, urgency);
    date ??= answer.date;
    return answer.json;
  };
  const after = await atFittingSize(sizes, async (size) => {
    let pages = 0;
    let taken: Promise<unknown> = Promise.resolve();
    try {
      for await (const page of readPages(fetchPage, list.path(projectId), query, size)) {
        pages++;
        totals.add(page.total);
        await taken;
        taken = takePage(page.results, date);
        // It is thrown where it is awaited, which may be later.
        taken.catch(() => undefined);
      }
      return pages > 1 ? await list.mark(projectId, urgency) : before;
    } finally {
      // Also when Plane fails: a further pass must not meet items of this one.
      await taken;
    }
  });
  return { mark: before, date, isSteady: isSameMark(before, after) && totals.size === 1 };
}
