import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { backup, restoreBackup, verifyBackup } from '../../src/cli/backup/backup.ts';
import { addSnapshot, problemsIn, prune, readSnapshots } from '../../src/cli/backup/folder.ts';
import type { Io } from '../../src/cli/io.ts';
import { createProgram } from '../../src/cli/program.ts';
import { sha256Of } from '../../src/mirrors/backup/backup.ts';
import { anEvent, aWebServer, calendar, type WebServer } from '../sources/calendars/fixture.ts';
import { aTestApp, type TestApp } from '../support/app.ts';
import { aCalDav, type CalDav } from '../support/caldav.ts';
import { NOON } from '../support/make.ts';
import { eventually } from '../support/processes.ts';
import { api } from '../http/ask.ts';

/** Backups of sources, mirrors and accounts with the commands, beside a running server. */

let site: TestApp;
let dav: CalDav;
let web: WebServer;
let folder: string;
let output: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'plane-ics-'));
  output = join(folder, 'saved');
  dav = await aCalDav();
  web = await aWebServer(calendar([...anEvent('one'), ...anEvent('two')]));
  site = await aTestApp({ dataDir: folder, sourceAllow: ['127.0.0.1'] });
});
afterEach(async () => {
  await site.close();
  await dav.close();
  rmSync(folder, { recursive: true });
});

function anIo() {
  const printed = { out: '', err: '' };
  const plane = { PLANE_URL: 'https://plane.example.com', PLANE_API_KEY: 'key', PLANE_WORKSPACE: 'acme' };
  const io: Io = {
    version: '0.0.0',
    out: (more) => (printed.out += more.toString()),
    err: (more) => (printed.err += more),
    environment: () => ({ ...plane, DATA_DIR: folder, BACKUP_PASSWORD: dav.password }),
    readText: () => '',
    world: () => {
      throw new Error('it must not start anything');
    },
  };
  return { io, printed };
}

const login = () => ({ output, username: dav.username });
const text = (uid: string, more = ''): string =>
  `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:${uid}\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260101T090000Z\r\n${more}END:VEVENT\r\nEND:VCALENDAR\r\n`;
const objects = (): string[] => readdirSync(join(output, 'objects')).sort();
const contents = (path = '/dav/'): string[] =>
  [...dav.objects]
    .filter(([one]) => one.startsWith(path))
    .map(([, one]) => one)
    .sort();

test('an account is saved byte for byte, what is the same once, and restored with nothing lost', async () => {
  dav.calendars.set('/dav/home/', 'Home');
  const odd = '/dav/work/..%2F..%2Fada%40example.com.ics';
  dav.objects.set(odd, text('a', 'SUMMARY:Ünïcode 🚲\r\n'));
  dav.objects.set('/dav/work/b.ics', text('b'));
  dav.objects.set('/dav/home/b.ics', text('b'));
  const { io, printed } = anIo();
  await backup(io, dav.url, login());
  expect(printed.out).toMatch(
    /^Saved 3 events of 2 calendars in .*saved\/2026-11-20T12-00-00Z; 2 are new or changed\.\n$/,
  );
  expect(objects()).toEqual([...new Set(contents())].map((one) => `${sha256Of(one)}.ics`).sort());
  for (const file of objects()) expect(contents()).toContain(readFileSync(join(output, 'objects', file), 'utf8'));
  expect(readdirSync(output).sort()).toEqual(['.plane-ics-lock', '2026-11-20T12-00-00Z', 'objects']);

  const before = contents();
  dav.objects.clear();
  dav.objects.set('/dav/home/mine.ics', text('mine'));
  await restoreBackup(io, output, { ...login(), to: dav.url });
  expect(contents()).toEqual([...before, text('mine')].sort());
  dav.writes();
  await restoreBackup(io, output, { ...login(), to: dav.url });
  expect(dav.writes()).toEqual([]);
  expect(printed.out).toMatch(
    /Work: 2 restored, 0 replaced, 0 unchanged\.\nHome: 1 restored[^]*Work: 0 restored, 0 replaced, 2 unchanged/,
  );
});

