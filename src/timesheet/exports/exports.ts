import { createMutex } from '../../lib/keyed-mutex.ts';
import { newId } from '../records.ts';
import type { ExportInfo, ExportRequest, RecordedExport, Timesheet } from '../timesheet.ts';
import { newRows, toChangedEntry } from './create.ts';
import { deleteExport, getExport, listExports, readLedger, rowsOf, writeExport } from './ledger.ts';
import type { StoredExport } from './ledger.ts';
import { settle, type ExportsOptions } from './settle.ts';

/** Recorded exports. */

type Exports = Pick<Timesheet, 'exports' | 'createExport' | 'readExport' | 'removeExport' | 'settle'>;

export function createExports({ store, calendars, clock, read }: ExportsOptions): Exports {
  // Two at once would conflict; on one server they wait for each other.
  const oneAtATime = createMutex();

  async function create(request: ExportRequest): Promise<ExportInfo> {
    const { query, parts, catalog, ledger } = await read({ ...request, viewer: null });
    const { from, to, rounding, source, member } = query;
    const id = newId('exp');
    const withUnmatched = request.unmatched === 'include';
    const { rows, unmatched } = newRows({
      parts,
      catalog,
      exportId: id,
      rounding,
      withUnmatched,
      records: ledger.records,
    });
    const changedEntries = parts.sheet.entries.flatMap(toChangedEntry);
    const stored: StoredExport = {
      id,
      created: clock(),
      from,
      to,
      source: source && { id: source.id, name: source.name },
      member,
      ...rounding,
      entries: rows.length,
      minutes: rows.reduce((sum, { minutes }) => sum + minutes, 0),
      unmatched,
      changed: changedEntries.length,
      gone: parts.sheet.gone.length,
      changedEntries,
      goneEntries: parts.sheet.gone,
    };
    await writeExport(store, ledger, stored, rows);
    return infoOf(stored);
  }

  return {
    exports: async () => (await listExports(store)).map(infoOf),
    createExport: (request) => oneAtATime(() => create(request)),
    readExport: async (id) => {
      const stored = await getExport(store, id);
      const rows = rowsOf(await readLedger(store), id).map(({ row }) => row);
      return { ...stored, rows } satisfies RecordedExport;
    },
    removeExport: (id) =>
      oneAtATime(async () => {
        const ledger = await readLedger(store);
        await deleteExport(store, ledger, await getExport(store, id));
      }),
    settle: (entry) => oneAtATime(() => settle(entry, { store, calendars, clock, read })),
  };
}

function infoOf({ changedEntries: _changed, goneEntries: _gone, ...info }: StoredExport): ExportInfo {
  return info;
}
