import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { faultCode } from '../storage-error.ts';

/**
 * How many batches a database took, beside its own files: LevelDB can't tell a log that lost its end from one that ends there.
 *
 * It is written after each batch and left to the system to bring to disk, so it may lag behind after a power cut, which does no harm,
 * but never runs ahead of what was on disk before it.
 */
export interface BatchCounter {
  /** The number last noted; null when the note is missing or damaged. */
  readonly noted: number | null;
  note(batch: number): Promise<void>;
  close(): Promise<void>;
}

const NAME = 'PROGRESS';
const DIGITS = 16;

/** Opens, or begins, the note in a database's folder. */
export async function openBatchCounter(folder: string): Promise<BatchCounter> {
  const path = join(folder, NAME);
  const file = await open(path, 'r+').catch((error: unknown) => {
    if (faultCode(error) !== 'ENOENT') throw error;
    return open(path, 'wx+', 0o600);
  });
  let noted: number | null;
  try {
    noted = parseNote(await file.readFile('latin1'));
  } catch (error) {
    await file.close();
    throw error;
  }
  return {
    noted,
    note: async (batch) => {
      await file.write(toNote(batch), 0, 'latin1');
    },
    close: async () => {
      // On a disk that takes nothing any more, it lags behind.
      await file.sync().catch(() => undefined);
      await file.close();
    },
  };
}

/** Always of one length, so that it is replaced in one piece. */
function toNote(batch: number): string {
  const digits = String(batch).padStart(DIGITS, '0');
  return `${digits} ${crc32(digits).toString(16).padStart(8, '0')}\n`;
}

function parseNote(text: string): number | null {
  const batch = Number(text.slice(0, DIGITS));
  return text === toNote(batch) ? batch : null;
}
