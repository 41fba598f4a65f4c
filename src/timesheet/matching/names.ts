import { escaped, visible, WORD } from './words.ts';

/** Finds projects by their names in titles. */

/** A project that may be named. */
export interface NamedProject {
  readonly id: string;
  readonly name: string;
}

/** Ids of the projects whose exact names are in a title, each once. */
export type FindNames = (title: string) => readonly string[];

interface Place {
  readonly start: number;
  readonly end: number;
  readonly ids: readonly string[];
}

const HYPHENS = '\\-\u2010\u2011';

/**
 * A name counts in its own letter case, and not inside a word or a compound with hyphens. A name inside a longer one at the same place does
 * not count.
 */
export function createNameFinder(projects: readonly NamedProject[]): FindNames {
  const byName = new Map<string, string[]>();
  for (const { id, name } of projects) {
    const key = visible(name).replace(/\s+/gu, ' ').trim();
    if (key !== '') byName.set(key, [...(byName.get(key) ?? []), id]);
  }
  const patterns = [...byName].map(([name, ids]) => ({
    name,
    ids,
    pattern: new RegExp(
      `(?<![${WORD}]|[${WORD}][${HYPHENS}])${escaped(name)}(?![${WORD}]|[${HYPHENS}][${WORD}])`,
      'gu',
    ),
  }));
  return (title) => {
    const places = patterns.flatMap(({ name, ids, pattern }) =>
      title.includes(name)
        ? [...title.matchAll(pattern)].map(({ index }): Place => ({ start: index, end: index + name.length, ids }))
        : [],
    );
    const outer = places.filter((place) => !places.some((other) => isInside(place, other)));
    return [...new Set(outer.flatMap(({ ids }) => ids))];
  };
}

function isInside(one: Place, other: Place): boolean {
  const isLonger = other.end - other.start > one.end - one.start;
  return isLonger && other.start <= one.start && one.end <= other.end;
}
