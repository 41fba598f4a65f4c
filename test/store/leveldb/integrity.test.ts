import { readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { ClassicLevel } from 'classic-level';
import fc from 'fast-check';
import { findFault } from '../../../src/store/leveldb/integrity.ts';
import { maskedCrc, readLevelLog } from '../../../src/store/leveldb/log-file.ts';
import { isWholeTable } from '../../../src/store/leveldb/table-file.ts';
import { createStoreBench } from '../support/open.ts';
import { runs } from '../../support/runs.ts';

const bench = createStoreBench();

/** A database as LevelDB writes it, closed; its folder. */
async function aDatabase(rounds: number, recordsPerRound: number): Promise<string> {
  const folder = await bench.folder();
  for (let round = 0; round < rounds; round++) {
    const db = new ClassicLevel(folder, { compression: false });
    await db.open();
    const records = Array.from({ length: recordsPerRound }, (_, at) => ({
      type: 'put' as const,
      key: `${(at * 7919 + round) % 5000}`,
      value: `${round} ${'x'.repeat(at % 200)}`,
    }));
    for (let at = 0; at < records.length; at += 50) await db.batch(records.slice(at, at + 50));
    await db.close();
  }
  return folder;
}

async function theFile(folder: string, ending: RegExp): Promise<Buffer> {
  const name = (await readdir(folder))
    .filter((one) => ending.test(one))
    .sort()
    .at(-1)!;
  return readFile(join(folder, name));
}

const somewhere = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const bit = fc.integer({ min: 0, max: 7 });

function flipped(bytes: Buffer, at: number, which: number): Buffer {
  const changed = Buffer.from(bytes);
  changed.writeUInt8(changed.readUInt8(at) ^ (1 << which), at);
  return changed;
}

test('the checksum is CRC-32C, masked as LevelDB does', () => {
  const crc = 0xe3069283; // The catalogued check value of CRC-32C, that of "123456789".
  const masked = (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
  expect(maskedCrc(Buffer.from('123456789'))).toBe(masked);
});

test.each([
  [1, 0],
  [1, 1],
  [3, 500],
  [6, 20_000],
])('a database LevelDB wrote in %d runs of %d records is whole', async (rounds, records) => {
  const folder = await aDatabase(rounds, records);
  expect(await findFault(folder)).toBeNull();
});

test('a flipped bit in a table is noticed wherever it is', async () => {
  const table = await theFile(await aDatabase(2, 400), /\.ldb$/);
  expect(isWholeTable(table)).toBe(true);
  fc.assert(
    fc.property(somewhere, bit, (share, which) => {
      const at = Math.floor(share * (table.length - 48));
      expect(isWholeTable(flipped(table, at, which))).toBe(false);
    }),
    runs(125),
  );
  // Of the footer, the two handles come first, in no less than eight bytes, and the magic number last; between them is padding.
  const footer = table.length - 48;
  for (const at of [0, 1, 2, 3, 4, 5, 6, 40, 41, 42, 43, 44, 45, 46, 47])
    expect(isWholeTable(flipped(table, footer + at, at % 7))).toBe(false);
});

test('a table that was cut is noticed', async () => {
  const table = await theFile(await aDatabase(2, 400), /\.ldb$/);
  for (let length = 0; length < table.length; length += 37) expect(isWholeTable(table.subarray(0, length))).toBe(false);
});

test('a flipped bit anywhere in a log is detected, and distinguished from a torn end', async () => {
  const log = await theFile(await aDatabase(1, 1000), /\.log$/);
  expect(log.length).toBeGreaterThan(3 * 32_768);
  expect(readLevelLog(log).end).toBe('whole');
  expect(readLevelLog(log).records).toHaveLength(20);
  const lastBlock = log.length - (log.length % 32_768);
  fc.assert(
    fc.property(somewhere, bit, (share, which) => {
      const at = Math.floor(share * log.length);
      const { end } = readLevelLog(flipped(log, at, which));
      if (at < lastBlock) expect(end).toBe('broken');
      else expect(['spoiled', 'cut']).toContain(end);
    }),
    runs(125),
  );
});

test('a log that was cut has the first of its records, and says so unless it is cut between two', async () => {
  const log = await theFile(await aDatabase(1, 1000), /\.log$/);
  const all = readLevelLog(log).records;
  for (let length = 0; length < log.length; length += 101) {
    const { records, end } = readLevelLog(log.subarray(0, length));
    expect(end).toBe(length === 0 ? 'whole' : 'cut');
    expect(Buffer.concat(records).equals(Buffer.concat(all.slice(0, records.length)))).toBe(true);
  }
});

test('a file that is missing, cut or of something else is named', async () => {
  const spoiled = async (ending: RegExp, change: (path: string) => Promise<void>): Promise<unknown> => {
    const folder = await aDatabase(2, 400);
    const name = (await readdir(folder))
      .filter((one) => ending.test(one))
      .sort()
      .at(-1)!;
    await change(join(folder, name));
    const fault = await findFault(folder);
    return fault && { ...fault, file: fault.file.replace(/\d+/, 'N') };
  };
  const cut = (path: string): Promise<void> => truncate(path, 20);
  const garbage = (path: string): Promise<void> => writeFile(path, Buffer.alloc(1000));
  expect(await spoiled(/CURRENT/, cut)).toEqual({ file: 'CURRENT', what: 'names no manifest', tail: false });
  expect(await spoiled(/MANIFEST/, garbage)).toEqual({ file: 'MANIFEST-N', what: 'wrong checksum', tail: false });
  expect(await spoiled(/ldb/, cut)).toEqual({ file: 'N.ldb', what: 'wrong size', tail: false });
  expect(await spoiled(/log/, cut)).toEqual({ file: 'N.log', what: 'cut short', tail: true });
  expect(await spoiled(/log/, garbage)).toEqual({ file: 'N.log', what: 'wrong checksum at its end', tail: true });
});
