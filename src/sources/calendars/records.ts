import type { Store } from '../../domain/ports.ts';
import type { TimesheetSettings } from '../../domain/timesheet.ts';
import { destinationOf } from '../../caldav/login.ts';
import { listDecoded } from '../../lib/conflicts.ts';
import type { Seal, SealedFor } from '../../lib/seal.ts';
import type { SourceConfig, SourceDefinition, SourceSecrets } from './source.ts';

/** Sources in the durable store; their addresses and passwords are sealed. */

/** The kind of the configured sources, by id. */
export const SOURCE = 'source';
/** The kind of what is left of sources that were removed, by id. */
export const REMOVED = 'source-removed';

/** A source that was removed: feeds that show nothing else end. */
export interface RemovedSource {
  readonly id: string;
  readonly name: string;
  readonly since: number;
}

/** The stored sources. Changes are on disk when they resolve. */
export interface SourceRecords {
  all(): Promise<SourceConfig[]>;
  removed(): Promise<RemovedSource[]>;
  save(config: SourceConfig): Promise<void>;
  /** Removes a source, and stores that it was. */
  remove(removed: RemovedSource): Promise<void>;
}

/** A source as it is stored. Releases before the timesheet stored none. */
export interface StoredSource extends Omit<SourceDefinition, 'timesheet'> {
  readonly timesheet?: TimesheetSettings | null;
  readonly sealed: string;
}

export function createSourceRecords(store: Store, vault: Seal): SourceRecords {
  return {
    all: () => listDecoded(store, SOURCE, (value, id) => decode(value as StoredSource, id, vault)),
    removed: () => listDecoded(store, REMOVED, (value, id) => removedOf(value as RemovedSource, id)),
    save: async ({ secrets, ...definition }) => {
      const { id, server } = definition;
      // Secrets that could not be opened stay sealed as they are, for when their key is back.
      const old = (await store.get(SOURCE, id)) as StoredSource | undefined;
      const sealed =
        secrets === null && old ? old.sealed : vault.seal(JSON.stringify(secrets ?? {}), sealedFor({ id, server }));
      await store.write([{ kind: SOURCE, id, value: { ...definition, sealed } satisfies StoredSource }]);
    },
    remove: (removed) =>
      store.write([
        { kind: SOURCE, id: removed.id },
        { kind: REMOVED, id: removed.id, value: removed },
      ]),
  };
}

function removedOf(removed: RemovedSource, id: string): RemovedSource {
  if (removed.id !== id) throw new Error('it is not the record of a removed source');
  return removed;
}

/** The login of a source is sent for no other source, and to no other server. */
const sealedFor = ({ id, server }: Pick<SourceDefinition, 'id' | 'server'>): SealedFor => [
  SOURCE,
  id,
  ...destinationOf(server),
];

function decode(stored: StoredSource, id: string, vault: Seal): SourceConfig {
  if (stored.id !== id) throw new Error('it is not the record of a source');
  const opened = vault.open(stored.sealed, sealedFor(stored));
  return { ...definitionOf(stored), secrets: opened === null ? null : (JSON.parse(opened) as SourceSecrets) };
}

/** A stored source without its secrets. */
export function definitionOf({ sealed: _sealed, timesheet = null, ...definition }: StoredSource): SourceDefinition {
  return { ...definition, timesheet };
}
