import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { RequestListener, Server } from 'node:http';
import { expect, test } from '@jest/globals';
import { ADMIN_TOKEN } from '../../support/app.ts';
import { aTimesheetSite, hours, RANGE } from '../../http/api/timesheet/fixture.ts';
import { ask } from '../../http/ask.ts';
import { createStoreBench } from '../../store/support/open.ts';
import { aFollower, aLeader, exchange, type Got } from './support.ts';

/** The routes of the program, by way of a follower. */

const bench = createStoreBench();
const on = aTimesheetSite();
const JSON_TYPE = ['Content-Type', 'application/json'];

/** What answers the requests of the program's port. */
async function routesOf(port: number): Promise<RequestListener> {
  const found: Server[] = [];
  const note = (message: unknown): void => void found.push((message as { readonly server: Server }).server);
  subscribe('http.server.request.start', note);
  await exchange(port, { path: '/health' });
  unsubscribe('http.server.request.start', note);
  // Those before it watch the connections of the port.
  return found[0]!.listeners('request').at(-1) as RequestListener;
}

const valuesOf = ({ headers }: Got, header: string): string[] =>
  headers.filter((_, at) => at % 2 === 1 && headers[at - 1]!.toLowerCase() === header);

test('a visitor logs in, makes a link, reads it and downloads hours by way of a follower as on the leader', async () => {
  const { app } = on.site();
  await on.serve(hours('key', 0, [9, 11], ['SUMMARY:=Grüße für ALPHA-1']));
  const store = (await bench.open(await bench.folder())).cache;
  await aLeader(store, await routesOf(app.port));
  const { port } = await aFollower(store);

  const token = Buffer.from(JSON.stringify({ token: ADMIN_TOKEN }));
  const wrong = Buffer.from(JSON.stringify({ token: 'another' }));
  const session = { method: 'POST', path: '/api/v1/session', headers: JSON_TYPE };
  expect((await exchange(port, { ...session, body: wrong })).status).toBe(401);
  const entered = await exchange(port, { ...session, body: token });
  const [set = ''] = valuesOf(entered, 'set-cookie');
  expect([entered.status, entered.text, set]).toEqual([204, '', expect.stringMatching(/; HttpOnly; SameSite=Strict/)]);

  const cookie = ['Cookie', set.split(';')[0]!];
  const link = Buffer.from(JSON.stringify({ name: 'Ada phone', scope: { projects: ['ALPHA'] } }));
  const post = { method: 'POST', path: '/api/v1/links', body: link };
  const elsewhere = ['Sec-Fetch-Site', 'cross-site'];
  expect((await exchange(port, { ...post, headers: [...cookie, ...JSON_TYPE, ...elsewhere] })).status).toBe(403);
  const made = await exchange(port, { ...post, headers: [...cookie, ...JSON_TYPE, 'Sec-Fetch-Site', 'same-origin'] });
  expect(made.status).toBe(201);
  const links = await ask(on.site(), '/api/v1/links', { authorization: `Bearer ${ADMIN_TOKEN}` });
  expect((JSON.parse(links.text) as { links: unknown[] }).links).toHaveLength(1);

  const [etag = ''] = valuesOf(await exchange(port, { path: '/' }), 'etag');
  const reads: (readonly [expected: number, method: string, path: string, headers: readonly string[]])[] = [
    [200, 'GET', '/', []],
    [304, 'GET', '/', ['If-None-Match', etag]],
    [200, 'HEAD', '/', []],
    [200, 'GET', '/api/v1/links', cookie],
    [200, 'HEAD', '/api/v1/links', cookie],
    [401, 'GET', '/api/v1/links', []],
    [200, 'GET', `/api/v1/timesheet?${RANGE}&format=csv`, cookie],
    [200, 'GET', new URL((JSON.parse(made.text) as { url: string }).url).pathname, ['Accept-Encoding', 'gzip']],
    [200, 'GET', '/openapi.json', []],
    [404, 'GET', '/none', []],
    [405, 'DELETE', '/api/v1/links', cookie],
    [200, 'OPTIONS', '/api/v1/links', []],
  ];
  for (const [expected, method, path, headers] of reads) {
    const [relayed, direct] = [
      await exchange(port, { method, path, headers }),
      await exchange(app.port, { method, path, headers }),
    ];
    expect([method, path, relayed]).toEqual([method, path, direct]);
    expect([method, path, relayed.status]).toEqual([method, path, expected]);
  }
});
