import { createHmac } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createRecords } from '../../src/mirrors/records.ts';
import { openStores } from '../../src/store/stores.ts';
import { createVault } from '../../src/store/vault.ts';
import { api, ask, unfolded } from '../http/ask.ts';
import { aTestApp, type TestApp } from '../support/app.ts';
import { aLog } from '../support/log.ts';
import { delay } from '../support/time.ts';

/** A folder that 0.1.0 left behind, opened by the present program while Plane is down: everything must come from the folder. */

interface Expected {
  readonly now: number;
  readonly davUrl: string;
  readonly links: Readonly<Record<string, { readonly id: string; readonly path: string }>>;
  readonly rotatedFrom: string;
  readonly listed: {
    readonly links: readonly { readonly id: string; readonly name: string; readonly revoked: string | null }[];
  };
  readonly mirror: {
    readonly id: string;
    readonly name: string;
    readonly mirror_id: string;
    readonly calendar: object;
  };
  readonly feeds: Readonly<Record<string, { readonly status: number; readonly etag: string; readonly text: string }>>;
}

const recorded = (name: string): unknown =>
  JSON.parse(readFileSync(fileURLToPath(new URL(`../recorded/data-0.1.0/${name}.json`, import.meta.url)), 'utf8'));
const expected = recorded('expected') as Expected;
const files = recorded('folder') as Record<string, { readonly mode: string; readonly base64: string }>;

let folder: string;
let site: TestApp | null = null;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plane-ics-'));
  for (const [path, { mode, base64 }] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, path), Buffer.from(base64, 'base64'), { mode: Number.parseInt(mode, 8) });
  }
});
afterEach(async () => {
  await site?.close();
  site = null;
  rmSync(folder, { recursive: true });
});

async function open(): Promise<TestApp> {
  site = await aTestApp({ dataDir: folder, webhookSecrets: [] });
  site.clock.now = expected.now;
  site.plane.onRequest = () => ({ kind: 'status', status: 503 });
  return site;
}

/** Each component by UID: what a subscriber sees of it, and its stamps. */
function components(calendar: string): Map<string, { seen: string; stamp: string; sequence: number }> {
  const found = unfolded(calendar).matchAll(/BEGIN:(VEVENT|VTODO)\r\n(.*?)END:\1/gs);
  return new Map(
    [...found].map(([, , text = '']) => {
      const line = (name: string): string => new RegExp(`^${name}:(.*)\r$`, 'm').exec(text)?.[1] ?? '';
      const seen = text.replace(/^(?:DTSTAMP|LAST-MODIFIED|SEQUENCE):.*\r\n/gm, '');
      return [line('UID'), { seen, stamp: line('LAST-MODIFIED'), sequence: Number(line('SEQUENCE')) }];
    }),
  );
}

test.each(Object.keys(expected.feeds))(
  'the calendar %s is served with its events, and what reads the same keeps its stamps',
  async (name) => {
    const { url } = await open();
    const path = { 'open-project': '/ics/ALPHA.ics', 'open-all': '/ics/all.ics', view: '/ics/view/team.ics' }[name];
    const { status, text } = await ask(site!, url + (path ?? expected.links[name]!.path));
    const before = components(expected.feeds[name]!.text);
    const after = components(text);
    expect([status, [...after.keys()].sort()]).toEqual([200, [...before.keys()].sort()]);
    for (const [uid, old] of before) {
      const { seen, stamp, sequence } = after.get(uid)!;
      if (seen === old.seen) expect([uid, stamp, sequence]).toEqual([uid, old.stamp, old.sequence]);
      else expect([uid, stamp > old.stamp, sequence > old.sequence]).toEqual([uid, true, true]);
    }
  },
);

test('links, with their names, options and what was revoked; the address before a rotation stays a tombstone', async () => {
  await open();
  const listed = (await api(site!, 'GET', 'links')).json as unknown as Expected['listed'];
  const known = (links: Expected['listed']['links']) =>
    links.map((link) => {
      const { id, name, revoked, scope, options, path, created, version } = link as unknown as Record<string, unknown>;
      return { id, name, revoked, scope, options, path, created, version };
    });
  expect(known(listed.links)).toEqual(known(expected.listed.links));
  const old = await ask(site!, expected.rotatedFrom);
  expect([old.status, old.text]).toEqual([200, expect.stringContaining('SUMMARY:This calendar link was disabled')]);
});

