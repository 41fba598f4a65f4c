import { AppError } from '../../domain/errors.ts';
import { groupBy } from '../../lib/group-by.ts';
import type { Entry } from '../assemble.ts';
import type { Catalog } from '../catalog.ts';
import { minutesBetween, roundTotal, spread, type RoundingRule } from '../rounding.ts';
import { groupKey, rowValues, type SheetParts } from '../sheet.ts';
import type { ChangedEntry, ExportRow, SheetEntry } from '../timesheet.ts';
import { believed, type LedgerRecord } from './ledger.ts';

/** Chooses what a new export contains. */

/** What an export is made of. */
export interface NewRowsOptions {
  readonly parts: SheetParts;
  readonly catalog: Catalog;
  readonly exportId: string;
  readonly rounding: RoundingRule;
  /** Whether entries without a match are exported too. */
  readonly withUnmatched: boolean;
  readonly records: readonly LedgerRecord[];
}

/** The rows, and how many entries were left out because nothing matches them. */
export interface NewRows {
  readonly rows: readonly ExportRow[];
  readonly unmatched: number;
}

/** The rows of a sheet that were never exported, by start. Those that can't be matched yet are left out in any case. */
export function newRows(options: NewRowsOptions): NewRows {
  const { parts, catalog, exportId, withUnmatched } = options;
  const isNew = parts.sheet.entries.map(({ state }) => state === 'new');
  const candidates = parts.entries.filter((_entry, index) => isNew[index]);
  const chosen = candidates.filter(({ match }) => (match.project !== null || withUnmatched) && !match.isPending);
  if (chosen.length > 0 && catalog.members.size === 0)
    throw new AppError('not_ready', 'The names of people could not be loaded from Plane yet. Try again in a minute.');
  const minutes = billedMinutes(chosen, options);
  const rows = chosen.map((entry): ExportRow => {
    const { source, uid, instance, day, calendar } = entry;
    const address = calendar.settings.address;
    const values = rowValues(entry, catalog);
    return { source, uid, instance, day, ...values, minutes: minutes.get(entry) ?? 0, exportId, address };
  });
  return { rows, unmatched: candidates.length - chosen.length };
}

/**
 * New entries get what is missing to the rounded total of their person, project and day: what was exported of it before counts, as it was
 * exported.
 */
function billedMinutes(
  chosen: readonly Entry[],
  { parts, records, rounding }: NewRowsOptions,
): ReadonlyMap<Entry, number> {
  const billed = new Map<Entry, number>();
  const before = groupBy(
    records.filter((record) => record.accepted !== 'gone' && parts.pairing.entryOf(record) !== undefined),
    (record) => rowGroupKey(believed(record)),
  );
  for (const [key, group] of groupBy(chosen, groupKey)) {
    const minutes = group.map((entry) => entry.minutes);
    const earlier = (before.get(key) ?? []).map(believed);
    const exact = sum(minutes) + sum(earlier.map(({ start, end }) => minutesBetween(start, end)));
    const missing = Math.max(0, roundTotal(exact, rounding) - sum(earlier.map((row) => row.minutes)));
    // Without rounding nothing is made up for: each row has its own minutes.
    const shares = rounding.round === 'off' ? minutes : spread(minutes, missing);
    for (const [index, entry] of group.entries()) billed.set(entry, shares[index] ?? 0);
  }
  return billed;
}

function rowGroupKey({ member, project, day }: ExportRow): string {
  return JSON.stringify([member.id, project?.id ?? null, day]);
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

/** What an entry was exported as, and what it is now. */
export function toChangedEntry(entry: SheetEntry): ChangedEntry[] {
  const { source, uid, instance, exported, start, end, title, project, item, member, minutes } = entry;
  if (exported === null) return [];
  return [{ source, uid, instance, before: exported, now: { start, end, title, project, item, member, minutes } }];
}
