import { LRUCache } from 'lru-cache';

/** The entries that were used last, at most so many. Unlike `max` of `LRUCache`, this reserves no memory for entries that are not there yet. */
export function createRecent<V extends object | string>(most: number): LRUCache<string, V> {
  return new LRUCache<string, V>({ maxSize: most, sizeCalculation: () => 1 });
}
