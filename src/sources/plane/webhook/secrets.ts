import type { Setting, Store } from '../../../domain/ports.ts';

/** Plane's webhook secrets: those in the settings, and one pasted on the page, since Plane shows it only after the address was saved. */

const KIND = 'secret';
const ID = 'webhook';

/** Seals stored secrets; `open` returns null for what another key sealed. */
export interface Seal {
  seal(secret: string): string;
  open(sealed: string): string | null;
}

/** The secrets that deliveries may be signed with. */
export interface WebhookSecrets {
  /** Loads the stored secret. */
  restore(): Promise<void>;
  /** True if the stored secret was sealed with another key; false once it is replaced or removed. */
  isUnreadable(): boolean;
  all(): readonly string[];
  /** Where they are from; null if there are none. */
  source(): 'setting' | 'page' | null;
  /** Stores the secret of the page; null removes it. */
  save(secret: string | null): Promise<void>;
}

export function createWebhookSecrets(
  fromSettings: Setting<readonly string[]>,
  store: Store,
  vault: Seal,
): WebhookSecrets {
  let pasted: string | null = null;
  let unreadable = false;
  return {
    restore: async () => {
      const sealed = await store.get(KIND, ID);
      if (typeof sealed !== 'string') return;
      pasted = vault.open(sealed);
      unreadable = pasted === null;
    },
    isUnreadable: () => unreadable,
    all: () => (pasted === null ? fromSettings() : [...fromSettings(), pasted]),
    source: () => (pasted !== null ? 'page' : fromSettings().length > 0 ? 'setting' : null),
    save: async (secret) => {
      const change = { kind: KIND, id: ID };
      await store.write([secret === null ? change : { ...change, value: vault.seal(secret) }]);
      pasted = secret;
      unreadable = false;
    },
  };
}
