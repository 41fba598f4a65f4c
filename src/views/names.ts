import type { Snapshot } from '../domain/plane.ts';
import { oneLine } from '../icalendar/text.ts';

/** A project's names on one line, by id; "" for an unknown one. */
export interface NamesById {
  state(id: string): string;
  label(id: string): string;
  member(id: string): string;
}

/** The names of a snapshot, each made one line once. */
export function namesById({ states, labels, members }: Snapshot): NamesById {
  return {
    state: remembered((id) => oneLine(states.get(id)?.name ?? '')),
    label: remembered((id) => oneLine(labels.get(id)?.name ?? '')),
    member: remembered((id) => oneLine(members.get(id)?.displayName ?? '')),
  };
}

function remembered(nameOf: (id: string) => string): (id: string) => string {
  const known = new Map<string, string>();
  return (id) => {
    let name = known.get(id);
    if (name === undefined) known.set(id, (name = nameOf(id)));
    return name;
  };
}

/** The names of known ids, sorted by code units: Plane's order means nothing. */
export function sortedNames(ids: readonly string[], nameOf: (id: string) => string): string[] {
  const found: string[] = [];
  for (const id of ids) {
    const name = nameOf(id);
    if (name !== '') found.push(name);
  }
  return found.sort();
}
