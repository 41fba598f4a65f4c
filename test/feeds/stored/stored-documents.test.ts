import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rename, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import type { LocalFiles } from '../../../src/domain/ports.ts';
import { createLocalFiles } from '../../../src/store/files/local-files.ts';
import { aProject, aSnapshot, aWorkItem, uuid } from '../../support/make.ts';
import { aFeed } from '../../support/render.ts';
import { createScratch } from '../../support/scratch.ts';
import { aFixture, reread } from './fixture.ts';

const scratch = createScratch();
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

const WEB = aSnapshot({
  items: [3, 1, 2].map((number) => aWorkItem({ id: uuid(number), number, name: `Item ${number} of the secret plan` })),
});
const CHANGED = aSnapshot({ items: [...WEB.items.values(), aWorkItem({ id: uuid(4), number: 4 })] });

async function aStoredCalendar() {
  const fixture = aFixture();
  const folder = join(await scratch.folder(), 'documents');
  const files = createLocalFiles(folder);
  fixture.publish(WEB);
  const first = fixture.start({ files });
  const document = await first.get();
  await first.stop();
  const names = await readdir(folder);
  return { ...fixture, folder, files, first, document, path: join(folder, names[0] ?? ''), names };
}

test('after a restart a calendar is what it was, and is not rendered', async () => {
  const { first, document, start, files, publish, clock } = await aStoredCalendar();
  expect([first.rendered(), document.gzip === null]).toEqual([1, false]);
  publish(await reread(WEB));
  clock.now += MINUTE_MS;
  const second = start({ files });
  await second.publisher.restore();
  expect(await second.get()).toEqual(document);
  expect(second.rendered()).toBe(0);
  expect(second.publisher.eventsByProject()[0]?.get(aProject().id)).toBe(3);
  expect(second.publisher.sizeOf('feed')).toEqual(first.publisher.sizeOf('feed'));
});

test('a change after that is shown, with every other component as it was', async () => {
  const { document, start, files, publish, clock } = await aStoredCalendar();
  publish(await reread(WEB));
  const second = start({ files });
  await second.get();
  clock.now += MINUTE_MS;
  publish(CHANGED);
  const next = await second.get();
  expect(second.rendered()).toBe(1);
  expect(next.events).toBe(4);
  const components = (bytes: Buffer): string[] => bytes.toString().match(/BEGIN:VEVENT[^]*?END:VEVENT/g) ?? [];
  expect(components(next.identity)).toEqual(expect.arrayContaining(components(document.identity)));
  await second.stop();
  const third = start({ files });
  expect(await third.get()).toEqual(next);
  expect(third.rendered()).toBe(0);
});

test('another version of the program renders it', async () => {
  const { start, files } = await aStoredCalendar();
  const second = start({ files, version: '1.0.1' });
  await second.get();
  expect(second.rendered()).toBe(1);
});

test('a calendar is stored once it has not changed for a minute', async () => {
  const { start, publish, clock } = aFixture();
  const writes: number[] = [];
  const folder = await scratch.folder();
  const files = createLocalFiles(folder);
  const counting: LocalFiles = {
    ...files,
    write: (name, chunks) => {
      writes.push(clock.now);
      return files.write(name, chunks);
    },
  };
  const server = start({ files: counting });
  const begun = clock.now;
  for (let count = 0; count < 10; count++) {
    publish(aSnapshot({ items: [aWorkItem({ name: `Change ${count}` })] }));
    await server.get();
    await server.tick();
  }
  for (let count = 0; count < 5; count++) await server.tick();
  expect(writes.map((at) => (at - begun) / 1000)).toEqual([330]);
});

test('only their owner can read the files, and no name says what they show', async () => {
  const { folder, path, names } = await aStoredCalendar();
  expect(names).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/)]);
  expect([(await stat(folder)).mode & 0o777, (await stat(path)).mode & 0o777]).toEqual([0o700, 0o600]);
});

