import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { startApp } from '../../../src/server/app.ts';
import { readConfig } from '../../../src/config/config.ts';
import { NOON } from '../../support/make.ts';
import { aLog } from '../../support/log.ts';
import { delay } from '../../support/time.ts';
import { ask } from '../ask.ts';

const undos: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  while (undos.length > 0) await undos.pop()?.();
});

type Site = Parameters<typeof ask>[0];

/** The demo, with a page of a few files. */
async function aDemo(): Promise<Site> {
  const dataDir = mkdtempSync(join(tmpdir(), 'plane-ics-'));
  const config = { ...readConfig({ DATA_DIR: dataDir }, () => ''), port: 0 };
  const assets = new Map([
    ['index.html', Buffer.from('<title>plane-ics</title>')],
    ['docs.html', Buffer.from('<title>API</title>')],
    ['ui/dom.js', Buffer.from('export {};')],
    ['ui/style.css', Buffer.from('a {}')],
    ['icon.svg', Buffer.from('<svg/>')],
  ]);
  const world = { now: () => NOON, delay, log: aLog(), assets, version: '0.0.0', owner: '0:0' };
  const app = await startApp(config, world);
  undos.push(async () => {
    await app.close();
    rmSync(dataDir, { recursive: true });
  });
  return { url: `http://127.0.0.1:${app.port}` } as Site;
}

describe('a file of the page', () => {
  test('has its type, and is answered 304 to its ETag', async () => {
    const site = await aDemo();
    const types = {
      '/': 'text/html',
      '/docs': 'text/html',
      '/ui/dom.js': 'text/javascript',
      '/ui/style.css': 'text/css',
    };
    for (const [path, type] of Object.entries({ ...types, '/icon.svg': 'image/svg+xml' })) {
      const accept = path === '/' ? { accept: 'text/html' } : {};
      const first = await ask(site, path, accept);
      expect([path, first.status, first.headers['content-type']?.split(';')[0]]).toEqual([path, 200, type]);
      expect(first.headers).toMatchObject({ 'cache-control': 'no-cache', 'x-content-type-options': 'nosniff' });
      expect(first.headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'");
      const again = await ask(site, path, { ...accept, 'if-none-match': first.headers.etag ?? '' });
      expect([path, again.status, again.text]).toEqual([path, 304, '']);
      expect((await ask(site, path, { ...accept, 'if-none-match': '"other"' })).status).toBe(200);
    }
  });

  test.each([
    '/index.html',
    '/nothing.js',
    '/ui',
    '/ui/',
    '/ui/../../package.json',
    '/..%2fpackage.json',
    '/%2e%2e/package.json',
    '/ui/%2e%2e%2f%2e%2e%2fpackage.json',
    '/ui%5c..%5cpackage.json',
    '//etc/passwd',
    '/admin-token',
    '/data/admin-token',
    '/ui/style.css/',
    '/UI/STYLE.CSS',
    '/%E0%A4%A',
  ])('is not found at %s', async (path) => {
    const site = await aDemo();
    const { status, text } = await ask(site, path);
    expect([400, 404]).toContain(status);
    expect(text).not.toMatch(/plane-ics"|root:/);
  });
});
