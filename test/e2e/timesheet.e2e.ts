import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect, createServer as createRelay, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { addressOf, createPrograms, type Settings } from '../support/program.ts';
import type { Finished } from '../support/processes.ts';
import { createScratch } from '../support/scratch.ts';
import { file, needs, PYTHON } from './support/clients.ts';

/** Hours from a calendar to a time tracker, as their user meets them: the started program, its demo, and a web server with a calendar. */

const scratch = createScratch();
const { start } = createPrograms(scratch, []);

const TOKEN = 'admin-token-of-the-timesheet';
const SETTINGS: Settings = { ADMIN_TOKEN: TOKEN, SOURCE_ALLOW: '127.0.0.1' };
/** Within the rows: headers have about 900 bytes. */
const CUT_AFTER_BYTES = 1_200;
const DAYS = ['--from', '2026-11-02', '--to', '2026-11-08'] as const;

/** Reads CSV from standard input, and writes its rows as JSON. */
const READ_CSV = `
import csv, json, sys
sys.stdin.reconfigure(encoding='utf-8', newline='')
json.dump(list(csv.DictReader(sys.stdin, strict=True)), sys.stdout)
`;

const event = (uid: string, day: string, [from, to]: readonly [string, string], lines: readonly string[]): string =>
  [
    'BEGIN:VEVENT',
    `UID:${uid}`,
    'DTSTAMP:20261001T000000Z',
    `DTSTART;TZID=Europe/Berlin:${day}T${from}00`,
    `DTEND;TZID=Europe/Berlin:${day}T${to}00`,
    ...lines,
    'END:VEVENT',
    '',
  ].join('\r\n');

const calendar = (...events: readonly string[]): string =>
  `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example//EN\r\n${events.join('')}END:VCALENDAR\r\n`;

const LOGIN = event('login', '20261102', ['0900', '1030'], ['SUMMARY:WEB-1: "login"\\, and <b>more</b>']);
const WEEKLY = event(
  'weekly',
  '20261103',
  ['1000', '1100'],
  ['SUMMARY:=Sync', 'RRULE:FREQ=DAILY;COUNT=2', 'LOCATION:WEB-2'],
);
const CALL = event('call', '20261104', ['1400', '1415'], ['SUMMARY:Call']);
const DECLINED = event(
  'party',
  '20261104',
  ['1600', '1800'],
  ['SUMMARY:WEB-1 party', 'ATTENDEE;PARTSTAT=DECLINED:MAILTO:Ada@example.com'],
);

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  scratch.defer(() => new Promise((resolve) => server.close(resolve)));
  return (server.address() as AddressInfo).port;
}

/** Passes connections on, and cuts each after this many bytes of the answer. */
function cutting(port: number, bytes: number): Promise<number> {
  const relay = createRelay((client) => {
    const upstream = connect(port, '127.0.0.1');
    let rest = bytes;
    client.pipe(upstream);
    upstream.on('data', (chunk: Buffer) => {
      client.write(chunk.subarray(0, rest));
      rest -= chunk.length;
      if (rest <= 0) client.destroySoon();
    });
    for (const socket of [client, upstream]) socket.on('error', () => undefined);
    client.on('close', () => {
      upstream.destroy();
    });
    upstream.on('close', () => {
      client.destroySoon();
    });
  });
  return listening(relay);
}

async function rowsOf(csv: Buffer): Promise<readonly Record<string, string>[]> {
  const running = promisify(execFile)(PYTHON, ['-c', READ_CSV]);
  running.child.stdin?.end(csv);
  return JSON.parse((await running).stdout) as Record<string, string>[];
}

