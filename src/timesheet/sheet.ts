import { runInSlices } from '../lib/cooperative.ts';
import { groupBy } from '../lib/group-by.ts';
import type { HoursCalendar } from '../views/calendar/hours.ts';
import type { Assembly, Entry } from './assemble.ts';
import type { Catalog } from './catalog.ts';
import type { LedgerRecord } from './exports/ledger.ts';
import { believed } from './exports/ledger.ts';
import { findGone } from './exports/gone.ts';
import { hasChanged, pairRows, type Pairing, type RowValues } from './exports/states.ts';
import type { ResolvedQuery } from './query.ts';
import { roundTotal, spread, type RoundingRule } from './rounding.ts';
import type { IgnoredEntry, Sheet, SheetEntry, SheetSource, SheetTotal } from './timesheet.ts';

/** Makes a sheet of what was assembled. */

/** A sheet, and the entries and rows behind it. */
export interface SheetParts {
  readonly sheet: Sheet;
  /** In the order of the sheet's entries. */
  readonly entries: readonly Entry[];
  readonly pairing: Pairing;
}

/** What a sheet is made of. */
export interface SheetOptions {
  readonly query: ResolvedQuery;
  readonly assembly: Assembly;
  readonly catalog: Catalog;
  /** None for a member: exports are the administrator's. */
  readonly records: readonly LedgerRecord[];
  /** All calendars with hours. */
  readonly calendars: readonly HoursCalendar[];
}

/** The sheet for a query. */
export async function makeSheet(options: SheetOptions): Promise<SheetParts> {
  const { query, assembly, catalog, records, calendars } = options;
  const { from, to, shown } = query;
  const isInRange = (day: string): boolean => day >= from && day <= to;
  const sources = new Set(shown.map(({ id }) => id));
  const pairing = await runInSlices(pairRows(assembly.entries, records, calendars));
  const all = assembly.entries.filter(({ day }) => isInRange(day));
  const rounded = roundEntries(all, query.rounding);
  const entries = all.filter(({ source }) => sources.has(source));
  const shownEntries = await runInSlices(
    eachOf(entries, (entry) => toSheetEntry(entry, rounded.get(entry) ?? 0, pairing, catalog)),
  );
  const gone = await runInSlices(
    findGone(records, {
      assembly,
      pairing,
      calendars,
      isInRange,
      isWanted: ({ row }) => sources.has(row.source) && (!query.member || row.member.id === query.member.id),
    }),
  );
  const sheet: Sheet = {
    from,
    to,
    entries: shownEntries,
    ignored: assembly.ignored
      .filter(({ day, source }) => isInRange(day) && sources.has(source))
      .map((one): IgnoredEntry => {
        const { source, uid, instance, start, end, day, title, calendar, ignored } = one;
        const member = catalog.member(calendar.settings.memberId);
        return { source, uid, instance, start, end, day, title, ...ignored, member };
      }),
    totals: totalsOf(shownEntries),
    gone,
    warnings: warningsOf(shown, entries),
    sources: shown.map((calendar) => toSource(calendar, catalog)),
    projects: catalog.shown,
  };
  return { sheet, entries, pairing };
}

function* eachOf<T, R>(all: readonly T[], work: (one: T) => R): Generator<undefined, R[]> {
  const done: R[] = [];
  for (const one of all) {
    done.push(work(one));
    yield;
  }
  return done;
}

/** The minutes of each entry, so that they add up to the rounded total of its person, project and day. */
function roundEntries(entries: readonly Entry[], rounding: RoundingRule): ReadonlyMap<Entry, number> {
  const rounded = new Map<Entry, number>();
  for (const group of groupBy(entries, groupKey).values()) {
    const minutes = group.map((entry) => entry.minutes);
    const total = minutes.reduce((sum, one) => sum + one, 0);
    const shares = spread(minutes, roundTotal(total, rounding));
    for (const [index, entry] of group.entries()) rounded.set(entry, shares[index] ?? 0);
  }
  return rounded;
}

/** What is rounded together: a person, a project and a day. */
export function groupKey({ calendar, match, day }: Entry): string {
  return JSON.stringify([calendar.settings.memberId, match.project?.id ?? null, day]);
}

/** An entry as a row of the ledger is compared with it. */
export function rowValues({ start, end, info, match, calendar }: Entry, catalog: Catalog): RowValues {
  const { project, item } = match;
  return { start, end, title: info.title, project, item, member: catalog.member(calendar.settings.memberId) };
}

function toSheetEntry(entry: Entry, roundedMinutes: number, pairing: Pairing, catalog: Catalog): SheetEntry {
  const { source, uid, instance, day, minutes, info, match, overlaps } = entry;
  const record = pairing.rowOf(entry);
  const values = rowValues(entry, catalog);
  const isChanged = record !== undefined && hasChanged(record, values, match.isPending);
  return {
    source,
    uid,
    instance,
    ...values,
    day,
    minutes,
    roundedMinutes,
    matchedBy: match.by,
    reason: match.reason,
    overlaps,
    state: record === undefined ? 'new' : isChanged ? 'changed' : 'exported',
    exported: isChanged ? believed(record) : null,
    isPrivate: info.isPrivate,
    categories: info.categories,
    organizer: info.organizer,
  };
}

function totalsOf(entries: readonly SheetEntry[]): SheetTotal[] {
  const totals = new Map<string, SheetTotal>();
  for (const { day, member, project, minutes, roundedMinutes } of entries) {
    const key = JSON.stringify([day, member.name, member.id, project?.identifier ?? '', project?.id ?? '']);
    const before = totals.get(key);
    totals.set(key, {
      day,
      member,
      project,
      minutes: (before?.minutes ?? 0) + minutes,
      roundedMinutes: (before?.roundedMinutes ?? 0) + roundedMinutes,
    });
  }
  return [...totals].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, total]) => total);
}

function warningsOf(calendars: readonly HoursCalendar[], entries: readonly Entry[]): string[] {
  const ofCalendars = calendars.flatMap(({ name, checkedAt, error }) => {
    if (error === null) return checkedAt === null ? [`“${name}” has not been read yet.`] : [];
    const since =
      checkedAt === null ? '' : ` since ${new Date(checkedAt).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
    return [`“${name}” could not be read${since}: ${error.replace(/\.$/, '')}.`];
  });
  const ofParts = calendars.flatMap(({ name, dropped }) =>
    dropped === 0
      ? []
      : [
          `“${name}” has ${dropped === 1 ? 'a part that was' : `${dropped} parts that were`} left out or read differently; its source lists ${dropped === 1 ? 'it' : 'them'}.`,
        ],
  );
  const warnings = [...ofCalendars, ...ofParts];
  const pending = entries.filter(({ match }) => match.isPending).length;
  if (pending === 0) return warnings;
  const count = pending === 1 ? '1 entry waits' : `${pending} entries wait`;
  return [...warnings, `${count} for work items that could not be loaded from Plane yet.`];
}

function toSource({ id, name, settings, timezone, checkedAt, error }: HoursCalendar, catalog: Catalog): SheetSource {
  const member = catalog.member(settings.memberId);
  return { id, name, member, address: settings.address, timezone, checkedAt, error };
}