test('what is in the folder besides stays', async () => {
  mkdirSync(output, { recursive: true });
  writeFileSync(join(output, 'lock'), 'mine');
  await backup(anIo().io, dav.url, login());
  expect(readFileSync(join(output, 'lock'), 'utf8')).toBe('mine');
});

test('a source is saved as one object for each UID, which a calendar can hold', async () => {
  const source = { name: 'Team', kind: 'ics', url: `${web.url}/team.ics` };
  expect((await api(site, 'POST', 'sources', source)).status).toBe(201);
  const { io, printed } = anIo();
  await backup(io, 'team', { output });
  expect(printed.out).toContain('Saved 2 events');
  await restoreBackup(io, output, { ...login(), to: dav.url, calendar: 'Restored' });
  const restored = contents('/dav/plane-restored').map((one) => /^UID:(.*)\r$/m.exec(one)?.[1]);
  expect(restored.sort()).toEqual(['one', 'two']);
  await expect(restoreBackup(io, output, { ...login(), to: 'team' })).rejects.toThrow('A source is only read.');
});

test('a CalDAV source and the calendar of a mirror are saved as they are', async () => {
  dav.objects.set('/dav/work/b.ics', text('b', 'ATTENDEE:mailto:bob@example.com\r\n'));
  const server = { url: dav.url, username: dav.username, password: dav.password };
  const source = { ...server, name: 'Diary', kind: 'caldav', calendar: 'Work' };
  expect((await api(site, 'POST', 'sources', source)).status).toBe(201);
  const mirror = { name: 'Copy', scope: { projects: ['ALPHA'] }, server, calendar: { name: 'Work' }, paused: true };
  expect((await api(site, 'POST', 'mirrors', mirror)).status).toBe(201);
  const { io, printed } = anIo();
  for (const which of ['Diary', 'Copy']) await backup(io, which, { output });
  expect(printed.out.match(/Saved 1 event in/g)).toHaveLength(2);
  expect(objects()).toEqual([`${sha256Of(text('b', 'ATTENDEE:mailto:bob@example.com\r\n'))}.ics`]);
  dav.objects.clear();
  await expect(restoreBackup(io, output, { to: 'Copy' })).rejects.toThrow(
    /has backups of several calendars\. Choose one: --snapshot \S+Z \(Diary\), --snapshot \S+Z-2 \(Copy\)\.$/,
  );
  const [newest] = await readSnapshots(output);
  await restoreBackup(io, output, { to: 'Copy', snapshot: newest!.name });
  expect(contents()).toHaveLength(1);
  await expect(backup(io, 'nothing', { output })).rejects.toThrow(
    /no source or mirror "nothing", .* There are: .*"Copy".*"Diary"/,
  );
  await expect(restoreBackup(io, output, { to: 'nothing', snapshot: newest!.name })).rejects.toThrow(
    /no mirror "nothing", and [^"]*\. There are: \S+ \("Copy"\)\.$/,
  );
});

test('meetings are not restored where the server would invite their guests, unless that is wanted', async () => {
  dav.objects.set('/dav/work/a.ics', text('a', 'ORGANIZER:mailto:ada@example.com\r\n'));
  dav.objects.set('/dav/work/b.ics', text('b'));
  const { io, printed } = anIo();
  await backup(io, dav.url, login());
  dav.objects.clear();
  dav.announces = '1, calendar-access, calendar-auto-schedule';
  await expect(restoreBackup(io, output, { ...login(), to: dav.url })).rejects.toThrow('1 could not be restored.');
  expect(printed.err).toContain('this server sends invitations to the guests');
  expect(contents()).toEqual([text('b')]);
  await restoreBackup(io, output, { ...login(), to: dav.url, withInvitations: true });
  expect(contents()).toHaveLength(2);
});

test('older snapshots go, and what only they had; the rest is valid', async () => {
  const { io, printed } = anIo();
  for (const uid of ['a', 'b', 'c']) {
    dav.objects.set('/dav/work/x.ics', text(uid));
    site.clock.now += 1_000;
    await backup(io, dav.url, { ...login(), ...(uid === 'c' && { keep: 2 }) });
  }
  expect(printed.out).toMatch(/Removed 1 older snapshot and 1 event\.\n$/);
  expect(objects()).toHaveLength(2);
  printed.out = '';
  await verifyBackup(io, output);
  expect(printed.out).toBe('2 snapshots, 2 different events: valid.\n');
});

test('snapshots of one calendar never make those of another go', async () => {
  const { io, printed } = anIo();
  dav.objects.set('/dav/work/a.ics', text('a'));
  await backup(io, dav.url, login());
  for (const second of [1, 2]) {
    site.clock.now += second * 1_000;
    await backup(io, dav.url, { ...login(), calendar: 'Work', keep: 1 });
  }
  expect(printed.out).toMatch(/Removed 1 older snapshot and 0 events\.\n$/);
  const kept = await readSnapshots(output);
  expect(kept.map(({ manifest }) => manifest.of)).toEqual([`${dav.url}/ --calendar Work`, `${dav.url}/`]);
});

test('a snapshot that lacks an event is no reason to remove a whole one, and says so whenever it is used', async () => {
  const { io, printed } = anIo();
  for (const uid of ['a', 'b']) dav.objects.set(`/dav/work/${uid}.ics`, text(uid));
  await backup(io, dav.url, login());
  site.clock.now += 1_000;
  dav.fault = (method, path) => (method === 'REPORT' || path.endsWith('/b.ics') ? 500 : null);
  await expect(backup(io, dav.url, { ...login(), keep: 1 })).rejects.toThrow('1 event could not be saved: see above.');
  expect(printed.err).toMatch(/^\S+\/b\.ics can't be read\./);
  dav.fault = () => null;
  expect(await readSnapshots(output)).toHaveLength(2);
  await verifyBackup(io, output);
  expect(printed.err).toMatch(/\n\S+Z lacks an event\. \S+\/b\.ics can't be read\./);
  dav.objects.clear();
  await expect(restoreBackup(io, output, { ...login(), to: dav.url })).rejects.toThrow('1 could not be restored.');
  expect(contents()).toEqual([text('a')]);
});

test('a folder that is not there has no backup, and one that can’t be made is named', async () => {
  const { io } = anIo();
  const impossible = join(folder, 'file', 'saved');
  writeFileSync(join(folder, 'file'), '');
  await expect(backup(io, dav.url, { ...login(), output: impossible })).rejects.toThrow(
    `${impossible} can't be created. Choose another folder with --output.`,
  );
  await expect(verifyBackup(io, join(folder, 'nowhere'))).rejects.toThrow(/^There is no backup in \S+nowhere\.$/);
});

test('a changed or missing object is found, and nothing is restored of it', async () => {
  dav.objects.set('/dav/work/a.ics', text('a'));
  dav.objects.set('/dav/work/b.ics', text('b'));
  const { io, printed } = anIo();
  await backup(io, dav.url, login());
  const [first, second] = objects();
  writeFileSync(join(output, 'objects', first!), 'changed');
  rmSync(join(output, 'objects', second!));
  await expect(verifyBackup(io, output)).rejects.toThrow('is damaged');
  expect(printed.err).toContain(`${first} was changed, and 2026-11-20T12-00-00Z needs it.\n`);
  expect(printed.err).toContain(`${second} is missing`);
  dav.objects.clear();
  await expect(restoreBackup(io, output, { ...login(), to: dav.url })).rejects.toThrow('is damaged');
  expect(contents()).toEqual([]);
});

const aBackup = (...texts: string[]) => ({
  manifest: {
    version: 1,
    madeAt: NOON,
    url: 'https://dav.example.com/',
    displayName: 'Work',
    components: ['VEVENT'],
    resources: texts.map((one, index) => ({
      name: `../${index}`,
      href: '',
      etag: null,
      uid: null,
      sha256: sha256Of(one),
    })),
  },
  files: Object.fromEntries(texts.map((one) => [`${sha256Of(one)}.ics`, one])),
});

test('snapshots of one second stand in the order in which they were made', async () => {
  for (let index = 0; index < 12; index++) await addSnapshot(output, 'x', [aBackup(String(index))]);
  const names = (await readSnapshots(output)).map(({ name }) => name.slice(19));
  expect(names).toEqual(['Z-12', 'Z-11', 'Z-10', 'Z-9', 'Z-8', 'Z-7', 'Z-6', 'Z-5', 'Z-4', 'Z-3', 'Z-2', 'Z']);
  expect(await prune(output, 'x', 1)).toEqual({ snapshots: 11, objects: 11 });
  expect(objects()).toEqual([`${sha256Of('11')}.ics`]);
});

test('two backups into one folder at once keep what belongs to both', async () => {
  const many = Array.from({ length: 300 }, (_, index) => `event ${index}`);
  for (const [of, texts] of [
    ['b', ['b1']],
    ['b', ['b2']],
  ] as const)
    await addSnapshot(output, of, [aBackup(...texts)]);
  const added = addSnapshot(output, 'a', [aBackup(...many)]);
  await eventually(objects, ({ length }) => length > 10);
  expect(await prune(output, 'b', 1)).toEqual({ snapshots: 1, objects: 1 });
  expect((await Promise.all([added, addSnapshot(output, 'c', [aBackup('c')])])).map(({ stored }) => stored)).toEqual([
    300, 1,
  ]);
  expect(await problemsIn(output, await readSnapshots(output))).toEqual([]);
});

test('an object that was damaged since is stored again', async () => {
  await addSnapshot(output, 'x', [aBackup('a', 'b')]);
  writeFileSync(join(output, 'objects', `${sha256Of('a')}.ics`), 'x');
  expect(await addSnapshot(output, 'x', [aBackup('a', 'b')])).toMatchObject({ objects: 2, stored: 1 });
  expect(await problemsIn(output, await readSnapshots(output))).toEqual([]);
});

test('a manifest that leads out of the folder is refused, and then nothing is removed', async () => {
  await addSnapshot(output, 'x', [aBackup('a')]);
  const { name } = (await readSnapshots(output))[0]!;
  const path = join(output, name, 'manifest.json');
  writeFileSync(path, readFileSync(path, 'utf8').replace(sha256Of('a'), '../../etc/passwd'));
  await expect(readSnapshots(output)).rejects.toThrow('is not the manifest of a plane-ics backup');
  await expect(prune(output, 'x', 1)).rejects.toThrow('is not the manifest');
  expect(objects()).toHaveLength(1);
});

test('an answer whose texts are not what it says is not stored', async () => {
  const damaged = { ...aBackup('a'), files: { '../x.ics': 'a' } };
  await expect(addSnapshot(output, 'x', [damaged])).rejects.toThrow('damaged');
  expect(readdirSync(folder)).not.toContain('x.ics');
});

test('an account whose calendars are not all listed is not saved in part', async () => {
  dav.objects.set('/dav/work/a.ics', text('a'));
  const busy =
    '<d:response><d:href>/dav/x/</d:href><d:status>HTTP/1.1 503 Busy</d:status></d:response></d:multistatus>';
  dav.alter = (reply, { path }) =>
    path === '/dav/' ? { ...reply, body: reply.body.toString().replace('</d:multistatus>', busy) } : reply;
  const { io } = anIo();
  await expect(backup(io, dav.url, login())).rejects.toThrow('is not reliable');
  expect(readdirSync(folder)).not.toContain('saved');
  await backup(io, dav.url, { ...login(), calendar: 'Work' });
  expect(objects()).toHaveLength(1);
});

test('the flags of each command are its own', async () => {
  dav.objects.set('/dav/work/a.ics', text('a'));
  const { io, printed } = anIo();
  const run = (...words: string[]) =>
    createProgram(io, { serve: () => Promise.resolve(), demoPlane: () => Promise.resolve() }).parseAsync(words, {
      from: 'user',
    });
  await run('backup', dav.url, '-o', output, '--username', dav.username, '--keep', '3');
  await run('verify', output);
  dav.objects.clear();
  await run('restore', output, '--to', dav.url, '--username', dav.username, '--calendar', 'Work');
  expect(printed.out).toMatch(/^Saved 1 event [^]*\n1 snapshot, 1 different event: valid\.\n1 restored, 0 replaced/);
  expect(contents()).toHaveLength(1);
});
