import type { SyncMark } from '../../../../domain/plane.ts';
import type { Clock } from '../../../../domain/ports.ts';
import { decodeMark } from '../../decode/decode.ts';
import type { Urgency } from '../budget.ts';
import type { Query } from '../client.ts';
import type { PlaneAnswer } from '../request.ts';

/** The addresses of a project's items. */
export interface ItemList {
  /** The path of the list, below the API's, for messages. */
  path(projectId: string): string;
  /** Requests a page of the list. */
  get(projectId: string, query: Query, urgency: Urgency): Promise<PlaneAnswer>;
  /** Requests one item. */
  getItem(projectId: string, id: string, query: Query, urgency: Urgency): Promise<PlaneAnswer>;
  /** Requests the mark. Throws as `decodeMark` does. */
  mark(projectId: string, urgency: Urgency): Promise<SyncMark>;
  /** Plane's clock, as far as it is known from its answers. */
  planeNow: Clock;
}

export interface ItemListOptions {
  readonly get: (path: string, query: Query, urgency: Urgency) => Promise<PlaneAnswer>;
  /** The path of a project, followed by the rest. */
  readonly path: (projectId: string, rest: string) => string;
  /** Called after each read of a mark with the milliseconds that Plane took. */
  readonly probed: (projectId: string, ms: number) => void;
  readonly now: Clock;
}

export function createItemList({ get, path, probed, now }: ItemListOptions): ItemList {
  /** How far Plane's clock is ahead of ours, in milliseconds. */
  let aheadMs = 0;

  async function getTimed(...request: Parameters<typeof get>): Promise<PlaneAnswer> {
    const answer = await get(...request);
    aheadMs = answer.date - now();
    return answer;
  }

  const listPath = (projectId: string): string => path(projectId, 'work-items/');
  const getPage: ItemList['get'] = (projectId, query, urgency) => getTimed(path(projectId, '{items}/'), query, urgency);

  return {
    path: listPath,
    get: getPage,
    getItem: (projectId, id, query, urgency) => getTimed(path(projectId, `{items}/${id}/`), query, urgency),
    mark: async (projectId, urgency) => {
      const query = { fields: 'id,updated_at', order_by: '-updated_at', per_page: 1 };
      const { json, ms } = await getPage(projectId, query, urgency);
      probed(projectId, ms);
      return decodeMark(json, listPath(projectId));
    },
    planeNow: () => now() + aheadMs,
  };
}

/** True if nothing shows that items changed between the two. */
export function isSameMark(a: SyncMark, b: SyncMark): boolean {
  return a.total === b.total && a.newestId === b.newestId && a.updatedAt === b.updatedAt;
}
