import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { request } from 'undici';
import { z } from 'zod';
import * as answers from '../../../src/http/api/responses.ts';
import type { Operation } from '../../../src/http/api/operation.ts';
import { OPERATIONS } from '../../../src/http/api/operations.ts';
import { ADMIN_TOKEN, aTestApp, type TestApp } from '../../support/app.ts';
import { aCalDav } from '../../support/caldav.ts';

/** The description of the API, held against the routes and against what they answer. */

let site: TestApp;
beforeAll(async () => {
  site = await aTestApp();
});
afterAll(() => site.close());

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly json: unknown;
}

async function ask(method: string, path: string, body?: object, headers: Record<string, string> = {}): Promise<Answer> {
  const answer = await request(site.url + path, {
    method: method.toUpperCase() as 'GET',
    headers: {
      authorization: `Bearer ${ADMIN_TOKEN}`,
      accept: 'application/json',
      ...(body && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  const type = String(answer.headers['content-type'] ?? '').split(';')[0]!;
  const text = await answer.body.text();
  return { status: answer.statusCode, type, json: type === 'application/json' ? (JSON.parse(text) as unknown) : null };
}

/** Fails when the answer is not one of those that the operation describes. */
function judge({ method, path, answers: described, for: whom }: Operation, { status, type, json }: Answer): void {
  const all: Operation['answers'] = whom === 'anyone' ? described : { ...described, 401: answers.errorAnswer };
  const what = `${method} ${path} answers ${status}`;
  expect([what, Object.keys(all)]).toEqual([what, expect.arrayContaining([String(status)])]);
  const expected = all[status] ?? null;
  if (expected instanceof z.ZodType) expect([what, expected.safeParse(json).error?.issues]).toEqual([what, undefined]);
  else if (typeof expected === 'string') expect([what, type]).toEqual([what, expected]);
}

const operation = (method: string, path: string): Operation => {
  const found = OPERATIONS.find((one) => one.method === method && one.path === path);
  if (!found) throw new Error(`${method} ${path} is not described`);
  return found;
};

test('every route is described, and nothing else', () => {
  const folder = fileURLToPath(new URL('../../../src/http/', import.meta.url));
  const source = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(folder + file, 'utf8'))
    .join('\n');
  const routes = [...source.matchAll(/router\s*\.(get|post|put|patch|delete)\(\s*'[^']+',\s*'([^']+)'/g)]
    .map(([, method, path]) => `${method} ${path!.replace(/:(\w+)/g, '{$1}')}`)
    .filter((route) => !route.includes('/demo/'));
  // Calendars have no routes: their addresses are read by `addresses.ts`.
  const feeds = ['all', 'person/{}', 'view/{}', '{}', '{}/{}'].map((path) => `get /ics/${path}.ics`);
  const parameters = (route: string): string => route.replace(/\{\w+\}/g, '{}');
  const described = OPERATIONS.map(({ method, path }) => `${method} ${path}`).filter((route) => route !== 'get /docs');
  expect(described.map(parameters).sort()).toEqual([...routes.map(parameters), ...feeds].sort());
});

test('the document is OpenAPI 3.1 whose references all lead somewhere', async () => {
  const { json } = await ask('get', '/openapi.json');
  const document = json as { openapi: string; paths: Record<string, Record<string, { responses: object }>> };
  expect(document.openapi).toBe('3.1.0');
  expect(Object.keys(document.paths).length).toBeGreaterThan(20);
  for (const methods of Object.values(document.paths))
    for (const { responses } of Object.values(methods)) expect(Object.keys(responses).length).toBeGreaterThan(0);
  expect(JSON.stringify(json)).not.toContain('$ref');
});

describe('what is answered is what is described', () => {
  test.each([
    '/',
    '/health',
    '/openapi.json',
    '/webhooks/status',
    '/api/v1/health',
    '/api/v1/session',
    '/api/v1/projects',
    '/api/v1/members',
    '/api/v1/links',
    '/api/v1/mirrors',
    '/api/v1/runs',
  ])('GET %s', async (path) => {
    const answer = await ask('get', path);
    expect(answer.status).toBe(200);
    judge(operation('get', path), answer);
  });

  test('the life of a link', async () => {
    const wish = { name: 'Phone', scope: { projects: ['ALPHA'] }, options: { done: 'keep', label: ['bug'] } };
    const made = await ask('post', '/api/v1/links', { ...wish, options: { done: 'keep' } });
    expect(made.status).toBe(201);
    judge(operation('post', '/api/v1/links'), made);
    const { id, url } = made.json as { id: string; url: string };
    const one = '/api/v1/links/{id}';
    const path = `/api/v1/links/${id}`;
    judge(operation('get', '/ics/{token}/{name}.ics'), await ask('get', new URL(url).pathname));
    const token = new URL(url).pathname.split('/')[2]!;
    judge(operation('get', '/s/{token}'), await ask('get', `/s/${token}`));
    for (const path of [`/s/${token}/state`, '/s/none/state'])
      judge(operation('get', '/s/{token}/state'), await ask('get', path));
    judge(operation('get', one), await ask('get', path));
    judge(operation('patch', one), await ask('patch', path, { options: { done: null } }));
    judge(operation('post', `${one}/rotate`), await ask('post', `${path}/rotate`));
    judge(operation('delete', one), await ask('delete', path));
    judge(operation('get', one), await ask('get', '/api/v1/links/none'));
    judge(operation('get', '/api/v1/links'), await ask('get', '/api/v1/links'));
  });

  test('the life of a mirror', async () => {
    const dav = await aCalDav();
    const server = { url: dav.url, username: dav.username, password: dav.password };
    const many = '/api/v1/mirrors';
    const tried = await ask('post', `${many}/test`, { server });
    expect(tried.status).toBe(200);
    judge(operation('post', `${many}/test`), tried);
    const wish = { name: 'Team', scope: { projects: ['ALPHA'] }, server, calendar: { name: 'Plane' }, paused: true };
    judge(operation('post', many), await ask('post', many, { ...wish, server: { ...server, password: 'wrong' } }));
    const made = await ask('post', many, wish);
    expect(made.status).toBe(201);
    judge(operation('post', many), made);
    const { id } = made.json as { id: string };
    const one = `${many}/{id}`;
    const path = `${many}/${id}`;
    for (const what of ['test', 'plan', 'run'])
      judge(operation('post', `${one}/${what}`), await ask('post', `${path}/${what}`));
    // Waits for the run.
    const purged = await ask('post', `${path}/purge`);
    expect(purged.status).toBe(202);
    judge(operation('post', `${one}/purge`), purged);
    judge(operation('get', one), await ask('get', path));
    judge(operation('get', '/api/v1/runs'), await ask('get', `/api/v1/runs?mirror=${id}`));
    const backup = await ask('get', `${path}/backup`);
    judge(operation('get', `${one}/backup`), backup);
    judge(operation('post', `${one}/restore`), await ask('post', `${path}/restore`, backup.json as object));
    judge(operation('patch', one), await ask('patch', path, { name: 'Other' }));
    dav.accepts = 'another';
    judge(operation('post', `${one}/plan`), await ask('post', `${path}/plan`));
    judge(operation('delete', one), await ask('delete', path));
    judge(operation('get', one), await ask('get', path));
    await dav.close();
  });

  test('previews, choices, exports', async () => {
    const preview = await ask('post', '/api/v1/preview', {
      scope: { all: true },
      options: { show: ['items', 'cycles'] },
    });
    expect(preview.status).toBe(200);
    judge(operation('post', '/api/v1/preview'), preview);
    const choices = await ask('post', '/api/v1/choices', { scope: { projects: ['ALPHA'] }, of: ['label', 'assignee'] });
    expect(choices.status).toBe(200);
    judge(operation('post', '/api/v1/choices'), choices);
    judge(operation('get', '/api/v1/export'), await ask('get', '/api/v1/export?feed=ALPHA&mode=span'));
    judge(operation('get', '/api/v1/export'), await ask('get', '/api/v1/export?feed=NOPE'));
  });

  test('calendars at readable addresses', async () => {
    judge(operation('get', '/ics/{project}.ics'), await ask('get', '/ics/ALPHA.ics'));
    judge(operation('get', '/ics/{project}.ics'), await ask('get', '/ics/ALPHA.ics?done=never'));
    judge(operation('get', '/ics/all.ics'), await ask('get', '/ics/all.ics'));
    judge(operation('get', '/ics/person/{member}.ics'), await ask('get', '/ics/person/ada.ics'));
    judge(operation('get', '/ics/view/{path}.ics'), await ask('get', '/ics/view/none.ics'));
  });

  test('everything that is refused', async () => {
    for (const each of OPERATIONS.filter((one) => one.for !== 'anyone')) {
      const path = each.path.replace(/\{\w+\}/g, 'x');
      const answer = await ask(each.method, path, undefined, { authorization: '' });
      expect([each.path, answer.status]).toEqual([each.path, 401]);
      judge(each, answer);
    }
    for (const each of OPERATIONS.filter((one) => one.body)) {
      const answer = await ask(each.method, each.path.replace(/\{\w+\}/g, 'x'), { nonsense: true });
      expect([each.path, answer.status]).toEqual([each.path, expect.any(Number)]);
      expect(answer.status).toBeGreaterThanOrEqual(400);
      judge(each, answer);
    }
  });

  test('logging in and out, and the secrets', async () => {
    const session = '/api/v1/session';
    const entered = await ask('post', session, { token: ADMIN_TOKEN });
    expect(entered.status).toBe(204);
    judge(operation('post', session), await ask('post', session, { token: 'wrong' }));
    judge(operation('delete', session), await ask('delete', session));
    const secret = '/api/v1/webhook-secret';
    judge(operation('put', secret), await ask('put', secret, { secret: 'plane_wh_pasted_on_the_page' }));
    judge(operation('put', secret), await ask('put', secret, { secret: null }));
    judge(operation('post', '/api/v1/admin-token'), await ask('post', '/api/v1/admin-token'));
    judge(operation('post', '/webhooks/sync'), await ask('post', '/webhooks/sync'));
    judge(operation('post', '/webhooks/plane'), await ask('post', '/webhooks/plane', {}));
  });
});
