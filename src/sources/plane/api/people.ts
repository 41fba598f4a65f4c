import type { Member } from '../../../domain/plane.ts';
import { errorCode } from '../../../domain/errors.ts';
import * as decode from '../decode/decode.ts';
import type { Urgency } from './budget.ts';
import type { PlaneClient } from './client.ts';
import { bareRows, isMissing, type ListRules, type Lists, type Rows } from './lists.ts';
import type { Paths } from './paths.ts';

/** Reads the people of the workspace and of projects. */
export interface PeopleReader {
  /**
   * People of the workspace, including removed ones; null if the key's user may not list them (a guest). With `email`, only the person with
   * that address, in any letter case.
   */
  workspaceMembers(urgency: Urgency, email?: string): Promise<ReadonlyMap<string, Member> | null>;
  /** Those known before, or none, if this Plane has no such address (before v0.23.0). */
  projectMembers(projectId: string, urgency: Urgency, email?: string): Promise<ReadonlyMap<string, Member>>;
}

export function createPeopleReader(client: Pick<PlaneClient, 'get'>, paths: Paths, lists: Lists): PeopleReader {
  async function read(path: string, urgency: Urgency, email?: string, rules?: ListRules) {
    const readRows = async (): Promise<Rows> => bareRows((await client.get(path, {}, urgency)).json, path);
    if (email === undefined) return lists.settle(path, readRows, decode.members, rules);
    const found = (await readRows()).rows.filter((one) => decode.hasEmail(one, email));
    return decode.byId(found.flatMap((one) => decode.members.decode(one, () => true).value ?? []));
  }

  return {
    workspaceMembers: async (urgency, email) => {
      try {
        return await read(paths.members, urgency, email);
      } catch (error) {
        if (errorCode(error) !== 'plane_permission' && !isMissing(error)) throw error;
        // The list is no longer read, so no later answer could clear its fault.
        lists.dismiss(paths.members);
        return null;
      }
    },
    projectMembers: async (projectId, urgency, email) => {
      const path = paths.project(projectId, 'members/');
      try {
        return await read(path, urgency, email, { projectId });
      } catch (error) {
        if (!isMissing(error)) throw error;
        lists.dismiss(path);
        return (lists.known(path) ?? new Map()) as ReadonlyMap<string, Member>;
      }
    },
  };
}
