import type { Access } from '../domain/feed.ts';
import type { Store } from '../domain/ports.ts';
import type { HoursCalendar } from '../views/calendar/hours.ts';
import { assemble } from './assemble.ts';
import type { Catalog } from './catalog.ts';
import { readLedger, type Ledger } from './exports/ledger.ts';
import type { PlaneAddress } from './matching/addresses.ts';
import { resolveQuery, type ResolvedQuery } from './query.ts';
import { listCorrections, listRules } from './records.ts';
import { isVisibleRule } from './rules.ts';
import { makeSheet, type SheetParts } from './sheet.ts';
import type { SheetQuery } from './timesheet.ts';

/** Reads what a query asks for, from calendars, Plane and the store. */

/** A sheet with everything that it was made of. */
export interface Reading {
  readonly query: ResolvedQuery;
  readonly catalog: Catalog;
  readonly ledger: Ledger;
  readonly parts: SheetParts;
}

/** What is read. */
export interface ReadingOptions {
  readonly calendars: readonly HoursCalendar[];
  readonly openCatalog: (viewer: Access | null) => Promise<Catalog>;
  readonly address: PlaneAddress;
  readonly store: Store;
  readonly now: number;
}

const NO_LEDGER: Ledger = { records: [], head: undefined };

/** Reads a sheet. Nothing is remembered from one reading to the next. */
export async function readSheet(asked: SheetQuery, options: ReadingOptions): Promise<Reading> {
  const { calendars, openCatalog, address, store, now } = options;
  const { viewer } = asked;
  const catalog = await openCatalog(viewer);
  const query = resolveQuery(asked, calendars, catalog, now);
  // Before the calendars: what is exported while they are read must not be new.
  const ledger = viewer === null ? await readLedger(store) : NO_LEDGER;
  const rules = (await listRules(store)).filter((rule) => isVisibleRule(rule, viewer));
  const corrections = await listCorrections(store);
  const { from, to } = query;
  const assembly = await assemble({ calendars: query.read, from, to, catalog, address, rules, corrections });
  const parts = await makeSheet({ query, assembly, catalog, records: ledger.records, calendars });
  return { query, catalog, ledger, parts };
}
