import { createHash } from 'node:crypto';
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { newestCopy } from '../../../src/store/leveldb/backup.ts';
import { alarms, createStoreBench, NOON } from '../support/open.ts';

const DAY_MS = 86_400_000;
const bench = createStoreBench();
const ignore = (): void => undefined;

const textOf = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

test('a backup is JSON lines, and the last line has their number and digest', async () => {
  const folder = await bench.folder();
  const { kept, backUp } = await bench.open(folder);
  await kept.write([{ kind: 'link', id: 'ü\ud83d\n', value: { name: 'a\u2028b' } }]);
  await kept.write([{ kind: 'revision', id: 'x', value: [1, null] }]);
  await backUp();
  const text = gunzipSync(await readFile(join(folder, 'backups', 'kept-2026-11-20.jsonl.gz'))).toString();
  const lines = ['{"format":2,"batch":2}', '["link","ü\\ud83d\\n",{"name":"a\u2028b"}]', '["revision","x",[1,null]]'];
  expect(text.split('\n')).toEqual([...lines, `{"records":2,"sha256":"${sha256(textOf(lines))}"}`, '']);
  expect(await readdir(join(folder, 'backups'))).toHaveLength(1);
});

test('there is one copy a day, and the newest seven stay', async () => {
  const folder = await bench.folder();
  const clock = { now: NOON };
  const { kept, backUp } = await bench.open(folder, { now: () => clock.now });
  for (let day = 0; day < 9; day++) {
    clock.now = NOON + day * DAY_MS;
    await kept.write([{ kind: 'link', id: 'day', value: day }]);
    await backUp();
    await kept.write([{ kind: 'link', id: 'day', value: 'later' }]);
    await Promise.all([backUp(), backUp()]);
  }
  const names = (await readdir(join(folder, 'backups'))).sort();
  expect(names).toEqual([22, 23, 24, 25, 26, 27, 28].map((day) => `kept-2026-11-${day}.jsonl.gz`));
  const newest = await newestCopy(join(folder, 'backups'), -1, ignore);
  expect(newest?.records).toEqual([['link', 'day', 8]]);
});

test('a copy holds one moment, whatever is written meanwhile', async () => {
  const folder = await bench.folder();
  const { kept, backUp } = await bench.open(folder);
  const write = (value: number): Promise<void> =>
    kept.write([
      { kind: 'a', id: 'first', value },
      ...Array.from({ length: 2000 }, (_, at) => ({ kind: 'filler', id: `${at}`, value: 'x'.repeat(100) })),
      { kind: 'z', id: 'last', value },
    ]);
  await write(0);
  const writing = (async () => {
    for (let value = 1; value < 10; value++) await write(value);
  })();
  await backUp();
  await writing;
  const copy = await newestCopy(join(folder, 'backups'), -1, ignore);
  expect(copy?.records).toHaveLength(2002);
  expect(copy?.records.at(0)?.[2]).toBe(copy?.records.at(-1)?.[2]);
});

test('a changed byte in a copy is noticed, or changes nothing', async () => {
  const folder = await bench.folder();
  const { kept, backUp } = await bench.open(folder);
  await kept.write([{ kind: 'link', id: 'a', value: 'some text' }]);
  await backUp();
  const path = join(folder, 'backups', 'kept-2026-11-20.jsonl.gz');
  const bytes = await readFile(path);
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes);
    changed.writeUInt8(changed.readUInt8(at) ^ (1 << (at % 8)), at);
    await writeFile(path, changed);
    const bad: string[] = [];
    const copy = await newestCopy(join(folder, 'backups'), -1, (name) => bad.push(name));
    if (copy === null) expect(bad).toEqual([path]);
    else expect(copy.records).toEqual([['link', 'a', 'some text']]);
  }
});

test.each([
  ['lacks its last line', (lines: string[]) => textOf(lines)],
  ['lacks a record', (lines: string[]) => textOf([...lines.slice(1), ending(lines)])],
  ['has a record too many', (lines: string[]) => textOf([...lines, '["link","b",1]', ending(lines)])],
  ['is of a newer format', (lines: string[]) => newer(lines)],
  ['has no end of line', (lines: string[]) => textOf([...lines, ending(lines)]).slice(0, -1)],
])('a copy that %s is no good', async (_, change) => {
  const folder = await bench.folder();
  const lines = ['{"format":1,"batch":2}', '["link","a",1]'];
  const path = join(folder, 'kept-2026-11-20.jsonl.gz');
  await writeFile(path, gzipSync(textOf([...lines, ending(lines)])));
  expect((await newestCopy(folder, -1, ignore))?.records).toEqual([['link', 'a', 1]]);
  expect(await newestCopy(folder, 2, ignore)).toBeNull();
  await writeFile(path, gzipSync(change(lines)));
  const bad: string[] = [];
  expect(await newestCopy(folder, -1, (name) => bad.push(name))).toBeNull();
  expect(bad).toEqual([path]);
});

function ending(lines: readonly string[]): string {
  return JSON.stringify({ records: lines.length - 1, sha256: sha256(textOf(lines)) });
}

function newer(lines: readonly string[]): string {
  const changed = ['{"format":3,"batch":2}', ...lines.slice(1)];
  return textOf([...changed, ending(changed)]);
}

test('a store is begun from the copies in a folder that holds nothing else', async () => {
  const old = await bench.folder();
  const before = await bench.open(old);
  await before.kept.write(Array.from({ length: 2500 }, (_, at) => ({ kind: 'link', id: `${at}`, value: at })));
  await before.backUp();
  const folder = await bench.folder();
  await cp(join(old, 'backups'), join(folder, 'backups'), { recursive: true });
  const stores = await bench.open(folder);
  expect(alarms(stores.lines)).toEqual(['warn: no database yet; restored from the newest backup']);
  expect(await stores.kept.list('link')).toEqual(await before.kept.list('link'));
});
