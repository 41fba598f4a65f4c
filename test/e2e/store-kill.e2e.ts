import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { lastWholeBatch } from '../store/support/batches.ts';
import { compileTo } from '../support/compiled.ts';
import { alarms, createStoreBench } from '../store/support/open.ts';

const bench = createStoreBench();
/** Folders at once. */
const LANES = 5;
const LONGEST_MS = 100;
/** About what a process needs before it opens anything. */
const START_MS = 60;
const TORN = 'warn: the end of the durable store is torn; copied before it is dropped';

/** Starts the writer, kills it some moments after it opened the store; returns the last number it said was written. */
async function writeAndBeKilled(program: string, folder: string, first: number): Promise<number> {
  const child = spawn(process.execPath, [program, folder, String(first)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  await once(child.stdout, 'data');
  setTimeout(() => child.kill('SIGKILL'), Math.random() * LONGEST_MS);
  expect(await closed).toEqual([null, 'SIGKILL']);
  return Number(/(\d+)\n[^\n]*$/.exec(said)?.[1] ?? first - 1);
}

/** In each of some new folders, at once, one kill after the other. */
async function inLanes(
  kills: number,
  use: (program: string, folder: string, kills: number) => Promise<void>,
): Promise<void> {
  const compiled = await bench.folder();
  await compileTo(compiled, ['src/domain', 'src/lib', 'src/store', 'test/store/support']);
  const program = join(compiled, 'test/store/support/writer.js');
  const folders = await Promise.all(Array.from({ length: LANES }, bench.folder));
  await Promise.all(folders.map((folder) => use(program, folder, kills / LANES)));
}

test('what was written when a process is killed is there, each batch whole or not at all', async () => {
  let written = 0;
  await inLanes(50, async (program, folder, kills) => {
    let next = 0;
    for (let kill = 0; kill < kills; kill++) {
      const said = await writeAndBeKilled(program, folder, next);
      const stores = await bench.open(folder);
      expect(alarms(stores.lines).filter((line) => line !== TORN)).toEqual([]);
      const [kept, cache] = [await lastWholeBatch(stores.kept), await lastWholeBatch(stores.cache)];
      for (const last of [kept, cache]) {
        expect(last).toBeGreaterThanOrEqual(said);
        expect(last).toBeLessThanOrEqual(said + 1);
      }
      await stores.close();
      written += said + 1 - next;
      next = Math.min(Number(kept), Number(cache)) + 1;
    }
  });
  expect(written).toBeGreaterThan(50);
}, 300_000);

test('a first start that is killed is made good by the next one', async () => {
  await inLanes(10, async (program, parent, kills) => {
    for (let kill = 0; kill < kills; kill++) {
      const folder = join(parent, String(kill));
      const child = spawn(process.execPath, [program, folder], { stdio: 'ignore' });
      const closed = once(child, 'close');
      setTimeout(() => child.kill('SIGKILL'), START_MS * (1 + Math.random()));
      await closed;
      const stores = await bench.open(folder);
      expect(alarms(stores.lines).filter((line) => line !== TORN)).toEqual([]);
      await stores.close();
    }
  });
});
