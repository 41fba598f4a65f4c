import { z } from 'zod';
import { parseHexColor } from '../calendar/color.ts';
import { isCalendarDate } from '../calendar/date.ts';
import { htmlToText } from '../calendar/html.ts';
import type { CalendarDate, Label, Mark, Member, Project, State, WorkItem } from '../domain.ts';
import { AppError } from '../errors.ts';
import { truncate } from '../truncate.ts';
import { createSharing, standingAlone, type Sharing } from './sharing.ts';

/**
 * Plane's JSON into our nouns: with decode-plans.ts the only place with Plane's field names. What we need is checked; what we can do without falls back to
 * nothing, so that one strange value never costs more than itself.
 * Source: Plane, apps/api/plane/api/serializers/.
 */

/** The fields of an item we ask for: ids only, since `expand` makes Plane three times slower. */
export const ITEM_FIELDS =
  'id,sequence_id,name,description_html,priority,state,start_date,target_date,parent,assignees,labels,created_at,updated_at,completed_at,archived_at,is_draft';

/** An id as Plane writes it. */
export const uuid = z.string().regex(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i);
/** Milliseconds since the epoch. Printed with the offset of the key's owner: text is never compared, only the instant. */
export const instant = z
  .string()
  .regex(/^[12]\d{3}-\d\d-\d\dT.*(?:Z|[+-]\d\d:\d\d)$/)
  .transform(parseInstant)
  .refine((ms) => !Number.isNaN(ms));
/** Milliseconds since the epoch; null for none and for anything else. */
export const instantOrNull = instant.nullable().catch(null);
const ids = z
  .array(uuid.nullable().catch(null))
  .transform((list) => list.filter((id) => id !== null))
  .catch([]);

const project = z.object({
  id: uuid,
  identifier: z.string().min(1),
  name: z.string().catch(''),
  timezone: z.string().catch('UTC'),
  created_at: instantOrNull,
  archived_at: z.unknown(),
  cycle_view: z.boolean().catch(true),
  module_view: z.boolean().catch(true),
  network: z.number().catch(2),
  workspace: z.string().catch(''),
  is_member: z.boolean().catch(true),
  logo_props: z
    .object({ icon: z.object({ color: z.string() }) })
    .nullable()
    .catch(null),
});

const state = z.object({
  id: uuid,
  name: z.string().catch(''),
  group: z
    .enum(['backlog', 'unstarted', 'started', 'completed', 'cancelled'])
    .or(z.literal('unknown'))
    .catch('unknown'),
});
const label = z.object({ id: uuid, name: z.string().catch('') });
const member = z.object({ id: uuid, display_name: z.string().catch('') });
const reachable = z.object({ email: z.string() });

const item = z.object({
  id: uuid,
  sequence_id: z.int(),
  name: z.string().catch(''),
  description_html: z.string().nullish().catch(null),
  priority: z.enum(['urgent', 'high', 'medium', 'low', 'none']).catch('none'),
  state: uuid.nullish().catch(null),
  start_date: z.unknown(),
  target_date: z.unknown(),
  parent: uuid.nullish().catch(null),
  assignees: ids,
  labels: ids,
  created_at: instantOrNull,
  updated_at: instantOrNull,
  completed_at: instantOrNull,
  archived_at: z.unknown(),
  is_draft: z.boolean().catch(false),
});

const page = z.object({
  total_results: z.int().min(0),
  next_page_results: z.boolean(),
  results: z.array(z.unknown()),
});

const newestItem = z.object({ id: z.string(), updated_at: z.string().nullable().catch(null) });

/**
 * Milliseconds since the epoch, with the microseconds of Plane's text as a fraction: two edits may be that close. NaN for no time.
 */
export function parseInstant(text: string): number {
  const micros = /\.\d{3}(\d{1,3})/.exec(text)?.[1] ?? '';
  return Date.parse(text) + Number(`0.${micros.padEnd(1, '0')}`);
}

/** A page of a list, its results still undecoded. */
export interface Page {
  readonly total: number;
  /** Plane's `next_cursor` is filled on the last page too; this alone tells the end. */
  readonly hasNext: boolean;
  readonly results: readonly unknown[];
}

/** Throws `plane_not_json` when it isn't a page of Plane's API. */
export function decodePage(json: unknown, path: string): Page {
  const parsed = page.safeParse(json);
  if (!parsed.success)
    throw new AppError('plane_not_json', `The answer for ${path} is not a page of Plane's API. Check PLANE_URL.`);
  const { total_results: total, next_page_results: hasNext, results } = parsed.data;
  return { total, hasNext, results };
}

