import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { request } from 'undici';
import type { Fault } from '../../../src/demo/plane.ts';
import { ACME_KEY, ALPHA } from '../../support/acme.ts';
import { aTestApp, ADMIN_TOKEN, type TestApp } from '../../support/app.ts';
import { lint } from '../../support/linter.ts';
import { recordedAnswer } from '../../support/recorded.ts';

/** Once a feed was published its subscribers get a valid calendar whatever happens: each row of the promise is a test. */

const MINUTE = 60_000;
const DAY = 86_400_000;

let folder: string;
let site: TestApp;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'plane-ics-'));
  site = await aTestApp({ dataDir: folder });
});
afterEach(async () => {
  await site.close();
  rmSync(folder, { recursive: true });
});

interface Answer {
  readonly status: number;
  readonly etag: string | undefined;
  readonly age: string | undefined;
  readonly text: string;
  readonly events: number;
}

async function read(path = '/ics/ALPHA.ics?done=keep'): Promise<Answer> {
  const { statusCode: status, headers, body } = await request(site.url + path);
  const text = await body.text();
  if (status === 200) expect(lint(Buffer.from(text))).toEqual([]);
  const events = (text.match(/^UID:plane-issue-/gm) ?? []).length;
  return { status, etag: headers.etag as string | undefined, age: headers.age as string | undefined, text, events };
}

async function lastError(): Promise<string | null> {
  const { body } = await request(`${site.url}/api/v1/health`, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } });
  const { projects } = (await body.json()) as { projects: { identifier: string; last_error: string | null }[] };
  return projects.find(({ identifier }) => identifier === 'ALPHA')?.last_error ?? null;
}

/** After a while, as a restart of ours when `restart`. */
async function later(ms: number, restart = false): Promise<void> {
  site.clock.now += ms;
  if (restart) site = await site.restart();
}

