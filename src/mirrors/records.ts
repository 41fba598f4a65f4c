import { createHash } from 'node:crypto';
import type { RefreshTokens } from '../caldav/transport/oauth.ts';
import type { Store } from '../domain/ports.ts';
import { isStorageError } from '../domain/errors.ts';
import { anchorOf, type MirrorConfig, type MirrorDefinition, type Secrets } from './mirror.ts';

/** Mirrors in the store; their secrets are sealed. */

const KIND = 'mirror';
/** Marks a mirror of the settings as paused. */
const PAUSED = 'mirror-paused';
/** A refresh token that replaced a configured one, sealed; the id is a digest of the configured one. */
const REFRESH_TOKEN = 'mirror-refresh-token';

/** Seals secrets; `open` returns null for what was sealed with another key. */
export interface Seal {
  seal(secret: string): string;
  open(sealed: string): string | null;
}

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

/** A mirror as it is stored since 0.1: the names of its fields stay. */
interface StoredMirror extends Omit<MirrorDefinition, 'deletionGuard'> {
  readonly brake: MirrorDefinition['deletionGuard'];
  readonly sealed: string;
}

export function createRecords(store: Store, vault: Seal): Records {
  return {
    all: async () => (await store.list(KIND)).map(([, value]) => decode(value as StoredMirror, vault)),
    save: async ({ from, secrets, anchor: _anchor, deletionGuard: brake, ...definition }) => {
      const { id, paused } = definition;
      if (from === 'settings') {
        await store.write([{ kind: PAUSED, id, ...(paused && { value: true }) }]);
        return;
      }
      // Secrets that could not be opened stay sealed as they are, for when their key is back.
      const old = (await store.get(KIND, id)) as StoredMirror | undefined;
      const sealed = secrets === null && old ? old.sealed : vault.seal(JSON.stringify(secrets ?? {}));
      const value: StoredMirror = { ...definition, brake, sealed };
      await store.write([{ kind: KIND, id, value }]);
    },
    remove: (id) => store.write([{ kind: KIND, id }]),
    isPaused: async (id) => (await store.get(PAUSED, id)) === true,
  };
}

function decode({ sealed, brake: deletionGuard, ...definition }: StoredMirror, vault: Seal): MirrorConfig {
  const opened = vault.open(sealed);
  return {
    ...definition,
    deletionGuard,
    from: 'api',
    anchor: anchorOf(definition.calendar),
    secrets: opened === null ? null : (JSON.parse(opened) as Secrets),
  };
}

/** Refresh tokens that providers replaced: remembered by the process, and sealed in the store. */
export function createRefreshTokens(
  store: Store,
  vault: Seal,
): RefreshTokens & {
  /** Deletes what replaced a configured token that is no longer used. */
  forget(configured: string): Promise<void>;
} {
  const replaced = new Map<string, string>();
  const idOf = (configured: string): string => createHash('sha256').update(configured).digest('hex').slice(0, 32);
  return {
    current: async (configured) => {
      const known = replaced.get(configured);
      if (known !== undefined) return known;
      const sealed = (await store.get(REFRESH_TOKEN, idOf(configured))) as string | undefined;
      return (sealed === undefined ? null : vault.open(sealed)) ?? configured;
    },
    replace: async (configured, next) => {
      replaced.set(configured, next);
      try {
        await store.write([{ kind: REFRESH_TOKEN, id: idOf(configured), value: vault.seal(next) }]);
      } catch (error) {
        // The store reports this. The token still works until the process ends.
        if (!isStorageError(error)) throw error;
      }
    },
    forget: async (configured) => {
      replaced.delete(configured);
      await store.write([{ kind: REFRESH_TOKEN, id: idOf(configured) }]);
    },
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
  };
}
