import type { FollowedStore, Setting } from '../../../domain/ports.ts';
import { createMutex } from '../../../lib/keyed-mutex.ts';
import { versionOf } from '../../../lib/record-version.ts';
import type { Seal } from '../../../lib/seal.ts';

/** Plane's webhook secrets: those in the settings, and one pasted on the page, since Plane shows it only after the address was saved. */

const KIND = 'secret';
const ID = 'webhook';

/** The secrets that deliveries may be signed with. */
export interface WebhookSecrets {
  /** Loads the stored secret, and follows it from now on. */
  restore(): Promise<void>;
  /** True if the stored secret was sealed with another key; false once it is replaced or removed. */
  isUnreadable(): boolean;
  all(): readonly string[];
  /** Where they are from; null if there are none. */
  source(): 'setting' | 'page' | null;
  /** Stores the secret of the page; null removes it. Throws `conflict` where another server has just changed it. */
  save(secret: string | null): Promise<void>;
}

export function createWebhookSecrets(
  fromSettings: Setting<readonly string[]>,
  store: FollowedStore,
  vault: Seal,
): WebhookSecrets {
  let stored: unknown;
  let pasted: string | null = null;
  let unreadable = false;
  const inTurn = createMutex();

  function apply(value: unknown): void {
    stored = value;
    pasted = typeof value === 'string' ? vault.open(value, [KIND, ID]) : null;
    unreadable = typeof value === 'string' && pasted === null;
  }

  return {
    restore: () =>
      store.follow([KIND], ({ isComplete, records }) => {
        const record = records.find(({ id }) => id === ID);
        if (record || isComplete) apply(record?.value);
      }),
    isUnreadable: () => unreadable,
    all: () => (pasted === null ? fromSettings() : [...fromSettings(), pasted]),
    source: () => (pasted !== null ? 'page' : fromSettings().length > 0 ? 'setting' : null),
    save: (secret) =>
      inTurn(() => {
        const change = { kind: KIND, id: ID, expected: versionOf(stored) };
        return store.write([secret === null ? change : { ...change, value: vault.seal(secret, [KIND, ID]) }]);
      }),
  };
}
