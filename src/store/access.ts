import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { faultCode, quoted } from './storage-error.ts';

/** Which other users can access the data folder. */

/** Bits of a mode (chmod(2)): write and any access, for group and others. */
const WRITE = 0o022;
const ANY = 0o077;
/** With these, all stored secrets and the admin page can be opened. */
const SECRET_FILES = ['secret-key', 'admin-token'];
const FOLDERS = ['kept', 'cache', 'backups', 'documents'];

/**
 * Sentences about what users besides the owner can change or read, each with the chmod command that prevents it. Paths that don't exist, or
 * can't be checked, are left out.
 */
export async function accessWarnings(folder: string): Promise<string[]> {
  const writable = await matching([folder, ...FOLDERS.map((name) => join(folder, name))], WRITE);
  const readable = await matching(
    SECRET_FILES.map((name) => join(folder, name)),
    ANY,
  );
  const list = (paths: readonly string[]): string => paths.map(quoted).join(' ');
  return [
    ...(writable.length > 0
      ? [`Other users of this machine can change what is in ${writable.join(', ')}. Run: chmod go-w ${list(writable)}`]
      : []),
    ...(readable.length > 0
      ? [
          `Other users of this machine can read or change ${readable.join(', ')}. Run: chmod 600 ${list(readable)} ` +
            '(and replace a secret that may have been read)',
        ]
      : []),
  ];
}

async function matching(paths: readonly string[], bits: number): Promise<string[]> {
  const modes = await Promise.all(paths.map(modeOf));
  return paths.filter((_path, index) => ((modes[index] ?? 0) & bits) !== 0);
}

async function modeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).mode;
  } catch (error) {
    if (/^E[A-Z]+$/.test(faultCode(error) ?? '')) return null;
    throw error;
  }
}
