import { beforeEach, expect, test } from '@jest/globals';
import type { FollowedStore } from '../../src/domain/ports.ts';
import { createDisk, watched, type Disk } from '../../src/store/disk.ts';
import { isOfFolder, StoreError, toStoreError } from '../../src/store/storage-error.ts';
import { aLog } from '../support/log.ts';
import { NOON } from './support/open.ts';

/** What is reported of a data folder that fails, in a time that only the test moves on. */

const fault = (code: string): Error => Object.assign(new Error(`the system said ${code}`), { code });
const FULL = 'The disk of /data is full. Free at least 8 MiB there.';
const READ_ONLY = '/data is on a read-only file system. Mount it writable, or set DATA_DIR to another folder.';

let disk: Disk;
let log: ReturnType<typeof aLog>;
let clock = NOON;
/** Ends the pauses that are under way. */
let wake: (() => void)[] = [];

beforeEach(() => {
  log = aLog();
  clock = NOON;
  wake = [];
  disk = createDisk({
    what: 'data folder',
    toError: (error) => (isOfFolder(error) ? toStoreError(error, '/data', '1000:1000') : null),
    now: () => clock,
    delay: () => new Promise((resolve) => wake.push(resolve)),
    log,
  });
});

/** The next attempt of what failed, to its end. */
async function nextProbe(): Promise<void> {
  clock += 10_000;
  for (const resolve of wake.splice(0)) resolve();
  await new Promise((resolve) => setImmediate(resolve));
}

const fail = (part: string, code: string, again: () => Promise<unknown>): Promise<unknown> =>
  disk.use(part, () => Promise.reject(fault(code)), again).catch((error: unknown) => error);
const reasons = (): string[] =>
  log.lines.map(({ level, message, fields }) => `${level} ${message}: ${String(fields.reason)}`);
const problems = (): unknown[] => disk.problems().map(({ message, since, until }) => [message, since, until]);

test('a failure is a problem until a retry succeeds, also without other use, and is logged when it begins and ends', async () => {
  let isFull = true;
  const again = (): Promise<void> => (isFull ? Promise.reject(fault('ENOSPC')) : Promise.resolve());
  for (let tries = 0; tries < 5; tries++) {
    expect(await fail('kept', 'ENOSPC', again)).toBeInstanceOf(StoreError);
    clock += 1_000;
  }
  await nextProbe();
  await nextProbe();
  expect(problems()).toEqual([[expect.stringContaining(FULL), NOON, clock + 10_000]]);
  isFull = false;
  await nextProbe();
  expect(problems()).toEqual([]);
  expect(reasons()).toEqual([
    `error the data folder can't be used: ${FULL}`,
    `info the data folder can be used again: ${FULL}`,
  ]);
  expect(wake).toEqual([]);
});

test('one cause in several places is one problem, over when the last of them works', async () => {
  const works = new Set<string>();
  const again = (part: string) => (): Promise<void> =>
    works.has(part) ? Promise.resolve() : Promise.reject(fault('ENOSPC'));
  for (const part of ['kept', 'cache']) await fail(part, 'ENOSPC', again(part));
  works.add('cache');
  await nextProbe();
  expect(problems()).toHaveLength(1);
  works.add('kept');
  await nextProbe();
  expect(problems()).toEqual([]);
  expect(log.lines).toHaveLength(2);
});

test('another cause is another problem, since then', async () => {
  await fail('kept', 'ENOSPC', () => Promise.reject(fault('EROFS')));
  await nextProbe();
  expect(problems()).toEqual([[expect.stringContaining(READ_ONLY), clock, clock + 10_000]]);
  expect(reasons()).toEqual([
    `error the data folder can't be used: ${FULL}`,
    `error the data folder can't be used: ${READ_ONLY}`,
    `info the data folder can be used again: ${FULL}`,
  ]);
});

test('a mistake of the caller is no problem of the folder', async () => {
  const mistake = new RangeError('no such kind');
  await expect(
    disk.use(
      'kept',
      () => Promise.reject(mistake),
      () => Promise.resolve(),
    ),
  ).rejects.toBe(mistake);
  expect([problems(), log.lines]).toEqual([[], []]);
});

test('a retry that fails for another reason is a problem with that reason, and is repeated', async () => {
  let isMistaken = true;
  const again = (): Promise<void> => (isMistaken ? Promise.reject(new TypeError('no such kind')) : Promise.resolve());
  await fail('kept', 'ENOSPC', again);
  await nextProbe();
  await nextProbe();
  const reason = 'The data folder could not be tried again: no such kind.';
  expect(problems()).toEqual([[expect.stringContaining(reason), clock - 10_000, clock + 10_000]]);
  isMistaken = false;
  await nextProbe();
  expect(problems()).toEqual([]);
  expect(reasons().slice(1)).toEqual([
    `error the data folder can't be used: ${reason}`,
    `info the data folder can be used again: ${FULL}`,
    `info the data folder can be used again: ${reason}`,
  ]);
});

test('what fails after closing is neither logged nor tried again', async () => {
  await fail('cache', 'ENOSPC', () => Promise.reject(fault('ENOSPC')));
  disk.close();
  await fail('kept', 'EIO', () => Promise.resolve());
  await nextProbe();
  expect([problems(), log.lines.length, wake]).toEqual([[], 1, []]);
});

test('a store is probed by a write that leaves no record, and reads by the same read', async () => {
  const asked: string[] = [];
  let works = false;
  const answer = <T>(what: string, value: T): Promise<T> => {
    asked.push(what);
    return works ? Promise.resolve(value) : Promise.reject(fault('EIO'));
  };
  const store: FollowedStore = {
    get: (kind, id) => answer(`get ${kind} ${id}`, 1),
    list: (kind) => answer(`list ${kind}`, []),
    ids: (kind) => answer(`ids ${kind}`, []),
    write: (changes) => answer(`write ${JSON.stringify(changes)}`, undefined),
    follow: (kinds) => answer(`follow ${kinds.join()}`, undefined),
    catchUp: () => answer('catch up', undefined),
  };
  const kept = watched(store, 'kept', disk);
  await expect(kept.get('link', 'a')).rejects.toThrow('input/output error');
  await expect(kept.write([{ kind: 'link', id: 'b', value: 2 }])).rejects.toThrow('input/output error');
  expect(disk.problems()).toHaveLength(1);
  works = true;
  await nextProbe();
  expect(disk.problems()).toEqual([]);
  expect(asked.slice(2)).toEqual(['get link a', 'write [{"kind":"probe","id":"disk","expected":null}]']);
});
