import type { Json } from './json.ts';

/** Rows of the small Plane, with Plane's own field names and in the shape its API v1 answers (plane 1.3.1, recorded). */

/** Any row: columns by name. */
export interface Row {
  readonly [field: string]: Json;
  readonly id: string;
}

export interface ItemRow extends Row {
  readonly type_id: string | null;
  readonly created_at: string;
  readonly updated_at: string;
  readonly deleted_at: string | null;
  readonly point: number | null;
  readonly name: string;
  readonly description_html: string;
  readonly description_binary: string | null;
  readonly priority: string;
  readonly start_date: string | null;
  readonly target_date: string | null;
  readonly sequence_id: number;
  readonly sort_order: number;
  readonly completed_at: string | null;
  readonly archived_at: string | null;
  readonly is_draft: boolean;
  readonly external_source: string | null;
  readonly external_id: string | null;
  readonly created_by: string | null;
  readonly updated_by: string | null;
  readonly project: string;
  readonly workspace: string;
  readonly parent: string | null;
  readonly state: string | null;
  readonly estimate_point: string | null;
  readonly type: string | null;
  readonly assignees: readonly string[];
  readonly labels: readonly string[];
}

export interface StateRow extends Row {
  readonly name: string;
  readonly color: string;
  readonly group: string;
}

export interface LabelRow extends Row {
  readonly name: string;
  readonly color: string;
}

export interface PersonRow extends Row {
  readonly display_name: string;
}

export interface ProjectRow extends Row {
  readonly name: string;
  readonly identifier: string;
  readonly archived_at: string | null;
  readonly is_member: boolean;
}

/** A project and everything in it. Maps are in Plane's own order of listing. */
export interface ProjectTable {
  row: ProjectRow;
  readonly items: Map<string, ItemRow>;
  readonly states: Map<string, StateRow>;
  readonly labels: Map<string, LabelRow>;
  /** Ids of people. */
  readonly members: Set<string>;
  readonly cycles: Map<string, Row>;
  readonly modules: Map<string, Row>;
  /** Ids of the items in each cycle and module, by its id. */
  readonly contents: Map<string, Set<string>>;
}

/** What a user other than the first one may see. */
export interface Membership {
  /** False for a user who was deactivated or removed, and for one of another workspace. */
  isActive: boolean;
  /** 20 admin, 15 member, 5 guest. */
  readonly workspaceRole: number;
  /** The same by project; a project that is missing is one they are not in. */
  readonly roles: Map<string, number>;
  /** For one who is not among the people of this workspace. */
  readonly person?: PersonRow;
}

/** Everything the small Plane holds. */
export interface Tables {
  readonly workspace: { readonly id: string; readonly slug: string };
  readonly people: Map<string, PersonRow>;
  /** Roles in the workspace, by person: 20 admin, 15 member, 5 guest. */
  readonly roles: Map<string, number>;
  readonly projects: Map<string, ProjectTable>;
  /** API keys and whose they are. */
  readonly keys: Map<string, string>;
  /** By person. For one without an entry, the rows of projects say it: so it is for the user whose key the server has. */
  readonly memberships?: Map<string, Membership>;
}

/** An item that lists and details show: not archived, not a draft, not deleted, its project not archived. */
export function isListed(item: ItemRow): boolean {
  return item.archived_at === null && !item.is_draft && item.deleted_at === null;
}

/** The items that Plane lists for a project. */
export function listedItems(project: ProjectTable): ItemRow[] {
  return project.row.archived_at === null ? [...project.items.values()].filter(isListed) : [];
}
