import type { Store } from '../domain/ports.ts';
import type { MirrorConfig } from './mirror.ts';

/** Where the calendar of a mirror was found, as it is remembered. */

const KIND = 'mirror-place';

/** A calendar that was found or created. */
export interface PlaceRecord {
  readonly url: string;
  /** "" where it has none. */
  readonly name: string;
  /** When the server first answered that it does not exist, in milliseconds since the epoch; null while it exists. */
  readonly lostSince?: number | null;
}

/** The remembered calendar of one mirror. Changes are on disk when they resolve. */
export interface Place {
  /** null until a calendar was found. */
  current(): PlaceRecord | null;
  set(record: PlaceRecord): Promise<void>;
  forget(): Promise<void>;
}

/** What identifies the chosen calendar: while this is the same, the remembered one is used. */
const keyOf = ({ server, anchor }: MirrorConfig): string => `${server.url} ${server.username ?? ''} ${anchor}`;

/** Remembers the calendar of a mirror. */
export async function rememberPlace(store: Store, config: MirrorConfig, record: PlaceRecord): Promise<void> {
  await store.write([{ kind: KIND, id: config.mirrorId, value: { place: keyOf(config), ...record } }]);
}

/** Reads the remembered calendar; one that was chosen by its address needs no memory. */
export async function openPlace(store: Store, config: MirrorConfig): Promise<Place> {
  const { mirrorId, calendar: choice } = config;
  const stored = (await store.get(KIND, mirrorId)) as (PlaceRecord & { readonly place: string }) | undefined;
  const chosen = choice.url === null ? null : { url: choice.url, name: choice.name ?? '' };
  let current: PlaceRecord | null = stored?.place === keyOf(config) ? stored : chosen;
  if (chosen && current?.url !== chosen.url) current = chosen;
  return {
    current: () => current,
    set: async ({ url, name, lostSince = null }) => {
      const isSame = current?.url === url && current.name === name && (current.lostSince ?? null) === lostSince;
      current = { url, name, lostSince };
      if (!isSame) await rememberPlace(store, config, current);
    },
    forget: () => store.write([{ kind: KIND, id: mirrorId }]),
  };
}
