import { z } from 'zod';
import { parseHexColor } from '../../../icalendar/color.ts';
import type { Label, SyncMark, Member, Project, State } from '../../../domain/plane.ts';
import { AppError } from '../../../domain/errors.ts';
import { decodeObject, isObject, kindOf, type Decoded, type Shape, type WasSent } from './shape.ts';

/**
 * Decodes Plane's JSON into domain types. Only this folder and webhook.ts know Plane's field names. Another JSON type than Plane's, and null
 * where Plane never sends it, is a fault; an unknown value of the right type falls back to something harmless.
 * Source: Plane, apps/api/plane/api/serializers/ and db/models/.
 */

/** An id as Plane writes it. */
export const uuid = z.string().regex(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i);
/** Milliseconds since the epoch. Plane prints it with the UTC offset of the key's user, so only instants are compared, never text. */
export const instant = z
  .string()
  .regex(/^[12]\d{3}-\d\d-\d\dT.*(?:Z|[+-]\d\d:\d\d)$/)
  .transform(parseInstant)
  .refine((ms) => !Number.isNaN(ms));
/** Stands for an unknown instant. */
export const EPOCH = '1970-01-01T00:00:00Z';
const NONE: ReadonlySet<string> = new Set();

/** A shape with the keys of the schema. */
export function shapeOf<T>(
  name: string,
  schema: z.ZodObject & z.ZodType<T>,
  defaults: Shape<T>['defaults'] = {},
  essential: Shape<T>['essential'] = NONE,
): Shape<T> {
  return { name, schema, keys: Object.keys(schema.shape), defaults, essential };
}

const projectShape = shapeOf(
  'project',
  z.object({
    id: uuid,
    identifier: z.string().min(1),
    name: z.string(),
    timezone: z.string(),
    created_at: instant,
    archived_at: z
      .string()
      .regex(/^\d{4}-\d\d-\d\d/)
      .nullable(),
    cycle_view: z.boolean(),
    module_view: z.boolean(),
    network: z.number(),
    // Empty where it is not known. The data folder belongs to it for good, so no other text will do.
    workspace: uuid.or(z.literal('')),
    is_member: z.boolean(),
    // Free-form: what users choose in the web app.
    logo_props: z.record(z.string(), z.unknown()).nullable(),
  }),
  {
    name: '',
    timezone: 'UTC',
    created_at: EPOCH,
    archived_at: null,
    cycle_view: true,
    module_view: true,
    network: 2,
    workspace: '',
    is_member: true,
    logo_props: null,
  },
  new Set(['archived_at', 'is_member']),
);
const icon = z.object({ icon: z.object({ color: z.string() }) });

const GROUPS = ['backlog', 'unstarted', 'started', 'completed', 'cancelled'] as const;
const stateShape = shapeOf('state', z.object({ id: uuid, name: z.string(), group: z.string() }), {
  name: '',
  group: 'unknown',
});
const labelShape = shapeOf('label', z.object({ id: uuid, name: z.string() }), { name: '' });
const memberShape = shapeOf('member', z.object({ id: uuid, display_name: z.string() }), { display_name: '' });
const reachable = z.object({ email: z.string() });

const page = z.object({
  total_results: z.int().min(0),
  next_page_results: z.boolean(),
  results: z.array(z.unknown()),
});
const identified = z.object({ id: uuid });
const markShape = shapeOf('newest work item', z.object({ id: uuid, updated_at: instant }));

/**
 * Milliseconds since the epoch, with the microseconds of Plane's text as a fraction: two edits may be that close. NaN if it is no instant.
 */
export function parseInstant(text: string): number {
  const micros = /\.\d{3}(\d{1,3})/.exec(text)?.[1] ?? '';
  return Date.parse(text) + Number(`0.${micros.padEnd(1, '0')}`);
}

/** The error `plane_invalid` for an answer that makes no sense. `what` is a clause, `path` the address below the API's. */
export function invalidAnswer(path: string, what: string): AppError {
  return new AppError('plane_invalid', `Plane's answer makes no sense: ${what} (/api/v1${path}).`);
}

/** A page of a list, its results still undecoded. */
export interface Page {
  readonly total: number;
  /** False on the last page. Plane's `next_cursor` is filled there too. */
  readonly hasNext: boolean;
  readonly results: readonly unknown[];
}

