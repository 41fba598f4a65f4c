import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DamageError, faultCode, isDamage } from '../storage-error.ts';
import { readLevelLog, type LogContent } from './log-file.ts';
import { createCursor, isWholeTable, type Cursor } from './table-file.ts';

/** What is wrong with a database that is not open. */
export interface DamagedFile {
  readonly file: string;
  readonly what: string;
  /** Only the last write is torn, as after a power cut: what came before can still be opened. */
  readonly tail: boolean;
}

const TAG = { comparator: 1, log: 2, nextFile: 3, sequence: 4, compactAt: 5, deleted: 6, added: 7, previousLog: 9 };

interface Version {
  readonly log: number;
  /** Sizes by file number. */
  readonly tables: ReadonlyMap<number, number>;
}

/**
 * Reads every file LevelDB would read, and compares every sum it keeps. To be called before it opens them, for then it would drop what is torn,
 * delete what that made superfluous, and might end the process.
 */
export async function findFault(folder: string): Promise<DamagedFile | null> {
  let file = 'CURRENT';
  const read = async (name: string): Promise<Buffer> => readFile(join(folder, (file = name)));
  const fault = (what: string, tail = false): DamagedFile => ({ file, what, tail });
  try {
    const [, manifest] = /^(MANIFEST-\d+)\n$/.exec((await read('CURRENT')).toString('latin1')) ?? [];
    if (manifest === undefined) return fault('names no manifest');
    const { records, end } = readLevelLog(await read(manifest));
    if (end !== 'whole' && end !== 'cut') return fault('wrong checksum');
    const version = decodeVersion(records);
    if (version === null) return fault('makes no sense');
    const torn = end === 'cut' ? fault('cut short', true) : null;
    for (const [number, size] of version.tables) {
      const bytes = await read(`${String(number).padStart(6, '0')}.ldb`);
      if (bytes.length !== size) return fault('wrong size');
      if (!isWholeTable(bytes)) return fault('wrong checksum');
    }
    const logs = await liveLogs(folder, version.log);
    for (const [index, name] of logs.entries()) {
      const log = readLevelLog(await read(name));
      const last = index === logs.length - 1;
      if (log.end !== 'whole') return fault(END[log.end], last && log.end !== 'broken');
    }
    return torn;
  } catch (error) {
    if (!isDamage(error)) throw error;
    return fault(faultCode(error) === 'ENOENT' ? 'missing' : 'unreadable');
  }
}

const END: Readonly<Record<LogContent['end'], string>> = {
  whole: '',
  cut: 'cut short',
  spoiled: 'wrong checksum at its end',
  broken: 'wrong checksum',
};

/** The logs of writes that are in no table yet, oldest first; the one the manifest names comes even if it is not there. */
async function liveLogs(folder: string, from: number): Promise<string[]> {
  const numbers = (await readdir(folder)).flatMap((name) => (/^\d+\.log$/.test(name) ? [parseInt(name, 10)] : []));
  if (from > 0) numbers.push(from);
  const live = [...new Set(numbers)].filter((number) => number >= from).sort((a, b) => a - b);
  return live.map((number) => `${String(number).padStart(6, '0')}.log`);
}

/** The files of the last version a manifest tells of: db/version_edit.cc of LevelDB 1.20. null for anything else. */
function decodeVersion(records: readonly Buffer[]): Version | null {
  const tables = new Map<number, number>();
  let log: number | null = null;
  try {
    for (const record of records) {
      const cursor = createCursor(record);
      while (!cursor.atEnd()) {
        const tag = cursor.number();
        if (tag === TAG.comparator) skipText(cursor);
        else if (tag === TAG.log) log = cursor.number();
        else if (tag === TAG.nextFile || tag === TAG.sequence || tag === TAG.previousLog) cursor.number();
        else if (tag === TAG.compactAt) {
          cursor.number();
          skipText(cursor);
        } else if (tag === TAG.deleted) {
          cursor.number();
          tables.delete(cursor.number());
        } else if (tag === TAG.added) {
          cursor.number();
          tables.set(cursor.number(), cursor.number());
          skipText(cursor);
          skipText(cursor);
        } else return null;
      }
    }
  } catch (error) {
    if (error instanceof DamageError) return null;
    throw error;
  }
  return log === null ? null : { log, tables };
}

function skipText(cursor: Cursor): void {
  cursor.skip(cursor.number());
}
