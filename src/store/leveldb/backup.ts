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
 * Copies of a database: JSON lines, packed. First `{format, batch}`, then a record `[kind, id, value]` a line, last `{records, sha256}` of
 * all lines before it: so a copy that was cut or altered is known as bad. Anyone can read one with zcat.
 */

const KEPT_COPIES = 7;
const PIECE = 65_536;
const NAME = /^kept-\d{4,}-\d\d-\d\d\.jsonl\.gz$/;

interface Head {
  readonly format: number;
  readonly batch: number;
}

/** A copy that is whole. */
export interface Copy {
  readonly path: string;
  /** The last batch that is surely in it. */
  readonly batch: number;
  readonly records: readonly LevelRecord[];
}

/** Copies the database unless there is a copy of that day ("YYYY-MM-DD"), and removes the oldest but seven. */
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
  for (const old of (await copyNames(folder)).slice(KEPT_COPIES)) await rm(join(folder, old));
}

/** The newest copy that is whole, of those with more than `batch`; what is wrong with the others goes to `onBad`. */
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

/** The lines, many at once: each piece costs the packer a turn. */
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
  if (text.slice(end) !== lastLine(lines.length - 1, sha256)) throw new DamageError('it was cut or altered');
  const [head, ...records] = lines;
  const { format, batch } = JSON.parse(head ?? '') as Head;
  if (format > FORMAT) throw new DamageError(`it was written by a newer plane-ics (format ${format})`);
  return { path, batch, records: records.map((line) => JSON.parse(line) as LevelRecord) };
}

function lastLine(records: number, sha256: string): string {
  return `${JSON.stringify({ records, sha256 })}\n`;
}
