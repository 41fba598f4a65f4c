import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { readConfig, type Config } from '../../src/config.ts';
import { ALPHA } from '../support/acme.ts';
import { aTestApp, WEBHOOK_SECRET, type TestApp } from '../support/app.ts';
import { aCalDav, type CalDav } from '../support/caldav.ts';
import { eventually } from '../support/processes.ts';
import { api, type ApiAnswer, type Json } from './ask.ts';

/** Mirrors, from the settings and over the API, before a small Plane and a small CalDAV server. */

jest.setTimeout(30_000);

let dav: CalDav;
let folder: string;
let site: TestApp;
beforeEach(async () => {
  dav = await aCalDav();
  folder = mkdtempSync(join(tmpdir(), 'plane-ics-'));
});
afterEach(async () => {
  await site.close();
  await dav.close();
  rmSync(folder, { recursive: true });
});

interface Mirror extends Json {
  readonly id: string;
  readonly state: string;
  readonly calendar: { readonly url: string; readonly name: string } | null;
  readonly last_run: (Json & { readonly errors: readonly string[] }) | null;
  readonly withheld: { readonly count: number; readonly digest: string } | null;
}

/** The program, with these settings for a mirror. */
async function start(settings: Record<string, string> = {}, more: Partial<Config> = {}): Promise<void> {
  site = await aTestApp({ dataDir: folder, ...more, mirror: readConfig(settings, () => '').mirror });
}

const settings = (more: Record<string, string> = {}): Record<string, string> => ({
  MIRROR_URL: dav.url,
  MIRROR_USERNAME: dav.username,
  MIRROR_PASSWORD: dav.password,
  MIRROR_CALENDAR: 'Work',
  MIRROR_FEED: 'ALPHA',
  MIRROR_OPTIONS: 'done=keep&cancelled=keep',
  ...more,
});

const wish = (more: Json = {}): Json => ({
  name: 'Team',
  scope: { projects: ['ALPHA'] },
  options: { done: 'keep', cancelled: 'keep' },
  server: { url: dav.url, username: dav.username, password: dav.password },
  calendar: { name: 'Plane' },
  ...more,
});

const all = async (): Promise<Mirror[]> => (await api(site, 'GET', 'mirrors')).json.mirrors as Mirror[];
const read = async (id: string): Promise<Mirror> => (await api(site, 'GET', `mirrors/${id}`)).json as Mirror;

/** The mirror, once it has run and rests. */
function settled(id: string, state = /ok|error/): Promise<Mirror> {
  return eventually(
    () => read(id),
    (mirror) => state.test(mirror.state) && mirror.last_run !== null,
  );
}

/** Starts a run, and waits for its end. */
async function run(id: string, body: Json = {}): Promise<Mirror> {
  const started = await eventually(
    () => api(site, 'POST', `mirrors/${id}/run`, body),
    ({ status }) => status !== 409,
  );
  expect([started.status, started.json]).toEqual([202, { status: 'started' }]);
  return eventually(
    () => read(id),
    ({ state }) => state !== 'running',
  );
}

async function made(more: Json = {}): Promise<Mirror> {
  const answer = await api(site, 'POST', 'mirrors', wish(more));
  expect([answer.status, answer.text]).toEqual([201, expect.not.stringContaining(dav.password)]);
  return answer.json as Mirror;
}

/** Objects that are ours. */
const ours = (path = '/dav/'): string[] =>
  [...dav.objects.keys()].filter(
    (one) => one.startsWith(path) && one.includes('/plane-', path.length - 1) && one.endsWith('.ics'),
  );

async function feedSize(): Promise<number> {
  const text = await (await fetch(`${site.url}/ics/ALPHA.ics?done=keep&cancelled=keep`)).text();
  return text.match(/^BEGIN:VEVENT\r$/gm)?.length ?? 0;
}

/** Items that are due, besides those that are there. */
function dueItems(count: number): string[] {
  return Array.from(
    { length: count },
    (_, n) => site.plane.createItem(ALPHA, { name: `Item ${n}`, target_date: '2026-12-24' }).id,
  );
}

const filesIn = (path: string): Buffer[] =>
  readdirSync(path, { recursive: true, encoding: 'utf8' })
    .map((name) => join(path, name))
    .filter((file) => statSync(file).isFile())
    .map((file) => readFileSync(file));

