import type { Clock, FollowedStore } from '../domain/ports.ts';
import { errorMessage } from '../domain/errors.ts';
import type { Problem } from '../domain/health.ts';
import type { Log } from '../lib/log.ts';
import { versionOf, type RecordVersion } from '../lib/record-version.ts';
import { reportTo, type OnBadRecord } from './listeners.ts';

/**
 * Rows that this program did not write as they are. Each costs only itself: it counts as missing, is logged, and is a problem where it can't
 * be read from elsewhere again. What is said of it never has its value.
 */

/** What identifies a row. */
export interface RowKey {
  readonly store: string;
  readonly kind: string;
  readonly id: string;
}

/** Which of them are known. */
export interface BadRows {
  /** Returns the value of a row with this version; undefined for a text that is not JSON, which is reported. */
  parse(row: RowKey, text: string, version: RecordVersion): unknown;
  /** Reports a row with this version, null where that is not known, whose value is not what its readers expect. */
  report(row: RowKey, version: RecordVersion, reason: string): void;
  /** The version of a row that counts as missing; null for others. */
  version(row: RowKey): RecordVersion;
  /** The row has changed. */
  forget(row: RowKey): void;
  problems(): readonly Problem[];
}

/** Where the rows are, and what can be done about them: a sentence. */
export interface BadRowsPlace {
  readonly name: string;
  readonly fix: string;
}

/** Rows of a database that several servers use. */
const DATABASE: BadRowsPlace = {
  name: 'database',
  fix: 'Repair or delete them in plane_ics.record, and start the servers again.',
};
/** Records of the data folder. */
export const FOLDER: BadRowsPlace = {
  name: 'data folder',
  fix: 'Create again what they were, or restore a backup.',
};

interface BadRow {
  readonly row: RowKey;
  readonly version: RecordVersion;
  readonly reason: string;
  readonly since: number;
}

const NOT_JSON = 'not JSON';

/** `durable` is the name of the store whose records are nowhere else. */
export function createBadRows(durable: string, now: Clock, log: Log, place = DATABASE): BadRows {
  const known = new Map<string, BadRow>();
  const nameOf = ({ store, kind, id }: RowKey): string => `${store} ${kind} ${id}`;

  function report(row: RowKey, version: RecordVersion, reason: string): void {
    const name = nameOf(row);
    const earlier = known.get(name);
    const { store, kind, id } = row;
    known.set(name, {
      row: { store, kind, id },
      version: version ?? earlier?.version ?? null,
      reason,
      since: earlier?.since ?? now(),
    });
    if (!earlier) log.error({ store, kind, id, reason }, `a record in the ${place.name} is damaged, and is left out`);
  }

  return {
    parse: (row, text, version) => {
      try {
        const value = JSON.parse(text) as unknown;
        if (known.size > 0 && known.get(nameOf(row))?.reason === NOT_JSON) known.delete(nameOf(row));
        return value;
      } catch {
        // The message of the error has a part of the text.
        report(row, version, NOT_JSON);
        return undefined;
      }
    },
    report,
    version: (row) => (known.size > 0 ? known.get(nameOf(row))?.version : undefined) ?? null,
    forget: (row) => {
      if (known.size > 0) known.delete(nameOf(row));
    },
    problems: () => {
      const lost = [...known.values()].filter(({ row }) => row.store === durable);
      if (lost.length === 0) return [];
      const kinds = [...new Set(lost.map(({ row }) => row.kind))].sort().join(', ');
      return [
        {
          part: 'store',
          message: `Damaged records in the ${place.name} are left out: ${lost.length} (${kinds}). The log names them. ${place.fix}`,
          since: Math.min(...lost.map(({ since }) => since)),
          until: null,
        },
      ];
    },
  };
}

/** Reports records of a store at which a listener throws. */
export function refused(badRows: BadRows): (store: string) => OnBadRecord {
  return (store) =>
    ({ kind, id, value, version = versionOf(value) }, error) => {
      badRows.report({ store, kind, id }, version, errorMessage(error));
    };
}

/** A store that only this process writes, whose followers get no record at which they throw. It counts as missing for who writes it, too. */
export function leavingOut(store: FollowedStore, name: string, badRows: BadRows): FollowedStore {
  const onBad = refused(badRows)(name);
  return {
    ...store,
    write: async (changes) => {
      const given = changes.map((change) => {
        const { kind, id, expected } = change;
        return expected === null ? { ...change, expected: badRows.version({ store: name, kind, id }) } : change;
      });
      await store.write(given);
      for (const { kind, id } of given) badRows.forget({ store: name, kind, id });
    },
    follow: (kinds, listener, options) =>
      store.follow(
        kinds,
        (changes) => {
          reportTo(listener, changes, onBad);
        },
        options,
      ),
  };
}
