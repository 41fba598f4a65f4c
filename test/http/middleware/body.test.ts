import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { request } from 'undici';
import { sendRaw } from '../../fuzz/support.ts';
import { ADMIN_TOKEN, aTestApp, type TestApp } from '../../support/app.ts';

/** Two requests on one connection, as proxies send those of several visitors. */

let site: TestApp;
beforeEach(async () => {
  site = await aTestApp();
});
afterEach(() => site.close());

const head = (line: string, ...more: string[]): string =>
  [`${line} HTTP/1.1`, 'Host: localhost', ...more, '', ''].join('\r\n');

test.each<[string, string, string[], number]>([
  ['a body larger than is read', '/api/v1/links', ['Content-Type: application/json'], 400],
  ['a body of another kind', '/api/v1/links', ['Content-Type: text/plain'], 400],
  ['a body where nothing is', '/nowhere', [], 404],
  ['a body that nobody wanted', '/webhooks/sync', [], 200],
])('after %s the next request on its connection is answered', async (_, path, headers, status) => {
  const body = ' '.repeat(1_000_000);
  const common = [`Authorization: Bearer ${ADMIN_TOKEN}`, `Content-Length: ${body.length}`];
  const first = head(`POST ${path}`, ...common, ...headers) + body;
  const { all } = await sendRaw(site.app.port, first + head('GET /health', 'Connection: close'));
  expect([...all.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, one]) => Number(one))).toEqual([status, 200]);
});

/** A log-in with the token, sent with these headers. */
async function logIn(headers: Record<string, string>, body: string | Buffer): Promise<unknown[]> {
  const answer = await request(`${site.url}/api/v1/session`, { method: 'POST', headers, body });
  const text = await answer.body.text();
  return [answer.statusCode, text === '' ? null : (JSON.parse(text) as { error_code: string }).error_code];
}

const TOKEN = JSON.stringify({ token: ADMIN_TOKEN });

test.each([
  'application/json',
  'Application/JSON; Charset=UTF-8',
  'APPLICATION/JSON',
  'application/json;charset="utf-8"',
  'application/json;',
  ' application/json ; x=y',
])('a body of the type "%s" is JSON', async (type) => {
  expect(await logIn({ 'content-type': type }, TOKEN)).toEqual([204, null]);
});

test('a body of JSON may begin with a byte order mark', async () => {
  expect(await logIn({ 'content-type': 'application/json' }, `\ufeff${TOKEN}`)).toEqual([204, null]);
});

test.each(['text/plain', 'application/x-www-form-urlencoded', 'text/plain; application/json', 'application/jsonp', ''])(
  'a body of the type "%s" is refused',
  async (type) => {
    expect(await logIn({ 'content-type': type }, TOKEN)).toEqual([400, 'BAD_REQUEST']);
  },
);

test.each(['gzip', 'GZIP', 'x-gzip', 'br', 'unheard-of', 'gzip, identity'])(
  'a body in the coding "%s" is refused in words',
  async (coding) => {
    const headers = { 'content-type': 'application/json', 'content-encoding': coding };
    expect(await logIn(headers, gzipSync(TOKEN))).toEqual([415, 'UNSUPPORTED_CODING']);
  },
);

test('a body that is not encoded may say so, and an empty one may say anything', async () => {
  const type = { 'content-type': 'application/json' };
  expect(await logIn({ ...type, 'content-encoding': 'Identity' }, TOKEN)).toEqual([204, null]);
  expect(await logIn({ ...type, 'content-encoding': 'gzip', 'content-length': '0' }, '')).toEqual([
    400,
    'INVALID_VALUE',
  ]);
});
