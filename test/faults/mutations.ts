import type { Json } from '../../src/demo/json.ts';

/** What an answer that was right a moment ago may become. The next fault is a line here. */

/** A value, or undefined for a key that is not there. */
export type Value = Json | undefined;

/** Of one key of an object: the value it has instead. */
export const VALUES: Readonly<Record<string, (value: Value) => Value>> = {
  missing: () => undefined,
  null: () => null,
  text: (value) => (typeof value === 'number' || typeof value === 'boolean' ? JSON.stringify(value) : 'some text'),
  'a number': (value) => (typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : 7),
  'a boolean': () => true,
  'a list': (value) => (value == null ? [] : [value]),
  'an object': (value) => (value == null ? {} : { id: value }),
};

/** An answer with a page of a list. */
export interface PageBody {
  readonly [key: string]: Json;
  readonly results: readonly Json[];
  readonly total_results: number;
}

/** Of a page of a list: the page there is instead. */
export const PAGES: Readonly<Record<string, (page: PageBody) => Json>> = {
  'an empty object': () => ({}),
  'a list': (page) => page.results,
  'no results of those it counts': (page) => ({ ...page, results: [] }),
  'half of the results it counts': (page) => ({ ...page, results: page.results.filter((_, at) => at % 2 === 0) }),
  'one result for all': (page) => ({ ...page, results: page.results.map(() => page.results[0] ?? null) }),
  'results that are null': (page) => ({ ...page, results: page.results.map(() => null) }),
  'results without keys': (page) => ({ ...page, results: page.results.map(() => ({})) }),
  'a next page for ever': (page) => ({ ...page, next_page_results: true }),
  'nothing at all': (page) => ({ ...page, results: [], total_results: 0, total_count: 0, count: 0 }),
};

/** The JSON type of a value. */
export function typeOf(value: Value): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'list' : typeof value;
}

/** True for a page of a list. */
export function isPage(body: Json): body is PageBody {
  return typeof body === 'object' && body !== null && 'results' in body;
}

/** The answer with one key of all its objects changed, or of the second alone: of the results of a page, of a bare list, or of itself. */
export function withKey(
  body: Json,
  key: string,
  change: (value: Value) => Value,
  which: 'all' | 'second' = 'all',
): Json {
  const changed = (row: Json, at: number): Json => {
    if (typeof row !== 'object' || row === null || Array.isArray(row) || !(key in row)) return row;
    if (which === 'second' && at !== 1) return row;
    const { [key]: value, ...rest } = row as Readonly<Record<string, Json>>;
    const next = change(value);
    return next === undefined ? rest : { ...rest, [key]: next };
  };
  if (Array.isArray(body)) return body.map(changed);
  return isPage(body) ? { ...body, results: body.results.map(changed) } : changed(body, 0);
}
