import type { SyncMark, Project } from '../../../../domain/plane.ts';
import { errorCode } from '../../../../domain/errors.ts';
import { idOf, invalidAnswer } from '../../decode/decode.ts';
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
import type { PageSizes } from '../pages.ts';
import { createItemList, type ItemListOptions } from './item-list.ts';
import type { ItemReader } from './item-reader.ts';
import { createNewestReader } from './newest.ts';
import { createPageDecoder } from './page-decoder.ts';
import { readAllPages } from './pass.ts';

export interface ItemReaderOptions extends ItemListOptions {
  readonly sizes: (projectId: string) => PageSizes;
  readonly note: (note: Note) => void;
  readonly sent: SentKeys;
}

export function createItemReader(options: ItemReaderOptions): ItemReader {
  const { sizes, note, sent } = options;
  const list = createItemList(options);
  const decodePageInto = createPageDecoder({ planeNow: list.planeNow, note, sent });
  const { newest, firstPage } = createNewestReader({ list, sizes, decodePageInto });

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
