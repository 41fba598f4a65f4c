import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import supertest from 'supertest';
import { readConfig } from '../../../src/config/config.ts';
import { escapeHtml } from '../../../src/http/page/demo-page.ts';
import { startApp, type App } from '../../../src/server/app.ts';
import { aTestApp } from '../../support/app.ts';
import { NOON } from '../../support/make.ts';
import { aLog } from '../../support/log.ts';
import { delay } from '../../support/time.ts';

test('the page is a file that names no project, and takes scripts from this server alone', async () => {
  const site = await aTestApp();
  await supertest(site.url).get('/ics/ALPHA.ics');
  const { text, headers } = await supertest(site.url).get('/').set('Accept', 'text/html');
  expect(text).toContain('<title>plane-ics');
  expect(text).not.toContain('ALPHA');
  expect(headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self';/);
  await site.close();
});

test('clients that prefer JSON get it, and health has a timestamp', async () => {
  const site = await aTestApp();
  const info = await supertest(site.url).get('/').set('Accept', 'application/json');
  expect(info.body).toEqual({ name: 'plane-ics', description: expect.any(String), status: 'ok' });
  // It says more to those who are logged in.
  expect(info.headers['cache-control']).toBe('no-store');
  const health = await supertest(site.url).get('/health');
  expect(health.body).toEqual({ status: 'ok', timestamp: '2026-11-20T12:00:00.000Z' });
  expect((await supertest(site.url).get('/nothing')).status).toBe(404);
  await site.close();
});

test('open calendars under a public address are warned of', async () => {
  const site = await aTestApp({ publicUrl: 'https://calendars.example.com' });
  expect(site.log.lines.map(({ message }) => message)).toContain(
    'FEED_ACCESS is open: everyone who can reach this server can read every published project.',
  );
  await site.close();
});

test('escaping leaves nothing that HTML would read', () => {
  expect(escapeHtml(`<a href="x">'&'</a>`)).toBe('&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;');
});

describe('the demo', () => {
  let app: App;
  let url: string;
  let folder: string;
  const clock = { now: NOON };
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'plane-ics-'));
    const config = { ...readConfig({ DATA_DIR: folder }, () => ''), port: 0 };
    const world = {
      now: () => clock.now,
      delay,
      log: aLog(),
      assets: new Map(),
      version: '0.0.0',
      owner: '0:0',
    };
    app = await startApp(config, world);
    url = `http://127.0.0.1:${app.port}`;
  });
  afterAll(async () => {
    await app.close();
    rmSync(folder, { recursive: true });
  });

  test('serves its projects without any setting, and says that it is a demo', async () => {
    const feed = await supertest(url).get('/ics/WEB.ics');
    expect(feed.status).toBe(200);
    expect(feed.text.match(/^BEGIN:VEVENT/gm)!.length).toBeGreaterThanOrEqual(40);
    expect((await supertest(url).get('/demo/browse/WEB-12/')).text).toContain('<strong>DEMO</strong>');
    expect((await supertest(url).get('/ics/APP.ics')).status).toBe(200);
  });

  test('has a page behind each link of its calendar', async () => {
    const { text } = await supertest(url).get('/ics/WEB.ics');
    const links = [...text.replaceAll('\r\n ', '').matchAll(/^URL(?:;VALUE=URI)?:http:\/\/localhost:\d+(.*)\r$/gm)].map(
      ([, path]) => path!,
    );
    expect(links.length).toBeGreaterThan(40);
    for (const path of [links[0]!, links[1]!, links.at(-1)!])
      expect([200, 302]).toContain((await supertest(url).get(path)).status);
    expect((await supertest(url).get('/demo/browse/WEB-12/')).text).toContain('WEB-12');
    expect((await supertest(url).get('/demo/browse/WEB-9999/')).status).toBe(404);
  });

  test('changes something at a press of the button, and the calendar follows', async () => {
    const before = (await supertest(url).get('/ics/WEB.ics')).text;
    const pressed = await supertest(url).post('/demo/change');
    expect([pressed.status, pressed.headers.location]).toEqual([303, `${app.publicUrl}/`]);
    // No time passes on the clock: only the webhook can have brought it.
    const read = async (): Promise<string> => (await supertest(url).get('/ics/WEB.ics')).text;
    let after = await read();
    for (let tries = 0; tries < 100 && after === before; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      after = await read();
    }
    expect(after.replaceAll('\r\n ', '')).toContain('(changed 1×)');
  });
});
