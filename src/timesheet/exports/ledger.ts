import type { CalendarDate } from '../../domain/calendar.ts';
import { AppError } from '../../domain/errors.ts';
import type { Store, StoreChange } from '../../domain/ports.ts';
import { versionOf } from '../../lib/record-version.ts';
import { recordId } from '../identity.ts';
import type { EntryKey, ExportRow, RecordedExport } from '../timesheet.ts';

/** Exports and what they contain, as stored. An entry is in the ledger at most once, so it is in at most one CSV. */

const EXPORT = 'timesheet-export';
const EXPORTED = 'timesheet-exported';
const HEAD = 'timesheet-ledger';
const HEAD_ID = 'head';

/** A row of an export in the ledger. */
export interface LedgerRecord {
  /** Its place in the export. */
  readonly order: number;
  /** As exported; it never changes. */
  readonly row: ExportRow;
  /** As someone accepted it since: with other values, or as gone; null where nobody did. */
  readonly accepted: ExportRow | 'gone' | null;
}

/** An export without its rows, as stored. */
export type StoredExport = Omit<RecordedExport, 'rows'>;

/** What is in the ledger, and a state that two writers can't both continue. */
export interface Ledger {
  readonly records: readonly LedgerRecord[];
  readonly head: unknown;
}

/** The values that an entry is compared with: as accepted last, else as exported. */
export function believed({ row, accepted }: LedgerRecord): ExportRow {
  return accepted === null || accepted === 'gone' ? row : accepted;
}

/** The day under which a record is reported. */
export function dayOfRecord(record: LedgerRecord): CalendarDate {
  return believed(record).day;
}

/** Reads the whole ledger: an entry may have been exported from a calendar that was removed and added again. */
export async function readLedger(store: Store): Promise<Ledger> {
  // The head first: a write after it makes the next one fail.
  const head = await store.get(HEAD, HEAD_ID);
  const records = (await store.list(EXPORTED)).map(([, value]) => value as LedgerRecord);
  return { records, head };
}

/** All exports, newest first. */
export async function listExports(store: Store): Promise<readonly StoredExport[]> {
  const all = (await store.list(EXPORT)).map(([, value]) => value as StoredExport);
  return all.sort((a, b) => b.created - a.created || (a.id < b.id ? -1 : 1));
}

/** Throws `not_found`. */
export async function getExport(store: Store, id: string): Promise<StoredExport> {
  const found = (await store.get(EXPORT, id)) as StoredExport | undefined;
  if (!found) throw new AppError('not_found', 'There is no export with this id.');
  return found;
}

/** The rows of an export, in its order. */
export function rowsOf({ records }: Ledger, exportId: string): LedgerRecord[] {
  return records.filter(({ row }) => row.exportId === exportId).sort((a, b) => a.order - b.order);
}

/** Records an export and its rows, or throws `conflict` where the ledger has changed since it was read. */
export async function writeExport(
  store: Store,
  ledger: Ledger,
  stored: StoredExport,
  rows: readonly ExportRow[],
): Promise<void> {
  const added = rows.map((row, order): StoreChange => {
    const value: LedgerRecord = { order, row, accepted: null };
    return { kind: EXPORTED, id: ledgerId(row), value, expected: null };
  });
  await store.write([headChange(ledger), { kind: EXPORT, id: stored.id, value: stored, expected: null }, ...added]);
}

/** Removes an export and its rows. Throws `conflict` where the ledger has changed since it was read. */
export async function deleteExport(store: Store, ledger: Ledger, stored: StoredExport): Promise<void> {
  const removed = rowsOf(ledger, stored.id).map(({ row }) => ({ kind: EXPORTED, id: ledgerId(row) }));
  await store.write([headChange(ledger), { kind: EXPORT, id: stored.id, expected: versionOf(stored) }, ...removed]);
}

/** Accepts other values for a row, or that it is gone. Throws `conflict` where the ledger has changed since it was read. */
export async function acceptRow(
  store: Store,
  ledger: Ledger,
  record: LedgerRecord,
  accepted: LedgerRecord['accepted'],
): Promise<void> {
  const value: LedgerRecord = { ...record, accepted };
  await store.write([
    headChange(ledger),
    { kind: EXPORTED, id: ledgerId(record.row), value, expected: versionOf(record) },
  ]);
}

function ledgerId(entry: EntryKey): string {
  return `${entry.source}:${recordId(entry)}`;
}

function headChange({ head }: Ledger): StoreChange {
  const writes = (head as { readonly writes: number } | undefined)?.writes ?? 0;
  return { kind: HEAD, id: HEAD_ID, value: { writes: writes + 1 }, expected: versionOf(head) };
}
