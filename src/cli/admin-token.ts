import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readConfig } from '../config/config.ts';
import { withApi } from './connect.ts';
import { CommandError, type Io } from './io.ts';

/** `admin-token`: shows it, or has the program renew it, whose old one is then refused. */
export async function adminToken(io: Io, { rotate = false }: { readonly rotate?: boolean }): Promise<void> {
  if (rotate) {
    const { token } = (await withApi(io, (api) => api.json('POST', '/api/v1/admin-token'))) as { token: string };
    io.out(`${token}\n`);
    return;
  }
  const { adminToken: given, dataDir } = readConfig(io.environment(), io.readText);
  if (given !== null) {
    io.err('It comes from the setting ADMIN_TOKEN.\n');
    io.out(`${given}\n`);
    return;
  }
  const read = async (): Promise<string> => {
    const token = (await readFile(join(dataDir, 'admin-token'), 'utf8')).trim();
    if (token === '') throw new CommandError(`${join(dataDir, 'admin-token')} is empty. Make a new one with --rotate.`);
    return token;
  };
  // The program makes it at its first start.
  io.out(`${await read().catch(() => withApi(io, read))}\n`);
}
