import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { request } from 'undici';
import { ADMIN_TOKEN, aTestApp, type TestApp } from '../../../support/app.ts';
import { aLink, api, ask, linkOf, type ApiAnswer, type Json } from '../../ask.ts';

/** `/api/v1/links`: what it answers. */

const METRICS = 'metrics-token-of-the-tests';

let site: TestApp;
beforeAll(async () => {
  site = await aTestApp({ metricsToken: METRICS });
});
afterAll(() => site.close());

const TWINS = { projects: ['ALPHA', 'alpha', 'BIG'] };

describe('a new link', () => {
  test('is returned in full, with its address only this once', async () => {
    const wish = {
      name: '  Ada’s phone ',
      scope: TWINS,
      options: { mode: 'span', past: 30, label: ['bug', 'feature'], done: null },
      path: 'ada-phone',
    };
    const made = await api(site, 'POST', 'links', wish);
    const { id, token, url } = linkOf(made);
    expect(made.status).toBe(201);
    expect(made.json).toMatchObject({
      id: expect.stringMatching(/^[0-9a-f]{12}$/),
      name: 'Ada’s phone',
      scope: {
        projects: expect.arrayContaining(['ALPHA', 'BIG']),
        project_ids: [expect.any(String), expect.any(String)],
      },
      options: { mode: 'span', past: '30', label: 'bug,feature' },
      path: 'ada-phone',
      path_url: `http://localhost:${site.app.port}/ics/view/ada-phone.ics`,
      created: '2026-11-20T12:00:00.000Z',
      changed: '2026-11-20T12:00:00.000Z',
      revoked: null,
      last_fetch: null,
      fetches: [],
    });
    expect(url).toBe(`http://localhost:${site.app.port}/ics/${token}/Adas-phone.ics`);
    expect(token).toMatch(/^[\w-]{22}$/);
    const { url: _, subscribe_url: __, ...rest } = made.json;
    const later = await api(site, 'GET', `links/${id}`);
    expect(Object.keys(later.json)).toEqual(Object.keys(rest));
    const { json } = await api(site, 'GET', 'links');
    expect(json.links).toEqual(expect.arrayContaining([later.json]));
  });

  test('has an address of its own', async () => {
    const made = await Promise.all([1, 2, 3, 4].map(() => aLink(site)));
    expect(new Set(made.flatMap(({ id, token }) => [id, token])).size).toBe(8);
  });

  test('begins with PUBLIC_URL, whatever that is', async () => {
    const prefixed = await aTestApp({ publicUrl: 'https://example.com/calendars' });
    const { url } = await aLink(prefixed, { name: '工程 / Ada & Bob' });
    expect(url).toMatch(/^https:\/\/example\.com\/calendars\/ics\/[\w-]{22}\/Ada-Bob\.ics$/);
    expect((await ask(prefixed, url)).status).toBe(200);
    await prefixed.close();
  });

  test('has its size once it is built', async () => {
    const { id, url } = await aLink(site);
    const { body } = await ask(site, url);
    const { json } = await api(site, 'GET', `links/${id}`);
    expect(json.size).toEqual({ bytes: body.length, events: 25, warning: null });
  });
});

describe('a readable path', () => {
  test('serves the same calendar, with no options from the query', async () => {
    const { url, id } = await aLink(site, { path: 'team', options: { mode: 'both' } });
    const { headers } = await ask(site, url);
    expect((await ask(site, '/ics/view/team.ics?mode=due')).headers.etag).toBe(headers.etag);
    await api(site, 'PATCH', `links/${id}`, { path: null });
    expect((await ask(site, '/ics/view/team.ics')).status).toBe(404);
    expect((await ask(site, url)).status).toBe(200);
  });

  test('belongs to one link at a time', async () => {
    const wish = { name: 'Bob', scope: { all: true }, path: 'shared' };
    const answers = await Promise.all([1, 2, 3].map(() => api(site, 'POST', 'links', wish)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 400, 400]);
    const refused = answers.find(({ status }) => status === 400)!;
    expect(refused.json.message).toBe('The path "shared" is taken by another link.');
    const other = await aLink(site, { path: 'other' });
    expect((await api(site, 'PATCH', `links/${other.id}`, { path: 'shared' })).status).toBe(400);
    expect((await api(site, 'PATCH', `links/${other.id}`, { path: 'other' })).status).toBe(200);
    const holder = linkOf(answers.find(({ status }) => status === 201)!);
    await api(site, 'DELETE', `links/${holder.id}`);
    const next = await aLink(site, { ...wish, name: 'Eve' });
    expect((await ask(site, '/ics/view/shared.ics')).text).toContain('X-WR-CALNAME:Eve\r\n');
    expect(next.json.path).toBe('shared');
  });

  test('is refused where it would not be served', async () => {
    const closed = await aTestApp({ feedAccess: 'link' });
    const { status, json } = await api(closed, 'POST', 'links', { name: 'Ada', scope: { all: true }, path: 'ada' });
    expect([status, json.error_code]).toEqual([400, 'INVALID_VALUE']);
    expect(json.message).toBe('A path is served with FEED_ACCESS=open only. Leave "path" out.');
    const { id } = await aLink(closed);
    expect((await api(closed, 'PATCH', `links/${id}`, { path: 'ada' })).status).toBe(400);
    await closed.close();
  });
});

