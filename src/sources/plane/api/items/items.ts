import type { SyncMark, Project } from '../../../../domain/plane.ts';
import { errorCode } from '../../../../domain/errors.ts';
import { decodePage, idOf, invalidAnswer, markOf, type Page } from '../../decode/decode.ts';
import { EXPAND, namesIn, withIds } from '../../decode/expanded.ts';
import {
  decodeWorkItem,
  ITEM_FIELDS,
  ITEM_FIELDS_WITHOUT_TEXT,
  itemShape,
  type DecodedItem,
  type Note,
} from '../../decode/item.ts';
import { countListed, nothingListed } from '../../trust/last-good.ts';
import type { SentKeys } from '../../trust/sent-keys.ts';
import type { Urgency } from '../budget.ts';
import type { Query } from '../client.ts';
import { atFittingSize, type PageSizes } from '../pages.ts';
import { createItemList, type ItemListOptions } from './item-list.ts';
import type { FirstPage, ItemReader, NewestItems } from './item-reader.ts';
import { createPageDecoder } from './page-decoder.ts';
import { readAllPages } from './pass.ts';

/** How many items are read with their names. */
const FIRST_PAGE = 100;

export interface ItemReaderOptions extends ItemListOptions {
  readonly sizes: (projectId: string) => PageSizes;
  readonly note: (note: Note) => void;
  readonly sent: SentKeys;
}

export function createItemReader(options: ItemReaderOptions): ItemReader {
  const { sizes, note, sent } = options;
  const list = createItemList(options);
  const decodePageInto = createPageDecoder({ planeNow: list.planeNow, note, sent });

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

  const walk: ItemReader['walk'] = async (project, hasText, urgency, check, given) => {
    const into = nothingListed();
    const result = await readAllPages({
      list,
      sizes: sizes(project.id),
      projectId: project.id,
      before: given ?? (await list.mark(project.id, urgency)),
      urgency,
      query: { fields: hasText ? ITEM_FIELDS : ITEM_FIELDS_WITHOUT_TEXT, order_by: 'sequence_id' },
      takePage: async (results, date) => {
        await decodePageInto(results, project, { into, date, hasText });
        check?.(into);
      },
    });
    return { ...into, ...result, isSteady: result.isSteady && countListed(into) === result.mark.total };
  };

  async function ids(projectId: string, before: SyncMark, urgency: Urgency) {
    const found = new Set<string>();
    const takePage = (results: readonly unknown[]): Promise<void> => {
      for (const json of results) {
        const id = idOf(json);
        if (id === undefined) throw invalidAnswer(list.path(projectId), '"id" can\'t be read in a list of ids');
        found.add(id);
      }
      return Promise.resolve();
    };
    const query = { fields: 'id', order_by: 'sequence_id' };
    const pass = { list, sizes: sizes(projectId), projectId, before, urgency, query, takePage };
    const { isSteady } = await readAllPages(pass);
    // An item that is counted and not listed may be any.
    return { ids: found, isSteady: isSteady && found.size === before.total };
  }

  async function item(
    { id: projectId, identifier }: Project,
    id: string,
    urgency: Urgency,
  ): Promise<DecodedItem | null> {
    try {
      const { json } = await list.getItem(projectId, id, { fields: ITEM_FIELDS }, urgency);
      const wasSent = sent.learn(itemShape, []);
      const decoded = decodeWorkItem(json, { identifier, wasSent, note });
      if (decoded.id === id) return decoded;
      return { ...decoded, item: null, isHidden: false, faults: new Map([['id', '"id" is not the one asked for']]) };
    } catch (error) {
      if (errorCode(error) === 'plane_not_found') return null;
      throw error;
    }
  }

  return { listPath: list.path, planeNow: list.planeNow, mark: list.mark, newest, firstPage, walk, ids, item };
}
