import type { SheetJson } from '../../http/api/timesheet/responses.ts';
import { oneLine } from '../../icalendar/text.ts';
import { table } from '../table.ts';
import { counted, createTimeText, dayText, hoursText, titleText, zonesText, type TimeText } from './words.ts';

/** A timesheet as text. */

type Entry = SheetJson['entries'][number];
type Kind = SheetJson['ignored'][number]['kind'];

/** A column of a table: its head, its cells, and whether these are numbers. */
interface Column<T> {
  readonly head: string;
  readonly cell: (row: T) => string;
  readonly isNumber?: boolean;
}

/** An entry, or the line above those of a day. */
interface DayRow {
  readonly minutes: number;
  readonly rounded: number;
  readonly entry?: Entry;
  readonly day?: string;
}

const KINDS: Readonly<Record<Kind, string>> = {
  cancelled: 'cancelled',
  declined: 'declined',
  all_day: 'all-day',
  transparent: 'shown as free',
  private: 'private',
  no_length: 'without length',
  duplicate: 'in two calendars',
  excluded: 'marked as not work',
  unreadable: 'with unreadable dates',
};
const NO_HOURS =
  'No calendar holds hours yet. Say whose hours a source holds: plane-ics source edit <source> --hours-of <member>\n';

/** What is unmatched, then everything else by day, then totals. `isRounded`: rounding was asked for. */
export function sheetText(sheet: SheetJson, isRounded: boolean): string {
  const { from, to, entries, ignored, sources } = sheet;
  if (sources.length === 0) return NO_HOURS;
  const timeText = createTimeText(sources);
  const unmatched = entries.filter((entry) => entry.matched_by === null);
  const matched = entries.filter((entry) => entry.matched_by !== null);
  const hasPeople = new Set(sources.map((source) => source.member_id)).size > 1;
  const person: Column<Entry>[] = hasPeople ? [{ head: 'PERSON', cell: ({ member }) => oneLine(member) }] : [];
  const parts = [
    entries.length === 0 ? `No hours from ${from} to ${to}.\n` : `${from} to ${to}. ${zonesText(sources)}\n`,
    unmatched.length === 0
      ? ''
      : `Unmatched (assign them on the page, under Timesheet):\n${unmatchedText(unmatched, timeText, person)}`,
    matched.length === 0 ? '' : daysText(matched, timeText, person, isRounded),
    entries.length === 0 ? '' : totalsText(sheet, isRounded),
    ignored.length === 0 ? '' : ignoredText(ignored),
  ];
  return parts.filter((part) => part !== '').join('\n');
}

function unmatchedText(entries: readonly Entry[], timeText: TimeText, person: readonly Column<Entry>[]): string {
  return tableOf(entries, [
    { head: 'DAY', cell: ({ day }) => dayText(day) },
    { head: 'TIME', cell: timeText },
    { head: 'HOURS', cell: ({ minutes }) => hoursText(minutes), isNumber: true },
    ...person,
    { head: 'TITLE', cell: titleOf },
    { head: 'WHY', cell: ({ reason }) => oneLine(reason) },
  ]);
}

/** A table in which each day has a line above its entries. */
function daysText(
  entries: readonly Entry[],
  timeText: TimeText,
  person: readonly Column<Entry>[],
  isRounded: boolean,
): string {
  const days = new Map<string, Entry[]>();
  for (const entry of entries) days.set(entry.day, [...(days.get(entry.day) ?? []), entry]);
  const rows = [...days].flatMap(([day, ofDay]) => [
    { day, minutes: sum(ofDay.map(({ minutes }) => minutes)), rounded: sum(ofDay.map((one) => one.rounded_minutes)) },
    ...ofDay.map((entry) => ({ entry, minutes: entry.minutes, rounded: entry.rounded_minutes })),
  ]);
  const ofEntry =
    (cell: (entry: Entry) => string) =>
    ({ entry }: DayRow) =>
      entry ? cell(entry) : '';
  return tableOf<DayRow>(rows, [
    { head: 'TIME', cell: ({ entry, day = '' }) => (entry ? `  ${timeText(entry)}` : dayText(day)) },
    { head: 'HOURS', cell: ({ minutes }) => hoursText(minutes), isNumber: true },
    ...roundedColumn<DayRow>(isRounded, ({ rounded }) => rounded),
    ...person.map(({ head, cell }) => ({ head, cell: ofEntry(cell) })),
    { head: 'PROJECT', cell: ofEntry(({ project }) => oneLine(project ?? '')) },
    { head: 'ITEM', cell: ofEntry(({ item }) => oneLine(item ?? '')) },
    { head: 'TITLE', cell: ofEntry(titleOf) },
  ]);
}

/** By person and project; what is unmatched is a project here. */
function totalsText({ totals, entries }: SheetJson, isRounded: boolean): string {
  const names = new Map(entries.map(({ project_id, project_name }) => [project_id, project_name]));
  const groups = new Map<string, { member: string; project: string; minutes: number; rounded: number }>();
  for (const total of totals) {
    const { member_id: memberId, project_id: projectId, project } = total;
    const key = `${memberId} ${projectId ?? ''}`;
    const name = project === null ? 'unmatched' : `${project}  ${names.get(projectId) ?? ''}`.trimEnd();
    const group = groups.get(key) ?? { member: total.member, project: name, minutes: 0, rounded: 0 };
    groups.set(key, {
      ...group,
      minutes: group.minutes + total.minutes,
      rounded: group.rounded + total.rounded_minutes,
    });
  }
  const rows = [...groups.values()].sort((a, b) => compare(a.member, b.member) || compare(a.project, b.project));
  const all = {
    member: 'total',
    project: '',
    minutes: sum(rows.map(({ minutes }) => minutes)),
    rounded: sum(rows.map(({ rounded }) => rounded)),
  };
  return tableOf(rows.length > 1 ? [...rows, all] : rows, [
    { head: 'PERSON', cell: ({ member }) => oneLine(member) },
    { head: 'HOURS', cell: ({ minutes }) => hoursText(minutes), isNumber: true },
    ...roundedColumn<(typeof rows)[number]>(isRounded, ({ rounded }) => rounded),
    { head: 'PROJECT', cell: ({ project }) => oneLine(project) },
  ]);
}

function ignoredText(ignored: SheetJson['ignored']): string {
  const counts = new Map<Kind, number>();
  for (const { kind } of ignored) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const listed = [...counts].sort(([, a], [, b]) => b - a).map(([kind, count]) => `${count} ${KINDS[kind]}`);
  return `${counted(ignored.length, 'event', 'events')} ignored: ${listed.join(', ')}. --format json lists them.\n`;
}

function roundedColumn<T>(isRounded: boolean, minutesOf: (row: T) => number): Column<T>[] {
  return isRounded ? [{ head: 'ROUNDED', cell: (row) => hoursText(minutesOf(row)), isNumber: true }] : [];
}

/** With what is to be known of it. */
function titleOf({ title, overlaps, state }: Entry): string {
  const marks = [...(overlaps ? ['overlaps'] : []), ...(state === 'new' ? [] : [state])];
  return titleText(title) + (marks.length === 0 ? '' : `  (${marks.join(', ')})`);
}

function tableOf<T>(rows: readonly T[], columns: readonly Column<T>[]): string {
  const numbers = columns.flatMap(({ isNumber = false }, at) => (isNumber ? [at] : []));
  return table(
    columns.map(({ head }) => head),
    rows.map((row) => columns.map(({ cell }) => cell(row))),
    numbers,
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
