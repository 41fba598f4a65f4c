import type { Label, Member, Names, State } from '../../../domain/plane.ts';
import { labels as labelDecoder, members as memberDecoder, states as stateDecoder, type Decoder } from './decode.ts';

/**
 * Items whose state, labels and assignees are objects instead of ids: those read with `expand`, and those in webhooks.
 * Source: Plane, apps/api/plane/api/serializers/issue.py, and base.py for `expand`.
 */

/** The value of `expand`. It makes Plane three times slower, so only the first page of a project is read with it. A space would make Plane ignore what follows. */
export const EXPAND = 'state,labels,assignees';

type Json = Readonly<Record<string, unknown>>;

/** The item with ids in place of objects, as `decodeWorkItem` expects it. Anything else is returned unchanged. */
export function withIds(item: unknown): unknown {
  if (!isObject(item)) return item;
  const ids: Record<string, unknown> = {};
  if ('state' in item) ids.state = idIn(item.state);
  for (const list of ['labels', 'assignees']) if (list in item) ids[list] = idsIn(item[list]);
  return { ...item, ...ids };
}

/** The names in the items' relations. Of a person only the display name, never the e-mail address. */
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

/** Adds the objects that have all those texts. */
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
