import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { api, ask, type Json } from '../../ask.ts';
import { ALPHA, ALPHA_LINK, aMemberSite, IDS, KEYS, logIn, SECRET, type MemberSite } from './fixture.ts';

/** Links of members: what they show, who reaches them, and when they end. */

let site: MemberSite;
let bob: string;
let carol: string;
beforeEach(async () => {
  site = await aMemberSite();
  [bob, carol] = [await site.signIn('member'), await site.signIn('guest')];
});
afterEach(() => site.close());

/** The titles in the calendar at that address. */
async function titles(url: unknown): Promise<string[]> {
  const { status, text } = await ask(site, String(url));
  expect(status).toBe(200);
  return [...text.replaceAll('\r\n ', '').matchAll(/^SUMMARY:(.*)\r$/gm)].map(([, title = '']) => title);
}

async function aLink(cookie: string, link: object = ALPHA_LINK): Promise<Json> {
  const { status, json } = await site.as(cookie, 'POST', '/api/v1/links', link);
  expect(status).toBe(201);
  return json;
}

const listed = async (cookie: string): Promise<unknown[]> =>
  ((await site.as(cookie, 'GET', '/api/v1/links')).json.links as Json[]).map(({ id }) => id);

test('a member makes, lists, edits, rotates and revokes links of their own', async () => {
  const { id, url, owner } = await aLink(bob);
  expect(owner).toEqual({ id: IDS.member, name: 'bob' });
  expect((await titles(url)).length).toBeGreaterThan(5);
  expect(await listed(bob)).toEqual([id]);
  const edited = await site.as(bob, 'PATCH', `/api/v1/links/${String(id)}`, { name: 'Phone', for: 'me' });
  expect(edited.json).toMatchObject({ name: 'Phone', for: 'me' });
  const rotated = await site.as(bob, 'POST', `/api/v1/links/${String(id)}/rotate`, { grace_days: 1 });
  expect(rotated.json.url).not.toBe(url);
  expect((await site.as(bob, 'DELETE', `/api/v1/links/${String(id)}`)).json).toMatchObject({ state: 'revoked' });
  expect(await titles(rotated.json.url)).toEqual(['This calendar link was disabled']);
  const audited = site.log.lines.filter(({ message }) => message === 'audit').map(({ fields }) => fields);
  for (const action of ['create link', 'edit link', 'rotate link', 'revoke link'])
    expect(audited).toContainEqual({ action, by: IDS.member, link: id });
  expect(JSON.stringify(audited)).not.toMatch(/bob|Phone|\/ics\//);
});

test('a guest’s calendar has their items only', async () => {
  const { url } = await aLink(carol, { ...ALPHA_LINK, options: { show: ['items', 'cycles', 'modules'] } });
  expect(await titles(url)).toHaveLength(1);
  const { json } = await site.as(carol, 'POST', '/api/v1/preview', { scope: { projects: ['ALPHA'] } });
  expect(json).toMatchObject({ count: 1 });
});

test('someone’s own work is in the projects they are in', async () => {
  site.plane.createItem(SECRET, { name: 'Hidden', target_date: '2026-11-26', assignees: [IDS.member] });
  const { url, scope } = await aLink(bob, { name: 'Me', scope: { person: IDS.member } });
  expect(scope).toEqual({ person: 'bob', person_id: IDS.member });
  const shown = await titles(url);
  expect(shown.length).toBeGreaterThan(0);
  expect(shown.join()).not.toContain('Hidden');
});

describe("another person's link", () => {
  test('is reached by nobody else, as if it did not exist', async () => {
    const { id } = await aLink(bob);
    const ofAdmin = (await api(site, 'POST', 'links', ALPHA_LINK)).json;
    const before = await api(site, 'GET', 'links');
    for (const other of [id, ofAdmin.id, 'nothing'].map(String)) {
      for (const [method, path, body] of [
        ['GET', `/api/v1/links/${other}`, undefined],
        ['PATCH', `/api/v1/links/${other}`, { name: 'Taken over' }],
        ['POST', `/api/v1/links/${other}/rotate`, {}],
        ['DELETE', `/api/v1/links/${other}`, undefined],
      ] as const) {
        const { status, json } = await site.as(carol, method, path, body);
        expect([status, json.message]).toEqual([404, 'There is no link with this id.']);
      }
    }
    expect(await listed(carol)).toEqual([]);
    const named = ({ json }: { json: Json }): unknown[] =>
      (json.links as Json[]).map(({ id: one, name, changed, state }) => [one, name, changed, state]);
    expect(named(await api(site, 'GET', 'links'))).toEqual(named(before));
  });
});

describe('a member can not make', () => {
  test.each([
    ['a link to everything', { name: 'x', scope: { all: true } }],
    ['a link to a project they are not in', { name: 'x', scope: { projects: ['ALPHA', 'SECRET'] } }],
    ['one by its id', { name: 'x', scope: { projects: [SECRET] } }],
    ['a link to the work of someone else', { name: 'x', scope: { person: 'ada' } }],
    ['one by an e-mail address', { name: 'x', scope: { person: 'ada@example.test' } }],
    ['a readable path', { ...ALPHA_LINK, path: 'mine' }],
    ['many at once', { links: [ALPHA_LINK] }],
    ['one for another owner', { ...ALPHA_LINK, ownerId: null }],
    ['a filter with an e-mail address', { ...ALPHA_LINK, options: { assignee: ['ada@example.test'] } }],
  ])('%s', async (_what, body) => {
    for (const cookie of [bob, carol]) {
      const { status, text } = await site.as(cookie, 'POST', '/api/v1/links', body);
      expect([400, 403]).toContain(status);
      expect(text).not.toMatch(/EMPT2|PUBL|Buy the|"There are: .*SECRET/);
    }
    expect((await api(site, 'GET', 'links')).json.links).toEqual([]);
  });

  test('more than a hundred', async () => {
    for (let count = 0; count < 100; count++) await aLink(bob);
    expect(await site.as(bob, 'POST', '/api/v1/links', ALPHA_LINK)).toMatchObject({
      status: 400,
      json: { message: 'You have 100 links. Revoke one that you no longer need.' },
    });
    expect((await site.as(carol, 'POST', '/api/v1/links', ALPHA_LINK)).status).toBe(201);
  });
});

test('requests at once do not make more links than one may have', async () => {
  const requests = Array.from({ length: 110 }, () => site.as(bob, 'POST', '/api/v1/links', ALPHA_LINK));
  const made = (await Promise.all(requests)).filter(({ status }) => status === 201);
  expect([made.length, (await listed(bob)).length]).toEqual([100, 100]);
});

test('a member may change links only so often, and may revoke them even then', async () => {
  const { id } = await aLink(bob);
  const path = `/api/v1/links/${String(id)}`;
  for (let count = 1; count < 300; count++) expect((await site.as(bob, 'POST', `${path}/rotate`, {})).status).toBe(200);
  expect((await site.as(bob, 'POST', `${path}/rotate`, {})).json).toMatchObject({ error_code: 'RATE_LIMITED' });
  expect((await site.as(bob, 'PATCH', path, { name: 'Phone' })).status).toBe(429);
  expect((await site.as(bob, 'POST', '/api/v1/links', ALPHA_LINK)).status).toBe(429);
  expect((await site.as(carol, 'POST', '/api/v1/links', ALPHA_LINK)).status).toBe(201);
  expect((await site.as(bob, 'DELETE', path)).json).toMatchObject({ state: 'revoked' });
});

test('an edit can not widen a link either', async () => {
  const { id, url } = await aLink(bob);
  for (const patch of [{ scope: { all: true } }, { scope: { projects: ['SECRET'] } }, { path: 'mine' }])
    expect([400, 403]).toContain((await site.as(bob, 'PATCH', `/api/v1/links/${String(id)}`, patch)).status);
  expect((await titles(url)).join()).not.toContain('Buy the competitor');
});

test('unknown and forbidden projects are refused alike, and only their own are named', async () => {
  const refusal = async (project: string): Promise<string> => {
    const { json } = await site.as(bob, 'POST', '/api/v1/preview', { scope: { projects: [project] } });
    return String(json.message).replace(project, '…');
  };
  expect(await refusal('NOPE')).toBe('There is no project "…". There are: ALPHA.');
  expect(await refusal('SECRET')).toBe(await refusal('NOPE'));
  const { json } = await site.as(bob, 'POST', '/api/v1/choices', { scope: { projects: ['SECRET'] }, of: ['label'] });
  expect(json.message).toBe('There is no project "SECRET". There are: ALPHA.');
});

test('the choices of a guest are names on their items', async () => {
  const of = ['label', 'state', 'assignee', 'cycle', 'module'];
  const choices = async (cookie: string): Promise<Json> =>
    (await site.as(cookie, 'POST', '/api/v1/choices', { scope: { projects: ['ALPHA'] }, of })).json;
  expect(await choices(carol)).toMatchObject({ label: [], assignee: [{ name: 'carol' }], cycle: [], module: [] });
  expect((await choices(bob)).label).not.toEqual([]);
});

test('what a member may not see is unknown, in the same words as what does not exist', async () => {
  const { id, url } = await aLink(carol);
  // The calendar is built by now, so that answers differ by what is asked alone.
  await titles(url);
  const where = async (item: string, link = ''): Promise<string> =>
    (await site.as(carol, 'GET', `/api/v1/explain?item=${item}${link}`)).text;
  for (const link of ['', `&link=${String(id)}`]) {
    const unknown = await where('NOPE-1', link);
    for (const hidden of ['SECRET-1', 'ALPHA-2', 'ALPHA-9999']) expect(await where(hidden, link)).toBe(unknown);
  }
  expect(await where('ALPHA-37')).toContain('"shown":true');
});

test('the administrator learns that the owner of a link may not see an item', async () => {
  const [ofGuest, ofMember] = [await aLink(carol), await aLink(bob, { name: 'Me', scope: { person: IDS.member } })];
  site.plane.createItem(SECRET, { name: 'Hidden', target_date: '2026-11-26', assignees: [IDS.member] });
  await api(site, 'GET', 'preview');
  const where = async (item: string, { id }: Json): Promise<Json> =>
    (await api(site, 'GET', `explain?item=${item}&link=${String(id)}`)).json;
  expect(await where('ALPHA-37', ofGuest)).toMatchObject({ shown: true });
  for (const [item, link] of [
    ['ALPHA-2', ofGuest],
    ['SECRET-1', ofMember],
  ] as const)
    expect(await where(item, link)).toMatchObject({ shown: false, reasons: [{ rule: 'access' }] });
});

test('members are shown nobody but themselves', async () => {
  const { json } = await site.as(bob, 'GET', '/api/v1/members');
  expect(json).toEqual({ members: [{ id: IDS.member, display_name: 'bob' }] });
});

test('a project that one has left leaves the calendar with the next sign-in, and its name goes too', async () => {
  const { id, url } = await aLink(bob);
  expect((await titles(url)).length).toBeGreaterThan(5);
  site.memberships.get(IDS.member)?.roles.delete(ALPHA);
  const again = await site.signIn('member');
  expect(await titles(url)).toEqual(['This calendar is no longer published']);
  const { json, text } = await site.as(again, 'GET', `/api/v1/links/${String(id)}`);
  expect(json.scope).toEqual({ projects: [ALPHA], project_ids: [ALPHA] });
  expect(text).not.toContain('"ALPHA"');
});

test('nor does it stay while nothing else of theirs can be read', async () => {
  const { url } = await aLink(bob, { name: 'Me', scope: { person: IDS.member } });
  expect((await titles(url)).length).toBeGreaterThan(0);
  site.plane.onRequest = ({ path }) => (path.includes(SECRET) ? { kind: 'status', status: 502 } : undefined);
  site.memberships.get(IDS.member)?.roles.delete(ALPHA);
  site.memberships.get(IDS.member)?.roles.set(SECRET, 15);
  await site.signIn('member');
  const { status, text } = await ask(site, String(url));
  expect([status, text.replaceAll('\r\n ', '')]).toEqual([
    200,
    expect.stringContaining('A project in it could not be read from Plane yet.'),
  ]);
  expect(text).not.toContain('ALPHA');
});

test('a member who became a guest sees what guests see, at the same address', async () => {
  const { url } = await aLink(bob);
  const before = await titles(url);
  site.memberships.get(IDS.member)?.roles.set(ALPHA, 5);
  await site.signIn('member');
  const after = await titles(url);
  expect(after.length).toBeLessThan(before.length);
  site.memberships.get(IDS.member)?.roles.set(ALPHA, 15);
  await site.signIn('member');
  expect(await titles(url)).toEqual(before);
});

test('links pause when the grant ends, over a restart too, and come back with the next sign-in', async () => {
  const { url } = await aLink(bob);
  const ofAdmin = (await api(site, 'POST', 'links', ALPHA_LINK)).json.url;
  const before = await titles(url);
  site.clock.now += 30 * 86_400_000;
  expect((await titles(url))[0]).toMatch(/sign in again|paused/i);
  expect((await titles(ofAdmin)).length).toBeGreaterThan(5);
  const restarted = await site.restart();
  site = { ...site, ...restarted };
  expect((await titles(url))[0]).toMatch(/sign in again|paused/i);
  await (await logIn(site, KEYS.member)).body.dump();
  expect(await titles(url)).toEqual(before);
});
