import type { Label, Member, Names, State } from '../../../domain/plane.ts';
import { labels as labelDecoder, members as memberDecoder, states as stateDecoder, type Decoder } from './decode.ts';

/**
 * Items whose state, labels and assignees Plane gives in full instead of as ids: those read with `expand`, and those in webhooks.
 * Source: Plane, apps/api/plane/api/serializers/issue.py, and base.py for `expand`.
 */

/** What to ask for: three times slower at Plane than ids, so only the first page of a project is read so. Without spaces, or Plane ignores what follows. */
export const EXPAND = 'state,labels,assignees';

type Json = Readonly<Record<string, unknown>>;

/** The item with ids where it has relations in full, as `decodeWorkItem` expects it. Anything else stays as it is. */
export function withIds(item: unknown): unknown {
  if (!isObject(item)) return item;
  const ids: Record<string, unknown> = {};
  if ('state' in item) ids.state = idIn(item.state);
  for (const list of ['labels', 'assignees']) if (list in item) ids[list] = idsIn(item[list]);
  return { ...item, ...ids };
}

/** The names in the items' relations that are given in full. Of a person only the display name is taken, never the e-mail address. */
export function namesIn(items: readonly unknown[]): Names {
  const states = new Map<string, State>();
  const labels = new Map<string, Label>();
  const members = new Map<string, Member>();
  for (const item of items) {
    if (!isObject(item)) continue;
    collect([item.state], ['name', 'group'], stateDecoder, states);
    collect(item.labels, ['name'], labelDecoder, labels);
    collect(item.assignees, ['display_name'], memberDecoder, members);
  }
  return { states, labels, members };
}

/** One that lacks a text it should have names nothing. */
function collect<T extends { readonly id: string }>(
  given: unknown,
  texts: readonly string[],
  decoder: Decoder<T>,
  into: Map<string, T>,
): void {
  for (const json of Array.isArray(given) ? (given as unknown[]) : []) {
    if (!isObject(json) || !texts.every((name) => typeof json[name] === 'string')) continue;
    const { value: named } = decoder.decode(json, () => true);
    if (named !== null) into.set(named.id, named);
  }
}

function idsIn(list: unknown): unknown {
  return Array.isArray(list) ? list.map(idIn) : list;
}

/** An empty relation expands to an empty object. */
function idIn(relation: unknown): unknown {
  if (!isObject(relation)) return relation;
  if (typeof relation.id === 'string') return relation.id;
  return Object.keys(relation).length === 0 ? null : relation;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
