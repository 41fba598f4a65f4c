import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { OPERATIONS } from '../../../src/http/api/operations.ts';
import { sendRaw } from '../../fuzz/support.ts';
import { ADMIN_TOKEN, aTestApp, type TestApp } from '../../support/app.ts';
import { aLink, ask } from '../ask.ts';

/** Requests of which each part is allowed, and which few clients send. */

let site: TestApp;
beforeAll(async () => {
  site = await aTestApp({ trustProxy: 1 });
});
afterAll(() => site.close());

const HEADERS = { authorization: `Bearer ${ADMIN_TOKEN}`, accept: '*/*' };
const GETS = OPERATIONS.filter(({ method, path }) => method === 'get' && !path.includes('{') && path !== '/docs');

/** What a path requires. */
const QUERIES: Readonly<Record<string, string>> = {
  '/api/v1/export': '?feed=ALPHA',
  '/api/v1/explain': '?item=ALPHA-1',
};

test.each(GETS.map(({ path }) => path))('HEAD %s is answered as GET is, without a body', async (path) => {
  const address = `${path}${QUERIES[path] ?? ''}`;
  const get = await ask(site, address, HEADERS);
  const head = await ask(site, address, HEADERS, 'HEAD');
  expect([head.status, head.headers['content-type']]).toEqual([get.status, get.headers['content-type']]);
  expect(head.body).toHaveLength(0);
  expect(get.status).toBe(200);
});

describe.each([
  ['Host', ''],
  ['Host', '['],
  ['Host', 'a b'],
  ['Host', 'user@example.com'],
  ['Host', 'EXAMPLE.com.:99999'],
  ['Host', 'x'.repeat(5000)],
  ['X-Forwarded-Host', 'evil.example/path?x#y'],
  ['X-Forwarded-Host', ',,,'],
  ['X-Forwarded-Proto', 'javascript:'],
  ['X-Forwarded-Proto', 'https,http'],
  ['X-Forwarded-For', 'unknown'],
  ['X-Forwarded-For', `a${' '.repeat(10_000)}b`],
  ['X-Forwarded-For', ','.repeat(10_000)],
  ['X-Forwarded-For', '[2001:db8::1]:443, 192.0.2.1:80'],
  ['X-Forwarded-Prefix', '/other'],
  ['Forwarded', 'for="_mdn"; host=evil.example'],
  ['Upgrade', 'h2c'],
])('with %s: %.40s', (name, value) => {
  const send = async (path: string): Promise<string> => {
    const host = name === 'Host' ? [] : ['Host: localhost'];
    const lines = [
      `GET ${path} HTTP/1.1`,
      ...host,
      `${name}: ${value}`,
      'Accept: text/html',
      'Connection: close',
      '',
      '',
    ];
    return (await sendRaw(site.app.port, lines.join('\r\n'))).all;
  };

  test('a calendar and the page are answered as ever, and name no other host', async () => {
    const { url } = await aLink(site);
    for (const path of [new URL(url).pathname, '/', '/health']) {
      const all = await send(path);
      expect(all).toMatch(/^HTTP\/1\.1 200 /);
      expect(all).not.toContain('evil.example');
    }
  });
});

test('an address that a proxy passes on with a port counts as one visitor', async () => {
  const tries: number[] = [];
  for (let port = 1; port <= 21; port++) {
    const headers = { authorization: 'Bearer wrong', 'x-forwarded-for': `192.0.2.99:${port}` };
    tries.push((await ask(site, '/api/v1/links', headers)).status);
  }
  expect(tries).toEqual([...Array<number>(20).fill(401), 429]);
});