test.each([
  ['torn', (bytes: Buffer) => bytes.subarray(0, bytes.length - 7)],
  ['empty', () => Buffer.alloc(0)],
  ['of another form', () => Buffer.from('BEGIN:VCALENDAR\r\n')],
  ['without its line', (bytes: Buffer) => bytes.subarray(0, 40)],
])('a file that is %s is logged, and the calendar rendered', async (_how, damage) => {
  const { start, files, path, log, document } = await aStoredCalendar();
  await writeFile(path, damage(await readFile(path)));
  const second = start({ files });
  expect(await second.get()).toEqual(document);
  expect(second.rendered()).toBe(1);
  expect(log.lines).toMatchObject([{ level: 'warn', message: 'a stored calendar is damaged; it is rendered again' }]);
});

test('no changed byte of a file is ever served', async () => {
  const { start, files, path, document } = await aStoredCalendar();
  const whole = await readFile(path);
  for (let at = 0; at < whole.length; at += 37) {
    const damaged = Buffer.from(whole);
    damaged[at] = (damaged[at] ?? 0) ^ 0x20;
    await writeFile(path, damaged);
    const server = start({ files });
    expect(await server.get()).toEqual(document);
    expect(server.rendered()).toBe(1);
  }
});

test('a full disk fails nothing, and is logged once', async () => {
  const { start, publish, log } = aFixture();
  const full = (): Promise<never> => Promise.reject(new Error('ENOSPC: no space left on device'));
  const server = start({ files: { ...createLocalFiles(await scratch.folder()), write: full } });
  for (let count = 0; count < 3; count++) {
    publish(aSnapshot({ items: [aWorkItem({ name: `Change ${count}` })] }));
    expect((await server.get()).events).toBe(1);
    for (let ticks = 0; ticks < 3; ticks++) await server.tick();
  }
  await server.stop();
  expect(log.lines.map(({ message }) => message)).toEqual(["calendars can't be stored; a restart renders them again"]);
});

test.each([
  ['a link to another file', (path: string, other: string) => symlink(other, path)],
  ['a folder', (path: string) => mkdir(path)],
  ['a pipe', (path: string) => promisify(execFile)('mkfifo', [path])],
])('%s in place of a file is not read', async (_what, replace) => {
  const { start, files, path, document } = await aStoredCalendar();
  await rename(path, `${path}.moved`);
  await replace(path, `${path}.moved`);
  const second = start({ files });
  expect(await second.get()).toEqual(document);
  expect(second.rendered()).toBe(1);
});

test('a folder that can not be read fails nothing', async () => {
  const { start, publish, files, log } = await aStoredCalendar();
  publish(WEB);
  const read = (): Promise<never> => Promise.reject(new Error('EIO: i/o error'));
  const server = start({ files: { ...files, read } });
  expect((await server.get()).events).toBe(3);
  expect(log.lines).toMatchObject([{ message: "a stored calendar can't be read; it is rendered again" }]);
});

test('a file is removed when its calendar may not be shown any more', async () => {
  const { start, files, folder } = await aStoredCalendar();
  let mayBeShown = true;
  const server = start({ files, isShown: () => mayBeShown });
  await server.tick();
  expect(await readdir(folder)).toHaveLength(1);
  mayBeShown = false;
  await server.tick();
  expect(await readdir(folder)).toEqual([]);
});

test('files of an earlier day, damaged ones and what a crash left behind are removed', async () => {
  const { start, files, folder, path, clock } = await aStoredCalendar();
  await writeFile(`${path}.new`, await readFile(path));
  await writeFile(join(folder, 'f'.repeat(32)), 'text');
  const server = start({ files });
  await server.tick();
  expect(await readdir(folder)).toEqual([basename(path)]);
  clock.now += DAY_MS;
  await server.tick();
  expect(await readdir(folder)).toEqual([]);
});