/** Throws `plane_not_json` if it is no page of Plane's API, and `plane_invalid` if it is one that makes no sense. */
export function decodePage(json: unknown, path: string): Page {
  const parsed = page.safeParse(json);
  if (!parsed.success) {
    const isPage = isObject(json) && Object.keys(page.shape).some((key) => Object.hasOwn(json, key));
    if (!isPage)
      throw new AppError('plane_not_json', `The answer for ${path} is not a page of Plane's API. Check PLANE_URL.`);
    const key = String(parsed.error.issues[0]?.path[0]);
    throw invalidAnswer(path, `"${key}" is ${kindOf(json[key])}`);
  }
  const { total_results: total, next_page_results: hasNext, results } = parsed.data;
  return { total, hasNext, results };
}

/** The mark of a project's items, from a page of them with the newest first. Throws `plane_invalid`. */
export function markOf({ total, results }: Page, path: string): SyncMark {
  const [newest] = results;
  if (newest === undefined && total === 0) return { total, newestId: null, updatedAt: null };
  if (newest === undefined) throw invalidAnswer(path, `the first page of ${total} results is empty`);
  const { value, faults } = decodeObject(markShape, newest, () => true);
  if (value === null) throw invalidAnswer(path, `${[...faults.values()].join(', ')} in the newest work item`);
  return { total, newestId: value.id, updatedAt: (newest as { updated_at: string }).updated_at };
}

/** The mark from an undecoded page. Throws as `decodePage` does. */
export function decodeMark(json: unknown, path: string): SyncMark {
  return markOf(decodePage(json, path), path);
}

/** The id of any result, or undefined. */
export function idOf(json: unknown): string | undefined {
  return identified.safeParse(json).data?.id;
}

/** Decodes objects of one kind. */
export interface Decoder<T> {
  readonly shape: Pick<Shape<unknown>, 'name' | 'keys'>;
  /** The value is null, without a fault, for an object that Plane lists and feeds never show. */
  readonly decode: (json: unknown, wasSent: WasSent) => Decoded<T>;
}

/** A decoder that maps a decoded object to a domain type. */
export function decoderOf<Raw, T>(shape: Shape<Raw>, toDomain: (raw: Raw) => T | null): Decoder<T> {
  return {
    shape,
    decode: (json, wasSent) => {
      const { value, faults } = decodeObject(shape, json, wasSent);
      return { value: value === null ? null : toDomain(value), faults };
    },
  };
}

/** A project, and whether the key's user is a member. */
export interface ListedProject {
  readonly id: string;
  readonly project: Project;
  readonly isMember: boolean;
}

/** Projects, in the list or at their own address. */
export const projects: Decoder<ListedProject> = decoderOf(projectShape, (data) => {
  const color = icon.safeParse(data.logo_props).data?.icon.color;
  return {
    id: data.id,
    isMember: data.is_member,
    project: {
      id: data.id,
      identifier: data.identifier,
      name: data.name,
      color: color === undefined ? null : parseHexColor(color),
      timezone: data.timezone,
      createdAt: data.created_at,
      archived: data.archived_at !== null,
      hasCycles: data.cycle_view,
      hasModules: data.module_view,
      secret: data.network === 0,
      workspaceId: data.workspace,
    },
  };
});

/** States of a project; an unknown group is `unknown`. */
export const states: Decoder<State> = decoderOf(stateShape, ({ id, name, group }) => {
  return { id, name, group: GROUPS.find((one) => one === group) ?? 'unknown' };
});

/** Labels of a project. */
export const labels: Decoder<Label> = decoderOf(labelShape, (data) => data);

/** People of a project or of the workspace. */
export const members: Decoder<Member> = decoderOf(memberShape, (data) => ({
  id: data.id,
  displayName: data.display_name,
}));

/** Ids of work items. */
export const ids: Decoder<{ readonly id: string }> = decoderOf(shapeOf('work item', identified), (data) => data);

/** True for a person with that e-mail address, in any letter case. The address itself is not stored. */
export function hasEmail(json: unknown, email: string): boolean {
  const plain = (text: string): string => text.trim().toLowerCase();
  const { data } = reachable.safeParse(json);
  return data !== undefined && plain(data.email) !== '' && plain(data.email) === plain(email);
}

/** A list as a map. */
export function byId<T extends { readonly id: string }>(list: readonly T[]): Map<string, T> {
  return new Map(list.map((one) => [one.id, one]));
}
