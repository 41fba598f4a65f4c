import type { Dispatcher } from 'undici';
import { z } from 'zod';
import { AppError } from '../../../domain/errors.ts';
import type { Clock, Identify, Identity } from '../../../domain/ports.ts';
import { readPages } from '../api/pages.ts';
import { createPaths } from '../api/paths.ts';
import type { Query } from '../api/client.ts';
import { requestPlane } from '../api/request.ts';
import { decoderOf, invalidAnswer, members, shapeOf, uuid } from '../decode/decode.ts';

/** Reads with a person's own API key who they are and which projects they are in. Source: Plane, apps/api/plane/api/views/user.py and project.py. */

const ME = '/users/me/';
/** Old versions of Plane allow no more. */
const PAGE_SIZE = 100;
const MAX_PROJECTS = 2_000;
const MAX_BYTES = 2_000_000;
const LONGEST_MS = 15_000;
/** A key has its own rate limit in Plane; this bounds what strangers can make this server do at once. */
const MAX_AT_ONCE = 8;
/** Plane's roles: 20 admin, 15 member, 5 guest. A role that we don't know sees as little as a guest. */
const MEMBER = 15;

const membershipShape = shapeOf(
  'project',
  z.object({ id: uuid, is_member: z.boolean(), member_role: z.number().nullable() }),
  { member_role: null },
);
/** Null for a project that is listed because it is public. */
const membership = decoderOf(membershipShape, ({ id, is_member: isMember, member_role: role }) =>
  isMember ? ({ id, role: role !== null && role >= MEMBER ? 'member' : 'guest' } as const) : null,
);

export interface IdentifyOptions {
  /** The API's address, ending in "/api/v1". */
  readonly apiUrl: string;
  readonly workspace: string;
  readonly dispatcher: Dispatcher;
  /** Aborts all requests. */
  readonly signal: AbortSignal;
  readonly now: Clock;
}

/**
 * These requests take nothing of the server's own budget, since Plane counts by key, and what Plane says to them pauses nothing. None is
 * retried, and redirects are not followed: the key goes nowhere but to `apiUrl`.
 */
export function createIdentify({ apiUrl, workspace, dispatcher, signal, now }: IdentifyOptions): Identify {
  const { projects: projectsPath } = createPaths(workspace);
  let running = 0;

  async function identify(apiKey: string): Promise<Identity> {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(LONGEST_MS)]);
    const get = async (path: string, query: Query): Promise<unknown> => {
      const url = new URL(apiUrl + path);
      for (const [name, value] of Object.entries(query))
        if (value !== undefined) url.searchParams.set(name, String(value));
      return (await requestPlane({ url, apiKey, dispatcher, maxBytes: MAX_BYTES, signal: limited, now })).json;
    };
    const { value: me, faults } = members.decode(await get(ME, {}), () => true);
    if (me === null) throw invalidAnswer(ME, [...faults.values()].join(', '));
    const rows = await readProjects((query) => get(projectsPath, query), projectsPath);
    return { memberId: me.id, displayName: me.displayName, projects: membershipsIn(rows, projectsPath) };
  }

  return async (key) => {
    if (running >= MAX_AT_ONCE)
      throw new AppError('plane_limit', 'Too many people are signing in at the moment.', { retryAfterSeconds: 5 });
    running++;
    try {
      return await identify(key);
    } finally {
      running--;
    }
  };
}

async function readProjects(fetchPage: (query: Query) => Promise<unknown>, path: string): Promise<unknown[]> {
  const rows: unknown[] = [];
  for await (const { results } of readPages(fetchPage, path, { fields: 'id,is_member,member_role' }, PAGE_SIZE)) {
    rows.push(...results);
    if (rows.length > MAX_PROJECTS)
      throw new AppError('plane_too_many_pages', `${path} has more than ${MAX_PROJECTS} projects.`);
  }
  return rows;
}

/** Throws `plane_invalid` where a row makes no sense: a sign-in must not take away a project by mistake. */
function membershipsIn(rows: readonly unknown[], path: string): Identity['projects'] {
  return rows.flatMap((row) => {
    const { value, faults } = membership.decode(row, () => true);
    if (value === null && faults.size > 0) throw invalidAnswer(path, [...faults.values()].join(', '));
    return value ?? [];
  });
}