describe('from the settings', () => {
  test('a mirror finds its calendar by name, writes what the feed holds, and survives a restart without a write', async () => {
    await start(settings());
    const mirror = await settled('settings');
    expect(mirror).toMatchObject({
      from: 'settings',
      name: 'Work',
      state: 'ok',
      scope: { projects: ['ALPHA'] },
      calendar: { name: 'Work', url: `${dav.url}/dav/work/` },
      server: { url: dav.url, username: 'alice', auth: 'auto', tls_verify: true },
      conflict: 'plane',
      max_delete: '10,30%',
      check_seconds: 900,
      next_run: expect.any(String),
      withheld: null,
    });
    expect(ours('/dav/work/')).toHaveLength(await feedSize());
    expect(ours().length).toBeGreaterThan(3);
    const health = (await api(site, 'GET', 'health')).json as { metrics: Json; mirrors: Json[] };
    expect(health.metrics.caldav_connection).toBe('ok');
    expect(health.mirrors).toEqual([{ name: 'Work', state: 'ok', last_run: expect.any(String), last_error: null }]);
    dav.writes();
    site = await site.restart();
    expect((await settled('settings')).last_run).toMatchObject({ created: expect.any(Number) });
    await eventually(
      () => site.log.lines,
      (lines) => lines.some(({ message }) => message === 'mirror: run'),
    );
    expect(dav.writes()).toEqual([]);
    expect(((await api(site, 'GET', 'runs?mirror=settings')).json.runs as Json[]).length).toBeGreaterThan(1);
  });

  test('per-project makes a calendar for each', async () => {
    await start(settings({ MIRROR_CALENDAR: 'per-project', MIRROR_FEED: 'all' }));
    const mirrors = await all();
    expect(mirrors.length).toBeGreaterThan(1);
    for (const { id } of mirrors) expect((await settled(id)).state).toBe('ok');
    const names = [...dav.calendars.values()].filter((name) => name !== 'Work').sort();
    expect(names).toEqual(mirrors.map(({ name }) => name).sort());
    expect(new Set(mirrors.map(({ mirror_id: id }) => id)).size).toBe(mirrors.length);
  });

  test('it is not changed or removed by the API, but pauses', async () => {
    await start(settings());
    await settled('settings');
    const refused = await api(site, 'PATCH', 'mirrors/settings', { name: 'Other' });
    expect([refused.status, refused.json.message]).toEqual([
      400,
      'This mirror comes from the settings MIRROR_*: change it there.',
    ]);
    expect((await api(site, 'DELETE', 'mirrors/settings?purge=true')).status).toBe(400);
    expect(ours().length).toBeGreaterThan(0);
    expect((await api(site, 'PATCH', 'mirrors/settings', { paused: true })).json).toMatchObject({ state: 'paused' });
    site = await site.restart();
    expect(await read('settings')).toMatchObject({ state: 'paused', next_run: null });
  });

  test('a project that nobody knows is told in health, and ends nothing', async () => {
    await start(settings({ MIRROR_FEED: 'NOPE' }));
    expect(await all()).toEqual([]);
    const { json } = await api(site, 'GET', 'health');
    expect(json.mirrors).toEqual([
      { name: 'MIRROR_URL', state: 'error', last_run: null, last_error: expect.stringContaining('NOPE') },
    ]);
    expect((json.metrics as Json).caldav_connection).toBe('unknown');
  });

  test('a wrong password is told with its fix, and was sent once', async () => {
    dav.accepts = 'another';
    await start(settings());
    const { state, last_run: last } = await settled('settings');
    expect([state, last?.errors]).toEqual(['error', [expect.stringContaining('Check user and password')]]);
    expect(dav.asked()).toBe(1);
    expect(((await api(site, 'GET', 'health')).json.metrics as Json).caldav_connection).toBe('error');
    dav.accepts = dav.password;
    expect(await run('settings')).toMatchObject({ state: 'ok' });
    expect(ours().length).toBeGreaterThan(0);
  });
});

