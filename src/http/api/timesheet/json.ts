import type {
  ChangedEntry,
  EntryKey,
  ExportedEntry,
  ExportInfo,
  ExportRow,
  GoneEntry,
  IgnoredEntry,
  Rule,
  SheetEntry,
  SheetMember,
  SheetSource,
  SheetTotal,
} from '../../../timesheet/timesheet.ts';
import type { ExportJson, RecordedExportJson, RuleJson, SheetJson } from './responses.ts';

/** The timesheet as the API returns it. */

type EntryJson = SheetJson['entries'][number];
type GoneJson = SheetJson['gone'][number];

/** One entry. */
export function entryJson(entry: SheetEntry): EntryJson {
  const { project, item, exported } = entry;
  return {
    ...keyOf(entry),
    start: iso(entry.start),
    end: iso(entry.end),
    minutes: entry.minutes,
    rounded_minutes: entry.roundedMinutes,
    day: entry.day,
    title: entry.title,
    project: project?.identifier ?? null,
    project_id: project?.id ?? null,
    project_name: project?.name ?? null,
    item: item?.key ?? null,
    item_name: item?.name ?? null,
    ...personJson(entry.member),
    reason: entry.reason,
    matched_by: entry.matchedBy,
    overlaps: entry.overlaps,
    state: entry.state,
    exported: exported && exportedJson(exported),
    private: entry.isPrivate,
    categories: [...entry.categories],
    organizer: entry.organizer,
  };
}

/** An event that doesn't count. */
export function ignoredJson(entry: IgnoredEntry): SheetJson['ignored'][number] {
  const { start, end, day, title, kind, reason } = entry;
  return { ...keyOf(entry), start: iso(start), end: iso(end), day, title, kind, reason, ...personJson(entry.member) };
}

/** The hours of one person in one project on one day. */
export function totalJson({ day, member, project, minutes, roundedMinutes }: SheetTotal): SheetJson['totals'][number] {
  const named = { project: project?.identifier ?? null, project_id: project?.id ?? null };
  return { day, ...personJson(member), ...named, minutes, rounded_minutes: roundedMinutes };
}

/** An entry that was exported, and no longer counts. */
export function goneJson(entry: GoneEntry): GoneJson {
  const { exportId, reason, member } = entry;
  return { ...keyOf(entry), ...valuesJson(entry), ...personJson(member), export: exportId, reason };
}

/** A calendar whose hours a timesheet has. */
export function sourceJson(source: SheetSource): SheetJson['sources'][number] {
  const { id, name, member, address, timezone, checkedAt, error } = source;
  const lastCheck = checkedAt === null ? null : iso(checkedAt);
  return { id, name, ...personJson(member), address, timezone, last_check: lastCheck, error };
}

/** A saved rule. */
export function ruleJson({ id, when, project, item, member, created }: Rule): RuleJson {
  return {
    id,
    when: { ...when },
    project: project?.identifier ?? null,
    project_id: project?.id ?? null,
    item: item?.key ?? null,
    member: member?.name ?? null,
    member_id: member?.id ?? null,
    created: iso(created),
  };
}

/** A recorded export without its rows. */
export function exportJson(info: ExportInfo): ExportJson {
  const { id, created, from, to, source, member, round, roundMinutes, entries, minutes, unmatched, changed, gone } =
    info;
  return {
    id,
    created: iso(created),
    from,
    to,
    source: source && { id: source.id, name: source.name },
    member: member && { id: member.id, name: member.name },
    round,
    round_minutes: roundMinutes,
    entries,
    minutes,
    unmatched,
    changed,
    gone,
  };
}

/** A row of an export. */
export function rowJson(row: ExportRow): RecordedExportJson['rows'][number] {
  const { day, project, item, member, address } = row;
  return {
    ...keyOf(row),
    ...valuesJson(row),
    day,
    project_id: project?.id ?? null,
    project_name: project?.name ?? null,
    item_name: item?.name ?? null,
    ...personJson(member),
    address,
  };
}

/** An entry that was exported as something else. */
export function changedJson(entry: ChangedEntry): RecordedExportJson['changed_entries'][number] {
  const { before, now } = entry;
  return { ...keyOf(entry), before: exportedJson(before), now: { ...valuesJson(now), ...personJson(now.member) } };
}

function exportedJson(entry: ExportedEntry): NonNullable<EntryJson['exported']> {
  return { ...valuesJson(entry), export: entry.exportId };
}

function valuesJson({ start, end, minutes, title, project, item }: Omit<ExportedEntry, 'exportId'>) {
  return {
    start: iso(start),
    end: iso(end),
    minutes,
    title,
    project: project?.identifier ?? null,
    item: item?.key ?? null,
  };
}

function keyOf({ source, uid, instance }: EntryKey): EntryKey {
  return { source, uid, instance };
}

function personJson({ id, name }: SheetMember): { member: string; member_id: string } {
  return { member: name, member_id: id };
}

/** In whole seconds, as calendars have them. */
function iso(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