const ALL = { all: true };
const good = (more: Json): Json => ({ name: 'Ada', scope: ALL, ...more });
const SCOPE =
  '"scope" must be {"projects": ["WEB"]}, {"all": true}, {"person": "ada"} or {"calendars": ["Holidays"]}, which may also go with one of the others.';

/** What is sent, its code, and what the answer must say. */
const WRONG: readonly (readonly [what: string, body: unknown, code: string, ...says: string[]])[] = [
  ['no name', { scope: ALL }, 'MISSING_REQUIRED_FIELD', '"name" is missing.'],
  ['no scope', { name: 'Ada' }, 'MISSING_REQUIRED_FIELD', '"scope" is missing.'],
  ['nothing', {}, 'MISSING_REQUIRED_FIELD', '"name" is missing.'],
  ['a list', [], 'INVALID_VALUE', 'The body must be an object.'],
  ['a number', 7, 'INVALID_VALUE', 'The body must be an object.'],
  ['an empty name', good({ name: '  ' }), 'INVALID_VALUE', '"name" must not be empty.'],
  ['a long name', good({ name: 'x'.repeat(101) }), 'INVALID_VALUE', '"name" may have 100 characters.'],
  ['a name that is none', good({ name: 7 }), 'INVALID_VALUE', '"name" must be a text.'],
  ['a field that is none', good({ colour: 'red' }), 'INVALID_VALUE', 'colour', 'name, scope, options, path'],
  ['two scopes', good({ scope: { all: true, person: 'ada' } }), 'INVALID_VALUE', SCOPE],
  ['an empty scope', good({ scope: {} }), 'INVALID_VALUE', SCOPE],
  ['a scope that is a text', good({ scope: 'all' }), 'INVALID_VALUE', SCOPE],
  ['a scope of not all', good({ scope: { all: false } }), 'INVALID_VALUE', SCOPE],
  ['no project', good({ scope: { projects: [] } }), 'INVALID_VALUE', '"scope.projects" must name a project.'],
  ['no person', good({ scope: { person: '' } }), 'INVALID_VALUE', '"scope.person" must not be empty.'],
  ['an unknown option', good({ options: { modus: 'span' } }), 'INVALID_VALUE', '"modus"', 'show, as, mode, done'],
  ['an option of every object', good({ options: JSON.parse('{"__proto__":"span"}') }), 'INVALID_VALUE', '"__proto__"'],
  ['a wrong value', good({ options: { mode: 'later' } }), 'INVALID_VALUE', '"mode"', '"later"', 'due, span, both'],
  ['a wrong kind of value', good({ options: { mode: true } }), 'INVALID_VALUE', '"options.mode" must be a text'],
  [
    'options that are a text',
    good({ options: 'mode=span' }),
    'INVALID_VALUE',
    '"options" must be an object of options.',
  ],
  ['to-dos of cycles', good({ options: { as: 'todo', show: 'cycles' } }), 'INVALID_VALUE', 'as=todo', 'show=items'],
  ['an unknown project', good({ scope: { projects: ['NOPE'] } }), 'INVALID_VALUE', 'project "NOPE"', 'ALPHA', 'BIG'],
  ['an unknown person', good({ scope: { person: 'zoe' } }), 'INVALID_VALUE', 'person "zoe"', 'ada', 'bob', 'carol'],
  ['an unknown address', good({ scope: { person: 'zoe@example.test' } }), 'INVALID_VALUE', '"zoe@example.test"', 'ada'],
  ['an unknown label', good({ options: { label: 'bugs' } }), 'INVALID_VALUE', 'label "bugs"', 'bug, feature'],
  ['an unknown assignee', good({ options: { assignee: ['zoe'] } }), 'INVALID_VALUE', 'person "zoe"', 'ada'],
  ['an unknown state', good({ options: { state: 'Dne' } }), 'INVALID_VALUE', 'state "Dne"', 'Done'],
  ['a wrong priority', good({ options: { priority: 'huge' } }), 'INVALID_VALUE', '"priority"', '"huge"', 'urgent'],
  ['a path with signs', good({ path: 'Ada/Phone' }), 'INVALID_VALUE', '"path" must have 1 to 60 lower-case letters'],
];

