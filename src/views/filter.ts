import type { FeedOptions, Named, NamedOption, NameList, Pins, Scope } from '../domain/feed.ts';
import type { Cycle, Module, Snapshot, WorkItem } from '../domain/plane.ts';
import { NAMED_OPTIONS } from './options.ts';
import { oneLine } from '../icalendar/text.ts';

/** What a name was pinned to, if it was. A label may be called "constructor", so only a record's own names count. */
export function pinnedIds(pins: Pins, option: NamedOption, name: string): readonly string[] | undefined {
  const names = pins[option];
  return names && Object.hasOwn(names, name) ? names[name] : undefined;
}

/** The options with the names that are pinned: who was given by e-mail address is held under the person's name. */
export function withPins(options: FeedOptions, pins: Pins): FeedOptions {
  const pinned = { ...options };
  for (const option of NAMED_OPTIONS) {
    const list = options[option];
    const names = pins[option];
    if (list !== null && names !== undefined) pinned[option] = { ...list, names: Object.keys(names).sort() };
  }
  return pinned;
}

/** Two names are the same whatever their letter case, spaces and way of writing accents. */
export function sameName(a: string, b: string): boolean {
  return nameKey(a) === nameKey(b);
}

/** What is equal for names that are the same. */
export function nameKey(name: string): string {
  return oneLine(name).normalize('NFC').toLowerCase();
}

/** What of a project each named option can mean. Empty where it was not read. */
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

/** True when the name, or id, means it. */
export function matchesFilter(name: string, { id, name: ownName, group }: Named): boolean {
  return id === name.toLowerCase() || sameName(name, ownName) || group === name.toLowerCase();
}

/** Which items, cycles and modules of a project a feed holds, its dates and states aside. */
export interface Filter {
  item(item: WorkItem): boolean;
  cycle(id: string): boolean;
  module(id: string): boolean;
}

/** The filter of a feed for one project: every option that is given must fit, each by any of its names. */
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
    const wanted = chosen.get(option);
    return !wanted || (ids.length === 0 ? lists[option]?.none === true : ids.some((id) => wanted.has(id)));
  };
  const person = scope.kind === 'person' ? scope.memberId : null;
  const inCycles = cycle === null ? null : membersOf(snapshot.cycles);
  const inModules = module === null ? null : membersOf(snapshot.modules);

  /** A person's cycles and modules are those that hold an item of theirs. */
  const isTheirs = (itemIds: readonly string[] | null | undefined): boolean =>
    person === null || (itemIds ?? []).some((id) => snapshot.items.get(id)?.assigneeIds.includes(person) === true);

  return {
    item: ({ id, assigneeIds, labelIds, stateId, priority: own }) =>
      (person === null || assigneeIds.includes(person)) &&
      (priority === null || priority.includes(own)) &&
      fits('assignee', assigneeIds) &&
      fits('label', labelIds) &&
      fits('state', stateId === null ? [] : [stateId]) &&
      (inCycles === null || fits('cycle', inCycles.get(id) ?? [])) &&
      (inModules === null || fits('module', inModules.get(id) ?? [])),
    cycle: (id) => fits('cycle', [id]) && isTheirs(snapshot.cycles?.get(id)?.itemIds),
    module: (id) => fits('module', [id]) && isTheirs(snapshot.modules?.get(id)?.itemIds),
  };
}

/** The ids by item of the cycles or modules it is in. */
export function membersOf(groups: ReadonlyMap<string, Cycle | Module> | null): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { id, itemIds } of groups?.values() ?? []) {
    for (const itemId of itemIds ?? []) {
      const held = found.get(itemId);
      if (held) held.push(id);
      else found.set(itemId, [id]);
    }
  }
  return found;
}

function idsOf(snapshot: Snapshot, option: NamedOption, { names }: NameList, pins: Pins): Set<string> {
  const all = nameables(snapshot, option);
  return new Set(
    names.flatMap((name) => [
      ...(pinnedIds(pins, option, name) ?? []),
      ...all.filter((one) => matchesFilter(name, one)).map(({ id }) => id),
    ]),
  );
}
