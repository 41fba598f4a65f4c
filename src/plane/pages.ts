import { AppError, errorCode } from '../errors.ts';
import type { Query } from './client.ts';
import { decodePage, invalidAnswer, type Page } from './decode.ts';

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
  throw new AppError('plane_too_large', `${path} has more than ${MAX_PAGES} pages.`);
}

/** The page sizes in use: what this Plane allows, and what keeps answers small. */
export interface PageSizes {
  current(): number;
  /** A smaller size from now on. */
  shrink(size: number): void;
}

/** Runs a pass at the current size; begins again at a smaller one when Plane refuses it or an answer grows too large. */
export async function atFittingSize<T>(sizes: PageSizes, pass: (pageSize: number) => Promise<T>): Promise<T> {
  for (;;) {
    const size = sizes.current();
    try {
      return await pass(size);
    } catch (error) {
      const fitting = error instanceof AppError ? error.pageSize : undefined;
      const known = errorCode(error) === 'plane_page_size' || errorCode(error) === 'plane_too_large';
      if (!known || fitting === undefined || fitting >= size) throw error;
      sizes.shrink(fitting);
    }
  }
}
