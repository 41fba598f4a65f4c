import { isListed, type ItemRow, type ProjectTable, type Row } from './rows.ts';
import type { Json } from './json.ts';

/** Rows of cycles and modules, and the counts that Plane adds in its answers, but not in its webhooks (plane 1.3.1, recorded). */

/** Columns of every row: id, times, project, workspace, author. */
export interface OwnColumns extends Row {
  readonly created_at: string;
  readonly project: string;
  readonly workspace: string;
  readonly created_by: string | null;
}

/** A cycle as Plane stores a new one: a draft, which has no dates. */
export function cycleRow(own: OwnColumns, fields: Readonly<Record<string, Json>>): Row {
  const dates = { start_date: null, end_date: null, timezone: 'UTC', version: 1 };
  return { ...planRow(own), ...dates, progress_snapshot: {}, owned_by: own.created_by, ...fields };
}

/** A module as Plane stores a new one. */
export function moduleRow(own: OwnColumns, fields: Readonly<Record<string, Json>>): Row {
  const texts = { description_text: null, description_html: null };
  const dates = { start_date: null, target_date: null, status: 'planned' };
  return { ...planRow(own), ...texts, ...dates, lead: own.created_by, members: [], ...fields };
}

function planRow(own: OwnColumns): Row {
  return {
    updated_at: own.created_at,
    deleted_at: null,
    description: '',
    view_props: {},
    sort_order: 65_535,
    archived_at: null,
    logo_props: {},
    external_source: null,
    external_id: null,
    updated_by: null,
    ...own,
  };
}

/**
 * The row as answers have it, with its items counted: all of them, and by group of their state. For modules Plane counts no group past 1
 * (reference: Plane, apps/api/plane/api/views/module.py).
 */
export function withCounts(kind: 'cycles' | 'modules', row: Row, project: ProjectTable): Row {
  const items = [...(project.contents.get(row.id) ?? [])].flatMap((id) => project.items.get(id) ?? []).filter(isListed);
  const groupOf = ({ state }: ItemRow): string | undefined =>
    state === null ? undefined : project.states.get(state)?.group;
  const count = (group: string): number => {
    const found = items.filter((item) => groupOf(item) === group).length;
    return kind === 'modules' ? Math.min(found, 1) : found;
  };
  return {
    ...row,
    total_issues: items.length,
    cancelled_issues: count('cancelled'),
    completed_issues: count('completed'),
    started_issues: count('started'),
    unstarted_issues: count('unstarted'),
    backlog_issues: count('backlog'),
  };
}
