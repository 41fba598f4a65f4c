import type { Setting, Store } from '../../../domain/ports.ts';

/** Plane's webhook secrets: those of the settings, and one that was pasted on the page, since Plane shows it only once the address is saved. */

const KIND = 'secret';
const ID = 'webhook';

/** Seals what is kept; `open` gives null for what another key sealed. */
export interface Seal {
  seal(secret: string): string;
  open(sealed: string): string | null;
}

/** The secrets deliveries may be signed with. */
export interface WebhookSecrets {
  /** Brings back what was kept. */
  restore(): Promise<void>;
  /** Whether one is stored that was sealed with another key; false once it is replaced or removed. */
  isUnreadable(): boolean;
  all(): readonly string[];
  /** Where they come from; null when there are none. */
  source(): 'setting' | 'page' | null;
  /** Keeps the secret of the page, or forgets it. */
  keep(secret: string | null): Promise<void>;
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
    keep: async (secret) => {
      const change = { kind: KIND, id: ID };
      await store.write([secret === null ? change : { ...change, value: vault.seal(secret) }]);
      pasted = secret;
      unreadable = false;
    },
  };
}
