import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DamageError, faultCode, isDamage } from '../storage-error.ts';
import { readLevelLog, type LogContent } from './log-file.ts';
import { createCursor, isWholeTable, type Cursor } from './table-file.ts';

/** What is wrong with a database that is not open. */
export interface DamagedFile {
  readonly file: string;
  readonly what: string;
  /** Only the last write is torn, as after a power cut: everything before it can still be opened. */
  readonly tail: boolean;
}

const TAG = { comparator: 1, log: 2, nextFile: 3, sequence: 4, compactAt: 5, deleted: 6, added: 7, previousLog: 9 };

interface Version {
  readonly log: number;
  /** Sizes by file number. */
  readonly tables: ReadonlyMap<number, number>;
}

/**
 * Reads every file that LevelDB would read, and verifies every checksum in it. To be called before LevelDB opens them: it would drop what is
 * torn, delete what that made superfluous, and might end the process. Returns null when nothing is wrong.
 */
export async function findFault(folder: string): Promise<DamagedFile | null> {
  let file = 'CURRENT';
  const read: ReadFile = (name) => readFile(join(folder, (file = name)));
  try {
    const found = await findFaultIn(folder, read);
    return found && { file: found.file ?? file, what: found.what, tail: found.tail === true };
  } catch (error) {
    if (!isDamage(error)) throw error;
    return { file, what: faultCode(error) === 'ENOENT' ? 'missing' : 'unreadable', tail: false };
  }
}

type ReadFile = (name: string) => Promise<Buffer>;

interface Fault {
  /** The file that was read last, where it is left out. */
  readonly file?: string;
  readonly what: string;
  readonly tail?: boolean;
}

async function findFaultIn(folder: string, read: ReadFile): Promise<Fault | null> {
  const [, manifest] = /^(MANIFEST-\d+)\n$/.exec((await read('CURRENT')).toString('latin1')) ?? [];
  if (manifest === undefined) return { what: 'names no manifest' };
  const { records, end } = readLevelLog(await read(manifest));
  if (end !== 'whole' && end !== 'cut') return { what: 'wrong checksum' };
  const version = decodeVersion(records);
  if (version === null) return { what: 'is invalid' };
  const fault =
    (await findTableFault(version, read)) ?? (await findLogFault(await liveLogs(folder, version.log), read));
  return fault ?? (end === 'cut' ? { file: manifest, what: 'cut short', tail: true } : null);
}

async function findTableFault({ tables }: Version, read: ReadFile): Promise<Fault | null> {
  for (const [number, size] of tables) {
    const bytes = await read(`${String(number).padStart(6, '0')}.ldb`);
    if (bytes.length !== size) return { what: 'wrong size' };
    if (!isWholeTable(bytes)) return { what: 'wrong checksum' };
  }
  return null;
}

async function findLogFault(logs: readonly string[], read: ReadFile): Promise<Fault | null> {
  for (const [index, name] of logs.entries()) {
    const { end } = readLevelLog(await read(name));
    const isLast = index === logs.length - 1;
    if (end !== 'whole') return { what: END[end], tail: isLast && end !== 'broken' };
  }
  return null;
}

const END: Readonly<Record<LogContent['end'], string>> = {
  whole: '',
  cut: 'cut short',
  spoiled: 'wrong checksum at its end',
  broken: 'wrong checksum',
};

/** The logs of writes that are in no table yet, oldest first, including the one that the manifest names even where it is missing. */
async function liveLogs(folder: string, from: number): Promise<string[]> {
  const numbers = (await readdir(folder)).flatMap((name) => (/^\d+\.log$/.test(name) ? [parseInt(name, 10)] : []));
  if (from > 0) numbers.push(from);
  const live = [...new Set(numbers)].filter((number) => number >= from).sort((a, b) => a - b);
  return live.map((number) => `${String(number).padStart(6, '0')}.log`);
}

/** The files of the last version that a manifest describes (db/version_edit.cc of LevelDB 1.20); null for anything else. */
function decodeVersion(records: readonly Buffer[]): Version | null {
  const version: MutableVersion = { log: null, tables: new Map() };
  try {
    if (!records.every((record) => applyEdits(record, version))) return null;
  } catch (error) {
    if (error instanceof DamageError) return null;
    throw error;
  }
  const { log, tables } = version;
  return log === null ? null : { log, tables };
}

/** Applies the edits of a record to the version; false for an unknown edit. Throws a DamageError when the record ends too early. */
function applyEdits(record: Buffer, version: MutableVersion): boolean {
  const cursor = createCursor(record);
  while (!cursor.atEnd()) {
    const apply = EDITS[cursor.number()];
    if (!apply) return false;
    apply(cursor, version);
  }
  return true;
}

interface MutableVersion {
  log: number | null;
  readonly tables: Map<number, number>;
}

const skipNumber = (cursor: Cursor): void => void cursor.number();

/** What each tag of a manifest does to the version. */
const EDITS: Readonly<Record<number, (cursor: Cursor, version: MutableVersion) => void>> = {
  [TAG.comparator]: skipText,
  [TAG.log]: (cursor, version) => {
    version.log = cursor.number();
  },
  [TAG.nextFile]: skipNumber,
  [TAG.sequence]: skipNumber,
  [TAG.previousLog]: skipNumber,
  [TAG.compactAt]: (cursor) => {
    skipNumber(cursor);
    skipText(cursor);
  },
  [TAG.deleted]: (cursor, { tables }) => {
    skipNumber(cursor);
    tables.delete(cursor.number());
  },
  [TAG.added]: (cursor, { tables }) => {
    skipNumber(cursor);
    tables.set(cursor.number(), cursor.number());
    skipText(cursor);
    skipText(cursor);
  },
};

function skipText(cursor: Cursor): void {
  cursor.skip(cursor.number());
}
