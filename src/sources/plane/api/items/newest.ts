import type { Project } from '../../../../domain/plane.ts';
import { decodePage, markOf, type Page } from '../../decode/decode.ts';
import { EXPAND, namesIn, withIds } from '../../decode/expanded.ts';
import { ITEM_FIELDS } from '../../decode/item.ts';
import { countListed, nothingListed } from '../../trust/last-good.ts';
import type { Urgency } from '../budget.ts';
import type { Query } from '../client.ts';
import { atFittingSize, type PageSizes } from '../pages.ts';
import type { ItemList } from './item-list.ts';
import type { FirstPage, ItemReader, NewestItems } from './item-reader.ts';
import type { PageDecoder } from './page-decoder.ts';

/** How many items are read with their names. */
const FIRST_PAGE = 100;

export interface NewestReaderOptions {
  readonly list: ItemList;
  readonly sizes: (projectId: string) => PageSizes;
  readonly decodePageInto: PageDecoder;
}

export function createNewestReader(options: NewestReaderOptions): Pick<ItemReader, 'newest' | 'firstPage'> {
  const { list, sizes, decodePageInto } = options;

  /** Reads the page of the `count` newest items, or of fewer where so many don't fit, and passes it on with Plane's clock. */
  function readNewestPage<T>(
    project: Project,
    count: number,
    query: Query,
    urgency: Urgency,
    use: (page: Page, date: number) => Promise<T>,
  ): Promise<T> {
    const ofProject = sizes(project.id);
    return atFittingSize({ ...ofProject, current: () => Math.min(count, ofProject.current()) }, async (size) => {
      const sorted = { ...query, order_by: '-updated_at', per_page: size };
      const { json, date } = await list.get(project.id, sorted, urgency);
      return use(decodePage(json, list.path(project.id)), date);
    });
  }

  function newest(project: Project, count: number, urgency: Urgency): Promise<NewestItems> {
    return readNewestPage(project, count, { fields: ITEM_FIELDS }, urgency, async (page, date) => {
      const mark = markOf(page, list.path(project.id));
      const into = nothingListed();
      await decodePageInto(page.results, project, { into, date });
      const dated = [...into.items.values()].filter(({ id }) => !into.doubts.get(id)?.faults.has('updated_at'));
      const oldest = Math.min(...dated.map((item) => item.updatedAt));
      return { ...into, date, mark, reachesBackTo: page.hasNext ? oldest : -Infinity };
    });
  }

  function firstPage(project: Project, urgency: Urgency): Promise<FirstPage> {
    const query = { fields: ITEM_FIELDS, expand: EXPAND };
    return readNewestPage(project, FIRST_PAGE, query, urgency, async (page, date) => {
      const found = { names: namesIn(page.results), mark: markOf(page, list.path(project.id)), date };
      if (page.hasNext || page.results.length !== page.total) return { ...found, all: null };
      const into = nothingListed();
      await decodePageInto(page.results.map(withIds), project, { into, date });
      return { ...found, all: countListed(into) === page.total ? into : null };
    });
  }

  return { newest, firstPage };
}
