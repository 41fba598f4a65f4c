import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from '@jest/globals';
import { aTestApp, ADMIN_TOKEN, type TestApp } from '../../support/app.ts';
import { createScratch } from '../../support/scratch.ts';
import { aLink, ask, type Answer } from '../ask.ts';

/** The whole program, stopped and started again on its folder. */

const scratch = createScratch();

let site: TestApp;
let folder: string;
beforeEach(async () => {
  folder = await scratch.folder();
  site = await aTestApp({ dataDir: folder });
  scratch.defer(() => site.close());
});

const GZIP = { 'accept-encoding': 'gzip' };
const PER_RESPONSE = ['date', 'age', 'x-request-id'];

function lasting({ status, headers, body }: Answer) {
  const kept = Object.entries(headers).filter(([name]) => !PER_RESPONSE.includes(name));
  return { status, body, headers: Object.fromEntries(kept) };
}

async function answers(path: string, etag: string) {
  return {
    head: lasting(await ask(site, path, {}, 'HEAD')),
    get: lasting(await ask(site, path)),
    gzip: lasting(await ask(site, path, GZIP)),
    unchanged: lasting(await ask(site, path, { 'if-none-match': etag })),
  };
}

async function rendered(): Promise<number> {
  const { text } = await ask(site, '/metrics', { authorization: `Bearer ${ADMIN_TOKEN}` });
  return Number(/^plane_ics_feed_renders_total (\d+)$/m.exec(text)?.[1]);
}

test('calendars are answered as before, without being rendered', async () => {
  const { url } = await aLink(site);
  for (const path of ['/ics/ALPHA.ics', '/ics/all.ics?as=todo', new URL(url).pathname]) await ask(site, path);
  // Lists of names are read after the first answer.
  site = await site.restart();
  for (const path of ['/ics/ALPHA.ics', '/ics/all.ics?as=todo', new URL(url).pathname]) {
    const { headers } = await ask(site, path);
    const before = await answers(path, headers.etag ?? '');
    expect([before.head.status, before.get.status, before.gzip.status, before.unchanged.status]).toEqual([
      200, 200, 200, 304,
    ]);
    site = await site.restart();
    expect(await answers(path, headers.etag ?? '')).toEqual(before);
    expect(await rendered()).toBe(0);
  }
});

test('without its stored calendars the program answers the same', async () => {
  const { body, headers } = await ask(site, '/ics/ALPHA.ics');
  site = await site.restart();
  expect(readdirSync(join(folder, 'documents'))).toHaveLength(1);
  rmSync(join(folder, 'documents'), { recursive: true });
  const again = await ask(site, '/ics/ALPHA.ics');
  expect(again.body).toEqual(body);
  for (const name of ['etag', 'last-modified']) expect(again.headers[name]).toBe(headers[name]);
  expect(await rendered()).toBe(1);
});
