import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Io } from '../../../src/cli/io.ts';
import { createProgram } from '../../../src/cli/program.ts';
import { anEvent, aWebServer, calendar } from '../../sources/calendars/fixture.ts';
import { aTestApp, type TestApp } from '../../support/app.ts';
import { api } from '../../http/ask.ts';

/** The commands of the timesheet, beside a running server. */

let folder: string;
let site: TestApp;
let io: Io;
const printed = { out: '', err: '' };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plane-ics-'));
  site = await aTestApp({ dataDir: folder, sourceAllow: ['127.0.0.1'] });
  const plane = { PLANE_URL: 'https://plane.example.com', PLANE_API_KEY: 'key', PLANE_WORKSPACE: 'acme' };
  io = {
    version: '0.0.0',
    out: (more) => (printed.out += more.toString()),
    err: (more) => (printed.err += more),
    environment: () => ({ ...plane, DATA_DIR: folder }),
    readText: () => '',
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

const DAYS = ['--from', '2026-12-01', '--to', '2026-12-07'] as const;

/** As its user types it. */
async function run(...args: readonly string[]): Promise<string> {
  printed.out = printed.err = '';
  const services = { serve: () => Promise.resolve(), demoPlane: () => Promise.resolve() };
  await createProgram(io, services).parseAsync(['timesheet', ...args], { from: 'user' });
  return printed.out;
}

test('says what to do while no calendar holds hours, and while nothing was exported', async () => {
  expect(await run()).toContain('--hours-of <member>');
  expect(await run('exports')).toContain('plane-ics timesheet export --from');
});

test('shows, exports, repeats and lists hours', async () => {
  const web = await aWebServer(
    calendar([...anEvent('a', ['SUMMARY:ALPHA-1 login']), ...anEvent('b', ['SUMMARY:Call'])]),
  );
  const source = { name: 'Work', kind: 'ics', url: web.url, timesheet: { member: 'bob' } };
  expect((await api(site, 'POST', 'sources', source)).status).toBe(201);

  expect(await run(...DAYS, '--member', 'bob')).toMatch(
    /^ +09:00–10:00 +1:00 +ALPHA +ALPHA-1 +ALPHA-1 login {2}\(overlaps\)$/m,
  );
  expect(await run(...DAYS, '--round', 'up', '--round-minutes', '30')).toContain('ROUNDED');
  expect(JSON.parse(await run(...DAYS, '--format', 'json'))).toMatchObject({ entries: [{ uid: 'a' }, { uid: 'b' }] });
  expect(await run(...DAYS, '--format', 'csv')).toMatch(/^description,billable.*\r\n.*\r\n.*\r\n$/);

  const path = join(folder, 'hours.csv');
  expect(await run('export', ...DAYS, '--out', path)).toBe('');
  const id = /^Recorded (exp-[a-z0-9]{10}): 1 row, 1:00 hours\. 1 unmatched entry was left out\.\n$/.exec(
    printed.err,
  )?.[1];
  const csv = await readFile(path, 'utf8');
  expect(csv).toContain('ALPHA-1 login,true,,Alpha,');
  expect(await run('export', '--id', id ?? '')).toBe(csv);
  expect(printed.err).toBe('');
  expect(JSON.parse(await run('export', '--id', id ?? '', '--format', 'json'))).toMatchObject({
    id,
    rows: [{ uid: 'a' }],
  });
  expect(await run('exports')).toMatch(/^exp-\w+ {2}2026-11-20 12:00 {2}2026-12-01 {2}2026-12-07 {2}all +1 +1:00 +1$/m);
  expect(JSON.parse(await run('exports', '--json'))).toMatchObject({ exports: [{ id }] });

  await run('export', ...DAYS);
  expect(printed.err).toMatch(/^Recorded exp-\w+: nothing new\. 1 unmatched entry was left out\.\n$/);

  await expect(run('export', ...DAYS, '--unmatched', 'include', '--out', join(folder, 'none/x.csv'))).rejects.toThrow(
    "can't be written",
  );
  expect(printed.err).toMatch(/(exp-\w+) is recorded\. Repeat it: plane-ics timesheet export --id \1\n/);
});

test('what can’t be done is said', async () => {
  await expect(run('export')).rejects.toThrow('Say which days to export: --from');
  await expect(run('export', '--id', 'exp-0000000000', ...DAYS)).rejects.toThrow(
    'With --id, leave out the other flags',
  );
  await expect(run('export', '--id', 'exp-0000000000')).rejects.toThrow('There is no export');
  await expect(run('--round-minutes', '30')).rejects.toThrow('--round up or --round nearest');
  await expect(run('--from', 'yesterday')).rejects.toThrow('--from must be a day such as 2026-11-01.');
  await expect(run('--member', 'nobody')).rejects.toThrow(/^There is no member with this id or name\. There are: \w+/);
});
