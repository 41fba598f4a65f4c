import { z } from 'zod';
import { isCalendarDate } from '../../../icalendar/date.ts';
import { htmlToText } from '../../../views/html.ts';
import type { CalendarDate } from '../../../domain/calendar.ts';
import type { Priority, WorkItem } from '../../../domain/plane.ts';
import { truncate } from '../../../lib/truncate.ts';
import { EPOCH, instant, shapeOf, uuid } from './decode.ts';
import { decodeObject, isObject, kindOf, type Shape, type WasSent } from './shape.ts';
import { createNameSharing, standingAlone, type NameSharing } from './name-sharing.ts';

/** Work items. Source: Plane, apps/api/plane/api/serializers/issue.py and db/models/issue.py. */

/** The fields of an item we ask for: ids only, since `expand` makes Plane three times slower. */
export const ITEM_FIELDS =
  'id,sequence_id,name,description_html,priority,state,start_date,target_date,parent,assignees,labels,created_at,updated_at,completed_at,archived_at,is_draft';
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
});
type Raw = z.output<typeof withText>;

/** Older versions of Plane lack some; every version has the state and the target date. */
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
};
const ESSENTIAL = new Set(['start_date', 'archived_at', 'is_draft']);

/** What an item in a list has. */
export const itemShape: Shape<Raw> = shapeOf('work item', withText, DEFAULTS, ESSENTIAL);
const shapeWithoutText: Shape<Omit<Raw, 'description_html'> & { description_html?: string | null | undefined }> =
  shapeOf('work item', withText.extend({ description_html: z.string().nullish() }), DEFAULTS, ESSENTIAL);

/** Something about an item worth a line in the log; `reason` is a clause. */
export interface Note {
  readonly key: string;
  readonly reason: string;
}

/** An item as Plane sent it. */
export interface DecodedItem {
  /** null where not even that can be read. */
  readonly id: string | null;
  /** The WEB-12 of messages, or what there is of it. */
  readonly key: string;
  /** null for one that can't be used, and for one that belongs in no feed. */
  readonly item: WorkItem | null;
  /** Archived or a draft: it belongs in no feed. */
  readonly isHidden: boolean;
  /** What is wrong, as a clause by Plane's field. A date that no calendar can hold is among them, and counts as none in `item`. */
  readonly faults: ReadonlyMap<string, string>;
}

/** How an item is decoded. */
export interface ItemDecoding {
  /** Of the project. */
  readonly identifier: string;
  readonly wasSent: WasSent;
  /** False where descriptions were not asked for. */
  readonly hasText?: boolean;
  /** Called for what is worth a line in the log. */
  readonly note?: (note: Note) => void;
  /** Of the items that came with it. */
  readonly share?: NameSharing;
}

export function decodeWorkItem(json: unknown, decoding: ItemDecoding): DecodedItem {
  const { identifier, wasSent, hasText = true, note = () => undefined, share = createNameSharing() } = decoding;
  const { value, faults } = decodeObject<
    Omit<Raw, 'description_html'> & { description_html?: string | null | undefined }
  >(hasText ? itemShape : shapeWithoutText, json, wasSent);
  const raw = isObject(json) ? json : {};
  const id = uuid.safeParse(raw.id).data ?? null;
  const key = `${identifier}-${shown(raw.sequence_id ?? raw.id ?? 'unknown')}`;
  if (value === null) return { id, key, item: null, isHidden: false, faults };
  if (value.is_draft || value.archived_at !== null) return { id, key, item: null, isHidden: true, faults };

  const odd = new Map(faults);
  const date = (name: 'start_date' | 'target_date'): CalendarDate | null => {
    const text = value[name];
    if (text === null || isCalendarDate(text)) return text;
    odd.set(name, `"${name}" is no day a calendar can hold`);
    note({ key, reason: `${name} ${shown(text)} is no day a calendar can hold` });
    return null;
  };
  const text = (): string => {
    try {
      return standingAlone(htmlToText(value.description_html ?? ''));
    } catch {
      note({ key, reason: 'its description can not be read and counts as none' });
      return '';
    }
  };
  const createdAt = value.created_at || value.updated_at;
  const item: WorkItem = {
    id: share.text(value.id),
    number: value.sequence_id,
    name: value.name,
    priority: value.priority,
    startDate: date('start_date'),
    targetDate: date('target_date'),
    stateId: share.text(value.state),
    parentId: share.text(value.parent),
    assigneeIds: share.list(value.assignees),
    labelIds: share.list(value.labels),
    text: text(),
    createdAt,
    updatedAt: value.updated_at || createdAt,
    completedAt: value.completed_at,
  };
  return { id, key, item, isHidden: false, faults: odd };
}

/** Short, for a log line. Lists and objects aren't written out: one that is nested deep enough can't be. */
function shown(value: unknown): string {
  if (typeof value === 'string') return truncate(value, 40);
  return typeof value === 'object' && value !== null ? kindOf(value) : String(value);
}
