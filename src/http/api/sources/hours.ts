import { z } from 'zod';
import { AppError } from '../../../domain/errors.ts';
import type { Member } from '../../../domain/plane.ts';
import type { ProjectInfo, Source } from '../../../domain/ports.ts';
import type { TimesheetSettings } from '../../../domain/timesheet.ts';
import type { Resolver } from '../../../feeds/resolver.ts';
import { oneLine } from '../../../icalendar/text.ts';
import { truncate } from '../../../lib/truncate.ts';
import { sameName } from '../../../views/filter.ts';

/** Whose hours a source holds, in requests and answers of the API: names there, ids in the configuration. */

const name = z.string('must be a text').trim().min(1, 'must not be empty').max(300, 'may have 300 characters');
const fields = {
  address: z
    .string('must be a text or null')
    .trim()
    .max(320, 'may have 320 characters')
    .regex(/^[^\s@]+@[^\s@]+$/, 'must be an e-mail address')
    .transform((address) => address.toLowerCase())
    .nullable()
    .optional()
    .describe('of the member in invitations: what it declined does not count'),
  project: name.nullable().optional().describe('of entries that nothing else matches: id, identifier or name'),
  private: z
    .enum(['ignore', 'show'], 'must be ignore or show')
    .optional()
    .describe('private and confidential events: ignored (by default), or shown without their texts'),
};
const member = name.describe('whose hours it holds: id, display name or e-mail address');

/** Whose hours a new source holds. */
export const hours = z
  .strictObject({ member, ...fields })
  .nullable()
  .optional();
/** The same of a source that exists: what is left out stays. */
export const hoursChange = z
  .strictObject({ member: member.optional(), ...fields })
  .nullable()
  .optional();

/** What names are looked up in. */
export interface HoursTools {
  readonly source: Source;
  readonly resolver: Resolver;
}

/**
 * The settings that a request names; undefined where it names none. Throws `invalid`, with the candidates, for a name that means nobody, or
 * several; `missing` without a member.
 */
export async function toHours(
  request: z.infer<typeof hoursChange>,
  current: TimesheetSettings | null,
  tools: HoursTools,
): Promise<TimesheetSettings | null | undefined> {
  if (request == null) return request;
  const memberId = request.member === undefined ? current?.memberId : await memberIdOf(request.member, tools);
  if (memberId === undefined) throw new AppError('missing', '"timesheet.member" is missing: say whose hours it holds.');
  const old = current ?? { memberId, address: null, projectId: null, private: 'ignore' };
  const {
    // That of a person, not of a calendar.
    address = old.memberId === memberId ? old.address : null,
    private: privateEvents = old.private,
  } = request;
  const projectId = await projectIdOf(request.project, old.projectId, tools.source);
  return { memberId, address, projectId, private: privateEvents };
}

async function memberIdOf(given: string, { resolver }: HoursTools): Promise<string> {
  const scope = await resolver.scope({ person: given });
  if (scope.kind !== 'person') throw new Error('the scope of a person is another one');
  return scope.memberId;
}

async function projectIdOf(
  given: string | null | undefined,
  current: string | null,
  source: Source,
): Promise<string | null> {
  if (given == null) return given === undefined ? current : null;
  const found = await source.find(given);
  if (found) return found.id;
  const projects = await source.projects();
  const [named, ...others] = projects.filter((project) => sameName(project.name, given));
  const listed = (some: readonly ProjectInfo[]): string =>
    some.map((project) => oneLine(project.identifier)).join(', ');
  const shown = truncate(oneLine(given), 60);
  if (!named) throw new AppError('invalid', `There is no project "${shown}". There are: ${listed(projects)}.`);
  if (others.length > 0)
    throw new AppError(
      'invalid',
      `Several projects are called "${shown}": ${listed([named, ...others])}. Give one of these.`,
    );
  return named.id;
}

/** The settings as the API returns them. */
export const hoursAnswer = z
  .strictObject({
    member: z.strictObject({ id: z.string(), name: z.string().describe('the id while nobody with it is known') }),
    address: z.string().nullable(),
    project: z
      .strictObject({ id: z.string(), identifier: z.string(), name: z.string() })
      .nullable()
      .describe('its texts are the id while no project with it is known'),
    private: z.enum(['ignore', 'show']),
  })
  .nullable()
  .describe('whose hours it holds, for the timesheet');

/** The settings of a source as the API returns them. */
export type HoursJson = (settings: TimesheetSettings | null) => z.infer<typeof hoursAnswer>;

/** Looks up the names behind these settings, once for all. While Plane can't say, ids take their place. */
export async function createHoursJson(all: readonly (TimesheetSettings | null)[], source: Source): Promise<HoursJson> {
  const isNeeded = all.some((settings) => settings !== null);
  const members: ReadonlyMap<string, Member> = isNeeded ? await source.members().catch(() => new Map()) : new Map();
  const projects = isNeeded ? await source.projects().catch(() => []) : [];
  return (settings) => {
    if (settings === null) return null;
    const { memberId, address, projectId } = settings;
    const project = projects.find(({ id }) => id === projectId);
    return {
      member: { id: memberId, name: members.get(memberId)?.displayName ?? memberId },
      address,
      project: projectId === null ? null : projectJson(projectId, project),
      private: settings.private,
    };
  };
}

function projectJson(id: string, project: ProjectInfo | undefined) {
  return { id, identifier: project?.identifier ?? id, name: project?.name ?? id };
}
