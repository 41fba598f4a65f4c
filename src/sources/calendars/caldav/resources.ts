import type { Store, StoreChange } from '../../../domain/ports.ts';

/** A resource of a calendar as it was last read. */
export interface KnownResource {
  readonly etag: string | null;
  readonly text: string;
}

/** The resources of a CalDAV calendar in the cache, so that only those that changed are read again. */
export interface Resources {
  /** By name. */
  all(): Promise<ReadonlyMap<string, KnownResource>>;
  /** The change that stores one, or deletes it. */
  change(name: string, resource: KnownResource | null): StoreChange;
}

const KIND = 'source-resource';

/** Those of one source. */
export function openResources(cache: Store, sourceId: string): Resources {
  const prefix = `${sourceId}:`;
  return {
    all: async () => {
      const records = await cache.list(KIND, prefix);
      return new Map(records.map(([id, value]) => [id.slice(prefix.length), value as KnownResource]));
    },
    change: (name, resource) => ({ kind: KIND, id: prefix + name, ...(resource && { value: resource }) }),
  };
}

/** The changes that delete all of a source. */
export async function forgetResources(cache: Store, sourceId: string): Promise<StoreChange[]> {
  return (await cache.list(KIND, `${sourceId}:`)).map(([id]) => ({ kind: KIND, id }));
}