/** What of all links people decide. */
const termsIn = ({ json }: ApiAnswer): unknown[] =>
  (json.links as Json[]).map(({ id, name, scope, options, path }) => ({ id, name, scope, options, path }));

describe('a wrong body', () => {
  test.each(WRONG)('with %s is reported by name, with the allowed values', async (_what, body, code, ...says) => {
    const { status, json } = await api(site, 'POST', 'links', body);
    expect([status, json.error_code, json.status]).toEqual([400, code, 'error']);
    for (const one of says) expect(json.message).toContain(one);
    expect(json.message).toMatch(/^["A-Z].*\.$/s);
    expect(json.message).not.toMatch(/invalid input|expected|unrecognized/i);
  });

  test('makes no link, and an edit with it changes nothing', async () => {
    const { id } = await aLink(site);
    const before = await api(site, 'GET', 'links');
    for (const [what, body] of WRONG) {
      await api(site, 'POST', 'links', body);
      if (!/^no (?:name|scope)|nothing/.test(what))
        expect([what, (await api(site, 'PATCH', `links/${id}`, body)).status]).toEqual([what, 400]);
    }
    expect(termsIn(await api(site, 'GET', 'links'))).toEqual(termsIn(before));
  });

  test.each<[string, Record<string, string>, string, RegExp]>([
    ['no JSON', { 'content-type': 'application/json' }, '{"name":', /^The body is not JSON\.$/],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 'name=Ada', /application\/json/],
    ['a form of files', { 'content-type': 'multipart/form-data; boundary=x' }, '--x--', /application\/json/],
    [
      'JSON that is called text',
      { 'content-type': 'text/plain' },
      '{"name":"Ada","scope":{"all":true}}',
      /application\/json/,
    ],
    ['JSON without a type', {}, '{"name":"Ada","scope":{"all":true}}', /application\/json/],
    ['too much', { 'content-type': 'application/json' }, `"${'x'.repeat(1_000_001)}"`, /1000000 bytes/],
  ])('that is %s is refused', async (_what, headers, body, says) => {
    const { statusCode, body: answer } = await request(`${site.url}/api/v1/links`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, ...headers },
      body: Buffer.from(body),
    });
    const json = (await answer.json()) as Json;
    expect([statusCode, json.error_code]).toEqual([400, 'BAD_REQUEST']);
    expect(json.message).toMatch(says);
  });
});

describe('who may', () => {
  const ROUTES = [
    ['GET', 'links'],
    ['POST', 'links'],
    ['GET', 'links/0123456789ab'],
    ['PATCH', 'links/0123456789ab'],
    ['POST', 'links/0123456789ab/rotate'],
    ['DELETE', 'links/0123456789ab'],
  ] as const;

  test.each(ROUTES)('%s %s wants the admin token', async (method, path) => {
    const body = method === 'GET' || method === 'DELETE' ? undefined : {};
    const [none, lesser] = [await api(site, method, path, body, null), await api(site, method, path, body, METRICS)];
    expect([none.status, none.json.error_code]).toEqual([401, 'UNAUTHORIZED']);
    expect([lesser.status, lesser.json.error_code]).toEqual([403, 'FORBIDDEN']);
  });

  test.each(ROUTES.slice(2))('%s %s is a 404 for an id that is none', async (method, path) => {
    const { status, json } = await api(site, method, path, method === 'PATCH' ? { name: 'Bob' } : undefined);
    expect([status, json.error_code, json.message]).toEqual([404, 'NOT_FOUND', 'There is no link with this id.']);
  });
});
