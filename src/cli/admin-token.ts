import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readConfig } from '../config/config.ts';
import { withApi } from './connect.ts';
import { CommandError, type Io } from './io.ts';

/** `admin-token`: prints the token, or replaces it. */
export async function adminToken(io: Io, { rotate = false }: { readonly rotate?: boolean }): Promise<void> {
  if (rotate) {
    const { token } = (await withApi(io, (api) => api.json('POST', '/api/v1/admin-token'))) as { token: string };
    io.out(`${token}\n`);
    return;
  }
  const { adminToken: given, dataDir } = readConfig(io.environment(), io.readText);
  if (given !== null) {
    io.err('The setting ADMIN_TOKEN defines it.\n');
    io.out(`${given}\n`);
    return;
  }
  const read = async (): Promise<string> => {
    const token = (await readFile(join(dataDir, 'admin-token'), 'utf8')).trim();
    if (token === '')
      throw new CommandError(`${join(dataDir, 'admin-token')} is empty. Generate a new token with --rotate.`);
    return token;
  };
  // The program generates it when it first starts.
  io.out(`${await read().catch(() => withApi(io, read))}\n`);
}
