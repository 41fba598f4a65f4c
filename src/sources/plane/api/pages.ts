import type { Clock } from '../../../domain/ports.ts';
import { AppError, errorCode } from '../../../domain/errors.ts';
import type { Query } from './client.ts';
import { decodePage, invalidAnswer, type Page } from '../decode/decode.ts';

/** A list has at most that many pages, so that a server that never ends can't hold us. */
const MAX_PAGES = 2_000;

/** Fetches one page's JSON. */
export type FetchPage = (query: Query) => Promise<unknown>;

/**
 * One pass over a paged list. Throws `plane_invalid` when it goes on although nothing is left. `per_page` goes with every page: without it Plane falls back to its own size and skips (Plane,
 * apps/api/plane/utils/paginator.py: only the page number of a cursor counts).
 */
export async function* readPages(
  fetchPage: FetchPage,
  path: string,
  query: Query,
  pageSize: number,
): AsyncGenerator<Page> {
  let cursor: string | undefined;
  let seen = 0;
  for (let number = 1; number <= MAX_PAGES; number++) {
    const page = decodePage(await fetchPage({ ...query, per_page: pageSize, cursor }), path);
    yield page;
    if (!page.hasNext) return;
    seen += page.results.length;
    // While the list grows, a page may come that was not counted yet.
    if (page.results.length === 0 || seen > page.total + pageSize)
      throw invalidAnswer(path, `after ${seen} of ${page.total} results "next_page_results" is still true`);
    cursor = `${pageSize}:${number}:0`;
  }
  throw new AppError('plane_too_many_pages', `${path} has more than ${MAX_PAGES} pages.`);
}

/** Plane's own default and maximum since v0.23.0; older ones, and perhaps Cloud, allow 100 and say so. */
const LARGEST_PAGE = 1_000;
/** A smaller page is never asked for: it would take hundreds of requests, and a limit below is a mistake of the answer. */
const SMALLEST_PAGE = 10;
/** A limit that older Planes have for all lists. */
const USUAL_LIMIT = 100;
/** What one answer showed holds for so long; what the next one shows again, for twice as long each time. */
const REMEMBER_MS = 600_000;
const LONGEST_MEMORY_MS = 3_600_000;

/** The page size of one list: as large as this Plane allows, and small enough for the answers that are read. */
export interface PageSizes {
  current(): number;
  /** A smaller size for the next minutes; `isLimit` when Plane named it, rather than its answer was too large. */
  shrink(size: number, isLimit: boolean): void;
}

/** Of all lists. */
const ALL = '';

/**
 * The page sizes of each list, by any name for it. What is learnt of one says nothing of the others, but for a limit of 100 or more, and is
 * forgotten after some minutes.
 */
export function createPageSizes(now: Clock): (list: string) => PageSizes {
  const learnt = new Map<string, { readonly size: number; readonly at: number; readonly forMs: number }>();
  const known = (list: string): number => {
    const one = learnt.get(list);
    return one && now() - one.at < one.forMs ? one.size : LARGEST_PAGE;
  };
  return (list) => ({
    current: () => Math.min(known(ALL), known(list)),
    shrink: (size, isLimit) => {
      const of = isLimit && size >= USUAL_LIMIT ? ALL : list;
      const before = learnt.get(of);
      const forMs = before?.size === size ? Math.min(2 * before.forMs, LONGEST_MEMORY_MS) : REMEMBER_MS;
      learnt.set(of, { size, at: now(), forMs });
    },
  });
}

/**
 * Runs a pass at the current size; begins again at a smaller one when Plane refuses it or an answer grows too large. Throws what the pass
 * throws when no smaller size may help.
 */
export async function atFittingSize<T>(sizes: PageSizes, pass: (pageSize: number) => Promise<T>): Promise<T> {
  for (;;) {
    const size = sizes.current();
    try {
      return await pass(size);
    } catch (error) {
      const fitting = error instanceof AppError ? fittingSize(error, size) : null;
      if (fitting === null) throw error;
      sizes.shrink(fitting, errorCode(error) === 'plane_page_size');
    }
  }
}

/** A size below `size` that the error leads to; null for none. */
function fittingSize({ code, pageSize }: AppError, size: number): number | null {
  if (pageSize === undefined || size <= SMALLEST_PAGE) return null;
  if (code === 'plane_page_size') return pageSize >= SMALLEST_PAGE && pageSize < size ? Math.floor(pageSize) : null;
  if (code !== 'plane_too_large') return null;
  // A list of which nothing could be counted: by trial.
  const fitting = pageSize === 0 ? size / 4 : Math.min(pageSize, size * 0.7);
  return Math.max(SMALLEST_PAGE, Math.floor(fitting));
}
