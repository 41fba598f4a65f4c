import { request } from 'undici';
import type { Config } from '../../../../src/config/config.ts';
import type { Membership } from '../../../../src/demo/rows.ts';
import type { SmallPlaneOptions } from '../../../../src/demo/plane.ts';
import { ALPHA, acmeTables } from '../../../support/acme.ts';
import { aTestApp, type TestApp } from '../../../support/app.ts';
import { ask, type Answer, type Json } from '../../ask.ts';

/** The workspace with a user in each role, on a server where they may sign in. */

export { ALPHA };
/** A project with an item, in which only Ada is. */
export const SECRET = '396b8147-0e93-4175-985a-17c1a724f4fb';

export const IDS = {
  member: '7c4495b4-0043-4b8c-8401-9fede0d4d380',
  guest: 'ad76e032-b154-48d1-9e07-19575e4621e2',
  deactivated: '122a5222-76e9-4e5a-8ecf-ba69401d6d13',
  outsider: '99999999-0000-4000-8000-000000000009',
} as const;

export type Role = keyof typeof IDS;

/** The API key of each user. */
export const KEYS: Readonly<Record<Role | 'admin', string>> = {
  admin: 'plane_api_of_ada_her_second_key',
  member: 'plane_api_of_bob',
  guest: 'plane_api_of_carol',
  deactivated: 'plane_api_of_eve',
  outsider: 'plane_api_of_mallory',
};

export interface MemberSite extends TestApp {
  readonly memberships: Map<string, Membership>;
  /** Signs in; rejects unless that is accepted. Returns the cookie. */
  signIn(role: Role | 'admin'): Promise<string>;
  /** A request as a browser with that cookie sends it, from the page itself. */
  as(cookie: string, method: string, path: string, body?: unknown): Promise<Answer & { readonly json: Json }>;
}

export async function aMemberSite(
  config: Partial<Config> = {},
  planeOptions: Partial<SmallPlaneOptions> = {},
): Promise<MemberSite> {
  const memberships = new Map<string, Membership>([
    [IDS.member, { isActive: true, workspaceRole: 15, roles: new Map([[ALPHA, 15]]) }],
    [IDS.guest, { isActive: true, workspaceRole: 5, roles: new Map([[ALPHA, 5]]) }],
    [IDS.deactivated, { isActive: false, workspaceRole: 15, roles: new Map([[ALPHA, 15]]) }],
    [
      IDS.outsider,
      {
        isActive: false,
        workspaceRole: 20,
        roles: new Map(),
        person: { id: IDS.outsider, display_name: 'mallory', email: 'mallory@example.test' },
      },
    ],
  ]);
  const tables = { ...acmeTables(), memberships };
  tables.keys.set(KEYS.admin, tables.keys.values().next().value ?? '');
  for (const role of Object.keys(IDS) as Role[]) tables.keys.set(KEYS[role], IDS[role]);
  const site = await aTestApp({ selfService: true, ...config }, { tables, ...planeOptions });
  site.plane.createItem(SECRET, { name: 'Buy the competitor', target_date: '2026-11-25' });
  const [theirs] = site.plane.tables.projects.get(ALPHA)?.items.values() ?? [];
  site.plane.editItem(theirs?.id ?? '', { assignees: [IDS.guest] });
  const browser = { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' };
  return {
    ...site,
    memberships,
    signIn: async (role) => {
      const answer = await logIn(site, KEYS[role]);
      if (answer.statusCode !== 204) throw new Error(`${answer.statusCode}: ${await answer.body.text()}`);
      await answer.body.dump();
      const set = [answer.headers['set-cookie'] ?? []].flat();
      return set.find((one) => one.startsWith('plane_ics_member='))?.split(';')[0] ?? '';
    },
    as: async (cookie, method, path, body) => {
      const text = body === undefined ? null : JSON.stringify(body);
      const answer = await ask(site, path, { ...browser, cookie }, method, text);
      return { ...answer, json: answer.text.startsWith('{') ? (JSON.parse(answer.text) as Json) : {} };
    },
  };
}

/** An attempt to sign in with that key. */
export function logIn(site: TestApp, key: string) {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ plane_api_key: key });
  return request(`${site.url}/api/v1/session`, { method: 'POST', headers, body });
}

/** A link to the project ALPHA. */
export const ALPHA_LINK = { name: 'Mine', scope: { projects: ['ALPHA'] } };