test('what the program did not write stays, wherever it is', async () => {
  const { start, files, folder, path, clock } = await aStoredCalendar();
  const elsewhere = join(await scratch.folder(), 'notes');
  await writeFile(elsewhere, 'mine');
  await writeFile(join(folder, 'thesis.txt'), 'mine, too');
  await symlink(elsewhere, join(folder, 'a'.repeat(32)));
  await symlink('loop', join(folder, 'loop'));
  await mkdir(join(folder, 'b'.repeat(32)));
  clock.now += DAY_MS;
  const server = start({ files });
  await server.tick();
  const left = (await readdir(folder)).sort();
  expect(left).toEqual(['a'.repeat(32), 'b'.repeat(32), 'loop', 'thesis.txt']);
  expect(left).not.toContain(basename(path));
  expect(await readFile(elsewhere, 'utf8')).toBe('mine');
});

test.each<[string, (head: Record<string, unknown>) => object]>([
  ['names no feed', ({ feedKey: _, ...head }) => head],
  ['names no projects', ({ eventsByProject: _, ...head }) => head],
  ['has a list of something else', (head) => ({ ...head, eventsByProject: [null], contents: 7 })],
])('a file whose line %s is removed, and keeps no other from being stored', async (_what, change) => {
  const { start, files, folder, path, log } = await aStoredCalendar();
  const bytes = await readFile(path);
  const end = bytes.indexOf('\n', 32);
  const head = JSON.parse(bytes.toString('utf8', 32, end)) as Record<string, unknown>;
  const line = Buffer.from(JSON.stringify(change(head)));
  await writeFile(path, Buffer.concat([bytes.subarray(0, 32), line, bytes.subarray(end)]));
  const server = start({ files });
  await server.get(aFeed({ key: 'another' }));
  for (let ticks = 0; ticks < 3; ticks++) await server.tick();
  expect(await readdir(folder)).toEqual([expect.not.stringContaining(basename(path))]);
  expect(log.lines).toEqual([]);
});

test('a file that can not be read is removed, and keeps no other from being stored', async () => {
  const { start, files, folder, path } = await aStoredCalendar();
  const read: LocalFiles['read'] = (name, length) =>
    name === basename(path) ? Promise.reject(new Error('EACCES: permission denied')) : files.read(name, length);
  const server = start({ files: { ...files, read } });
  await server.get(aFeed({ key: 'another' }));
  for (let ticks = 0; ticks < 3; ticks++) await server.tick();
  expect(await readdir(folder)).toEqual([expect.not.stringContaining(basename(path))]);
});

test('the oldest files are removed when all take too much', async () => {
  const { start, files, folder, path } = await aStoredCalendar();
  const { size } = await stat(path);
  await files.remove(basename(path));
  const server = start({ files, maxBytes: 3.5 * Math.max(size, 4_096) });
  const keys = ['a', 'b', 'c', 'd', 'e'];
  const written = new Map<string, string>();
  for (const [at, key] of keys.entries()) {
    await server.get(aFeed({ key }));
    for (let ticks = 0; ticks < 2; ticks++) await server.tick();
    const name = (await readdir(folder)).find((one) => !written.has(one)) ?? '';
    written.set(name, key);
    await utimes(join(folder, name), at, at);
  }
  await server.tick();
  expect((await readdir(folder)).map((name) => written.get(name)).sort()).toEqual(['c', 'd', 'e']);
});

test('a tombstone is not stored', async () => {
  const { start, publish } = aFixture();
  const folder = join(await scratch.folder(), 'documents');
  await mkdir(folder);
  publish(WEB);
  const server = start({ files: createLocalFiles(folder) });
  const ended = { reason: 'expired', since: Date.UTC(2026, 10, 20) } as const;
  expect((await server.get(aFeed({ ended }))).identity.toString()).toContain('has expired');
  await server.stop();
  expect(await readdir(folder)).toEqual([]);
});