describe('over the API', () => {
  test('a login is tried, step by step', async () => {
    await start();
    expect((await api(site, 'GET', 'health')).json).toMatchObject({
      mirrors: [],
      metrics: { caldav_connection: 'off' },
    });
    const { server } = wish();
    const good = await api(site, 'POST', 'mirrors/test', { server });
    expect(good.json).toMatchObject({
      steps: [{ step: 'address', status: 207, fix: null }, { step: 'calendars' }],
      calendars: [{ name: 'Work', url: `${dav.url}/dav/work/`, components: ['VEVENT', 'VTODO'] }],
      error: null,
    });
    const bad = await api(site, 'POST', 'mirrors/test', { server: { ...(server as Json), password: 'wrong' } });
    expect(bad.json).toMatchObject({
      steps: [{ status: 401, fix: expect.stringContaining('app password') }],
      error: expect.stringContaining('does not accept this login'),
    });
  });

  test('a mirror is made, follows a webhook with one write, and is changed, paused and removed', async () => {
    await start();
    const { id } = await made();
    const mirror = await settled(id);
    expect([mirror.state, mirror.calendar?.name]).toEqual(['ok', 'Plane']);
    const count = ours().length;
    expect(count).toBe(await feedSize());

    const name = [...dav.objects.keys()].find((one) => /\/plane-\w+-[0-9a-f-]{36}\.ics$/.test(one))!;
    const itemId = name.slice(-40, -4);
    dav.writes();
    site.plane.hook = { url: `${site.url}/webhooks/plane`, secret: WEBHOOK_SECRET };
    site.clock.now += 1_000;
    site.plane.editItem(itemId, { name: 'Renamed in Plane' });
    await eventually(
      () => dav.objects.get(name),
      (text) => text?.includes('Renamed in Plane') === true,
    );
    await site.plane.delivered();
    expect(dav.writes()).toEqual([`PUT ${name}`]);

    const edited = await api(site, 'PATCH', `mirrors/${id}`, { options: { title: '{name}' }, max_delete: '5,50%' });
    expect(edited.json).toMatchObject({ options: { title: '{name}', done: 'keep' }, max_delete: '5,50%' });
    await eventually(
      () => dav.objects.get(name),
      (text) => text?.includes('SUMMARY:Renamed') === true,
    );
    expect(dav.objects.get(name)).toContain('SUMMARY:Renamed in Plane');
    expect(ours()).toHaveLength(count);

    expect((await api(site, 'PATCH', `mirrors/${id}`, { paused: true })).json).toMatchObject({ state: 'paused' });
    expect((await api(site, 'DELETE', `mirrors/${id}`)).status).toBe(204);
    expect([await all(), ours().length]).toEqual([[], count]);
    expect((await api(site, 'GET', `mirrors/${id}`)).status).toBe(404);
  });

  test('what can not be reached is not made, and why is told with the steps', async () => {
    await start();
    const { server } = wish();
    const wrong = await api(site, 'POST', 'mirrors', wish({ server: { ...(server as Json), password: 'wrong' } }));
    expect([wrong.status, wrong.json]).toEqual([
      502,
      expect.objectContaining({
        error_code: 'CALDAV_CONNECTION_ERROR',
        details: { reason: 'caldav_key', steps: [expect.objectContaining({ status: 401 })] },
      }),
    ]);
    for (const [more, told] of [
      [{ server: { url: dav.url, auth: 'bearer' } }, /token is needed/],
      [{ server: { url: dav.url, username: 'alice' } }, /password are needed/],
      [{ calendar: { url: `${dav.url}/dav/none/` } }, /no calendar/],
      [{ scope: { projects: ['NOPE'] } }, /NOPE/],
      [{ max_delete: 'many' }, /max_delete/],
    ] as const) {
      const answer = await api(site, 'POST', 'mirrors', wish(more));
      expect([answer.status >= 400, answer.json.message]).toEqual([true, expect.stringMatching(told)]);
    }
    expect(await all()).toEqual([]);
  });

  test('two into one account must be told apart', async () => {
    await start();
    await made();
    const second = await api(site, 'POST', 'mirrors', wish({ name: 'Again', calendar: { name: 'Work' } }));
    expect([second.status, second.json.message]).toEqual([400, expect.stringContaining('"mirror_id"')]);
    await made({ name: 'Again', calendar: { name: 'Work' }, mirror_id: 'again' });
    await made({ name: 'All', scope: { all: true }, calendar: { name: 'Work' } });
    expect(await all()).toHaveLength(3);
  });

  test('a plan writes nothing; many deletions wait, and are forced by their digest alone', async () => {
    await start();
    const ids = dueItems(20);
    const { id } = await made({ max_delete: '5,10%' });
    await settled(id);
    const before = ours().length;
    for (const item of ids.slice(0, 15)) site.plane.deleteItem(item);
    site.clock.now += 61_000;
    dav.writes();
    const { json: plan } = await api(site, 'POST', `mirrors/${id}/plan`);
    expect(plan).toMatchObject({ steps: [], unchanged: before - 15, withheld: { count: 15 } });
    expect(dav.writes()).toEqual([]);

    const waiting = await run(id);
    expect([waiting.state, waiting.withheld?.count, ours().length]).toEqual(['waiting', 15, before]);
    expect((await run(id, { force: 'other' })).state).toBe('waiting');
    expect(ours()).toHaveLength(before);
    expect(await run(id, { force: waiting.withheld?.digest })).toMatchObject({
      state: 'ok',
      withheld: null,
      last_run: { deleted: 15 },
    });
    expect(ours()).toHaveLength(before - 15);
  });

  test('a backup puts back what was lost; a purge removes exactly what is ours, and pauses', async () => {
    await start();
    const mine =
      'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:mine\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260101T100000Z\r\nSUMMARY:Mine\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n';
    dav.objects.set('/dav/work/mine.ics', mine);
    const { id } = await made({ calendar: { url: `${dav.url}/dav/work/` } });
    await settled(id);
    const count = ours().length;
    const backup = (await api(site, 'GET', `mirrors/${id}/backup`)).json as { manifest: Json; files: Json };
    expect(backup.manifest.resources).toHaveLength(count + 1);

    const purged = await api(site, 'POST', `mirrors/${id}/purge`);
    expect([purged.status, purged.json]).toEqual([202, { status: 'done', deleted: count, left: [] }]);
    expect([...dav.objects]).toEqual([['/dav/work/mine.ics', mine]]);
    expect((await read(id)).state).toBe('paused');

    dav.objects.clear();
    const { json } = await api(site, 'POST', `mirrors/${id}/restore`, backup);
    expect(json).toEqual({ created: count + 1, replaced: 0, unchanged: 0, skipped: [] });
    expect(dav.objects.get('/dav/work/mine.ics')).toBe(mine);
    expect(dav.objects.size).toBe(count + 1);
    const damaged = await api(site, 'POST', `mirrors/${id}/restore`, { ...backup, files: {} });
    expect([damaged.status, damaged.json.message]).toEqual([400, expect.stringContaining('lacks the file')]);
    expect((await api(site, 'DELETE', `mirrors/${id}?purge=true`)).status).toBe(204);
    expect([...dav.objects.keys()]).toEqual(['/dav/work/mine.ics']);
  });

  test('a restart keeps everything, and no password is in the log, an answer or the store', async () => {
    await start();
    const { id } = await made({ server: { ...(wish().server as Json) } });
    const answers: ApiAnswer[] = [];
    const before = await settled(id);
    const files = filesIn(folder);
    const lines = JSON.stringify(site.log.lines);
    site = await site.restart();
    answers.push(await api(site, 'GET', 'mirrors'), await api(site, 'GET', 'runs'), await api(site, 'GET', 'health'));
    const { id: _id, next_run: _next, last_run: _last, state: _state, ...rest } = before;
    expect(await read(id)).toMatchObject(rest);
    expect(await run(id)).toMatchObject({ state: 'ok' });
    answers.push(await api(site, 'PATCH', `mirrors/${id}`, { server: { url: dav.url, tls_verify: false } }));
    expect(answers.at(-1)?.json).toMatchObject({ server: { username: 'alice', tls_verify: false } });
    expect((await api(site, 'GET', 'health')).json.warnings).toEqual([expect.stringContaining('"Team"')]);
    // The password goes to the server it was given for, and to no other.
    const moved = await api(site, 'PATCH', `mirrors/${id}`, {
      server: { url: 'http://127.0.0.1:9', username: 'alice' },
    });
    expect([moved.status, moved.json.message]).toEqual([400, expect.stringContaining('password are needed')]);
    const written = [lines, JSON.stringify(site.log.lines), ...answers.map(({ text }) => text)].join();
    expect(written).not.toContain(dav.password);
    for (const bytes of [...files, ...filesIn(folder)]) expect(bytes.includes(dav.password)).toBe(false);
    expect(Buffer.concat(files).includes('"mirrorId"')).toBe(true);
  });

  test('a server that is down is an error that is tried again, and a run that is under way is not started twice', async () => {
    await start();
    const { id } = await made();
    await settled(id);
    dav.isDown = true;
    expect((await api(site, 'POST', `mirrors/${id}/run`)).status).toBe(202);
    const again = await api(site, 'POST', `mirrors/${id}/run`);
    expect([again.status, again.json.error_code]).toEqual([409, 'SYNC_IN_PROGRESS']);
    expect(await settled(id, /error/)).toMatchObject({ last_run: { ok: false } });
    dav.isDown = false;
    expect(await run(id)).toMatchObject({ state: 'ok' });
  });
});