test('links can be edited and revoked, although 0.1.0 knew no versions of records', async () => {
  await open();
  const { id } = expected.listed.links.find(({ revoked }) => revoked === null)!;
  const edited = await api(site!, 'PATCH', `links/${id}`, { name: 'Renamed' });
  expect([edited.status, edited.json.name]).toEqual([200, 'Renamed']);
  expect((await api(site!, 'DELETE', `links/${id}`)).json.revoked).toEqual(expect.any(String));
});

describe('the folder', () => {
  const marker = (): unknown => JSON.parse(readFileSync(join(folder, 'plane-ics.json'), 'utf8'));
  const openedAt = async (now: number) => {
    const log = aLog();
    const stores = await openStores({ folder, owner: '0:0', now: () => now, delay, log });
    const formats = [await stores.kept.get('meta', 'format'), await stores.cache.get('meta', 'format')];
    const links = await stores.kept.list('link');
    await stores.close();
    return {
      formats,
      links,
      warnings: log.lines.filter(({ level }) => level === 'warn').map(({ message }) => message),
    };
  };
  const upgraded = { format: 2, createdAt: '2026-11-20T12:00:00.000Z' };

  test('is refused by 0.1.0 from now on, in the marker and in both databases: it would serve links that have ended', async () => {
    expect(marker()).toEqual({ ...upgraded, format: 1 });
    const first = await openedAt(expected.now);
    expect(first.formats).toEqual([{ version: 2 }, { version: 2 }]);
    expect(first.links).toHaveLength(6);
    expect(first.warnings).toEqual([expect.stringContaining('earlier versions of plane-ics refuse it')]);
    expect(marker()).toEqual(upgraded);
    expect(await openedAt(expected.now + 1)).toEqual({ ...first, warnings: [] });
  });

  test('is upgraded by the next start where the first one ended after the marker', async () => {
    writeFileSync(join(folder, 'plane-ics.json'), JSON.stringify(upgraded));
    expect(await openedAt(expected.now)).toMatchObject({ formats: [{ version: 2 }, { version: 2 }], warnings: [] });
    expect(marker()).toEqual(upgraded);
  });
});

test('a readable path gets a record, once, and stays that of its link', async () => {
  const pathsAfterStart = async (): Promise<[string, unknown][]> => {
    await open();
    await site!.close();
    site = null;
    const stores = await openStores({ folder, owner: '0:0', now: () => expected.now, delay, log: aLog() });
    const paths = await stores.kept.list('path');
    await stores.close();
    return paths;
  };
  const paths = [['team', expected.links.path!.id]];
  expect(await pathsAfterStart()).toEqual(paths);
  expect(await pathsAfterStart()).toEqual(paths);
  await open();
  expect((await api(site!, 'POST', 'links', { name: 'Other', path: 'team' })).status).toBe(400);
  expect((await api(site!, 'DELETE', `links/${expected.links.path!.id}`)).status).toBe(200);
  await site!.close();
  expect(await pathsAfterStart()).toEqual([]);
});

test('the webhook secret that was pasted on the page still opens', async () => {
  await open();
  const body = JSON.stringify({ event: 'issue', action: 'updated', data: {} });
  const signature = createHmac('sha256', 'plane_wh_pasted_on_the_page').update(body).digest('hex');
  const headers = { 'content-type': 'application/json', 'x-plane-signature': signature };
  expect((await ask(site!, '/webhooks/plane', headers, 'POST', body)).status).not.toBe(401);
  const forged = { ...headers, 'x-plane-signature': signature.replace(/^./, (first) => (first === '0' ? '1' : '0')) };
  expect((await ask(site!, '/webhooks/plane', forged, 'POST', body)).status).toBe(401);
});

test('mirrors, with the password of their server', async () => {
  await open();
  const mirror = (await api(site!, 'GET', `mirrors/${expected.mirror.id}`)).json;
  const { id, name, mirror_id, calendar } = expected.mirror;
  expect(mirror).toMatchObject({ id, name, mirror_id, calendar });
  await site!.close();
  site = null;

  const now = (): number => expected.now;
  const stores = await openStores({ folder, owner: '0:0', now, delay, log: aLog() });
  const vault = createVault(readFileSync(join(folder, 'secret-key'), 'utf8').trim());
  const [spec] = await createRecords(stores.kept, vault).all();
  await stores.close();
  expect(spec).toMatchObject({ id, name, secrets: { password: 'app-password-of-alice' } });
});
