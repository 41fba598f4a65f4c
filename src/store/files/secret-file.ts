import { randomBytes } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Disk } from '../disk.ts';
import { faultCode } from '../storage-error.ts';

/** Secrets in files of the data folder that only their owner can read: 256 random bits, base64url. Methods throw a StoreError. */
export interface SecretFiles {
  /** The secret of that name, generated where there is none yet. */
  open(name: SecretName): Promise<{ readonly value: string; readonly isNew: boolean }>;
  /** Replaces the secret atomically, and returns the new one. */
  renew(name: SecretName): Promise<string>;
}

/** The names of the files. */
export type SecretName = 'admin-token' | 'secret-key';

export function createSecretFiles(folder: string, disk: Disk): SecretFiles {
  const read = async (name: SecretName): Promise<string> => {
    try {
      return (await readFile(join(folder, name), 'utf8')).trim();
    } catch (error) {
      if (faultCode(error) !== 'ENOENT') throw error;
      return '';
    }
  };
  const replace = async (path: string, text: string): Promise<void> => {
    const draft = `${path}.new`;
    try {
      await writeFile(draft, text, { mode: 0o600, flush: true });
      await rename(draft, path);
    } catch (error) {
      await rm(draft, { force: true }).catch(() => undefined);
      throw error;
    }
  };
  const probe = async (): Promise<void> => {
    const path = join(folder, 'probe');
    await replace(path, 'Can this folder be written to?\n');
    await rm(path);
  };
  const renew = async (name: SecretName): Promise<string> => {
    const value = randomBytes(32).toString('base64url');
    await disk.use('files', () => replace(join(folder, name), `${value}\n`), probe);
    return value;
  };
  return {
    open: async (name) => {
      const value = await disk.use(
        name,
        () => read(name),
        () => read(name),
      );
      return value === '' ? { value: await renew(name), isNew: true } : { value, isNew: false };
    },
    renew,
  };
}
