import { groupBy } from '../../lib/group-by.ts';
import type { Assembly } from '../assemble.ts';
import { instantText } from '../identity.ts';
import type { HoursCalendar } from '../../views/calendar/hours.ts';
import type { GoneEntry } from '../timesheet.ts';
import { believed, dayOfRecord, type LedgerRecord } from './ledger.ts';
import { locateRow, type Pairing } from './states.ts';

/** Finds exported entries that no longer count. */

/** What rows are compared with. */
export interface GoneOptions {
  readonly assembly: Assembly;
  readonly pairing: Pairing;
  /** All calendars with hours. */
  readonly calendars: readonly HoursCalendar[];
  isWanted(record: LedgerRecord): boolean;
  /** Whether a day is one of those asked for. */
  isInRange(day: string): boolean;
}

/**
 * The rows on the days asked for whose entries don't count now, or moved to other days. A calendar that is no source any more, was never
 * read or can't be read and is empty, says nothing about its entries.
 */
export function* findGone(records: readonly LedgerRecord[], options: GoneOptions): Generator<undefined, GoneEntry[]> {
  const gone: GoneEntry[] = [];
  const reasons = reasonsOf(options.assembly);
  // Those of one event together: it is read once then.
  const sorted = [...groupBy(records, ({ row }) => row.uid).values()].flat();
  for (const record of sorted) {
    if (record.accepted !== 'gone' && options.isInRange(dayOfRecord(record)) && options.isWanted(record)) {
      const reason = reasonFor(record, options, reasons);
      const { source, uid, instance } = record.row;
      if (reason !== null) gone.push({ ...believed(record), source, uid, instance, reason });
    }
    yield;
  }
  return gone.sort((a, b) => a.start - b.start);
}

/** Why a row no longer counts; null where it does, or where that isn't known. */
function reasonFor(
  record: LedgerRecord,
  { pairing, calendars, isInRange }: GoneOptions,
  reasons: ReadonlyMap<string, string>,
): string | null {
  const entry = pairing.entryOf(record);
  if (entry) {
    const hasMoved = entry.start !== believed(record).start && !isInRange(entry.day);
    return hasMoved ? `Moved to ${entry.day}` : null;
  }
  const { source, uid, instance, member, start } = record.row;
  const calendar = calendars.find(({ id }) => id === source);
  if (!calendar || isUnknown(calendar) || calendar.settings.memberId !== member.id) return null;
  const keys = [instance, instance === null ? instantText(start) : null].map((one) => keyOf(source, uid, one));
  const known = keys.map((key) => reasons.get(key)).find((reason) => reason !== undefined);
  if (known !== undefined) return known;
  const now = locateRow(record, calendars);
  if (now === null) return 'No longer in the calendar';
  return now.ignored === null ? `Moved to ${now.day}` : now.ignored.reason;
}

function isUnknown({ checkedAt, groups, error }: HoursCalendar): boolean {
  return checkedAt === null || (groups.size === 0 && error !== null);
}

const keyOf = (source: string, uid: string, instance: string | null): string => JSON.stringify([source, uid, instance]);

/** Why instances are ignored; an event whose dates can't be worked out is so as a whole. */
function reasonsOf({ ignored }: Assembly): ReadonlyMap<string, string> {
  return new Map(
    ignored.map(({ source, uid, instance, ignored: { reason } }) => [keyOf(source, uid, instance), reason]),
  );
}
