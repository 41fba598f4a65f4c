import { AppError } from '../../domain/errors.ts';
import type { Clock, Store } from '../../domain/ports.ts';
import type { HoursCalendar } from '../../views/calendar/hours.ts';
import { entryKey } from '../identity.ts';
import { locateInstance } from '../instances/expand.ts';
import type { Reading } from '../reading.ts';
import { minutesBetween } from '../rounding.ts';
import { rowValues } from '../sheet.ts';
import type { EntryKey, SheetQuery } from '../timesheet.ts';
import { acceptRow, readLedger } from './ledger.ts';
import { hasChanged, locateRow } from './states.ts';

/** Accepts that exported entries are no longer as they were exported. */

/** What exports work with. */
export interface ExportsOptions {
  readonly store: Store;
  readonly calendars: () => readonly HoursCalendar[];
  readonly clock: Clock;
  /** Reads the sheet for a query of an administrator, with the ledger. */
  readonly read: (query: SheetQuery) => Promise<Reading>;
}

/** Accepts an entry as it is now, or a row as gone. Throws `not_found` where neither has changed. */
export async function settle(entry: EntryKey, options: ExportsOptions): Promise<void> {
  const calendar = options.calendars().find(({ id }) => id === entry.source);
  const now = calendar ? locateInstance(calendar, entry.uid, entry.instance) : null;
  if (now?.ignored === null && (await settleEntry(entry, now.day, options))) return;
  if (!(await settleGone(entry, options)))
    throw new AppError('not_found', 'This entry has no change since its export.');
}

/** An entry that counts; its row may be one of another calendar. */
async function settleEntry(entry: EntryKey, day: string, { store, read }: ExportsOptions): Promise<boolean> {
  const { parts, catalog, ledger } = await read({ from: day, to: day, viewer: null });
  const key = entryKey(entry);
  const found = parts.entries.find((one) => entryKey(one) === key);
  const record = found && parts.pairing.rowOf(found);
  if (!found || !record) return false;
  const values = rowValues(found, catalog);
  if (!hasChanged(record, values, found.match.isPending)) return false;
  if (found.match.isPending) throw new AppError('not_ready', 'Its work item could not be loaded from Plane yet.');
  const { source, uid, instance, start, end, calendar } = found;
  await acceptRow(store, ledger, record, {
    ...values,
    source,
    uid,
    instance,
    day: found.day,
    minutes: minutesBetween(start, end),
    address: calendar.settings.address,
    exportId: record.row.exportId,
  });
  return true;
}

async function settleGone(entry: EntryKey, options: ExportsOptions): Promise<boolean> {
  const { store, calendars, read } = options;
  const ledger = await readLedger(store);
  const key = entryKey(entry);
  const record = ledger.records.find(({ row }) => entryKey(row) === key);
  const known = calendars();
  if (!record || record.accepted === 'gone' || !known.some(({ id }) => id === entry.source)) return false;
  const moved = locateRow(record, known);
  if (moved?.ignored === null) {
    const now = { source: moved.calendar.id, uid: moved.uid, instance: moved.instance };
    if (await settleEntry(now, moved.day, options)) return true;
    const { parts } = await read({ from: moved.day, to: moved.day, viewer: null });
    // It is as exported; else another calendar or a correction is the reason why it doesn't count.
    if (parts.entries.some((one) => entryKey(one) === entryKey(now))) return false;
  }
  await acceptRow(store, ledger, record, 'gone');
  return true;
}
