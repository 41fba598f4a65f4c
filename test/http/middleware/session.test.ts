import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { startApp } from '../../../src/server/app.ts';
import { readConfig, type Config } from '../../../src/config/config.ts';
import { ADMIN_TOKEN, aTestApp, type TestApp } from '../../support/app.ts';
import { NOON } from '../../support/make.ts';
import { aLog } from '../../support/log.ts';
import { delay } from '../../support/time.ts';
import { ask, type Answer } from '../ask.ts';
import { parseOptions } from '../../../src/views/options/options.ts';

/** The log-in of the page, as a browser asks for it. */

const DAY = 86_400_000;
const SAME = { 'sec-fetch-site': 'same-origin' };
const undos: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  while (undos.length > 0) await undos.pop()?.();
});

async function aSite(config: Partial<Config> = {}): Promise<TestApp> {
  const site = await aTestApp(config);
  undos.push(site.close);
  return site;
}

type Site = Parameters<typeof ask>[0];

/** The demo, without any files. */
async function aDemo(): Promise<Site> {
  const dataDir = mkdtempSync(join(tmpdir(), 'plane-ics-'));
  const config = { ...readConfig({ DATA_DIR: dataDir }, () => ''), port: 0 };
  const world = { now: () => NOON, delay, log: aLog(), assets: new Map(), version: '0.0.0', owner: '0:0' };
  const app = await startApp(config, world);
  undos.push(async () => {
    await app.close();
    rmSync(dataDir, { recursive: true });
  });
  return { url: `http://127.0.0.1:${app.port}` } as Site;
}

const jsonType = { 'content-type': 'application/json' };
const enter = (site: Site, proof: object = { token: ADMIN_TOKEN }, headers = {}): Promise<Answer> =>
  ask(site, '/api/v1/session', { ...jsonType, ...headers }, 'POST', JSON.stringify(proof));

/** What a log-in sets, whole, and as it is sent back. */
function cookieOf({ headers }: Answer): { set: string; cookie: string } {
  const [set = ''] = [headers['set-cookie'] ?? ''].flat();
  return { set, cookie: set.split(';')[0] ?? '' };
}

const linksWith = async (site: Site, cookie: string, headers = {}): Promise<number> =>
  (await ask(site, '/api/v1/links', { cookie, ...headers })).status;

const newLink = (site: Site, headers: Record<string, string>): Promise<Answer> =>
  ask(
    site,
    '/api/v1/links',
    { ...jsonType, ...headers },
    'POST',
    JSON.stringify({ name: 'Ada phone', scope: { projects: ['ALPHA'] } }),
  );

