import type { Clock } from '../domain/ports.ts';
import type { Problem } from '../domain/health.ts';
import type { Log } from '../lib/log.ts';

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
  /** Returns the value of a row; undefined for a text that is not JSON, which is reported. */
  parse(row: RowKey, text: string): unknown;
  /** Reports a row whose value is not what its readers expect. */
  report(row: RowKey, reason: string): void;
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

/** `durable` is the name of the store whose records are nowhere else. */
export function createBadRows(durable: string, now: Clock, log: Log, place = DATABASE): BadRows {
  const known = new Map<string, { readonly row: RowKey; readonly since: number }>();
  const nameOf = ({ store, kind, id }: RowKey): string => `${store} ${kind} ${id}`;

  function report(row: RowKey, reason: string): void {
    const name = nameOf(row);
    if (known.has(name)) return;
    const { store, kind, id } = row;
    known.set(name, { row: { store, kind, id }, since: now() });
    log.error({ store, kind, id, reason }, `a record in the ${place.name} is damaged, and is left out`);
  }

  return {
    parse: (row, text) => {
      try {
        return JSON.parse(text) as unknown;
      } catch {
        // The message of the error has a part of the text.
        report(row, 'not JSON');
        return undefined;
      }
    },
    report,
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
