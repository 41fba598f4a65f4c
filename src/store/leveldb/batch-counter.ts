import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { faultCode } from '../storage-error.ts';

/**
 * The number of batches of a database, in a file beside those of LevelDB, which can't distinguish a log that lost its end from one that ends
 * there.
 *
 * It is written after each batch, and the system decides when it reaches the disk. So it may lag behind after a power cut, which is harmless,
 * but is never ahead of the database.
 */
export interface BatchCounter {
  /** The number that was stored last; null when the file is missing or damaged. */
  readonly stored: number | null;
  update(batch: number): Promise<void>;
  close(): Promise<void>;
}

const NAME = 'PROGRESS';
const DIGITS = 16;

/** Opens or creates the counter in a database's folder. */
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
    stored: noted,
    update: async (batch) => {
      await file.write(toNote(batch), 0, 'latin1');
    },
    close: async () => {
      // On a full disk it lags behind.
      await file.sync().catch(() => undefined);
      await file.close();
    },
  };
}

/** Always of the same length, so that each write replaces all of it. */
function toNote(batch: number): string {
  const digits = String(batch).padStart(DIGITS, '0');
  return `${digits} ${crc32(digits).toString(16).padStart(8, '0')}\n`;
}

function parseNote(text: string): number | null {
  const batch = Number(text.slice(0, DIGITS));
  return text === toNote(batch) ? batch : null;
}