describe('the cookie of a log-in', () => {
  test('is for this server alone, for seven days, and out of reach of scripts', async () => {
    const site = await aSite();
    const answer = await enter(site);
    expect([answer.status, answer.text]).toEqual([204, '']);
    const { set } = cookieOf(answer);
    expect(set.split('; ').slice(1).sort()).toEqual(['HttpOnly', 'Max-Age=604800', 'Path=/', 'SameSite=Strict']);
    expect(set).not.toContain(ADMIN_TOKEN);
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  test('goes over https alone, and below the path of the page alone, where PUBLIC_URL says so', async () => {
    const site = await aSite({ publicUrl: 'https://example.com/cal' });
    const { set } = cookieOf(await enter(site));
    expect(set.split('; ').slice(1).sort()).toEqual([
      'HttpOnly',
      'Max-Age=604800',
      'Path=/cal',
      'SameSite=Strict',
      'Secure',
    ]);
  });

  test('opens the API until seven days have passed, also across a restart', async () => {
    const site = await aTestApp();
    const { cookie } = cookieOf(await enter(site));
    expect(await linksWith(site, cookie)).toBe(200);
    site.clock.now += 7 * DAY - 1;
    const later = await site.restart();
    undos.push(later.close);
    expect(await linksWith(later, cookie)).toBe(200);
    site.clock.now += 1;
    expect(await linksWith(later, cookie)).toBe(401);
  });

  test('opens nothing when it is forged, cut, lengthened, or given more time', async () => {
    const site = await aSite();
    const { cookie } = cookieOf(await enter(site));
    const [, name = '', ends = '', salt = '', signature = ''] = /^(\w+)=(\d+)\.([\w-]+)\.([\w-]+)$/.exec(cookie) ?? [];
    const other = await aSite({ adminToken: 'another-admin-token' });
    const foreign = cookieOf(await enter(other, { token: 'another-admin-token' })).cookie;
    const flipped = (signature.startsWith('A') ? 'B' : 'A') + signature.slice(1);
    const wrong = [
      `${name}=`,
      `${name}=${ends}`,
      `${name}=${ends}.${salt}`,
      `${name}=${ends}.${salt}.`,
      `${name}=${ends}.${salt}.${signature.slice(1)}`,
      `${name}=${ends}.${salt}.${signature}A`,
      `${name}=${ends}.${salt}.${flipped}`,
      `${name}=${Number(ends) + 1}.${salt}.${signature}`,
      `${name}=99999999999999999.${salt}.${signature}`,
      `${name}=${ends}.${salt.slice(1)}A.${signature}`,
      `other=${ends}.${salt}.${signature}`,
      foreign,
    ];
    for (const one of wrong) expect([one, await linksWith(site, one)]).toEqual([one, 401]);
    expect(await linksWith(site, cookie)).toBe(200);
  });

  test('says what FEED_OPTIONS are, at which the form for a link begins', async () => {
    const feedOptions = parseOptions([
      ['done', 'hide'],
      ['label', 'none'],
    ]);
    const site = await aSite({ feedOptions });
    const { cookie } = cookieOf(await enter(site, { token: ADMIN_TOKEN }));
    const told = JSON.parse((await ask(site, '/api/v1/session', { cookie })).text) as object;
    expect(told).toMatchObject({ role: 'admin', defaults: { done: 'hide', label: 'none' } });
    expect(JSON.parse((await ask(site, '/api/v1/session')).text)).not.toHaveProperty('defaults');
  });

  test('ends with a new admin token, and with the log-out', async () => {
    const site = await aSite({ adminToken: null });
    const told = await ask(site, '/api/v1/session');
    expect(JSON.parse(told.text)).toMatchObject({ authenticated: false });
    const first = site.app.adminToken.value;
    const { cookie } = cookieOf(await enter(site, { token: first }));
    const renewed = await ask(site, '/api/v1/admin-token', { cookie, ...SAME }, 'POST');
    const { token } = JSON.parse(renewed.text) as { token: string };
    expect(await linksWith(site, cookie)).toBe(401);
    expect((await enter(site, { token: first })).status).toBe(401);
    const next = cookieOf(await enter(site, { token })).cookie;
    expect(await linksWith(site, next)).toBe(200);
    const out = await ask(site, '/api/v1/session', { cookie: next, ...SAME }, 'DELETE');
    expect([out.status, cookieOf(out).set]).toEqual([204, expect.stringMatching(/^\w+=; Max-Age=0; .*Path=\//)]);
  });
});

describe('what changes something', () => {
  const PUBLIC = { publicUrl: 'https://calendars.example.com' };

  test.each([
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['another host of this site', { 'sec-fetch-site': 'same-site', origin: 'https://calendars.example.com' }],
    ['an address typed', { 'sec-fetch-site': 'none' }],
    ['another origin, by an old browser', { origin: 'https://evil.example' }],
    ['an origin that is hidden', { origin: 'null' }],
    ['our host over http', { origin: 'http://calendars.example.com' }],
    ['a page that says nothing', {}],
  ])('is refused with the cookie when it comes from %s', async (_what, headers) => {
    const site = await aSite(PUBLIC);
    const { cookie } = cookieOf(await enter(site));
    const answer = await newLink(site, { cookie, ...headers });
    expect([answer.status, JSON.parse(answer.text)]).toMatchObject([403, { error_code: 'FORBIDDEN' }]);
    const { text } = await ask(site, '/api/v1/links', { cookie });
    expect(JSON.parse(text)).toEqual({ links: [] });
  });

  test.each([
    ['the page', SAME],
    ['the page, by an old browser', { origin: 'https://calendars.example.com' }],
  ])('is done with the cookie when it comes from %s', async (_what, headers) => {
    const site = await aSite(PUBLIC);
    const { cookie } = cookieOf(await enter(site));
    expect((await newLink(site, { cookie, ...headers })).status).toBe(201);
  });

  test('needs no such word with the token, which no other page has; reading needs none at all', async () => {
    const site = await aSite(PUBLIC);
    const { cookie } = cookieOf(await enter(site));
    const authorization = `Bearer ${ADMIN_TOKEN}`;
    expect((await newLink(site, { authorization, 'sec-fetch-site': 'cross-site' })).status).toBe(201);
    expect(await linksWith(site, cookie, { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' })).toBe(200);
  });

  test('is not taken as the form of another page would send it', async () => {
    const site = await aSite();
    const { cookie } = cookieOf(await enter(site));
    const { status } = await newLink(site, { cookie, ...SAME, 'content-type': 'text/plain' });
    expect(status).toBe(400);
  });
});

describe('a log-in', () => {
  test('with a wrong token is refused, and after twenty from one address no token is heard', async () => {
    const site = await aSite();
    for (let guess = 0; guess < 20; guess++) {
      const { status, headers } = await enter(site, { token: `guess-${guess}` });
      expect([status, headers['set-cookie'], headers['x-ratelimit-limit'], headers['x-ratelimit-remaining']]).toEqual([
        401,
        undefined,
        '20',
        String(19 - guess),
      ]);
    }
    const { status, headers } = await enter(site);
    expect([status, headers['set-cookie'], headers['x-ratelimit-remaining']]).toEqual([429, undefined, '0']);
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    expect(Number(headers['x-ratelimit-reset'])).toBeGreaterThan(NOON / 1000);
  });

  test('without a token is for the demo', async () => {
    const site = await aSite();
    expect((await enter(site, { demo: true })).status).toBe(401);
    expect(JSON.parse((await ask(site, '/api/v1/session')).text)).toEqual({
      authenticated: false,
      demo: false,
      one_click: false,
      self_service: false,
      role: null,
      member: null,
    });
  });

  test('without a token is for visitors of the demo with no proxy between', async () => {
    const site = await aDemo();
    for (const headers of [{ 'x-forwarded-for': '127.0.0.1' }, { forwarded: 'for=127.0.0.1' }]) {
      expect((await enter(site, { demo: true }, headers)).status).toBe(401);
      expect(JSON.parse((await ask(site, '/api/v1/session', headers)).text)).toMatchObject({ one_click: false });
    }
    // A page elsewhere whose name was made to lead here.
    for (const host of ['evil.example', 'evil.example:8080', 'localhost.evil.example', '127.0.0.1.evil.example', ''])
      expect((await enter(site, { demo: true }, { host })).status).toBeGreaterThanOrEqual(400);
    expect(JSON.parse((await ask(site, '/api/v1/session', { host: 'evil.example' })).text)).toMatchObject({
      one_click: false,
    });
    for (const host of ['localhost', 'LOCALHOST:8080', '127.0.0.1:1', '[::1]:8080'])
      expect((await enter(site, { demo: true }, { host })).status).toBe(204);
    expect(JSON.parse((await ask(site, '/api/v1/session')).text)).toMatchObject({ demo: true, one_click: true });
    const { cookie } = cookieOf(await enter(site, { demo: true }));
    expect(await linksWith(site, cookie)).toBe(200);
  });
});
