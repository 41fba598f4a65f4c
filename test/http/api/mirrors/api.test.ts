import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ALPHA } from '../../../support/acme.ts';
import { WEBHOOK_SECRET } from '../../../support/app.ts';
import { eventually } from '../../../support/processes.ts';
import type { ApiAnswer, Json } from '../../ask.ts';
import { createMirrors, type Mirror } from './fixture.ts';

/** Mirrors that are created, changed and removed over the API. */

const mirrors = createMirrors();
const { start, ask, all, read, settled, run, ours, feedSize } = mirrors;

const request = (more: Json = {}): Json => ({
  name: 'Team',
  scope: { projects: ['ALPHA'] },
  options: { done: 'keep', cancelled: 'keep' },
  server: { url: mirrors.dav.url, username: mirrors.dav.username, password: mirrors.dav.password },
  calendar: { name: 'Plane' },
  ...more,
});

async function made(more: Json = {}): Promise<Mirror> {
  const answer = await ask('POST', 'mirrors', request(more));
  expect([answer.status, answer.text]).toEqual([201, expect.not.stringContaining(mirrors.dav.password)]);
  return answer.json as Mirror;
}

/** Items that are due, besides those that are there. */
function dueItems(count: number): string[] {
  return Array.from(
    { length: count },
    (_, n) => mirrors.site.plane.createItem(ALPHA, { name: `Item ${n}`, target_date: '2026-12-24' }).id,
  );
}

const filesIn = (path: string): Buffer[] =>
  readdirSync(path, { recursive: true, encoding: 'utf8' })
    .map((name) => join(path, name))
    .filter((file) => statSync(file).isFile())
    .map((file) => readFileSync(file));

