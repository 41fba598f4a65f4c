import type { StoreChange, StoredChange } from '../../domain/ports.ts';
import { versionOf } from '../../lib/record-version.ts';
import type { Link, LinkChange } from './link.ts';

/**
 * A record for each readable path, with the id of the link that has it. It is written together with the link, and expects to find the path
 * free: so two servers can't give one path to two links.
 */
export const PATH = 'path';

/** The paths that are taken, as stored. */
export interface Paths {
  /** Applies what was stored. */
  apply(record: StoredChange): void;
  clear(): void;
  /** What changes of links change here. */
  changesFor(changes: readonly LinkChange[]): readonly StoreChange[];
  /** Those of the links whose path has no record yet: earlier releases wrote none. */
  missingOf(links: readonly Link[]): readonly Link[];
}

export function createPaths(): Paths {
  /** Ids of links by path. The record of a path may outlive its link: earlier releases don't remove it. */
  const holders = new Map<string, unknown>();
  const expected = (path: string) => versionOf(holders.get(path));

  function changeFor({ before, link }: LinkChange): StoreChange[] {
    const [from, to] = [takenBy(before), takenBy(link)];
    if (from === to && (to === null || holders.get(to) === link.id)) return [];
    return [
      ...(from !== null && from !== to && holders.get(from) === link.id
        ? [{ kind: PATH, id: from, expected: expected(from) }]
        : []),
      ...(to !== null ? [{ kind: PATH, id: to, value: link.id, expected: expected(to) }] : []),
    ];
  }

  return {
    apply: ({ id, value }) => {
      if (value === undefined) holders.delete(id);
      else holders.set(id, value);
    },
    clear: () => {
      holders.clear();
    },
    changesFor: (changes) => changes.flatMap(changeFor),
    missingOf: (links) =>
      links.filter((link) => {
        const path = takenBy(link);
        return path !== null && holders.get(path) !== link.id;
      }),
  };
}

/** The path that nobody else may have; null for none. */
function takenBy(link: Link | undefined): string | null {
  return link?.revokedAt === null ? link.path : null;
}
