import { randomBytes } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A secret that is made once and kept in a file only its owner reads: 256 random bits, base64url. */
export async function secretFile(
  folder: string,
  name: string,
): Promise<{ readonly value: string; readonly isNew: boolean }> {
  try {
    const value = (await readFile(join(folder, name), 'utf8')).trim();
    if (value !== '') return { value, isNew: false };
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ENOENT') throw error;
  }
  return { value: await renewSecret(folder, name), isNew: true };
}

/** Puts a new secret in the place of the old one, whole or not at all, and returns it. */
export async function renewSecret(folder: string, name: string): Promise<string> {
  const path = join(folder, name);
  const value = randomBytes(32).toString('base64url');
  await writeFile(`${path}.new`, `${value}\n`, { mode: 0o600, flush: true });
  await rename(`${path}.new`, path);
  return value;
}
