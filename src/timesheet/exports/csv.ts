import { csvLine } from '../../lib/csv.ts';
import { instantText } from '../identity.ts';
import type { EntryKey, RecordedExport, Sheet, SheetItem, SheetMember, SheetProject } from '../timesheet.ts';

/** Hours as CSV, in the shape that solidtime's generic importer reads. */

/** Source: solidtime, app/Service/Import/Importers/GenericTimeEntriesImporter.php. */
const COLUMNS = [
  'description',
  'billable',
  'client',
  'project',
  'tags',
  'start',
  'end',
  'task',
  'user_name',
  'user_email',
] as const;
const MINUTE_MS = 60_000;

/** A line of the CSV. */
interface Line extends EntryKey {
  readonly start: number;
  readonly minutes: number;
  readonly title: string;
  readonly project: SheetProject | null;
  readonly item: SheetItem | null;
  readonly member: SheetMember;
  readonly address: string | null;
}

/** All entries of a sheet, as rounded, a line at a time; UTF-8 with CRLF. */
export function* sheetCsv({ entries, sources }: Sheet): Generator<string> {
  const addresses = new Map(sources.map(({ id, address }) => [id, address]));
  yield csvLine(COLUMNS);
  for (const { roundedMinutes, ...entry } of entries)
    yield csvLine(cells({ ...entry, minutes: roundedMinutes, address: addresses.get(entry.source) ?? null }));
}

/** The rows of an export, a line at a time: the same bytes each time. */
export function* exportCsv({ rows }: Pick<RecordedExport, 'rows'>): Generator<string> {
  yield csvLine(COLUMNS);
  for (const row of rows) yield csvLine(cells(row));
}

/** Without a client or tags: calendars have none. People are recognized by their address, so each has one. */
function cells({ title, project, item, member, address, start, minutes }: Line): string[] {
  return [
    title,
    String(project !== null),
    '',
    project?.name ?? '',
    '',
    instantText(start),
    instantText(start + minutes * MINUTE_MS),
    item === null ? '' : `${item.key} ${item.name}`,
    member.name,
    address ?? `${member.id}@plane-ics.invalid`,
  ];
}
