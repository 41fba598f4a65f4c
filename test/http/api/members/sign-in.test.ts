import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { api, type Json } from '../../ask.ts';
import { ALPHA, aMemberSite, IDS, KEYS, logIn, type MemberSite } from './fixture.ts';

/** Signing in with a Plane API key of one's own, in each role. */

let site: MemberSite;
beforeEach(async () => {
  site = await aMemberSite();
});
afterEach(() => site.close());

const session = async (cookie: string): Promise<Json> => (await site.as(cookie, 'GET', '/api/v1/session')).json;
const identifiers = async (cookie: string): Promise<string[]> =>
  ((await site.as(cookie, 'GET', '/api/v1/projects')).json.projects as { identifier: string }[]).map(
    (one) => one.identifier,
  );

test('a member sees who they are, until when, and the projects they are in', async () => {
  const cookie = await site.signIn('member');
  expect(await session(cookie)).toMatchObject({
    authenticated: true,
    self_service: true,
    role: 'member',
    member: { id: IDS.member, name: 'bob', until: '2026-12-20T12:00:00.000Z' },
    defaults: {},
  });
  expect(await identifiers(cookie)).toEqual(['ALPHA']);
});

test('a guest sees what is theirs of it', async () => {
  const [guest, member] = [await site.signIn('guest'), await site.signIn('member')];
  await site.as(member, 'POST', '/api/v1/preview', { scope: { projects: ['ALPHA'] } });
  const [seen] = (await site.as(guest, 'GET', '/api/v1/projects')).json.projects as [Json];
  expect(seen).toMatchObject({ identifier: 'ALPHA', items: 1 });
});

test('an admin of the workspace is a member like any other here', async () => {
  const cookie = await site.signIn('admin');
  expect(await session(cookie)).toMatchObject({ role: 'member', member: { name: 'ada' } });
  expect((await site.as(cookie, 'GET', '/api/v1/grants')).status).toBe(403);
});

describe.each([
  ['of a user of another workspace', KEYS.outsider, 403, 'is not in the Plane workspace'],
  ['of a user who was deactivated', KEYS.deactivated, 403, 'is not in the Plane workspace'],
  ['that Plane does not know', 'plane_api_unknown', 401, 'Plane does not accept this API key'],
  ['with a line break', 'plane_api\nx', 400, 'must be'],
  ['that is empty', '', 400, 'must be'],
])('a key %s', (_what, key, status, message) => {
  test('is refused without a cookie', async () => {
    const answer = await logIn(site, key);
    const json = (await answer.body.json()) as Json;
    expect(answer.statusCode).toBe(status);
    expect(json.message).toContain(message);
    expect(JSON.stringify(json)).not.toMatch(/PLANE_API_KEY|PLANE_URL|PLANE_WORKSPACE/);
    expect(answer.headers['set-cookie']).toBeUndefined();
    expect((await site.as('', 'GET', '/api/v1/session')).json).toMatchObject({ authenticated: false, role: null });
  });
});

test('signing in again reads the projects again, and sees no more than them', async () => {
  const cookie = await site.signIn('member');
  site.memberships.get(IDS.member)?.roles.delete(ALPHA);
  expect(await identifiers(cookie)).toEqual(['ALPHA']);
  const again = await site.signIn('member');
  expect(await identifiers(again)).toEqual([]);
  expect(await identifiers(cookie)).toEqual([]);
});

test('the key goes to Plane twice, and is neither stored, logged nor answered', async () => {
  const before = site.plane.requests.length;
  const cookie = await site.signIn('member');
  await logIn(site, 'plane_api_unknown').then((answer) => answer.body.dump());
  const paths = site.plane.requests.slice(before).map(({ path }) => path);
  expect(paths.filter((path) => path === '/api/v1/users/me/')).toHaveLength(2);
  const all = JSON.stringify([site.log.lines, (await session(cookie)) as unknown, cookie]);
  expect(all).not.toContain(KEYS.member);
  expect(all).not.toContain('plane_api_unknown');
  expect(all).not.toContain('@');
  expect(site.log.lines).toContainEqual(
    expect.objectContaining({ message: 'audit', fields: { action: 'sign in', by: IDS.member, member: IDS.member } }),
  );
});

test("is limited together with the administrator's log-in", async () => {
  for (let count = 0; count < 20; count++) expect((await logIn(site, 'plane_api_unknown')).statusCode).toBe(401);
  const before = site.plane.requests.length;
  const answer = await logIn(site, KEYS.member);
  expect(answer.statusCode).toBe(429);
  expect(answer.headers['retry-after']).toBeDefined();
  expect(site.plane.requests.length).toBe(before);
  expect((await site.as('', 'POST', '/api/v1/session', { token: 'wrong' })).status).toBe(429);
});

test('many who succeed are not limited', async () => {
  for (let count = 0; count < 25; count++) await site.signIn('member');
});

test.each([
  ['is down', { kind: 'status', status: 502 }, 502],
  ['limits requests, or too many sign in at once', { kind: 'limit', retryAfter: 30 }, 429],
] as const)('while Plane %s, failed attempts count as no wrong tokens', async (_what, fault, status) => {
  site.plane.onRequest = ({ path }) => (path.includes('/users/me/') ? fault : undefined);
  for (let count = 0; count < 25; count++) expect((await logIn(site, KEYS.member)).statusCode).toBe(status);
  expect((await api(site, 'GET', 'links')).status).toBe(200);
});

test.each([
  ['is down', { kind: 'status', status: 502 }, 502],
  ['redirects to elsewhere', { kind: 'redirect', location: 'https://evil.example.com/' }, 502],
  ['answers with a page', { kind: 'html' }, 502],
  ['limits requests', { kind: 'limit', retryAfter: 30 }, 429],
] as const)('while Plane %s nobody signs in, and the server itself goes on asking', async (_what, fault, status) => {
  site.plane.onRequest = ({ path }) => (path.includes('/users/me/') ? fault : undefined);
  const answer = await logIn(site, KEYS.member);
  expect(answer.statusCode).toBe(status);
  expect(await answer.body.text()).not.toMatch(/PLANE_(?!API_ERROR)|evil|127\.0\.0\.1/);
  site.plane.onRequest = () => undefined;
  const health = await site.as('', 'GET', '/health');
  expect(health.status).toBe(200);
  expect(await site.signIn('member')).not.toBe('');
});

test('where it is switched off, nobody signs in, and cookies end at once', async () => {
  const cookie = await site.signIn('member');
  await site.reload({ SELF_SERVICE: 'false' });
  expect(await session(cookie)).toMatchObject({ authenticated: false, self_service: false, role: null });
  const before = site.plane.requests.length;
  expect((await logIn(site, KEYS.member)).statusCode).toBe(403);
  expect(site.plane.requests.length).toBe(before);
  expect((await site.as(cookie, 'GET', '/api/v1/links')).status).toBe(401);
});
