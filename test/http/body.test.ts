import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { sendRaw } from '../fuzz/support.ts';
import { ADMIN_TOKEN, aTestApp, type TestApp } from '../support/app.ts';

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
