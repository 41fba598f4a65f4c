import type { NameKind, Names } from '../../../../domain/plane.ts';

/** Beyond this many remembered differences, names are only read on their schedule. */
const MAX_REMEMBERED = 10_000;

/** Notices renames by names seen outside the lists, such as in webhook deliveries. */
export interface Renames {
  /**
   * The kinds in which a seen name differs from the known one, or is not known. Each difference is reported once: a delivery that arrives
   * late, or a person whom Plane does not list, must not cause a request each time.
   */
  notice(known: Names, seen: Names): ReadonlySet<NameKind>;
}

export function createRenames(): Renames {
  const noticed = new Set<string>();

  function isNew(kind: NameKind, known: Names, seen: Names): boolean {
    let found = false;
    for (const [id, name] of seen[kind]) {
      const [before, after] = [known[kind].get(id), name].map((one) => JSON.stringify(one));
      const difference = `${id} ${before} ${after}`;
      if (before === after || noticed.has(difference) || noticed.size >= MAX_REMEMBERED) continue;
      noticed.add(difference);
      found = true;
    }
    return found;
  }

  return {
    notice: (known, seen) =>
      new Set((['states', 'labels', 'members'] as const).filter((kind) => isNew(kind, known, seen))),
  };
}
