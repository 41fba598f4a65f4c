import type { Entry } from '../assemble.ts';
import { createRecordIndex, instantText, type Identified } from '../identity.ts';
import { locateInstance } from '../instances/expand.ts';
import type { Instance } from '../instances/instance.ts';
import type { HoursCalendar } from '../../views/calendar/hours.ts';
import { groupBy } from '../../lib/group-by.ts';
import type { ExportRow } from '../timesheet.ts';
import { believed, dayOfRecord, type LedgerRecord } from './ledger.ts';

/** Which rows of the ledger are about which entries. */

/** Rows by entries. Each row is about one entry at most, and each entry has one row at most. */
export interface Pairing {
  rowOf(entry: Entry): LedgerRecord | undefined;
  entryOf(record: LedgerRecord): Entry | undefined;
}

/** What an entry would be as a row. */
export type RowValues = Pick<ExportRow, 'start' | 'end' | 'title' | 'project' | 'item' | 'member'>;

/**
 * Finds the rows of entries. The row of an entry is that of its own calendar; else one of another calendar of the same person that has no
 * entry of its own here, so nothing is exported twice because a calendar was removed and added again, or is there twice; else that of an
 * instance of the same event on the same day that is no longer one, so nothing is exported twice because a whole series got another time.
 */
export function* pairRows(
  entries: readonly Entry[],
  records: readonly LedgerRecord[],
  calendars: readonly HoursCalendar[],
): Generator<undefined, Pairing> {
  const rows = new Map<Entry, LedgerRecord>();
  const entryOf = new Map<LedgerRecord, Entry>();
  const pair = (entry: Entry, record: LedgerRecord | undefined): void => {
    if (record === undefined || entryOf.has(record)) return;
    rows.set(entry, record);
    entryOf.set(record, entry);
  };
  const unpaired = (): LedgerRecord[] => records.filter((record) => !entryOf.has(record));
  const own = createRecordIndex(records, identify);
  for (const entry of entries) {
    pair(entry, own.find(entry));
    yield;
  }
  const others = groupBy(unpaired(), ({ row }) => personKey(row.member.id, row.uid));
  for (const entry of others.size === 0 ? [] : entries) {
    if (rows.has(entry)) continue;
    const candidates = others.get(personKey(memberOf(entry), entry.uid)) ?? [];
    pair(
      entry,
      candidates.find((record) => !entryOf.has(record) && isAbout(record, entry)),
    );
  }
  const isNew = (entry: Entry): boolean => !rows.has(entry);
  for (const [entry, record] of aloneOnTheirDay(entries.filter(isNew), unpaired())) {
    if (record.accepted !== 'gone' && locateRow(record, calendars) === null) pair(entry, record);
    yield;
  }
  return { rowOf: (entry) => rows.get(entry), entryOf: (record) => entryOf.get(record) };
}

/** The entries and rows of an event of which a day has one each. */
function aloneOnTheirDay(
  entries: readonly Entry[],
  records: readonly LedgerRecord[],
): (readonly [Entry, LedgerRecord])[] {
  const dayKey = (memberId: string, uid: string, day: string): string => JSON.stringify([memberId, uid, day]);
  const byDay = groupBy(records, (record) => dayKey(record.row.member.id, record.row.uid, dayOfRecord(record)));
  return [...groupBy(entries, (entry) => dayKey(memberOf(entry), entry.uid, entry.day))].flatMap(
    ([key, [entry, ...moreEntries]]) => {
      const [record, ...moreRecords] = byDay.get(key) ?? [];
      return entry && record && moreEntries.length + moreRecords.length === 0 ? [[entry, record] as const] : [];
    },
  );
}

function memberOf({ calendar }: Entry): string {
  return calendar.settings.memberId;
}

function identify(record: LedgerRecord): Identified {
  const { source, uid, instance, start } = record.row;
  return { source, uid, instance, starts: [start, believed(record).start] };
}

const personKey = (memberId: string, uid: string): string => JSON.stringify([memberId, uid]);

/** Whether a row of another calendar is about the same instance. */
function isAbout(record: LedgerRecord, entry: Entry): boolean {
  const { source } = record.row;
  if (source === entry.source) return false;
  return createRecordIndex([record], identify).find({ ...entry, source }) !== undefined;
}

/** Where the instance of a row is now, in its own calendar; null for nowhere. */
export function locateRow(record: LedgerRecord, calendars: readonly HoursCalendar[]): Instance | null {
  const { source, uid, instance } = record.row;
  const calendar = calendars.find(({ id }) => id === source);
  if (!calendar) return null;
  const found = locateInstance(calendar, uid, instance);
  if (found) return found;
  for (const start of identify(record).starts) {
    // A series that became a single event, or the other way round.
    const other = locateInstance(calendar, uid, instance === null ? instantText(start) : null);
    if (other && (instance === null || instantText(other.start) === instance)) return other;
  }
  return null;
}

/** Whether an entry is no longer what was exported or accepted. While it can't be matched, its project is not compared. */
export function hasChanged(record: LedgerRecord, now: RowValues, isPending: boolean): boolean {
  if (record.accepted === 'gone') return true;
  const before = believed(record);
  if (before.start !== now.start || before.end !== now.end || before.title !== now.title) return true;
  if (before.member.id !== now.member.id) return true;
  return !isPending && (before.project?.id !== now.project?.id || before.item?.id !== now.item?.id);
}