describe('over the API', () => {
  test('a login is tested, step by step', async () => {
    await start();
    expect((await ask('GET', 'health')).json).toMatchObject({
      mirrors: [],
      metrics: { caldav_connection: 'off' },
    });
    const { server } = request();
    const good = await ask('POST', 'mirrors/test', { server });
    expect(good.json).toMatchObject({
      steps: [{ step: 'address', status: 207, fix: null }, { step: 'calendars' }],
      calendars: [{ name: 'Work', url: `${mirrors.dav.url}/dav/work/`, components: ['VEVENT', 'VTODO'] }],
      error: null,
    });
    const bad = await ask('POST', 'mirrors/test', { server: { ...(server as Json), password: 'wrong' } });
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

    const name = [...mirrors.dav.objects.keys()].find((one) => /\/plane-\w+-[0-9a-f-]{36}\.ics$/.test(one))!;
    const itemId = name.slice(-40, -4);
    mirrors.dav.writes();
    mirrors.site.plane.hook = { url: `${mirrors.site.url}/webhooks/plane`, secret: WEBHOOK_SECRET };
    mirrors.site.clock.now += 1_000;
    mirrors.site.plane.editItem(itemId, { name: 'Renamed in Plane' });
    await eventually(
      () => mirrors.dav.objects.get(name),
      (text) => text?.includes('Renamed in Plane') === true,
    );
    await mirrors.site.plane.delivered();
    expect(mirrors.dav.writes()).toEqual([`PUT ${name}`]);

    const edited = await ask('PATCH', `mirrors/${id}`, { options: { title: '{name}' }, max_delete: '5,50%' });
    expect(edited.json).toMatchObject({ options: { title: '{name}', done: 'keep' }, max_delete: '5,50%' });
    await eventually(
      () => mirrors.dav.objects.get(name),
      (text) => text?.includes('SUMMARY:Renamed') === true,
    );
    expect(mirrors.dav.objects.get(name)).toContain('SUMMARY:Renamed in Plane');
    expect(ours()).toHaveLength(count);

    expect((await ask('PATCH', `mirrors/${id}`, { paused: true })).json).toMatchObject({ state: 'paused' });
    expect((await ask('DELETE', `mirrors/${id}`)).status).toBe(204);
    expect([await all(), ours().length]).toEqual([[], count]);
    expect((await ask('GET', `mirrors/${id}`)).status).toBe(404);
  });

  test('a mirror whose server can not be reached is not created, and the error has the steps', async () => {
    await start();
    const { server } = request();
    const wrong = await ask('POST', 'mirrors', request({ server: { ...(server as Json), password: 'wrong' } }));
    expect([wrong.status, wrong.json]).toEqual([
      502,
      expect.objectContaining({
        error_code: 'CALDAV_CONNECTION_ERROR',
        details: { reason: 'caldav_key', fix: expect.any(String), steps: [expect.objectContaining({ status: 401 })] },
      }),
    ]);
    for (const [more, message] of [
      [{ server: { url: mirrors.dav.url, auth: 'bearer' } }, /needs a token/],
      [{ server: { url: mirrors.dav.url, username: 'alice' } }, /needs a user and a password/],
      [{ calendar: { url: `${mirrors.dav.url}/dav/none/` } }, /no calendar/],
      [{ scope: { projects: ['NOPE'] } }, /NOPE/],
      [{ max_delete: 'many' }, /max_delete/],
    ] as const) {
      const answer = await ask('POST', 'mirrors', request(more));
      expect([answer.status >= 400, answer.json.message]).toEqual([true, expect.stringMatching(message)]);
    }
    expect(await all()).toEqual([]);
  });

  test('two into one account need different ids', async () => {
    await start();
    await made();
    const second = await ask('POST', 'mirrors', request({ name: 'Again', calendar: { name: 'Work' } }));
    expect([second.status, second.json.message]).toEqual([400, expect.stringContaining('"mirror_id"')]);
    await made({ name: 'Again', calendar: { name: 'Work' }, mirror_id: 'again' });
    await made({ name: 'All', scope: { all: true }, calendar: { name: 'Work' } });
    expect(await all()).toHaveLength(3);
  });

  test('a plan writes nothing; many deletions are held back, and applied by their digest alone', async () => {
    await start();
    const ids = dueItems(20);
    const { id } = await made({ max_delete: '5,10%' });
    await settled(id);
    const before = ours().length;
    for (const item of ids.slice(0, 15)) mirrors.site.plane.deleteItem(item);
    mirrors.site.clock.now += 61_000;
    mirrors.dav.writes();
    const { json: plan } = await ask('POST', `mirrors/${id}/plan`);
    expect(plan).toMatchObject({ steps: [], unchanged: before - 15, held_back: { count: 15 } });
    expect(mirrors.dav.writes()).toEqual([]);

    const waiting = await run(id);
    expect([waiting.state, waiting.held_back?.count, ours().length]).toEqual(['waiting', 15, before]);
    expect((await run(id, { force: 'other' })).state).toBe('waiting');
    expect(ours()).toHaveLength(before);
    expect(await run(id, { force: waiting.held_back?.digest })).toMatchObject({
      state: 'ok',
      held_back: null,
      last_run: { deleted: 15 },
    });
    expect(ours()).toHaveLength(before - 15);
  });

  test('a backup puts back what was lost; a purge removes exactly what is ours, and pauses', async () => {
    await start();
    const mine =
      'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:mine\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260101T100000Z\r\nSUMMARY:Mine\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n';
    mirrors.dav.objects.set('/dav/work/mine.ics', mine);
    const { id } = await made({ calendar: { url: `${mirrors.dav.url}/dav/work/` } });
    await settled(id);
    const count = ours().length;
    const backup = (await ask('GET', `mirrors/${id}/backup`)).json as { manifest: Json; files: Json };
    expect(backup.manifest.resources).toHaveLength(count + 1);

    const purged = await ask('POST', `mirrors/${id}/purge`);
    expect([purged.status, purged.json]).toEqual([202, { status: 'done', deleted: count, left: [] }]);
    expect([...mirrors.dav.objects]).toEqual([['/dav/work/mine.ics', mine]]);
    expect((await read(id)).state).toBe('paused');

    mirrors.dav.objects.clear();
    const { json } = await ask('POST', `mirrors/${id}/restore`, backup);
    expect(json).toEqual({ created: count + 1, replaced: 0, unchanged: 0, skipped: [] });
    expect(mirrors.dav.objects.get('/dav/work/mine.ics')).toBe(mine);
    expect(mirrors.dav.objects.size).toBe(count + 1);
    const damaged = await ask('POST', `mirrors/${id}/restore`, { ...backup, files: {} });
    expect([damaged.status, damaged.json.message]).toEqual([400, expect.stringContaining('lacks the file')]);
    expect((await ask('DELETE', `mirrors/${id}?purge=true`)).status).toBe(204);
    expect([...mirrors.dav.objects.keys()]).toEqual(['/dav/work/mine.ics']);
  });

  test('a mirror whose events can not all be removed is not removed with them', async () => {
    await start();
    const { id } = await made({ calendar: { url: `${mirrors.dav.url}/dav/work/` } });
    await settled(id);
    const [first] = ours();
    mirrors.dav.fault = (method, path) => (method === 'DELETE' && path === first ? 403 : null);
    const refused = await ask('DELETE', `mirrors/${id}?purge=true`);
    expect([refused.status, refused.json.message]).toEqual([
      502,
      expect.stringMatching(/^1 of its events could not be removed\. ".+ The mirror was not removed; it is paused\.$/),
    ]);
    expect([ours(), (await read(id)).state]).toEqual([[first], 'paused']);
    mirrors.dav.fault = () => null;
    expect((await ask('DELETE', `mirrors/${id}?purge=true`)).status).toBe(204);
    expect([ours(), await all()]).toEqual([[], []]);
  });

  test('a restart keeps everything, and no password is in the log, an answer or the store', async () => {
    await start();
    const { id } = await made({ server: { ...(request().server as Json) } });
    const answers: ApiAnswer[] = [];
    const before = await settled(id);
    const files = filesIn(mirrors.folder);
    const lines = JSON.stringify(mirrors.site.log.lines);
    await mirrors.restart();
    answers.push(await ask('GET', 'mirrors'), await ask('GET', 'runs'), await ask('GET', 'health'));
    const { id: _id, next_run: _next, last_run: _last, state: _state, ...rest } = before;
    expect(await read(id)).toMatchObject(rest);
    expect(await run(id)).toMatchObject({ state: 'ok' });
    answers.push(await ask('PATCH', `mirrors/${id}`, { server: { url: mirrors.dav.url, tls_verify: false } }));
    expect(answers.at(-1)?.json).toMatchObject({ server: { username: 'alice', tls_verify: false } });
    expect((await ask('GET', 'health')).json.warnings).toEqual([expect.stringContaining('"Team"')]);
    // The password goes to the server it was given for, and to no other.
    const moved = await ask('PATCH', `mirrors/${id}`, {
      server: { url: 'http://127.0.0.1:9', username: 'alice' },
    });
    expect([moved.status, moved.json.message]).toEqual([400, expect.stringContaining('needs a user and a password')]);
    const written = [lines, JSON.stringify(mirrors.site.log.lines), ...answers.map(({ text }) => text)].join();
    expect(written).not.toContain(mirrors.dav.password);
    for (const bytes of [...files, ...filesIn(mirrors.folder)])
      expect(bytes.includes(mirrors.dav.password)).toBe(false);
    expect(Buffer.concat(files).includes('"mirrorId"')).toBe(true);
  });

  test('a server that is down is an error that is tried again, and a run that is under way is not started twice', async () => {
    await start();
    const { id } = await made();
    await settled(id);
    mirrors.dav.isDown = true;
    expect((await ask('POST', `mirrors/${id}/run`)).status).toBe(202);
    const again = await ask('POST', `mirrors/${id}/run`);
    expect([again.status, again.json.error_code]).toEqual([409, 'SYNC_IN_PROGRESS']);
    expect(await settled(id, /error/)).toMatchObject({ last_run: { ok: false } });
    mirrors.dav.isDown = false;
    expect(await run(id)).toMatchObject({ state: 'ok' });
  });
});
