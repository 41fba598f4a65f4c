import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { alarms, createStoreBench } from './support/open.ts';

const bench = createStoreBench();
const WRITER = fileURLToPath(new URL('support/writer.ts', import.meta.url));

/** Another process that has the folder open; returns how to kill it. */
async function aHolder(folder: string): Promise<() => Promise<void>> {
  const child = spawn(process.execPath, ['--import', 'tsx', WRITER, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  const end = async (): Promise<void> => {
    child.kill('SIGKILL');
    await closed;
  };
  bench.defer(end);
  await Promise.race([once(child.stdout, 'data'), closed.then(() => Promise.reject(new Error('it ended')))]);
  child.stdout.resume();
  return end;
}

test('a folder that another process uses is waited for, then refused', async () => {
  const folder = await bench.folder();
  await aHolder(folder);
  let waited = 0;
  const delay = (ms: number): Promise<void> => {
    waited += ms;
    return Promise.resolve();
  };
  await expect(bench.open(folder, { delay })).rejects.toThrow(
    `Another plane-ics uses ${folder}, and did not release it within 15 seconds. ` +
      'Stop that one, or set DATA_DIR to another folder.',
  );
  expect(waited).toBe(15_000);
});

test('a folder is opened as soon as the process before has left it', async () => {
  const folder = await bench.folder();
  const end = await aHolder(folder);
  let waits = 0;
  const delay = async (): Promise<void> => {
    if (++waits === 3) await end();
  };
  const stores = await bench.open(folder, { delay });
  expect(waits).toBe(3);
  // A second line may tell that the holder was killed in the middle of a write.
  expect(stores.lines[0]).toEqual({
    level: 'info',
    message: 'waiting for another plane-ics to release the folder',
    fields: { folder },
  });
});

test('a process that waits for a folder does not end meanwhile, though its delays would let it', async () => {
  const folder = await bench.folder();
  const first = await bench.open(folder);
  const holder = aHolder(folder);
  await setTimeout(800);
  await first.close();
  await expect(holder).resolves.toEqual(expect.any(Function));
});

test('one process does not open a folder twice either, and may open it again after closing', async () => {
  const folder = await bench.folder();
  const first = await bench.open(folder);
  await expect(bench.open(folder, { delay: () => Promise.resolve() })).rejects.toThrow('Another plane-ics uses');
  await first.close();
  await bench.open(folder);
});

test('a start that failed leaves the folder unlocked', async () => {
  const folder = await bench.folder();
  const marker = join(folder, 'plane-ics.json');
  await writeFile(marker, '{"format":99}');
  await expect(bench.open(folder)).rejects.toThrow('format 99');
  await writeFile(marker, '{"format":1}');
  await mkdir(join(folder, 'backups'));
  await expect(bench.open(folder)).rejects.toThrow('no valid backup');
});

test.each([
  ['a file', (path: string) => writeFile(path, '')],
  ['a broken database', (path: string) => mkdir(path).then(() => writeFile(join(path, 'CURRENT'), 'nothing'))],
])('%s in the place of the lock is replaced', async (_, put) => {
  const folder = await bench.folder();
  await put(join(folder, 'lock'));
  const { lines } = await bench.open(folder);
  expect(alarms(lines)).toEqual([]);
  await expect(bench.open(folder, { delay: () => Promise.resolve() })).rejects.toThrow('Another plane-ics uses');
});