const faults: [string, Fault, RegExp][] = [
  ['down', { kind: 'reset' }, /can't be reached/],
  ['answering 503', { kind: 'status', status: 503 }, /status 503/],
  ['a login page', { kind: 'html' }, /a web page/],
  ['refusing the key', { kind: 'json', ...recordedAnswer('err-bad-key').response }, /API key/],
  [
    'forbidding everything',
    { kind: 'json', ...recordedAnswer('err-unknown-workspace-projects').response },
    /PLANE_WORKSPACE/,
  ],
];
describe.each(faults)('while Plane is %s', (_what, fault, reason) => {
  test.each([false, true])(
    'the last good calendar is sent with its age and the same ETag (restarted: %s)',
    async (restart) => {
      const before = await read();
      site.plane.onRequest = () => fault;
      for (const minutes of [2, 60, 600]) {
        await later(minutes * MINUTE, restart);
        const { status, etag, age, events } = await read();
        expect({ status, etag, events }).toEqual({ status: 200, etag: before.etag, events: before.events });
        expect(Number(age)).toBeGreaterThanOrEqual(minutes * 60);
        expect(await lastError()).toMatch(reason);
        const { statusCode } = await request(`${site.url}/ics/ALPHA.ics?done=keep`, {
          headers: { 'if-none-match': before.etag ?? '' },
        });
        expect(statusCode).toBe(304);
      }
      site.plane.onRequest = () => undefined;
      await later(MINUTE);
      expect(await read()).toMatchObject({ status: 200, etag: before.etag, age: undefined });
      expect(await lastError()).toBeNull();
    },
  );
});

test('while Plane limits requests, no reader waits', async () => {
  const before = await read();
  site.plane.onRequest = () => ({ kind: 'json', ...recordedAnswer('rate-limit-429').response });
  await later(2 * MINUTE);
  expect(await read()).toMatchObject({ status: 200, etag: before.etag });
});

test('a calendar that was never made is 503 with Retry-After, in plain text', async () => {
  site.plane.onRequest = () => ({ kind: 'reset' });
  const { statusCode, headers, body } = await request(`${site.url}/ics/ALPHA.ics`);
  expect([statusCode, headers['retry-after'], headers['content-type']]).toEqual([
    503,
    '300',
    'text/plain; charset=utf-8',
  ]);
  expect(await body.text()).not.toContain(ACME_KEY);
});

test('before the first request for a calendar, health says why Plane can’t be read, until it can', async () => {
  const health = async (): Promise<unknown> => {
    const { body } = await request(`${site.url}/api/v1/health`, {
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
    });
    return body.json();
  };
  site.plane.tables.keys.delete(ACME_KEY);
  site = await site.restart();
  expect((await request(`${site.url}/ics/ALPHA.ics`)).statusCode).toBe(503);
  expect(await health()).toMatchObject({
    status: 'error',
    last_error: expect.stringMatching(/PLANE_API_KEY/),
    metrics: { plane_api_connection: 'error' },
    projects: [],
  });
  site.plane.tables.keys.set(ACME_KEY, [...site.plane.tables.people.keys()][0]!);
  await read();
  expect(await health()).toMatchObject({ status: 'ok', last_error: null, metrics: { plane_api_connection: 'ok' } });
});

test('an archived project stays as it was, and its calendar says so', async () => {
  const before = await read();
  site.plane.archiveProject(ALPHA);
  await later(2 * MINUTE);
  const after = await read();
  expect(after).toMatchObject({ status: 200, events: before.events });
  expect(after.text.replaceAll('\r\n ', '')).toMatch(/^X-WR-CALDESC:.*archived in Plane/m);
  expect(await lastError()).toMatch(/archived/);
});

test('a project the key lost access to stays for 7 days, then serves a tombstone, then 410', async () => {
  const before = await read();
  site.plane.editProject(ALPHA, { is_member: false });
  await later(2 * MINUTE);
  expect(await read()).toMatchObject({ status: 200, events: before.events });
  expect(await lastError()).toMatch(/no longer a member/);
  await later(6 * DAY, true);
  expect(await read()).toMatchObject({ status: 200, events: before.events });
  await later(DAY);
  expect(await read()).toMatchObject({ status: 200, events: 0, text: expect.stringContaining('no longer published') });
  await later(30 * DAY, true);
  expect((await read()).status).toBe(410);
});

test('regained access restores the calendar', async () => {
  const before = await read();
  site.plane.editProject(ALPHA, { is_member: false });
  await later(2 * MINUTE);
  await read();
  await later(8 * DAY);
  expect((await read()).events).toBe(0);
  site.plane.editProject(ALPHA, { is_member: true });
  await later(2 * MINUTE);
  expect(await read()).toMatchObject({ status: 200, events: before.events });
});

/** Plane has it no more, and said so twice. */
async function deleted(): Promise<void> {
  site.plane.deleteProject(ALPHA);
  await later(2 * MINUTE);
  await read();
  await later(5 * MINUTE);
}

test('a project that Plane says once it does not have stays as it was, until it says so again five minutes later', async () => {
  const before = await read();
  site.plane.deleteProject(ALPHA);
  await later(2 * MINUTE);
  expect(await read()).toMatchObject({ status: 200, etag: before.etag });
  expect(await lastError()).toMatch(/no longer lists the project and has nothing at its address/);
  await later(4 * MINUTE);
  expect(await read()).toMatchObject({ status: 200, etag: before.etag });
  await later(2 * MINUTE);
  expect((await read()).text).toContain('no longer published');
});

test('a deleted project says so for 30 days, then answers 410', async () => {
  await read();
  await deleted();
  const { status, events, text } = await read();
  expect([status, events, text.match(/^BEGIN:VEVENT/gm)?.length]).toEqual([200, 0, 1]);
  expect(await lastError()).toMatch(/deleted/);
  await later(29 * DAY, true);
  expect((await read()).status).toBe(200);
  await later(2 * DAY);
  expect((await read()).status).toBe(410);
});

test('a deleted project says so although the clock was set back since', async () => {
  await read();
  await deleted();
  await later(2 * DAY);
  expect((await read()).events).toBe(0);
  await later(-DAY, true);
  expect(await read()).toMatchObject({ status: 200, events: 0, text: expect.stringContaining('no longer published') });
});

test('a secret project that vanishes may be a lost permission, and is treated so', async () => {
  site.plane.editProject(ALPHA, { network: 0 });
  const before = await read();
  site.plane.deleteProject(ALPHA);
  await later(2 * MINUTE);
  expect(await read()).toMatchObject({ status: 200, events: before.events });
});

test('a project removed from PLANE_PROJECTS serves a tombstone', async () => {
  await read();
  site = await site.restart({ projects: ['BIG'] });
  expect(await read()).toMatchObject({ status: 200, events: 0, text: expect.stringContaining('no longer published') });
});

test('a project that lists no items any more is believed when a read five minutes later agrees', async () => {
  const before = await read();
  const { items } = site.plane.tables.projects.get(ALPHA)!;
  for (const id of [...items.keys()]) site.plane.deleteItem(id);
  await later(2 * MINUTE);
  expect(await read()).toMatchObject({ status: 200, etag: before.etag });
  expect(await lastError()).toMatch(/no items where there were some/);
  await later(4 * MINUTE);
  expect(await read()).toMatchObject({ status: 200, etag: before.etag });
  await later(2 * MINUTE);
  expect(await read()).toMatchObject({ status: 200, events: 0, text: expect.stringContaining('Nothing planned') });
});

test('a former identifier still leads to the project, until another takes it', async () => {
  const before = await read();
  site.plane.editProject(ALPHA, { identifier: 'BETA' });
  await later(2 * MINUTE);
  await read('/ics/ALPHA.ics?done=keep');
  expect(await read('/ics/BETA.ics?done=keep')).toMatchObject({ status: 200, events: before.events });
  await later(2 * MINUTE, true);
  expect(await read()).toMatchObject({ status: 200, events: before.events });
  const big = [...site.plane.tables.projects.values()].find(({ row }) => row.identifier === 'BIG')!;
  site.plane.editProject(big.row.id, { identifier: 'ALPHA' });
  await later(2 * MINUTE);
  await read('/ics/BETA.ics');
  expect((await read()).events).toBe(0);
});

test('another workspace never takes over the calendars of this one', async () => {
  const before = await read();
  for (const project of site.plane.tables.projects.values())
    project.row = Object.assign({}, project.row, { workspace: 'f4f37240-b9d8-411b-bcad-72a17971d929' });
  await later(2 * MINUTE);
  expect(await read()).toMatchObject({ status: 200, etag: before.etag });
  expect(await lastError()).toMatch(/DATA_DIR belongs to another/);
});