/** The mark of a project's items, from a page of them with the newest first. */
export function markOf({ total, results }: Page): Mark {
  const newest = newestItem.safeParse(results[0]).data;
  return { total, newestId: newest?.id ?? null, updatedAt: newest?.updated_at ?? null };
}

/** The mark from an undecoded page. */
export function decodeMark(json: unknown, path: string): Mark {
  return markOf(decodePage(json, path));
}

/** The id of any result, or undefined. */
export function idOf(json: unknown): string | undefined {
  return newestItem.safeParse(json).data?.id;
}

/** The project as its feeds need it, and whether the key's user is a member; null when it isn't a project. */
export function decodeProject(json: unknown): { id: string; project: Project; isMember: boolean } | null {
  const { success, data } = project.safeParse(json);
  if (!success) return null;
  return {
    id: data.id,
    isMember: data.is_member,
    project: {
      id: data.id,
      identifier: data.identifier,
      name: data.name,
      color: data.logo_props === null ? null : parseHexColor(data.logo_props.icon.color),
      timezone: data.timezone,
      createdAt: data.created_at ?? 0,
      archived: data.archived_at !== null && data.archived_at !== undefined,
      hasCycles: data.cycle_view,
      hasModules: data.module_view,
      secret: data.network === 0,
      workspaceId: data.workspace,
    },
  };
}

export function decodeState(json: unknown): State | null {
  return state.safeParse(json).data ?? null;
}

export function decodeLabel(json: unknown): Label | null {
  return label.safeParse(json).data ?? null;
}

export function decodeMember(json: unknown): Member | null {
  const data = member.safeParse(json).data;
  return data ? { id: data.id, displayName: data.display_name } : null;
}

/** True for a person with that e-mail address, in any letter case. The address itself goes no further. */
export function hasEmail(json: unknown, email: string): boolean {
  const plain = (text: string): string => text.trim().toLowerCase();
  const { data } = reachable.safeParse(json);
  return data !== undefined && plain(data.email) !== '' && plain(data.email) === plain(email);
}

/** Something about an item that could not be used; `reason` is a clause for a log line. */
export interface Fault {
  readonly key: string;
  readonly reason: string;
}

/**
 * The item, or null when it belongs in no feed (archived, draft) or can't be one. Each fault is told.
 * A date that no calendar can hold (31 February, year 1) counts as none. `share` is that of the items that came with it.
 */
export function decodeWorkItem(
  json: unknown,
  projectIdentifier: string,
  tell: (fault: Fault) => void,
  share: Sharing = createSharing(),
): WorkItem | null {
  const parsed = item.safeParse(json);
  const raw = (typeof json === 'object' && json !== null ? json : {}) as { sequence_id?: unknown; id?: unknown };
  const key = `${projectIdentifier}-${shown(raw.sequence_id ?? raw.id ?? 'unknown')}`;
  if (!parsed.success) {
    const fields = [...new Set(parsed.error.issues.map((issue) => issue.path.join('.') || 'item'))].join(', ');
    tell({ key, reason: `left out, unusable: ${fields}` });
    return null;
  }
  const { data } = parsed;
  if (data.is_draft || (data.archived_at !== null && data.archived_at !== undefined)) return null;

  const date = (name: 'start_date' | 'target_date'): CalendarDate | null => {
    const value = data[name];
    if (value === null || value === undefined) return null;
    if (typeof value === 'string' && isCalendarDate(value)) return value;
    tell({ key, reason: `${name} ${shown(value)} is no day a calendar can hold and counts as none` });
    return null;
  };
  const text = (): string => {
    try {
      return standingAlone(htmlToText(data.description_html ?? ''));
    } catch {
      tell({ key, reason: 'its description can not be read and counts as none' });
      return '';
    }
  };
  const createdAt = data.created_at ?? data.updated_at ?? 0;
  return {
    id: share.text(data.id),
    number: data.sequence_id,
    name: data.name,
    priority: data.priority,
    startDate: date('start_date'),
    targetDate: date('target_date'),
    stateId: share.text(data.state ?? null),
    parentId: share.text(data.parent ?? null),
    assigneeIds: share.list(data.assignees),
    labelIds: share.list(data.labels),
    text: text(),
    createdAt,
    updatedAt: data.updated_at ?? createdAt,
    completedAt: data.completed_at,
  };
}

/** Short, for a log line. Lists and objects aren't written out: one that is nested deep enough can't be. */
function shown(value: unknown): string {
  if (typeof value === 'string') return truncate(value, 40);
  return typeof value === 'object' && value !== null ? (Array.isArray(value) ? 'a list' : 'an object') : String(value);
}
