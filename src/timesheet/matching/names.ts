import { visible, WORD } from './words.ts';

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
  /** Whether it may be a part of something else, as in "Don't" and "C++": alone it names nothing, and beside another name it is in doubt. */
  readonly isLoose: boolean;
}

const HYPHENS = '\\-\u2010\u2011';
const INSIDE_BEFORE = new RegExp(`[${WORD}][${HYPHENS}]?$`, 'u');
const INSIDE_AFTER = new RegExp(`^[${HYPHENS}]?[${WORD}]`, 'u');
const LOOSE_BEFORE = new RegExp(`[${WORD}][&.+]$`, 'u');
/** An "s" behind an apostrophe is a genitive. */
const LOOSE_AFTER = new RegExp(`^(?:[+#]|[&.][${WORD}]|['’](?!s(?![${WORD}]))[${WORD}])`, 'u');
/** Two characters, which may be pairs of surrogates, and one more. */
const AROUND = 5;
/** What a name needs: hyphens and other punctuation are everywhere. */
const HAS_WORD = /[\p{L}\p{N}\p{So}]/u;

/**
 * A name counts in its own letter case, and not inside a word or a compound with hyphens. A name inside a longer one at the same place does
 * not count.
 */
export function createNameFinder(projects: readonly NamedProject[]): FindNames {
  const byName = new Map<string, string[]>();
  for (const { id, name } of projects) {
    const key = visible(name).replace(/\s+/gu, ' ').trim();
    if (HAS_WORD.test(key)) byName.set(key, [...(byName.get(key) ?? []), id]);
  }
  const names = [...byName];
  return (title) => {
    const places = names.flatMap(([name, ids]) => (title.includes(name) ? placesOf(name, ids, title) : []));
    const outer = places.filter((place) => !places.some((other) => isInside(place, other)));
    const idsOf = (some: readonly Place[]): string[] => [...new Set(some.flatMap(({ ids }) => ids))];
    const all = idsOf(outer);
    return all.length > 1 ? all : idsOf(outer.filter(({ isLoose }) => !isLoose));
  };
}

// No expression for each name: making one takes as long as reading hundreds of titles.
function placesOf(name: string, ids: readonly string[], title: string): Place[] {
  const places: Place[] = [];
  for (let start = title.indexOf(name); start >= 0; start = title.indexOf(name, start + 1)) {
    const end = start + name.length;
    const before = title.slice(Math.max(0, start - AROUND), start);
    const after = title.slice(end, end + AROUND);
    if (INSIDE_BEFORE.test(before) || INSIDE_AFTER.test(after)) continue;
    places.push({ start, end, ids, isLoose: LOOSE_BEFORE.test(before) || LOOSE_AFTER.test(after) });
  }
  return places;
}

function isInside(one: Place, other: Place): boolean {
  const isLonger = other.end - other.start > one.end - one.start;
  return isLonger && other.start <= one.start && one.end <= other.end;
}
