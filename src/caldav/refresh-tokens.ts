import { createHash } from 'node:crypto';
import { isStorageError } from '../domain/errors.ts';
import type { Store } from '../domain/ports.ts';
import { createKeyedMutex } from '../lib/keyed-mutex.ts';
import type { Seal } from '../lib/seal.ts';
import type { RefreshTokens } from './transport/oauth.ts';

/** A refresh token that replaced a configured one, sealed; the id is a digest of the configured one. */
const REFRESH_TOKEN = 'mirror-refresh-token';

/** Of this process: sources and mirrors may have been given the same grant. */
const inTurn = createKeyedMutex();

/** Refresh tokens that providers replaced, sealed in the store. All of one store know what one of them replaced. */
export function createRefreshTokens(
  store: Store,
  vault: Seal,
): RefreshTokens & {
  /** Deletes what replaced a configured token that is no longer used. */
  forget(configured: string): Promise<void>;
} {
  /** What could not be stored: the next use tries it again. */
  const unsaved = new Map<string, string>();
  const idOf = (configured: string): string => createHash('sha256').update(configured).digest('hex').slice(0, 32);

  async function storedOf(configured: string): Promise<string> {
    const sealed = (await store.get(REFRESH_TOKEN, idOf(configured))) as string | undefined;
    return (sealed === undefined ? null : vault.open(sealed, [REFRESH_TOKEN, idOf(configured)])) ?? configured;
  }

  async function replace(configured: string, next: string): Promise<void> {
    unsaved.set(configured, next);
    try {
      const id = idOf(configured);
      await store.write([{ kind: REFRESH_TOKEN, id, value: vault.seal(next, [REFRESH_TOKEN, id]) }]);
      unsaved.delete(configured);
    } catch (error) {
      // The store reports this. The token still works until the process ends.
      if (!isStorageError(error)) throw error;
    }
  }

  return {
    use: (configured, request) =>
      inTurn(configured, async () => {
        const unstored = unsaved.get(configured);
        if (unstored !== undefined) await replace(configured, unstored);
        const current = unstored ?? (await storedOf(configured));
        const answer = await request(current);
        // Some providers replace the refresh token with each use, and accept the old one no more.
        const { refresh_token: next } = answer;
        if (next !== undefined && next !== current) await replace(configured, next);
        return answer;
      }),
    forget: (configured) =>
      inTurn(configured, async () => {
        unsaved.delete(configured);
        await store.write([{ kind: REFRESH_TOKEN, id: idOf(configured) }]);
      }),
  };
}
