import type { Json } from './json.ts';
import type { ItemRow, ProjectTable, Row, Tables } from './rows.ts';

/** Lists as Plane gives them: order, pages, `fields`, `expand`. Source: Plane, apps/api/plane/utils/paginator.py and api/serializers/base.py. */

/** An answer that is not 200. */
export class Refusal extends Error {
  readonly status: number;
  readonly body: Json;

  constructor(status: number, body: Json) {
    super(`status ${status}`);
    this.status = status;
    this.body = body;
  }
}

/** What Plane answers to mistakes it does not foresee. */
export const SOMETHING_WRONG = (): Refusal =>
  new Refusal(500, { error: 'Something went wrong please try again later' });

const PRIORITIES = ['urgent', 'high', 'medium', 'low', 'none'];

/** Rows sorted by Plane's `order_by`, nulls last ascending and first descending; ties by id. */
export function ordered(rows: readonly ItemRow[], orderBy: string): ItemRow[] {
  const descending = orderBy.startsWith('-');
  const field = orderBy.replace(/^-/, '');
  const sample = rows[0];
  if (sample && (!Object.hasOwn(sample, field) || Array.isArray(sample[field]))) throw SOMETHING_WRONG();
  const rank = (row: ItemRow): Json | undefined =>
    field === 'priority' ? PRIORITIES.indexOf(row.priority) : row[field];
  return [...rows].sort((a, b) => (descending ? -1 : 1) * compare(rank(a), rank(b)) || compare(a.id, b.id));
}

function compare(a: Json | undefined, b: Json | undefined): number {
  if (a === b) return 0;
  if (a === null || a === undefined) return 1;
  if (b === null || b === undefined) return -1;
  return a < b ? -1 : 1;
}

/** The envelope with one page. Only the page number of a cursor counts; without `per_page` a page has the most that is allowed. */
export function paginated<T>(
  rows: readonly T[],
  query: URLSearchParams,
  maxPageSize: number,
  show: (row: T) => Json,
): Json {
  const perPageText = query.get('per_page') ?? String(maxPageSize);
  if (!/^-?\d+$/.test(perPageText)) throw new Refusal(400, { detail: 'Invalid per_page parameter.' });
  const perPage = Number(perPageText);
  if (perPage > maxPageSize)
    throw new Refusal(400, { detail: `Invalid per_page value. Cannot exceed ${maxPageSize}.` });
  if (perPage <= 0) throw SOMETHING_WRONG();
  const cursor = /^\d+(?:\.\d+)?:(-?\d+):(-?\d+)$/.exec(query.get('cursor') ?? `${perPage}:0:0`);
  if (!cursor) throw new Refusal(400, { detail: 'Invalid cursor parameter.' });
  const page = Number(cursor[1]);
  if (page < 0) throw new Refusal(400, { detail: 'Error in parsing' });

  const results = rows.slice(page * perPage, (page + 1) * perPage).map(show);
  return {
    grouped_by: null,
    sub_grouped_by: null,
    total_count: rows.length,
    next_cursor: `${perPage}:${page + 1}:0`,
    prev_cursor: `${perPage}:${page - 1}:1`,
    next_page_results: (page + 1) * perPage < rows.length,
    prev_page_results: page > 0,
    count: results.length,
    total_pages: Math.ceil(rows.length / perPage),
    total_results: rows.length,
    extra_stats: null,
    results,
  };
}

/** The row with only the fields asked for; names are not trimmed, unknown ones ignored. */
export function pick(row: Row, query: URLSearchParams): Json {
  const fields = query.get('fields');
  if (fields === null || fields === '') return row;
  const names = fields.split(',');
  return Object.fromEntries(Object.entries(row).filter(([name]) => names.includes(name)));
}

/** An item with `fields` and `expand` applied; an empty relation expands to {}. */
export function showItem(item: ItemRow, project: ProjectTable, tables: Tables, query: URLSearchParams): Json {
  const shown = { ...(pick(item, query) as Record<string, Json>) };
  for (const name of (query.get('expand') ?? '').split(',')) {
    // Tests put values there that Plane has not.
    const isSound = Array.isArray(item.labels) && Array.isArray(item.assignees);
    if (isSound && Object.hasOwn(shown, name) && name in EXPAND)
      shown[name] = EXPAND[name as keyof typeof EXPAND](item, project, tables);
  }
  return shown;
}

const EXPAND = {
  state: (item: ItemRow, project: ProjectTable): Json => stateLite(item, project) ?? {},
  labels: (item: ItemRow, { labels }: ProjectTable): Json => item.labels.flatMap((id) => labels.get(id) ?? []),
  assignees: (item: ItemRow, _project: ProjectTable, { people }: Tables): Json =>
    item.assignees.flatMap((id) => people.get(id) ?? []),
  parent: (item: ItemRow, { items }: ProjectTable): Json => {
    const parent = item.parent === null ? undefined : items.get(item.parent);
    return parent ? { id: parent.id, sequence_id: parent.sequence_id, project_id: parent.project } : {};
  },
};

/** A state as items carry it when expanded, and in webhooks. */
export function stateLite(item: ItemRow, { states }: ProjectTable): Json | undefined {
  const state = item.state === null ? undefined : states.get(item.state);
  return state && { id: state.id, name: state.name, color: state.color, group: state.group };
}
