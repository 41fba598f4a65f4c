import type { Store } from '../../domain/ports.ts';
import type { TimesheetSettings } from '../../domain/timesheet.ts';
import type { Seal } from '../../lib/seal.ts';
import type { SourceConfig, SourceDefinition, SourceSecrets } from './source.ts';

/** Sources in the durable store; their addresses and passwords are sealed. */

const KIND = 'source';
/** What is left of a source that was removed. */
const REMOVED = 'source-removed';

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

/** Releases before the timesheet stored none. */
interface StoredSource extends Omit<SourceDefinition, 'timesheet'> {
  readonly timesheet?: TimesheetSettings | null;
  readonly sealed: string;
}

export function createSourceRecords(store: Store, vault: Seal): SourceRecords {
  return {
    all: async () => (await store.list(KIND)).map(([, value]) => decode(value as StoredSource, vault)),
    removed: async () => (await store.list(REMOVED)).map(([, value]) => value as RemovedSource),
    save: async ({ secrets, ...definition }) => {
      const { id } = definition;
      // Secrets that could not be opened stay sealed as they are, for when their key is back.
      const old = (await store.get(KIND, id)) as StoredSource | undefined;
      const sealed = secrets === null && old ? old.sealed : vault.seal(JSON.stringify(secrets ?? {}));
      await store.write([{ kind: KIND, id, value: { ...definition, sealed } satisfies StoredSource }]);
    },
    remove: (removed) =>
      store.write([
        { kind: KIND, id: removed.id },
        { kind: REMOVED, id: removed.id, value: removed },
      ]),
  };
}

function decode({ sealed, timesheet = null, ...definition }: StoredSource, vault: Seal): SourceConfig {
  const opened = vault.open(sealed);
  return { ...definition, timesheet, secrets: opened === null ? null : (JSON.parse(opened) as SourceSecrets) };
}
