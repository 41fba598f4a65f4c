import type { Clock } from '../../../domain/ports.ts';
import { AppError, errorCode } from '../../../domain/errors.ts';
import type { Query } from './client.ts';
import { decodePage, idOf, invalidAnswer, type Page } from '../decode/decode.ts';

/** The most pages of a list that are read, in case a server sends pages without end. */
const MAX_PAGES = 2_000;

/** Fetches one page's JSON. */
export type FetchPage = (query: Query) => Promise<unknown>;

/**
 * Reads a paged list once. Throws `plane_invalid` if there are further pages although nothing is left, or if a page repeats, and
 * `plane_too_many_pages`. Each request has `per_page`: without it Plane falls back to its own size and skips results (Plane, apps/api/plane/utils/paginator.py: only the
 * page number of a cursor counts).
 */
export async function* readPages(
  fetchPage: FetchPage,
  path: string,
  query: Query,
  pageSize: number,
): AsyncGenerator<Page> {
  let cursor: string | undefined;
  let seen = 0;
  const ends = new Set<string>();
  for (let number = 1; number <= MAX_PAGES; number++) {
    const page = decodePage(await fetchPage({ ...query, per_page: pageSize, cursor }), path);
    yield page;
    if (!page.hasNext) return;
    seen += page.results.length;
    // While the list grows, there may be a page that was not counted yet.
    if (page.results.length === 0 || seen > page.total + pageSize)
      throw invalidAnswer(path, `after ${seen} of ${page.total} results "next_page_results" is still true`);
    // A server that ignores the cursor must not use up an hour's requests, whatever it counts.
    const end = `${idOf(page.results[0])} ${idOf(page.results.at(-1))}`;
    if (ends.has(end)) throw invalidAnswer(path, `page ${number} of the list has the same results as one before it`);
    ends.add(end);
    cursor = `${pageSize}:${number}:0`;
  }
  throw new AppError('plane_too_many_pages', `${path} has more than ${MAX_PAGES} pages.`);
}

/** Plane's default and maximum since v0.23.0; older versions, and perhaps Cloud, allow 100 and say so. */
const LARGEST_PAGE = 1_000;
/** A lower limit is a mistake in the answer, and pages that small would take hundreds of requests. */
const SMALLEST_PAGE = 10;
/** Items that are too large together, such as descriptions with embedded images, may be read in smaller pages if they were counted. */
const SMALLEST_COUNTED_PAGE = 1;
/** The limit of older versions of Plane, which is the same for all lists. */
const USUAL_LIMIT = 100;
/** How long a limit is remembered; each time it is confirmed, twice as long. */
const REMEMBER_MS = 600_000;
const MAX_REMEMBER_MS = 3_600_000;

/** The page size of one list: as large as this Plane allows, and small enough for answers that are read whole. */
export interface PageSizes {
  current(): number;
  /** Uses a smaller size for the next minutes. `isLimit` is true if Plane named it, false if an answer was too large. */
  shrink(size: number, isLimit: boolean): void;
}

/** The key for all lists. */
const ALL = '';

/**
 * The page sizes of each list, by any name for it. Sizes are learnt per list, except a limit of 100 or more, which holds for all lists, and
 * are forgotten after some minutes.
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
      const forMs = before?.size === size ? Math.min(2 * before.forMs, MAX_REMEMBER_MS) : REMEMBER_MS;
      learnt.set(of, { size, at: now(), forMs });
    },
  });
}

/**
 * Runs a pass at the current page size, and again at smaller ones if Plane refuses the size or an answer is too large. Throws what the pass
 * throws if no smaller size may help.
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

/** The size below `size` to try after that error; null for none. */
function fittingSize({ code, pageSize }: AppError, size: number): number | null {
  if (pageSize === undefined) return null;
  if (code === 'plane_page_size') return pageSize >= SMALLEST_PAGE && pageSize < size ? Math.floor(pageSize) : null;
  if (code !== 'plane_too_large') return null;
  const isCounted = pageSize > 0;
  const smallest = isCounted ? SMALLEST_COUNTED_PAGE : SMALLEST_PAGE;
  const fitting = isCounted ? Math.min(pageSize, size * 0.7) : size / 4;
  return size > smallest ? Math.max(smallest, Math.floor(fitting)) : null;
}
