import { createHash } from 'node:crypto';
import { isStorageError } from '../domain/errors.ts';
import type { Store } from '../domain/ports.ts';
import type { Seal } from '../lib/seal.ts';
import type { RefreshTokens } from './transport/oauth.ts';

/** A refresh token that replaced a configured one, sealed; the id is a digest of the configured one. */
const REFRESH_TOKEN = 'mirror-refresh-token';

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
