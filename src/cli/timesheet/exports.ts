import type { ExportJson } from '../../http/api/timesheet/responses.ts';
import { oneLine } from '../../icalendar/text.ts';
import { withApi, type Api } from '../connect.ts';
import { CommandError, type Io } from '../io.ts';
import { replaceFile } from '../replace-file.ts';
import { table } from '../table.ts';
import { API, fieldsOf, printWarnings, readSheet, type HoursFlags } from './timesheet.ts';
import { counted, hoursText } from './words.ts';

/** `timesheet export`, `timesheet exports`: hours that are recorded as exported. */

/** The flags of an export. */
export interface ExportFlags extends HoursFlags {
  readonly unmatched?: 'include' | 'leave_out';
  /** An earlier export, to repeat. */
  readonly id?: string;
  readonly format?: 'csv' | 'json';
  /** A file, in place of standard output. */
  readonly out?: string;
}

const COLUMNS = ['ID', 'CREATED (UTC)', 'FROM', 'TO', 'OF', 'ROWS', 'HOURS', 'LEFT OUT'];
const NUMBERS = [5, 6, 7];

/** Records what was never exported, and prints it; or prints an earlier export again. */
export async function exportHours(
  io: Io,
  { unmatched, id, format = 'csv', out, ...flags }: ExportFlags,
): Promise<void> {
  const isNew = id === undefined;
  const fields = { ...fieldsOf(flags), ...(unmatched === undefined ? {} : { unmatched }) };
  if (!isNew && Object.keys(fields).length > 0)
    throw new CommandError('An earlier export can only be repeated as it is. With --id, leave out the other flags.');
  if (isNew && (flags.from === undefined || flags.to === undefined))
    throw new CommandError('Say which days to export: --from 2026-11-01 --to 2026-11-30. Or repeat one with --id.');
  await withApi(io, async (api) => {
    const made = isNew ? await create(io, api, flags, fields) : null;
    const which = made?.id ?? id ?? '';
    try {
      const bytes = await api.download(`${API}/exports/${encodeURIComponent(which)}?format=${format}`);
      if (out === undefined || out === '-') io.out(bytes);
      else await replaceFile(out, bytes);
    } catch (error) {
      if (made !== null) io.err(`${which} is recorded. Repeat it: plane-ics timesheet export --id ${which}\n`);
      throw error;
    }
    if (made !== null) io.err(`${recorded(made)}\n`);
  });
}

/** `timesheet exports`. What changed or was gone when one was made is in the JSON: beside ROWS it would be read as what changed since. */
export async function listExports(io: Io, { json = false }: { readonly json?: boolean }): Promise<void> {
  await withApi(io, async (api) => {
    const answer = (await api.json('GET', `${API}/exports`)) as { readonly exports: readonly ExportJson[] };
    if (json) io.out(`${JSON.stringify(answer, null, 2)}\n`);
    else if (answer.exports.length === 0)
      io.out('There are no exports yet. Record one with: plane-ics timesheet export --from <day> --to <day>\n');
    else io.out(table(COLUMNS, answer.exports.map(row), NUMBERS));
  });
}

/** What is wrong with the hours is said first: who exports hours must know that a calendar could not be read. */
async function create(io: Io, api: Api, flags: HoursFlags, fields: object): Promise<ExportJson> {
  printWarnings(io, await readSheet(api, flags));
  return (await api.json('POST', `${API}/exports`, fields)) as ExportJson;
}

function recorded({ id, entries, minutes, unmatched, changed, gone }: ExportJson): string {
  const left = [
    ...(unmatched > 0 ? [`${counted(unmatched, 'unmatched entry was', 'unmatched entries were')} left out`] : []),
    ...(changed > 0 ? [`${counted(changed, 'exported entry has', 'exported entries have')} changed`] : []),
    ...(gone > 0 ? [`${counted(gone, 'exported entry is', 'exported entries are')} gone`] : []),
  ];
  const what = entries === 0 ? 'nothing new' : `${counted(entries, 'row', 'rows')}, ${hoursText(minutes)} hours`;
  return [`Recorded ${id}: ${what}.`, ...left.map((one) => `${one}.`)].join(' ');
}

function row(one: ExportJson): string[] {
  const { id, created, from, to, source, member, entries, minutes, unmatched } = one;
  const of = [member, source].flatMap((each) => (each === null ? [] : [oneLine(each.name)])).join(', ') || 'all';
  const counts = [String(entries), hoursText(minutes), String(unmatched)];
  return [id, created.slice(0, 16).replace('T', ' '), from, to, of, ...counts];
}
