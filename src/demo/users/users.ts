import type { Membership, PersonRow, Tables } from '../rows.ts';

/** Users of the small Plane with API keys of their own: one in each role. */

/** The keys of the demo's users. They open made-up data on loopback only. */
export const USER_KEYS = {
  /** Ada: an admin of the workspace, in both projects. */
  admin: 'plane_api_000000000000000000000000000000a1',
  /** Bob: a member, of the first project alone. */
  member: 'plane_api_000000000000000000000000000000a2',
  /** Chiyo: a guest, in the first project alone. */
  guest: 'plane_api_000000000000000000000000000000a3',
  /** Dana, who was deactivated in this workspace. */
  deactivated: 'plane_api_000000000000000000000000000000a4',
  /** Eve, who is in another workspace only. */
  outsider: 'plane_api_000000000000000000000000000000e1',
} as const;

/** A role that one of the users has. */
export type UserRole = keyof typeof USER_KEYS;

const OUTSIDER: PersonRow = {
  id: '00000000-0000-4000-8000-0000000000e1',
  first_name: 'Eve',
  last_name: 'Elsewhere',
  email: 'eve@example.test',
  avatar: '',
  avatar_url: null,
  display_name: 'eve',
};

/** The tables with those users: the first four people of the workspace, in its first project. What Ada may see, the rows of projects say. */
export function withUsers(tables: Tables): Tables & { readonly memberships: Map<string, Membership> } {
  const [ada = '', bob = '', chiyo = '', dana = ''] = tables.people.keys();
  const [first = ''] = tables.projects.keys();
  const memberships = new Map<string, Membership>();
  const add = (role: UserRole, personId: string, membership: Membership): void => {
    tables.keys.set(USER_KEYS[role], personId);
    memberships.set(personId, membership);
  };
  tables.keys.set(USER_KEYS.admin, ada);
  add('member', bob, { isActive: true, workspaceRole: 15, roles: new Map([[first, 15]]) });
  add('guest', chiyo, { isActive: true, workspaceRole: 5, roles: new Map([[first, 5]]) });
  add('deactivated', dana, { isActive: false, workspaceRole: 15, roles: new Map([[first, 15]]) });
  add('outsider', OUTSIDER.id, { isActive: false, workspaceRole: 20, roles: new Map(), person: OUTSIDER });
  return { ...tables, memberships };
}
