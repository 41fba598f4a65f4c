import type { SheetJson } from '../../http/api/timesheet/responses.ts';
import { withApi, type Api } from '../connect.ts';
import { CommandError, type Io } from '../io.ts';
import { sheetText } from './render.ts';
import { sheetWarnings } from './warnings.ts';

/** `timesheet`: hours that are in calendars, matched to Plane. */

/** The flags that say which hours. */
export interface HoursFlags {
  readonly from?: string;
  readonly to?: string;
  readonly source?: string;
  readonly member?: string;
  readonly round?: string;
  readonly roundMinutes?: number;
}

/** The flags of a timesheet. */
export interface SheetFlags extends HoursFlags {
  readonly format?: 'table' | 'csv' | 'json';
}

/** Base of its addresses. */
export const API = '/api/v1/timesheet';

/** Prints the hours; what else is to be known goes to standard error. */
export async function timesheet(io: Io, { format = 'table', ...flags }: SheetFlags): Promise<void> {
  await withApi(io, async (api) => {
    const sheet = await readSheet(api, flags);
    if (format === 'json') io.out(`${JSON.stringify(sheet, null, 2)}\n`);
    else if (format === 'csv') io.out(await api.download(`${addressOf(flags)}&format=csv`));
    else io.out(sheetText(sheet, (flags.round ?? 'off') !== 'off'));
    if (format !== 'json') printWarnings(io, sheet);
  });
}

/** The hours that flags say. */
export async function readSheet(api: Api, flags: HoursFlags): Promise<SheetJson> {
  return (await api.json('GET', addressOf(flags))) as SheetJson;
}

/** Prints to standard error what is to be known besides the hours. */
export function printWarnings(io: Io, sheet: SheetJson): void {
  for (const line of sheetWarnings(sheet)) io.err(`${line}\n`);
}

/** The fields of a request, by the names of the API. */
export function fieldsOf({
  from,
  to,
  source,
  member,
  round,
  roundMinutes,
}: HoursFlags): Record<string, string | number> {
  if (roundMinutes !== undefined && round === undefined)
    throw new CommandError('Say how to round, too: --round up or --round nearest.');
  const fields = { from, to, source, member, round, round_minutes: roundMinutes };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Record<
    string,
    string | number
  >;
}

function addressOf(flags: HoursFlags): string {
  const query = Object.entries(fieldsOf(flags)).map(([name, value]): [string, string] => [name, String(value)]);
  return `${API}?${new URLSearchParams(query).toString()}`;
}
