import type { FeedOptions, Named, NamedOption, NameList, Pins, Scope } from '../domain/feed.ts';
import type { Cycle, Module, Snapshot, StateGroup, WorkItem } from '../domain/plane.ts';
import { NAMED_OPTIONS } from './options/options.ts';
import { oneLine } from '../icalendar/text.ts';

const GROUPS: ReadonlySet<string> = new Set<StateGroup>(['backlog', 'unstarted', 'started', 'completed', 'cancelled']);

/** The group of states that a name means, which are those that are in it now, not those that were once; null for none. */
export function groupNamed(option: NamedOption, name: string): string | null {
  const group = name.toLowerCase();
  return option === 'state' && GROUPS.has(group) ? group : null;
}

/** The ids a name was pinned to; undefined for none. A label may be called "constructor", so only own properties count. */
export function pinnedIds(pins: Pins, option: NamedOption, name: string): readonly string[] | undefined {
  const names = pins[option];
  return names && Object.hasOwn(names, name) ? names[name] : undefined;
}

/** The options with the names under which they are pinned: an e-mail address becomes the person's name. */
export function withPins(options: FeedOptions, pins: Pins): FeedOptions {
  const pinned = { ...options };
  for (const option of NAMED_OPTIONS) {
    const list = options[option];
    const names = pins[option];
    if (list !== null && names !== undefined) pinned[option] = { ...list, names: Object.keys(names).sort() };
  }
  return pinned;
}

/** True for names that differ at most in letter case, spaces and the encoding of accents. */
export function sameName(a: string, b: string): boolean {
  return nameKey(a) === nameKey(b);
}

/** Equal for names that `sameName` calls the same. */
export function nameKey(name: string): string {
  return oneLine(name).normalize('NFC').toLowerCase();
}

/** What a named option can choose in a project; empty where it was not read. */
export function nameables({ members, labels, states, cycles, modules }: Snapshot, option: NamedOption): Named[] {
  switch (option) {
    case 'assignee':
      return [...members.values()].map(({ id, displayName }) => ({ id, name: displayName }));
    case 'label':
      return [...labels.values()];
    case 'state':
      return [...states.values()];
    case 'cycle':
      return [...(cycles?.values() ?? [])];
    case 'module':
      return [...(modules?.values() ?? [])];
  }
}

/** True when the text is its name, id or group. */
export function matchesFilter(name: string, { id, name: ownName, group }: Named): boolean {
  return id === name.toLowerCase() || sameName(name, ownName) || group === name.toLowerCase();
}

/** Which items, cycles and modules of a project match the filters of a feed, whatever their dates and states. */
export interface Filter {
  item(item: WorkItem): boolean;
  cycle(cycle: Cycle): boolean;
  module(module: Module): boolean;
}

/** The filter of a feed for one project: each given option must match, by any of its names. */
export function createFilter(
  snapshot: Snapshot,
  { assignee, label, state, cycle, module, priority }: FeedOptions,
  pins: Pins,
  scope: Scope,
): Filter {
  const lists = { assignee, label, state, cycle, module };
  const chosen = new Map(
    NAMED_OPTIONS.map((option) => {
      const list = lists[option];
      return [option, list === null ? null : idsOf(snapshot, option, list, pins)] as const;
    }),
  );
  const fits = (option: NamedOption, ids: readonly string[]): boolean => {
    const allowed = chosen.get(option);
    return !allowed || (ids.length === 0 ? lists[option]?.none === true : ids.some((id) => allowed.has(id)));
  };
  const person = scope.kind === 'person' ? scope.memberId : null;
  const inCycles = cycle === null ? null : membersOf(snapshot.cycles);
  const inModules = module === null ? null : membersOf(snapshot.modules);

  /** A person's cycles and modules are those with an item of theirs. */
  const isTheirs = (itemIds: readonly string[] | null): boolean =>
    person === null || (itemIds ?? []).some((id) => snapshot.items.get(id)?.assigneeIds.includes(person) === true);
  const fitsGroups = (itemId: string): boolean =>
    (inCycles === null || fits('cycle', inCycles.get(itemId) ?? [])) &&
    (inModules === null || fits('module', inModules.get(itemId) ?? []));

  return {
    item: ({ id, assigneeIds, labelIds, stateId, priority: own }) =>
      (person === null || assigneeIds.includes(person)) &&
      (priority === null || priority.includes(own)) &&
      fits('assignee', assigneeIds) &&
      (label === null || fits('label', knownLabels(labelIds, snapshot))) &&
      fits('state', stateId === null ? [] : [stateId]) &&
      fitsGroups(id),
    cycle: ({ id, itemIds }) => fits('cycle', [id]) && isTheirs(itemIds),
    module: ({ id, itemIds }) => fits('module', [id]) && isTheirs(itemIds),
  };
}

/**
 * Of the labels of an item those that exist: Plane removes a deleted label from its items without touching them, so they are not read again.
 * Before the list of labels is read, all of them.
 */
export function knownLabels(labelIds: readonly string[], { labels, partialNames }: Snapshot): readonly string[] {
  return partialNames.includes('labels') ? labelIds : labelIds.filter((id) => labels.has(id));
}

/** For each item, the ids of the cycles or modules it is in. */
export function membersOf(groups: ReadonlyMap<string, Cycle | Module> | null): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { id, itemIds } of groups?.values() ?? []) {
    for (const itemId of itemIds ?? []) {
      const ids = found.get(itemId);
      if (ids) ids.push(id);
      else found.set(itemId, [id]);
    }
  }
  return found;
}

function idsOf(snapshot: Snapshot, option: NamedOption, { names }: NameList, pins: Pins): Set<string> {
  const all = nameables(snapshot, option);
  return new Set(
    names.flatMap((name) => {
      const group = groupNamed(option, name);
      const stored = pinnedIds(pins, option, name) ?? [];
      // Without the group itself, they are the states that were in it, which earlier versions pinned.
      const pinned = group === null || stored.includes(group) ? stored : [];
      // One person was meant, of perhaps several with that name.
      if (option === 'assignee' && pinned.length > 0) return pinned;
      return [...pinned, ...all.filter((one) => matchesFilter(name, one)).map(({ id }) => id)];
    }),
  );
}
