/** @import { Link, Project } from '../../app/types.js' */
import { feedInWords } from '../../ui/words.js';

/** Search and order of the list of links. */

/** @typedef {'newest' | 'fetched' | 'name'} Order */

export const ORDERS = /** @type {{ value: Order, label: string }[]} */ ([
  { value: 'newest', label: 'Newest first' },
  { value: 'fetched', label: 'Last fetched first' },
  { value: 'name', label: 'Name' },
]);

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

/** @type {Record<Order, (a: Link, b: Link) => number>} */
const COMPARE = {
  newest: (a, b) => descending(a.created, b.created),
  fetched: (a, b) => descending(a.last_fetch?.at ?? '', b.last_fetch?.at ?? '') || descending(a.created, b.created),
  name: (a, b) =>
    collator.compare(a.name, b.name) || collator.compare(a.for ?? '', b.for ?? '') || descending(a.created, b.created),
};

/** @param {string} a @param {string} b */
function descending(a, b) {
  return a === b ? 0 : a < b ? 1 : -1;
}

/** @param {Link[]} links @param {Order} order */
export function sorted(links, order) {
  return [...links].sort(COMPARE[order]);
}

/**
 * Returns a function that finds the links with all typed words. What each link says is put together at the first search, then reused.
 *
 * @param {Project[]} projects
 * @param {Record<string, string>} defaults
 */
export function createSearch(projects, defaults) {
  /** @type {WeakMap<Link, string>} */
  const texts = new WeakMap();
  const textOf = (/** @type {Link} */ link) => {
    const known = texts.get(link);
    if (known !== undefined) return known;
    const { name, for: person, owner, fetches, state } = link;
    const apps = fetches.map(({ client }) => client);
    const parts = [name, person, owner?.name, state, ...apps, feedInWords(link, projects, defaults)];
    const text = parts.join(' ').toLocaleLowerCase();
    texts.set(link, text);
    return text;
  };
  return (/** @type {Link[]} */ links, /** @type {string} */ typed) => {
    const words = typed.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    if (words.length === 0) return links;
    return links.filter((link) => words.every((word) => textOf(link).includes(word)));
  };
}

/** Returns the links that another one is called like. @param {Link[]} links @returns {Set<string>} their ids */
export function namesakes(links) {
  /** @type {Map<string, string[]>} */
  const byName = new Map();
  for (const { id, name, for: person } of links) {
    const key = JSON.stringify([name, person]);
    const ids = byName.get(key);
    if (ids) ids.push(id);
    else byName.set(key, [id]);
  }
  return new Set([...byName.values()].filter((ids) => ids.length > 1).flat());
}
