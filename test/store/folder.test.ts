import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ClassicLevel } from 'classic-level';
import { toStoreError } from '../../src/store/storage-error.ts';
import { FORMAT } from '../../src/store/leveldb/level.ts';
import { encodeKey, encodeValue } from '../../src/store/leveldb/record.ts';
import { alarms, createStoreBench, NOON } from './support/open.ts';

const bench = createStoreBench();

test('a folder that is missing is made, for its owner alone', async () => {
  const folder = join(await bench.folder(), 'a', 'b');
  const { lines } = await bench.open(folder);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  expect(alarms(lines)).toEqual([]);
  expect((await readdir(folder)).sort()).toEqual(['cache', 'kept', 'lock', 'plane-ics.json']);
  expect(JSON.parse(await readFile(join(folder, 'plane-ics.json'), 'utf8'))).toEqual({
    format: FORMAT,
    createdAt: '2026-11-20T12:00:00.000Z',
  });
});

test('what is in the folder is for its owner alone, though the folder was not', async () => {
  const folder = await bench.folder();
  await chmod(folder, 0o755);
  const { backUp } = await bench.open(folder);
  await backUp();
  for (const name of ['kept', 'cache', 'backups']) expect((await stat(join(folder, name))).mode & 0o777).toBe(0o700);
});

test('the marker is written once', async () => {
  const folder = await bench.folder();
  await (await bench.open(folder)).close();
  const marker = await readFile(join(folder, 'plane-ics.json'), 'utf8');
  await bench.open(folder, { now: () => NOON + 1 });
  expect(await readFile(join(folder, 'plane-ics.json'), 'utf8')).toBe(marker);
});

test.each(['', '{"format":', 'null', '{}', '{"format":"1"}'])(
  'a marker that reads %p is written anew',
  async (text) => {
    const folder = await bench.folder();
    const before = await bench.open(folder);
    await before.kept.write([{ kind: 'link', id: 'a', value: 1 }]);
    await before.close();
    await writeFile(join(folder, 'plane-ics.json'), text);
    const { kept, lines } = await bench.open(folder);
    expect(await kept.get('link', 'a')).toBe(1);
    expect(alarms(lines)).toEqual([]);
    expect(await readFile(join(folder, 'plane-ics.json'), 'utf8')).toContain(`{"format":${FORMAT},`);
  },
);

describe('a store of a newer version', () => {
  /** Of every file in a folder, what it holds. */
  async function digests(folder: string): Promise<string[]> {
    const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
    return Promise.all(
      files.map(async ({ parentPath, name }) => {
        const path = join(parentPath, name);
        return `${path} ${createHash('sha256')
          .update(await readFile(path))
          .digest('hex')}`;
      }),
    );
  }

  test('is refused, and no byte of it touched', async () => {
    const folder = await bench.folder();
    await (await bench.open(folder)).close();
    await writeFile(join(folder, 'plane-ics.json'), '{"format":3}');
    await writeFile(join(folder, 'kept', 'CURRENT'), 'what a newer version may write');
    const before = (await digests(folder)).filter((line) => !line.startsWith(join(folder, 'lock')));
    await expect(bench.open(folder)).rejects.toThrow(
      `${folder} was written by a newer plane-ics (format 3; this one knows 2). ` +
        'Start that version again, or set DATA_DIR to another folder.',
    );
    const after = (await digests(folder)).filter((line) => !line.startsWith(join(folder, 'lock')));
    expect(after).toEqual(before);
  });

  test.each(['kept', 'cache'])(
    'is refused when only %s has the newer format, and nothing is moved aside',
    async (name) => {
      const folder = await bench.folder();
      await (await bench.open(folder)).close();
      const path = join(folder, name);
      const db = new ClassicLevel<Buffer, Buffer>(path, { keyEncoding: 'buffer', valueEncoding: 'buffer' });
      const key = encodeKey('meta', 'format');
      await db.batch([{ type: 'put', key, value: encodeValue(key, { version: 7 }) }], { sync: true });
      await db.close();
      for (let start = 0; start < 2; start++)
        await expect(bench.open(folder)).rejects.toThrow(`${path} was written by a newer plane-ics (format 7;`);
      expect((await readdir(folder)).sort()).toEqual(['cache', 'kept', 'lock', 'plane-ics.json']);
    },
  );
});

