import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { addSource, editSource, listSources, removeSource, testSource } from '../../src/cli/source/source.ts';
import type { Io } from '../../src/cli/io.ts';
import { anEvent, aWebServer, calendar, events, status } from '../sources/calendars/fixture.ts';
import { aTestApp, type TestApp } from '../support/app.ts';

/** The commands for sources, beside a running server. */

let folder: string;
let site: TestApp;
let io: Io;
const printed = { out: '', err: '' };
const files: Record<string, string> = {};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plane-ics-'));
  site = await aTestApp({ dataDir: folder, sourceAllow: ['127.0.0.1'] });
  const plane = { PLANE_URL: 'https://plane.example.com', PLANE_API_KEY: 'key', PLANE_WORKSPACE: 'acme' };
  io = {
    version: '0.0.0',
    out: (more) => (printed.out += more.toString()),
    err: (more) => (printed.err += more),
    environment: () => ({ ...plane, DATA_DIR: folder }),
    readText: (path) => {
      const text = files[path];
      if (text === undefined) throw new Error(`there is no ${path}`);
      return text;
    },
    world: () => {
      throw new Error('the server is running');
    },
  };
});
afterAll(async () => {
  await site.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  printed.out = printed.err = '';
});

test('a calendar is tried, added, listed, changed, read and removed', async () => {
  const web = await aWebServer(calendar([...events(2), ...anEvent('x', ['DTSTART:tomorrow'])]));
  files['url.txt'] = `${web.url}/secret.ics\n`;
  files['password.txt'] = 'hunter2\n';
  const login = { urlFile: 'url.txt', username: 'ada', passwordFile: 'password.txt' };

  await testSource(io, undefined, login);
  expect(printed.out).toMatch(
    /^2 events, 0 of them recurring; 2 dates, 2026-12-01 to 2026-12-01\nLeft out or read differently \(1\):\nLine \d+: /,
  );
  await addSource(io, { name: 'Team', ...login, refresh: 0 });
  expect(printed.out).toMatch(
    /Added "Team" \(cal-[a-z0-9]{10}\) with 2 events\.\nLeft out or read differently \(1\):\n.+\n$/,
  );
  expect(web.requests.at(-1)!.headers.authorization).toBe(`Basic ${Buffer.from('ada:hunter2').toString('base64')}`);

  printed.out = '';
  await editSource(io, 'team', { name: 'Crew', color: '#102030', timezone: 'none', refresh: null });
  await listSources(io, {});
  expect(printed.out).toMatch(/Crew +ics +http:\/\/127\.0\.0\.1:\d+\/… +2 +2026-11-20 12:00 +ok\n$/);
  web.respond = status(404);
  await expect(testSource(io, 'crew', {})).rejects.toThrow('status 404');
  await expect(testSource(io, undefined, login)).rejects.toThrow(/status 404.* Check the address and the login/);
  expect(printed.out).toMatch(/"Crew" \(cal-[a-z0-9]{10}\) stays as it was last read, with 2 events\.\n$/);
  await listSources(io, {});
  expect(printed.err).toMatch(/^Crew: .*status 404/);

  printed.out = '';
  await listSources(io, { json: true });
  const { id } = (JSON.parse(printed.out) as { sources: { id: string }[] }).sources[0]!;
  await removeSource(io, id.slice(0, 8));
  expect(printed.out).toMatch(/Removed "Crew"/);
  expect(printed.out + printed.err).not.toMatch(/secret|hunter2/);
});

test('a calendar gets someone’s hours, and loses them', async () => {
  const web = await aWebServer(calendar(events(1)));
  const hours = async (): Promise<unknown> => {
    printed.out = '';
    await listSources(io, { json: true });
    return (JSON.parse(printed.out) as { sources: { timesheet: unknown }[] }).sources[0]!.timesheet;
  };
  await addSource(io, { name: 'Hours', url: web.url, hoursOf: 'ada', hoursAddress: 'ada@example.com' });
  expect(await hours()).toMatchObject({ member: { name: 'ada' }, address: 'ada@example.com', project: null });
  await editSource(io, 'hours', { hoursProject: 'alpha', hoursPrivate: 'show', hoursAddress: 'none' });
  expect(await hours()).toMatchObject({ address: null, project: { identifier: 'ALPHA' }, private: 'show' });
  await expect(editSource(io, 'hours', { hoursOf: 'none', hoursProject: 'alpha' })).rejects.toThrow('leave out');
  await expect(editSource(io, 'hours', { hoursOf: 'nobody' })).rejects.toThrow('There is no person "nobody"');
  await editSource(io, 'hours', { hoursOf: 'none' });
  expect(await hours()).toBe(null);
  await expect(editSource(io, 'hours', { hoursProject: 'alpha' })).rejects.toThrow('--hours-of');
  await removeSource(io, 'hours');
});

test.each<[object, string]>([
  [{ refresh: 5 }, '--refresh must be 0, or a whole number from 300 to 86400, or auto.'],
  [{ timezone: 'Mars' }, '--timezone must be the name of a time zone such as Europe/Berlin.'],
  [{ userAgent: 'é' }, '--user-agent must have 1 to 300 printable ASCII characters.'],
  [{ color: 'red' }, '--color must be a color such as #1a2b3c.'],
  [{ hoursOf: 'ada', hoursAddress: 'ada' }, '--hours-address must be an e-mail address.'],
])('an error in %j names the flag', async (flags, message) => {
  await expect(testSource(io, undefined, { url: 'https://example.com/a.ics', ...flags })).rejects.toThrow(message);
});

test('what can’t be done is said', async () => {
  await listSources(io, {});
  expect(printed.out).toContain('plane-ics source add');
  await expect(testSource(io, undefined, {})).rejects.toThrow('--url');
  await expect(addSource(io, { name: 'Hours' })).rejects.toThrow('--url');
  await expect(
    addSource(io, { name: 'Hours', url: 'https://calendar.example.com', hoursProject: 'alpha' }),
  ).rejects.toThrow('--hours-of');
  await expect(editSource(io, 'nobody', {})).rejects.toThrow('Choose what to change');
  await expect(removeSource(io, 'nobody')).rejects.toThrow('There is no source "nobody"');
  await expect(addSource(io, { name: 'x', urlFile: 'none.txt' })).rejects.toThrow("none.txt can't be read: check");
  await expect(addSource(io, { name: 'x', url: 'http://10.0.0.1/' })).rejects.toThrow('SOURCE_ALLOW');
});
