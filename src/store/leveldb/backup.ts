import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createGzip, gunzip } from 'node:zlib';
import { DamageError, faultMessage } from '../storage-error.ts';
import { exists, makeFolders, moveTo } from '../folder.ts';
import { FORMAT, type Level, type LevelRecord } from './level.ts';

/**
 * Backups of a database as gzipped JSON lines: first `{format, batch}`, then a line `[kind, id, value]` for each record, last
 * `{records, sha256}` of all lines before it, so that a truncated or altered backup is detected. zcat shows one.
 */

const MAX_COPIES = 7;
const PIECE = 65_536;
const NAME = /^kept-\d{4,}-\d\d-\d\d\.jsonl\.gz$/;

interface Head {
  readonly format: number;
  readonly batch: number;
}

/** A valid backup. */
export interface Copy {
  readonly path: string;
  /** The last batch that is included for certain. */
  readonly batch: number;
  readonly records: readonly LevelRecord[];
}

/** Writes the backup of a day ("YYYY-MM-DD") unless there is one, and removes all but the newest seven. */
export async function writeCopy(folder: string, day: string, level: Level): Promise<void> {
  const path = join(folder, `kept-${day}.jsonl.gz`);
  if (await exists(path)) return;
  await makeFolders(folder);
  const draft = join(folder, 'kept.new');
  try {
    await pipeline(Readable.from(toText(level)), createGzip(), createWriteStream(draft, { flush: true, mode: 0o600 }));
    await moveTo(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  for (const old of (await copyNames(folder)).slice(MAX_COPIES)) await rm(join(folder, old));
}

/** The newest valid backup with more than `batch` batches; calls `onBad` with the reason for each invalid one. null when there is none. */
export async function newestCopy(
  folder: string,
  batch: number,
  onBad: (path: string, reason: string) => void,
): Promise<Copy | null> {
  for (const name of await copyNames(folder)) {
    const path = join(folder, name);
    try {
      const copy = await readCopy(path);
      if (copy.batch > batch) return copy;
    } catch (error) {
      onBad(path, faultMessage(error));
    }
  }
  return null;
}

/** Newest first. */
async function copyNames(folder: string): Promise<string[]> {
  if (!(await exists(folder))) return [];
  return (await readdir(folder))
    .filter((name) => NAME.test(name))
    .sort()
    .reverse();
}

/** The lines in large pieces: each piece costs the compressor a round trip. */
async function* toText(level: Level): AsyncGenerator<string, void, undefined> {
  const digest = createHash('sha256');
  const head: Head = { format: FORMAT, batch: level.batch() };
  let text = `${JSON.stringify(head)}\n`;
  let records = 0;
  for await (const record of level.everything()) {
    records++;
    text += `${JSON.stringify(record)}\n`;
    if (text.length < PIECE) continue;
    digest.update(text);
    yield text;
    text = '';
  }
  yield text + lastLine(records, digest.update(text).digest('hex'));
}

async function readCopy(path: string): Promise<Copy> {
  const text = (await promisify(gunzip)(await readFile(path))).toString();
  const end = text.lastIndexOf('\n', text.length - 2) + 1;
  const lines = text.slice(0, end).split('\n').slice(0, -1);
  const sha256 = createHash('sha256').update(text.slice(0, end)).digest('hex');
  if (text.slice(end) !== lastLine(lines.length - 1, sha256)) throw new DamageError('it was truncated or altered');
  const [head, ...records] = lines;
  const { format, batch } = JSON.parse(head ?? '') as Head;
  if (format > FORMAT) throw new DamageError(`it was written by a newer plane-ics (format ${format})`);
  return { path, batch, records: records.map((line) => JSON.parse(line) as LevelRecord) };
}

function lastLine(records: number, sha256: string): string {
  return `${JSON.stringify({ records, sha256 })}\n`;
}
