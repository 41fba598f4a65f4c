import { mkdir, readdir, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { aCopyOf, aHistory, anyFault, BATCHES, COPIES, spoil, stateOf, type History } from '../support/history.ts';
import { alarms, createStoreBench, NOON, type OpenedStores } from '../support/open.ts';
import { runs } from '../../support/runs.ts';

const bench = createStoreBench();
const lasting = createStoreBench(afterAll);
let history: History;
beforeAll(async () => {
  history = await aHistory(lasting);
});

const TORN = 'warn: the end of the durable store is torn; copied before it is dropped';
const SHORT = 'error: the last writes to the durable store are lost; everything before them is intact';
const RESTORED = 'error: the durable store was damaged; restored from the newest backup, later changes are lost';
const BAD_COPY = 'warn: backup is corrupt; skipped';
const [OLDER, NEWER] = ['kept-2026-11-20.jsonl.gz', 'kept-2026-11-21.jsonl.gz'];

/** That both databases work: what is written is there after a restart, which finds nothing to say. */
async function expectToWork(folder: string, stores: OpenedStores): Promise<void> {
  await stores.kept.write([{ kind: 'link', id: 'after', value: 'damage' }]);
  const state = await stateOf(stores.kept);
  await stores.close();
  const again = await bench.open(folder);
  expect(await stateOf(again.kept)).toBe(state);
  expect(alarms(again.lines)).toEqual([]);
  await again.close();
}

test('after any damage to a file of the durable store, all records are there, or the loss is reported', async () => {
  await fc.assert(
    fc.asyncProperty(anyFault, async (fault) => {
      const folder = await aCopyOf(history, bench);
      await spoil(join(folder, 'kept'), fault);
      const stores = await bench.open(folder);
      const state = await stateOf(stores.kept);
      const told = alarms(stores.lines).filter((line) => line !== TORN);
      if (told.includes(RESTORED)) {
        expect(told).toEqual([RESTORED]);
        expect(state).toBe(history.states[COPIES[1]!]);
        expect((await readdir(folder)).join()).toContain('kept.damaged-');
      } else if (told.length > 0) {
        expect(told).toEqual([SHORT]);
        const { lost } = stores.lines.find(({ level }) => level === 'error')!.fields as { lost: number };
        expect(BATCHES - lost).toBeGreaterThanOrEqual(COPIES[1]!);
        expect(state).toBe(history.states[BATCHES - lost]);
      } else expect(state).toBe(history.states[BATCHES]);
      await expectToWork(folder, stores);
    }),
    runs(8),
  );
});

describe('kept data that is damaged', () => {
  test.each<[string, (path: string) => Promise<unknown>]>([
    ['a file in its place', (path) => writeFile(path, 'not a folder')],
    ['an empty folder', (path) => mkdir(path)],
    ['a link that leads nowhere', (path) => symlink('/nowhere/at/all', path)],
    ['a folder where a file should be', (path) => mkdir(join(path, 'CURRENT'), { recursive: true })],
  ])('(%s) is set aside, and the newest copy restored', async (_, put) => {
    const folder = await aCopyOf(history, bench);
    await rm(join(folder, 'kept'), { recursive: true });
    await put(join(folder, 'kept'));
    const stores = await bench.open(folder);
    expect(alarms(stores.lines)).toEqual([RESTORED]);
    expect(stores.lines.at(-1)?.fields).toMatchObject({
      setAside: join(folder, 'kept.damaged-2026-11-20T120000.000Z'),
      restored: join(folder, 'backups', NEWER),
    });
    expect(await stateOf(stores.kept)).toBe(history.states[COPIES[1]!]);
    expect(await readdir(folder)).toContain('kept.damaged-2026-11-20T120000.000Z');
    await expectToWork(folder, stores);
  });

  test('is restored when all of it is gone', async () => {
    const folder = await aCopyOf(history, bench);
    await rm(join(folder, 'kept'), { recursive: true });
    const stores = await bench.open(folder);
    expect(alarms(stores.lines)).toEqual([RESTORED]);
    expect(await stateOf(stores.kept)).toBe(history.states[COPIES[1]!]);
    await expectToWork(folder, stores);
  });

  test.each<[string, (path: string) => Promise<unknown>]>([
    ['is cut short', async (path) => truncate(path, (await readFile(path)).length - 100)],
    [
      'is altered',
      async (path) => {
        const bytes = await readFile(path);
        const middle = Math.floor(bytes.length / 2);
        bytes.writeUInt8(bytes.readUInt8(middle) ^ 1, middle);
        await writeFile(path, bytes);
      },
    ],
    ['is empty', (path) => truncate(path, 0)],
    [
      'is a folder',
      async (path) => {
        await rm(path);
        await mkdir(path);
      },
    ],
  ])('is restored from the copy before, when the newest %s', async (_, harm) => {
    const folder = await aCopyOf(history, bench);
    await harm(join(folder, 'backups', NEWER));
    await rm(join(folder, 'kept', 'CURRENT'));
    const stores = await bench.open(folder);
    expect(alarms(stores.lines)).toEqual([BAD_COPY, RESTORED]);
    expect(await stateOf(stores.kept)).toBe(history.states[COPIES[0]!]);
  });

  test('is set aside, and nothing begun, when no copy is good: this start, and each one after', async () => {
    const folder = await aCopyOf(history, bench);
    await truncate(join(folder, 'backups', OLDER), 50);
    await rm(join(folder, 'backups', NEWER));
    await rm(join(folder, 'kept', 'CURRENT'));
    const setAside = join(folder, 'kept.damaged-2026-11-20T120000.000Z');
    await expect(bench.open(folder)).rejects.toThrow(
      `The durable store ${folder}/kept is damaged (CURRENT: missing), and there is no valid backup in ${folder}/backups. ` +
        `It was moved to ${setAside}; nothing else was changed. `,
    );
    const after = await readdir(folder);
    for (let start = 0; start < 2; start++) {
      await expect(bench.open(folder)).rejects.toThrow(
        `${folder}/kept is damaged (it is missing), and there is no valid backup in ${folder}/backups. ` +
          'It has the links in use and when each event last changed: without it those links stop working. ' +
          `Put a backup (kept-YYYY-MM-DD.jsonl.gz) into ${folder}/backups and start again; ` +
          `or, to start without them, run: rm ${folder}/plane-ics.json`,
      );
      expect(await readdir(folder)).toEqual(after);
    }
    expect(await readdir(setAside)).toEqual(
      (await readdir(join(history.folder, 'kept'))).filter((name) => name !== 'CURRENT'),
    );

    await rename(join(history.folder, 'backups', NEWER), join(folder, 'backups', NEWER));
    const stores = await bench.open(folder);
    await rename(join(folder, 'backups', NEWER), join(history.folder, 'backups', NEWER));
    expect(await stateOf(stores.kept)).toBe(history.states[COPIES[1]!]);
  });

  test('without a valid backup, the command in the error starts an empty store', async () => {
    const folder = await aCopyOf(history, bench);
    await rm(join(folder, 'backups'), { recursive: true });
    await rm(join(folder, 'kept'), { recursive: true });
    const said = await bench.open(folder).then(
      () => '',
      (error: unknown) => (error as Error).message,
    );
    await rm(/ run: rm (\S+)$/.exec(said)![1]!);
    const stores = await bench.open(folder);
    expect(await stateOf(stores.kept)).toBe(history.states[0]);
    expect(alarms(stores.lines)).toEqual([]);
    await expectToWork(folder, stores);
  });

  test('is never taken for a first start because the marker is gone too', async () => {
    const folder = await aCopyOf(history, bench);
    await rm(join(folder, 'backups'), { recursive: true });
    await rm(join(folder, 'plane-ics.json'));
    await rm(join(folder, 'kept', 'CURRENT'));
    await expect(bench.open(folder)).rejects.toThrow('is damaged (CURRENT: missing)');
    await expect(bench.open(folder)).rejects.toThrow('is damaged (it is missing)');
  });
});

describe('writes that are lost from the end of the log', () => {
  async function lastLog(folder: string): Promise<string> {
    const names = (await readdir(join(folder, 'kept'))).filter((name) => name.endsWith('.log'));
    return join(folder, 'kept', names.sort().at(-1)!);
  }

  test('are missed, and what was before them is kept where no copy has more', async () => {
    const folder = await aCopyOf(history, bench);
    const log = await lastLog(folder);
    await truncate(log, (await readFile(log)).length - 10);
    const stores = await bench.open(folder);
    expect(alarms(stores.lines)).toEqual([TORN, SHORT]);
    expect(await stateOf(stores.kept)).toBe(history.states[BATCHES - 1]);
    await expectToWork(folder, stores);
  });

  test('are restored from a copy that has more', async () => {
    const folder = await aCopyOf(history, bench);
    const before = await bench.open(folder, { now: () => NOON + 5 * 86_400_000 });
    await before.kept.write([{ kind: 'link', id: 'new', value: 1 }]);
    await before.backUp();
    const state = await stateOf(before.kept);
    await before.close();
    await truncate(await lastLog(folder), 0);
    const stores = await bench.open(folder);
    expect(alarms(stores.lines)).toEqual([RESTORED]);
    expect(await stateOf(stores.kept)).toBe(state);
    await expectToWork(folder, stores);
  });

  test('are no damage when they were never confirmed, as after a power cut', async () => {
    const folder = await aCopyOf(history, bench);
    const log = await lastLog(folder);
    await writeFile(log, Buffer.concat([await readFile(log), Buffer.alloc(5000)]));
    const stores = await bench.open(folder);
    expect(alarms(stores.lines)).toEqual([TORN]);
    expect(await stateOf(stores.kept)).toBe(history.states[BATCHES]);
    expect((await readdir(folder)).join()).not.toContain('damaged');
    await expectToWork(folder, stores);
  });
});

/** Changes a record in each table, those also that LevelDB makes of them meanwhile. */
async function damageTables(folder: string): Promise<void> {
  const tablesIn = async (): Promise<string[]> =>
    (await readdir(folder)).filter((name) => name.endsWith('.ldb')).sort();
  for (let done = ''; ;) {
    const tables = await tablesIn();
    if (String(tables) === done) return;
    for (const name of tables) {
      const bytes = await readFile(join(folder, name)).catch(() => Buffer.alloc(0));
      const at = bytes.indexOf('text text');
      if (at < 0) continue;
      bytes.write('T', at);
      await writeFile(join(folder, name), bytes);
    }
    done = String(tables);
  }
}

test('a record of the kept data that is damaged while it is in use is an error that says what to do', async () => {
  const folder = await aCopyOf(history, bench);
  const stores = await bench.open(folder, { now: () => NOON + 5 * 86_400_000 });
  await damageTables(join(folder, 'kept'));
  await expect(stores.kept.list('revision')).rejects.toThrow(
    `${folder}/kept was damaged while it was in use (a record differs from what was written). ` +
      `Start plane-ics again: it then restores the newest backup from ${folder}/backups.`,
  );
  await expect(stores.backUp()).rejects.toThrow('a record differs from what was written');
  expect(await readdir(join(folder, 'backups'))).toEqual([OLDER, NEWER]);
});

test('of the kept data that was set aside as damaged, the newest three stay', async () => {
  const folder = await aCopyOf(history, bench);
  const day = (number: number): string => `kept.damaged-2026-11-${number}T120000.000Z`;
  for (const number of [16, 17, 18, 19]) await writeFile(join(folder, day(number)), 'damaged');
  await rm(join(folder, 'kept'), { recursive: true });
  await writeFile(join(folder, 'kept'), 'damaged');
  await (await bench.open(folder)).close();
  const stay = (await readdir(folder)).filter((name) => name.startsWith('kept.damaged-'));
  expect(stay.sort()).toEqual([day(18), day(19), day(20)]);
});
