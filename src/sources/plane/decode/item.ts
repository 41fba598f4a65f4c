import { z } from 'zod';
import { isCalendarDate } from '../../../icalendar/date.ts';
import { htmlToText } from '../../../views/html.ts';
import type { CalendarDate } from '../../../domain/calendar.ts';
import type { Priority, WorkItem } from '../../../domain/plane.ts';
import { truncate } from '../../../lib/truncate.ts';
import { EPOCH, instant, shapeOf, uuid } from './decode.ts';
import { decodeObject, isObject, kindOf, type Shape, type WasSent } from './shape.ts';
import { createNameSharing, copyOf, type NameSharing } from './name-sharing.ts';

/** Work items. Source: Plane, apps/api/plane/api/serializers/issue.py and db/models/issue.py. */

/** The requested fields of an item. Relations as ids, since `expand` makes Plane three times slower. */
export const ITEM_FIELDS =
  'id,sequence_id,name,description_html,priority,state,start_date,target_date,parent,assignees,labels,created_at,updated_at,completed_at,archived_at,is_draft,created_by';
/** The same without descriptions. */
export const ITEM_FIELDS_WITHOUT_TEXT = ITEM_FIELDS.replace('description_html,', '');

const PRIORITIES: readonly Priority[] = ['urgent', 'high', 'medium', 'low', 'none'];
const day = z.string().nullable();

const withText = z.object({
  id: uuid,
  sequence_id: z.int(),
  name: z.string(),
  description_html: z.string().nullable(),
  priority: z.string().transform((word) => PRIORITIES.find((one) => one === word) ?? 'none'),
  state: uuid.nullable(),
  start_date: day,
  target_date: day,
  parent: uuid.nullable(),
  assignees: z.array(uuid),
  labels: z.array(uuid),
  created_at: instant,
  updated_at: instant,
  completed_at: instant.nullable(),
  archived_at: z
    .string()
    .regex(/^\d{4}-\d\d-\d\d/)
    .nullable(),
  is_draft: z.boolean(),
  created_by: uuid.nullable(),
});
type Raw = z.output<typeof withText>;

/** For fields that older versions of Plane lack; every version has the state and the target date. */
const DEFAULTS = {
  description_html: null,
  priority: 'none',
  start_date: null,
  parent: null,
  assignees: [],
  labels: [],
  created_at: EPOCH,
  updated_at: EPOCH,
  completed_at: null,
  archived_at: null,
  is_draft: false,
  created_by: null,
};
const ESSENTIAL = new Set(['start_date', 'archived_at', 'is_draft']);

/** An item in a list. */
export const itemShape: Shape<Raw> = shapeOf('work item', withText, DEFAULTS, ESSENTIAL);
const shapeWithoutText: Shape<Omit<Raw, 'description_html'> & { description_html?: string | null | undefined }> =
  shapeOf('work item', withText.extend({ description_html: z.string().nullish() }), DEFAULTS, ESSENTIAL);

/** Something about an item that is worth a log line; `reason` is a clause. */
export interface Note {
  readonly key: string;
  readonly reason: string;
}

/** An item as Plane sent it. */
export interface DecodedItem {
  /** null if even that can't be read. */
  readonly id: string | null;
  /** For messages, such as WEB-12; a part of that if the rest can't be read. */
  readonly key: string;
  /** null for an item that can't be used, and for one that belongs in no feed. */
  readonly item: WorkItem | null;
  /** Archived or a draft: it belongs in no feed. */
  readonly isHidden: boolean;
  /** What is wrong, as a clause by Plane's field. A date that no calendar can hold is a fault too; `item` then has none. */
  readonly faults: ReadonlyMap<string, string>;
}

/** How an item is decoded. */
export interface ItemDecoding {
  /** The project's. */
  readonly identifier: string;
  readonly wasSent: WasSent;
  /** False if descriptions were not requested; true by default. */
  readonly hasText?: boolean;
  /** Called with what is worth a log line. */
  readonly note?: (note: Note) => void;
  /** Shared with the other items of the answer. */
  readonly share?: NameSharing;
}

/** Decodes an item, as lists and webhooks have it. Never throws. */
export function decodeWorkItem(json: unknown, decoding: ItemDecoding): DecodedItem {
  const { identifier, wasSent, hasText = true, note = () => undefined, share = createNameSharing() } = decoding;
  const { value, faults } = decodeObject<RawItem>(hasText ? itemShape : shapeWithoutText, json, wasSent);
  const raw = isObject(json) ? json : {};
  const id = uuid.safeParse(raw.id).data ?? null;
  const key = keyOf(identifier, raw);
  if (value === null) return { id, key, item: null, isHidden: false, faults };
  if (value.is_draft || value.archived_at !== null) return { id, key, item: null, isHidden: true, faults };
  const allFaults = new Map(faults);
  const noteItem = (reason: string): void => {
    note({ key, reason });
  };
  const createdAt = value.created_at || value.updated_at;
  // In an order that stays: items are compared, and stored, as JSON.
  const item: WorkItem = {
    id: share.text(value.id),
    number: value.sequence_id,
    name: value.name,
    priority: value.priority,
    startDate: dateOf('start_date', value.start_date, allFaults, noteItem),
    targetDate: dateOf('target_date', value.target_date, allFaults, noteItem),
    stateId: share.text(value.state),
    parentId: share.text(value.parent),
    assigneeIds: share.list(value.assignees),
    labelIds: share.list(value.labels),
    text: textOf(value.description_html, noteItem),
    // The epoch stands for an instant that this Plane does not send.
    createdAt,
    updatedAt: value.updated_at || createdAt,
    completedAt: value.completed_at,
    createdBy: share.text(value.created_by),
  };
  return { id, key, item, isHidden: false, faults: allFaults };
}

function keyOf(identifier: string, raw: Readonly<Record<string, unknown>>): string {
  return `${identifier}-${shown(raw.sequence_id ?? raw.id ?? 'unknown')}`;
}

type RawItem = Omit<Raw, 'description_html'> & { readonly description_html?: string | null | undefined };

/** A date; null, with a fault and a note, for one that no calendar can hold. */
function dateOf(
  name: 'start_date' | 'target_date',
  text: string | null,
  faults: Map<string, string>,
  note: (reason: string) => void,
): CalendarDate | null {
  if (text === null || isCalendarDate(text)) return text;
  faults.set(name, `"${name}" is no day a calendar can hold`);
  note(`${name} ${shown(text)} is no day a calendar can hold`);
  return null;
}

/** A description as plain text; empty, with a note, if it can't be read. */
function textOf(html: string | null | undefined, note: (reason: string) => void): string {
  try {
    return copyOf(htmlToText(html ?? ''));
  } catch {
    note('its description cannot be read and counts as none');
    return '';
  }
}

/** Short, for a log line. Lists and objects are not printed: they may be nested too deep. */
function shown(value: unknown): string {
  if (typeof value === 'string') return truncate(value, 40);
  return typeof value === 'object' && value !== null ? kindOf(value) : String(value);
}
