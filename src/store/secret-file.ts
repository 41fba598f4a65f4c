import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A secret that is made once and kept in a file only its owner reads: 256 random bits, base64url. */
export async function secretFile(
  folder: string,
  name: string,
): Promise<{ readonly value: string; readonly isNew: boolean }> {
  const path = join(folder, name);
  try {
    const value = (await readFile(path, 'utf8')).trim();
    if (value !== '') return { value, isNew: false };
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ENOENT') throw error;
  }
  const value = randomBytes(32).toString('base64url');
  await writeFile(path, `${value}\n`, { mode: 0o600 });
  return { value, isNew: true };
}