needs([file(PYTHON, 'python3')], 'hours in a calendar', () => {
  test('are matched, exported once, and reported when they change afterwards', async () => {
    let text = calendar(LOGIN, WEEKLY, CALL, DECLINED);
    const web = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/calendar' }).end(text);
    });
    const url = `http://127.0.0.1:${await listening(web)}/ada.ics`;
    const folder = await scratch.folder();
    const run = async (...args: string[]): Promise<Finished> => (await start(args, SETTINGS, folder)).ended;
    const server = await start(['serve'], SETTINGS, folder);
    const address = await addressOf(server);

    const hours = ['--hours-of', 'ada', '--hours-address', 'ada@example.com'];
    const added = await run('source', 'add', '--name', 'Work', '--url', url, '--timezone', 'Europe/Berlin', ...hours);
    expect(added).toMatchObject({ code: 0, stdout: expect.stringContaining('with 4 events'), stderr: '' });

    const table = await run('timesheet', ...DAYS);
    expect(table).toMatchObject({ code: 0, stderr: '' });
    expect(table.stdout).toMatch(/^Unmatched \(.*\):\nDAY .*\nWed 2026-11-04 {2}14:00–14:15 {3}0:15 {2}Call /m);
    expect(table.stdout).toMatch(
      /^Mon 2026-11-02 +1:30\n +09:00–10:30 +1:30 +WEB +WEB-1 +WEB-1: "login", and <b>more<\/b>$/m,
    );
    expect(table.stdout).toMatch(/^total +3:45$/m);
    expect(table.stdout).toContain('1 event ignored: 1 declined.');

    const made = await run('timesheet', 'export', ...DAYS, '--out', 'november.csv');
    const id =
      /^Recorded (exp-\w+): 3 rows, 3:30 hours\. 1 unmatched entry was left out\.\n$/.exec(made.stderr)?.[1] ?? '';
    expect(made).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining(`Recorded ${id}`) });
    const csv = await readFile(join(folder, 'november.csv'));
    const common = { billable: 'true', client: '', tags: '', user_name: 'ada', user_email: 'ada@example.com' };
    const rows = await rowsOf(csv);
    expect(rows).toMatchObject([
      {
        ...common,
        description: 'WEB-1: "login", and <b>more</b>',
        start: '2026-11-02T08:00:00Z',
        end: '2026-11-02T09:30:00Z',
      },
      { ...common, description: "'=Sync", start: '2026-11-03T09:00:00Z', end: '2026-11-03T10:00:00Z' },
      { ...common, description: "'=Sync", start: '2026-11-04T09:00:00Z', end: '2026-11-04T10:00:00Z' },
    ]);
    expect(rows.map(({ task = '' }) => task.split(' ')[0])).toEqual(['WEB-1', 'WEB-2', 'WEB-2']);
    expect(new Set(rows.map(({ project }) => project)).size).toBe(1);

    const path = `/api/v1/timesheet/exports/${id}?format=csv`;
    const headers = { authorization: `Bearer ${TOKEN}` };
    const port = await cutting(Number(new URL(address).port), CUT_AFTER_BYTES);
    const cut = await fetch(`http://127.0.0.1:${port}${path}`, { headers });
    expect(cut.status).toBe(200);
    await expect(cut.arrayBuffer()).rejects.toThrow();
    const repeated = await fetch(address + path, { headers });
    expect(Buffer.from(await repeated.arrayBuffer()).equals(csv)).toBe(true);
    expect((await run('timesheet', 'export', '--id', id)).stdout).toBe(csv.toString());

    const LATER = event('login', '20261102', ['0900', '1200'], ['SUMMARY:WEB-1: "login"']);
    text = calendar(LATER, WEEKLY, event('new', '20261105', ['0900', '1000'], ['SUMMARY:WEB-3']));
    await run('source', 'test', 'Work');
    const second = await run('timesheet', 'export', ...DAYS);
    expect(await rowsOf(Buffer.from(second.stdout))).toMatchObject([{ description: 'WEB-3' }]);
    expect(second.stderr).toContain(`Changed since export ${id}: "WEB-1: "login"" on 2026-11-02 (WEB-1, 3:00) was `);
    expect(second.stderr).toMatch(/Recorded exp-\w+: 1 row, 1:00 hours\. 1 exported entry has changed\.\n$/);

    await server.stop();
    const listed = await run('timesheet', 'exports');
    expect(listed.stdout).toMatch(new RegExp(`^${id}  .*  2026-11-02  2026-11-08  all +3 +3:30 +1$`, 'm'));
    expect((await run('timesheet', 'export', '--id', id)).stdout).toBe(csv.toString());
  });
});
