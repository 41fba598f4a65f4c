import type { Store } from '../domain/ports.ts';
import { anchorOf, type Definition, type Secrets, type MirrorConfig } from './mirror.ts';

/** Mirrors in the store; their secrets are sealed. */

const KIND = 'mirror';
/** Of a mirror of the settings, that it is paused. */
const PAUSED = 'mirror-paused';

/** Seals what is kept; `open` gives null for what another key sealed. */
export interface Seal {
  seal(secret: string): string;
  open(sealed: string): string | null;
}

/** What is kept of mirrors. Changes are on disk when they resolve. */
export interface Records {
  /** Those that were made over the API. */
  all(): Promise<MirrorConfig[]>;
  keep(spec: MirrorConfig): Promise<void>;
  drop(id: string): Promise<void>;
  /** Whether a mirror of the settings is paused. */
  isPaused(id: string): Promise<boolean>;
}

export function createRecords(store: Store, vault: Seal): Records {
  return {
    all: async () =>
      (await store.list(KIND)).map(([, value]) => {
        const { sealed, ...definition } = value as Definition & { readonly sealed: string };
        const opened = vault.open(sealed);
        return {
          ...definition,
          from: 'api',
          anchor: anchorOf(definition.calendar),
          secrets: opened === null ? null : (JSON.parse(opened) as Secrets),
        };
      }),
    keep: async ({ from, secrets, anchor: _anchor, ...definition }) => {
      const { id, paused } = definition;
      if (from === 'settings') await store.write([{ kind: PAUSED, id, ...(paused && { value: true }) }]);
      else {
        // What could not be opened stays as it is, for when the key comes back.
        const old = (await store.get(KIND, id)) as { readonly sealed: string } | undefined;
        const sealed = secrets === null && old ? old.sealed : vault.seal(JSON.stringify(secrets ?? {}));
        await store.write([{ kind: KIND, id, value: { ...definition, sealed } }]);
      }
    },
    drop: (id) => store.write([{ kind: KIND, id }]),
    isPaused: async (id) => (await store.get(PAUSED, id)) === true,
  };
}
