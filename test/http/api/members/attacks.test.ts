import { createHmac, hkdfSync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import Router from '@koa/router';
import { OPERATIONS } from '../../../../src/http/api/operations.ts';
import { checkRights } from '../../../../src/http/rights.ts';
import { api, ask } from '../../ask.ts';
import { ALPHA_LINK, aMemberSite, IDS, type MemberSite } from './fixture.ts';

/** What a member's cookie does not open, and how it ends. */

const SECRET_KEY = 'a-secret-key-of-the-tests';

let site: MemberSite;
let cookie: string;
beforeEach(async () => {
  site = await aMemberSite({ secretKey: SECRET_KEY });
  cookie = await site.signIn('member');
});
afterEach(() => site.close());

const opens = async (given: string): Promise<boolean> => {
  const { status } = await site.as(given, 'GET', '/api/v1/links');
  expect([200, 401]).toContain(status);
  return status === 200;
};

/** A cookie as the server makes it, or would with another key. */
function forged(memberId: string, issuedAt: number, key = SECRET_KEY): string {
  const text = `${memberId}.${issuedAt}`;
  const signingKey = Buffer.from(hkdfSync('sha256', key, '', 'plane-ics session of a member', 32));
  return `plane_ics_member=${text}.${createHmac('sha256', signingKey).update(text).digest('base64url')}`;
}

describe('every operation', () => {
  const closed = OPERATIONS.filter((one) => one.for === 'admin' || one.for === 'metrics');

  test.each(closed.map(({ method, path }) => [method.toUpperCase(), path]))(
    '%s %s is closed to a member',
    async (method, path) => {
      const address = path.replaceAll(/\{\w+\}/g, IDS.member);
      const { status } = await site.as(cookie, method, address, method === 'GET' ? undefined : {});
      expect(status).toBe(403);
    },
  );

  test('that is open to members is one of these', () => {
    const open = OPERATIONS.filter((one) => one.for === 'member').map(({ method, path }) => `${method} ${path}`);
    expect(open.sort()).toEqual([
      'delete /api/v1/links/{id}',
      'delete /api/v1/timesheet/rules/{id}',
      'get /api/v1/explain',
      'get /api/v1/links',
      'get /api/v1/links/{id}',
      'get /api/v1/members',
      'get /api/v1/projects',
      'get /api/v1/timesheet',
      'get /api/v1/timesheet/rules',
      'patch /api/v1/links/{id}',
      'post /api/v1/choices',
      'post /api/v1/links',
      'post /api/v1/links/{id}/rotate',
      'post /api/v1/preview',
      'post /api/v1/timesheet/corrections',
      'post /api/v1/timesheet/rules',
    ]);
  });
});

test('the service information for administrators is not shown', async () => {
  const { json } = await site.as(cookie, 'GET', '/api/v1/session');
  for (const field of ['version', 'uptime', 'warnings', 'open']) expect(json).not.toHaveProperty(field);
  const { text } = await ask(site, '/', { cookie, accept: 'application/json' });
  expect(text).not.toContain('uptime');
});

test('a route that nobody declared open and that has no guard ends the start', () => {
  const router = new Router();
  router.get('health', '/health', () => undefined);
  expect(() => {
    checkRights(router);
  }).not.toThrow();
  router.get('new', '/api/v1/new', () => undefined);
  expect(() => {
    checkRights(router);
  }).toThrow('nothing says who may use the route "new" (/api/v1/new)');
});

describe('a cookie', () => {
  test('is for this page alone', async () => {
    const answer = await ask(
      site,
      '/api/v1/session',
      { 'content-type': 'application/json' },
      'POST',
      JSON.stringify({ plane_api_key: 'plane_api_of_bob' }),
    );
    const all = [answer.headers['set-cookie'] ?? []].flat().join('\n');
    expect(all).toMatch(/plane_ics_member=[^;]+; Max-Age=43200; HttpOnly; SameSite=Strict; Path=\//);
    expect(all).toMatch(/plane_ics_session=; Max-Age=0;/);
  });

  test('with another id, instant, signature or key opens nothing', async () => {
    expect(await opens(cookie)).toBe(true);
    expect(await opens(forged(IDS.member, site.clock.now))).toBe(true);
    const [name = '', value = ''] = cookie.split('=');
    const [id = '', at = '', signature = ''] = value.split('.');
    for (const wrong of [
      `${IDS.guest}.${at}.${signature}`,
      `${id}.${Number(at) + 1}.${signature}`,
      `${id}.${at}.${signature.slice(0, -1)}${signature.endsWith('A') ? 'E' : 'A'}`,
      `${id}.${at}.`,
      `${id}.${at}`,
      '',
      '..',
    ])
      expect(await opens(`${name}=${wrong}`)).toBe(false);
    expect(await opens(forged(IDS.member, site.clock.now, 'another-secret-key'))).toBe(false);
    expect(await opens(forged(IDS.guest, site.clock.now))).toBe(false);
    expect(await opens(`plane_ics_session=${value}`)).toBe(false);
  });

  test('ends after twelve hours', async () => {
    site.clock.now += 12 * 3_600_000 - 1;
    expect(await opens(cookie)).toBe(true);
    site.clock.now += 1;
    expect(await opens(cookie)).toBe(false);
  });

  test('ends with the grant', async () => {
    await site.reload({ SELF_SERVICE: 'true', MEMBER_DAYS: '1', SECRET_KEY });
    site.clock.now += 20 * 3_600_000;
    const late = forged(IDS.member, site.clock.now);
    expect(await opens(late)).toBe(true);
    site.clock.now += 4 * 3_600_000;
    expect(await opens(late)).toBe(false);
  });

  test('that was stolen ends when the administrator revokes its owner, also after they sign in again', async () => {
    const { json } = await site.as(cookie, 'POST', '/api/v1/links', ALPHA_LINK);
    const revoked = await api(site, 'POST', `members/${IDS.member}/revoke`);
    expect(revoked.json).toMatchObject({ state: 'revoked', links: 0 });
    expect(await opens(cookie)).toBe(false);
    expect((await ask(site, String(json.url))).text).toContain('This calendar link was disabled');
    const again = await site.signIn('member');
    expect(await opens(again)).toBe(true);
    expect(await opens(cookie)).toBe(false);
    expect((await ask(site, String(json.url))).text).toContain('This calendar link was disabled');
    const grants = (await api(site, 'GET', 'grants')).json.grants;
    expect(grants).toMatchObject([{ member: { id: IDS.member, name: 'bob' }, state: 'active', links: 0 }]);
  });

  test('is not believed when a page of another site sends a change', async () => {
    const body = JSON.stringify(ALPHA_LINK);
    const type = { 'content-type': 'application/json' };
    for (const origin of [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: 'https://evil.example.com' },
      {},
    ]) {
      const { status } = await ask(site, '/api/v1/links', { ...type, ...origin, cookie }, 'POST', body);
      expect(status).toBe(403);
    }
    const ours = { ...type, cookie, origin: site.url };
    expect((await ask(site, '/api/v1/links', ours, 'POST', body)).status).toBe(201);
  });

  test('does not help a wrong token', async () => {
    const { status } = await ask(site, '/api/v1/links', { cookie, authorization: 'Bearer wrong' });
    expect(status).toBe(401);
  });

  test("gives way to the administrator's", async () => {
    const admin = await ask(
      site,
      '/api/v1/session',
      { 'content-type': 'application/json', cookie },
      'POST',
      JSON.stringify({ token: 'admin-token-of-the-tests' }),
    );
    expect([admin.headers['set-cookie'] ?? []].flat().join('\n')).toContain('plane_ics_member=; Max-Age=0');
  });
});

test('revoking someone who never signed in is a 404, and needs the administrator', async () => {
  expect((await api(site, 'POST', `members/${IDS.guest}/revoke`)).status).toBe(404);
  expect((await site.as(cookie, 'POST', `/api/v1/members/${IDS.member}/revoke`)).status).toBe(403);
  expect(await opens(cookie)).toBe(true);
});