describe('a folder that is not ours to write', () => {
  const NOBODY = 65_534;

  /** Runs with no more rights than anybody has, also where the tests run as root. */
  async function withoutRights(task: () => Promise<void>): Promise<void> {
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) process.seteuid?.(NOBODY);
    try {
      await task();
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  }

  test('is an error with the line that gives it to us', async () => {
    const parent = await bench.folder();
    await chmod(parent, 0o755);
    const folder = join(parent, "it's ours");
    await mkdir(folder, { mode: 0o555 });
    await withoutRights(async () => {
      await expect(bench.open(folder)).rejects.toThrow(
        `plane-ics may not write to ${folder}. Run: sudo chown -R 1000:1000 '${parent}/it'\\''s ours'`,
      );
    });
  });

  test('and not there yet is an error with the line that makes it', async () => {
    const parent = await bench.folder();
    await chmod(parent, 0o555);
    const folder = join(parent, 'data');
    await withoutRights(async () => {
      await expect(bench.open(folder)).rejects.toThrow(
        `plane-ics may not create the folder ${folder}. Run: sudo mkdir -p ${folder} && sudo chown -R 1000:1000 ${folder}`,
      );
    });
  });

  test.each(['lock', 'kept', 'cache'])('in its %s alone is the same error, and nothing is set aside', async (name) => {
    const folder = await bench.folder();
    await (await bench.open(folder)).close();
    for (const path of [folder, ...(await readdir(folder, { recursive: true })).map((one) => join(folder, one))])
      await chmod(path, 0o777);
    for (const one of await readdir(join(folder, name))) await chmod(join(folder, name, one), 0o400);
    await chmod(join(folder, name), 0o500);
    await withoutRights(async () => {
      await expect(bench.open(folder)).rejects.toThrow(
        `plane-ics may not write to ${folder}. Run: sudo chown -R 1000:1000 ${folder}`,
      );
    });
    await chmod(join(folder, name), 0o700);
    expect((await readdir(folder)).sort()).toEqual(['cache', 'kept', 'lock', 'plane-ics.json']);
  });
});

test.each(['file', 'file/below'])('a path with a file in its way (%s) is an error that says so', async (path) => {
  const parent = await bench.folder();
  await writeFile(join(parent, 'file'), '');
  await expect(bench.open(join(parent, path))).rejects.toThrow(
    `${join(parent, path)} can't be a folder: ${join(parent, 'file')} is a file. Set DATA_DIR to another folder.`,
  );
});

test.each([
  ['EROFS', /^\/data is on a read-only file system\./],
  ['ENOSPC', /^The disk of \/data is full\./],
  ['EDQUOT', /^The disk quota of user 1000:1000 in \/data is used up\./],
  ['EFBIG', /^A file in \/data may not grow further\./],
  ['EIO', /^The disk of \/data reports an input\/output error\./],
  ['EMFILE', /^\/data can't be used: too many files are open\./],
  ['EBUSY', /^The store in \/data failed: what the system said\.$/],
])('%s is said in words', (code, sentence) => {
  const cause = Object.assign(new Error('what the system said'), { code });
  const error = toStoreError(new Error('Database failed to open', { cause }), '/data', '1000:1000');
  expect(error.message).toMatch(sentence);
  expect(error.code).toBe(['ENOSPC', 'EDQUOT', 'EFBIG'].includes(code) ? 'storage_full' : 'storage_unavailable');
});

test.each([
  ['No space left on device', 'storage_full'],
  ['Disk quota exceeded', 'storage_full'],
  ['File too large', 'storage_full'],
  ['Read-only file system', 'storage_unavailable'],
  ['Input/output error', 'storage_unavailable'],
])('LevelDB says "%s" in words alone', (words, code) => {
  const cause = Object.assign(new Error(`IO error: /data/kept/000005.log: ${words}`), { code: 'LEVEL_IO_ERROR' });
  const error = toStoreError(new Error('Batch failed', { cause }), '/data', '1000:1000');
  expect([error.code, error.message]).toEqual([code, expect.not.stringContaining('failed:')]);
});

test('a folder that is ours but may not be written needs another mode too', async () => {
  const folder = await bench.folder();
  const { uid, gid } = await stat(folder);
  const cause = Object.assign(new Error('EACCES'), { code: 'EACCES' });
  expect(toStoreError(cause, folder, `${uid}:${gid}`).message).toBe(
    `plane-ics may not write to ${folder}. Run: sudo chown -R ${uid}:${gid} ${folder} && sudo chmod -R u+rwX ${folder}`,
  );
});

describe('who else can get at it', () => {
  test('is no warning for a folder as it is made', async () => {
    const folder = join(await bench.folder(), 'data');
    const stores = await bench.open(folder);
    await stores.secretFiles.open('secret-key');
    await stores.secretFiles.renew('admin-token');
    await stores.backUp();
    await stores.checkAccess();
    expect(stores.warnings()).toEqual([]);
  });

  test.each([0o777, 0o770, 0o757, 0o1777])('is a warning with the command for mode %p', async (mode) => {
    const folder = await bench.folder();
    await chmod(folder, mode);
    expect((await bench.open(folder)).warnings()).toEqual([
      `Other users of this machine can change what is in ${folder}. Run: chmod go-w ${folder}`,
    ]);
  });

  test('is found out again while it runs, and the command ends it', async () => {
    const folder = await bench.folder();
    const stores = await bench.open(folder);
    await stores.secretFiles.open('secret-key');
    await chmod(join(folder, 'secret-key'), 0o640);
    await chmod(join(folder, 'kept'), 0o722);
    await stores.checkAccess();
    expect(stores.warnings()).toEqual([
      `Other users of this machine can change what is in ${folder}/kept. Run: chmod go-w ${folder}/kept`,
      `Other users of this machine can read or change ${folder}/secret-key. ` +
        `Run: chmod 600 ${folder}/secret-key (and replace a secret that may have been read)`,
    ]);
    await chmod(join(folder, 'secret-key'), 0o600);
    await chmod(join(folder, 'kept'), 0o700);
    await stores.checkAccess();
    expect(stores.warnings()).toEqual([]);
  });
});
