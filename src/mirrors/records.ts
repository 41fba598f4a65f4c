import { destinationOf, type Secrets } from '../caldav/login.ts';
import type { Store } from '../domain/ports.ts';
import { listDecoded } from '../lib/conflicts.ts';
import type { Seal, SealedFor } from '../lib/seal.ts';
import { anchorOf, type MirrorConfig, type MirrorDefinition } from './mirror.ts';

/** Mirrors in the store; their secrets are sealed. */

/** The kind of the stored mirrors, by id. */
export const KIND = 'mirror';
/** Marks a mirror of the settings as paused. */
const PAUSED = 'mirror-paused';

/** The stored mirrors. Changes are on disk when they resolve. */
export interface Records {
  /** Mirrors made over the API. */
  all(): Promise<MirrorConfig[]>;
  /** Of a mirror of the settings, only whether it is paused. */
  save(config: MirrorConfig): Promise<void>;
  remove(id: string): Promise<void>;
  /** Whether a mirror of the settings is paused. */
  isPaused(id: string): Promise<boolean>;
}

/** Fields that mirrors of 0.1 don't have. */
type NewField = 'pastEvents' | 'keepOthers';

/** A mirror as it is stored since 0.1: the names of its fields stay. */
interface StoredMirror
  extends Omit<MirrorDefinition, 'deletionGuard' | NewField>, Partial<Pick<MirrorDefinition, NewField>> {
  readonly brake: MirrorDefinition['deletionGuard'];
  readonly sealed: string;
}

export function createRecords(store: Store, vault: Seal): Records {
  return {
    all: () => listDecoded(store, KIND, (value, id) => decode(value as StoredMirror, id, vault)),
    save: async ({ from, secrets, anchor: _anchor, deletionGuard: brake, ...definition }) => {
      const { id, paused, server } = definition;
      if (from === 'settings') {
        await store.write([{ kind: PAUSED, id, ...(paused && { value: true }) }]);
        return;
      }
      // Secrets that could not be opened stay sealed as they are, for when their key is back.
      const old = (await store.get(KIND, id)) as StoredMirror | undefined;
      const sealed =
        secrets === null && old ? old.sealed : vault.seal(JSON.stringify(secrets ?? {}), sealedFor({ id, server }));
      const value: StoredMirror = { ...definition, brake, sealed };
      await store.write([{ kind: KIND, id, value }]);
    },
    remove: (id) => store.write([{ kind: KIND, id }]),
    isPaused: async (id) => (await store.get(PAUSED, id)) === true,
  };
}

/** The password of a mirror is sent for no other mirror, and to no other server. */
const sealedFor = ({ id, server }: Pick<MirrorDefinition, 'id' | 'server'>): SealedFor => [
  KIND,
  id,
  ...destinationOf(server),
];

function decode(
  { sealed, brake: deletionGuard, pastEvents = false, keepOthers = true, ...definition }: StoredMirror,
  id: string,
  vault: Seal,
): MirrorConfig {
  if (definition.id !== id) throw new Error('it is not the record of a mirror');
  const opened = vault.open(sealed, sealedFor(definition));
  return {
    ...definition,
    pastEvents,
    keepOthers,
    deletionGuard,
    from: 'api',
    anchor: anchorOf(definition.calendar),
    secrets: opened === null ? null : (JSON.parse(opened) as Secrets),
  };
}

/** The part of a store that belongs to one mirror: ids of others are neither seen nor changed. */
export function storePart(store: Store, owner: string): Store {
  const prefix = `${owner}:`;
  return {
    list: async (kind, idPrefix = '') =>
      (await store.list(kind, prefix + idPrefix)).map(([id, value]) => [id.slice(prefix.length), value]),
    get: (kind, id) => store.get(kind, prefix + id),
    write: (changes) => store.write(changes.map((change) => ({ ...change, id: prefix + change.id }))),
    ...(store.reportDamaged && {
      reportDamaged: ({ kind, id }, reason) => store.reportDamaged?.({ kind, id: prefix + id }, reason),
    }),
  };
}
