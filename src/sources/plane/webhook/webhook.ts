import { createHmac, timingSafeEqual } from 'node:crypto';
import { AppError } from '../../../domain/errors.ts';
import type { Names } from '../../../domain/plane.ts';
import { ITEM_FIELDS } from '../decode/item.ts';
import { parseInstant } from '../decode/decode.ts';
import { namesIn } from '../decode/expanded.ts';

/**
 * Plane's webhooks, in every shape that its versions send. A body is a hint that something changed; only one with a whole item says what.
 * Source: Plane, apps/api/plane/bgtasks/webhook_task.py, and its issue_activities_task.py up to v0.26.0.
 */

/** Checks a signature, 64 hex digits, over the received bytes. Every secret is tried, in constant time. */
export function isSigned(body: Buffer, signature: string, secrets: readonly string[]): boolean {
  if (!/^[0-9a-f]{64}$/i.test(signature)) return false;
  const claimed = Buffer.from(signature, 'hex');
  const matches = secrets.map(
    (secret) => secret !== '' && timingSafeEqual(createHmac('sha256', secret).update(body).digest(), claimed),
  );
  return matches.includes(true);
}

interface DeliveryBase {
  /** "created", "updated", "deleted", in v2 also "archived"; any other word unchanged; "unknown" for none. */
  readonly action: string;
  readonly workspaceId: string | null;
  /** Names at the time of the delivery: of the item's state, labels and assignees, and of who made the change. */
  readonly names: Names;
}

/** A whole item, as it was when Plane wrote the delivery. */
export interface ItemDelivery extends DeliveryBase {
  readonly kind: 'item';
  readonly projectId: string;
  readonly itemId: string;
  /** In the form that `decodeWorkItem` expects: the fields of a list, relations as ids. */
  readonly row: unknown;
  /** Plane's name for the group, which may be "triage"; null if the body has none. */
  readonly stateGroup: string | null;
  readonly isDraft: boolean;
  readonly isArchived: boolean;
  readonly updatedAt: number | null;
}

/** Something in a project changed. */
export interface ProjectChange extends DeliveryBase {
  readonly kind: 'project';
  readonly projectId: string;
  readonly itemId: string | null;
  /** The project itself changed, such as its name. */
  readonly isOfProject: boolean;
}

/** Something changed in an unknown project. */
export interface WorkspaceChange extends DeliveryBase {
  readonly kind: 'workspace';
  readonly itemId: string | null;
}

/** The content of a delivery. Ids are lower-case UUIDs. */
export type Delivery = ItemDelivery | ProjectChange | WorkspaceChange;

type Json = Readonly<Record<string, unknown>>;

/** Parses a delivery. Throws `missing` if it is no JSON object; of an unknown shape, whatever can be recognized is used. */
export function readDelivery(body: Buffer): Delivery {
  const json = parse(body);
  return json.version === 'v2' || wordOf(json.event).includes('.') ? readV2(json) : readV1(json);
}

function readV1(json: Json): Delivery {
  const event = wordOf(json.event);
  const data = objectOf(json.data);
  const actor = objectOf(json.activity).actor;
  const names = namesIn(event === 'issue' ? [data, { assignees: [actor] }] : [{ assignees: [actor] }]);
  const common = { action: actionOf(json.action), workspaceId: idOf(json.workspace_id), names };
  if (event === 'project') return changeIn(common, idOf(data.id), null, true);
  const projectId = idOf(data.project) ?? idOf(data.project_id);
  if (event !== 'issue') return changeIn(common, projectId, idOf(data.issue));
  const itemId = idOf(data.id);
  const row = isOfItself(common.action, objectOf(json.activity).field) ? rowOf(data) : null;
  if (row === null || projectId === null || itemId === null) return changeIn(common, projectId, itemId);
  return {
    kind: 'item',
    ...common,
    projectId,
    itemId,
    row,
    stateGroup: wordOf(objectOf(data.state).group) || null,
    isDraft: row.is_draft === true,
    isArchived: row.archived_at !== null,
    updatedAt: instantOf(row.updated_at),
  };
}

/** Plane Cloud's format. It is only known from its documentation, so it never counts as a whole item. */
function readV2(json: Json): Delivery {
  const event = wordOf(json.event).toLowerCase();
  const data = objectOf(json.data);
  const before = objectOf(json.previous_attributes);
  const entity = wordOf(json.entity_type).toLowerCase();
  // Published examples also have "WebhookScope.ScopeChoices.WORK_ITEM_UPDATED".
  const action = actionOf(event.split(/[._]/).at(-1));
  const common = { action, workspaceId: idOf(json.workspace_id), names: namesIn([]) };
  const entityId = idOf(json.entity_id) ?? idOf(data.id) ?? idOf(before.id);
  if (event.startsWith('project.') || entity === 'project') return changeIn(common, entityId, null, true);
  const itemId =
    entity === 'issue' || /^workitem\.\w+$/.test(event) ? entityId : (idOf(data.issue_id) ?? idOf(before.issue_id));
  return changeIn(common, idOf(data.project_id) ?? idOf(before.project_id), itemId);
}

function changeIn(
  common: DeliveryBase,
  projectId: string | null,
  itemId: string | null,
  isOfProject = false,
): Delivery {
  return projectId === null
    ? { kind: 'workspace', ...common, itemId }
    : { kind: 'project', ...common, projectId, itemId, isOfProject };
}

/** True if the change is one of the item itself. Up to v0.26.0, "created" with a field such as "cycles" means that it was added there. */
function isOfItself(action: string, field: unknown): boolean {
  const word = wordOf(field);
  return action === 'updated' || (action === 'created' && ['', 'None', 'issue'].includes(word));
}

const FIELDS = ITEM_FIELDS.split(',');
const NULLABLE = ['start_date', 'target_date', 'created_at', 'updated_at', 'completed_at', 'archived_at'];

/** The row in the form of lists; null for a deleted item, and if a field is missing or invalid: applying it would remove that field's value. */
function rowOf(data: Json): Json | null {
  const [state, parent, creator, labels, assignees] = [
    relation(data.state),
    relation(data.parent),
    relation(data.created_by),
    relations(data.labels),
    relations(data.assignees),
  ];
  if ([state, parent, creator].includes(undefined) || labels === null || assignees === null) return null;
  if (!FIELDS.every((name) => data[name] !== undefined) || (valueOf(data.deleted_at) ?? null) !== null) return null;
  const row: Record<string, unknown> = {};
  for (const name of FIELDS) row[name] = NULLABLE.includes(name) ? valueOf(data[name]) : data[name];
  return { ...row, id: idOf(data.id), state, parent, created_by: creator, labels, assignees };
}

/** The id of a relation given as an object or as an id; null for none; undefined if it is neither. */
function relation(value: unknown): string | null | undefined {
  return valueOf(value) === null ? null : (idOf(value) ?? idOf(objectOf(value).id) ?? undefined);
}

function relations(value: unknown): readonly string[] | null {
  if (!Array.isArray(value)) return null;
  const found = value.map(relation);
  return found.every((id) => typeof id === 'string') ? found : null;
}

function parse(body: Buffer): Json {
  try {
    const json: unknown = JSON.parse(body.toString());
    if (isObject(json)) return json;
  } catch {
    // The error below does not quote the body.
  }
  throw new AppError('missing', 'The delivery is not a JSON object.');
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function objectOf(value: unknown): Json {
  return isObject(value) ? value : {};
}

function wordOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Some bodies have the text "None" in place of null. */
function valueOf(value: unknown): unknown {
  return value === 'None' ? null : value;
}

function idOf(value: unknown): string | null {
  const text = wordOf(value).toLowerCase();
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text) ? text : null;
}

function instantOf(value: unknown): number | null {
  const text = wordOf(value);
  const ms = /^[12]\d{3}-\d\d-\d\dT.*(?:Z|[+-]\d\d:\d\d)$/.test(text) ? parseInstant(text) : NaN;
  return Number.isNaN(ms) ? null : ms;
}

const ACTIONS: Readonly<Record<string, string>> = { create: 'created', update: 'updated', delete: 'deleted' };

/** The past tense of an action: up to Plane v0.19 it is "create", "update", "delete". */
function actionOf(value: unknown): string {
  const word = wordOf(value).toLowerCase();
  if (!/^[a-z]{1,20}$/.test(word)) return 'unknown';
  return Object.hasOwn(ACTIONS, word) ? (ACTIONS[word] ?? word) : word;
}
