import { resolve } from 'node:path';
import type { Command } from 'commander';
import { dataFolder, readConfig, type Config } from '../../config/config.ts';
import { errorMessage } from '../../domain/errors.ts';
import { createLog } from '../../lib/log.ts';
import { copyStores, type Contents } from '../../store/copy.ts';
import { parseDatabaseAddress, type DatabaseAddress } from '../../store/postgres/address.ts';
import { openDatabaseStores } from '../../store/postgres/open.ts';
import { openStores, type Stores } from '../../store/stores.ts';
import { CommandError, type Io } from '../io.ts';
import { table } from '../table.ts';

/** The command `store copy`. */
export function addStoreCommands(store: Command, io: Io): void {
  store
    .command('copy')
    .description('copy everything that is stored to a database, or to a folder; the server must be stopped')
    .requiredOption('--to <target>', 'postgres://… or a folder; must be empty')
    .action(({ to }: { readonly to: string }) => copy(io, to));
}

/** Copies from where the settings say. Nothing else may use either place meanwhile. */
async function copy(io: Io, to: string): Promise<void> {
  const config = readConfig(io.environment(), io.readText);
  const target = targetOf(to, config);
  if (typeof target === 'string' && !config.database && resolve(target) === resolve(config.dataDir))
    throw new CommandError('Source and target are the same folder.');
  const from = await open(io, config, config.database ?? config.dataDir);
  try {
    const into = await open(io, config, target);
    try {
      report(io, await copyStores(from, into));
    } finally {
      await into.close();
    }
  } finally {
    await from.close();
  }
  const place = typeof target === 'string' ? `DATA_DIR=${to} without DATABASE_URL` : 'DATABASE_URL';
  io.out(`Next: set ${place}, and ${secretsInWords(config)}.\n`);
}

/** The copy has neither: a folder has them in files, or else the settings have them. */
function secretsInWords({ secretKey, dataDir }: Config): string {
  return secretKey === null
    ? `SECRET_KEY and ADMIN_TOKEN to the content of the files secret-key and admin-token in ${dataDir}`
    : 'keep SECRET_KEY and ADMIN_TOKEN';
}

/** The folder that DATA_DIR means, or the address of a database. Throws a CommandError for an invalid address. */
function targetOf(to: string, config: Config): string | DatabaseAddress {
  if (!/^[a-z]+:\/\//i.test(to)) return dataFolder(to, config.plane);
  try {
    return parseDatabaseAddress(to);
  } catch (error) {
    throw new CommandError(`--to ${errorMessage(error)}.`);
  }
}

function open(io: Io, { plane, ca }: Config, place: string | DatabaseAddress): Promise<Stores> {
  const world = io.world(createLog('warn', { write: io.err }));
  const { now, elapsed = now, replica = 'store copy' } = world;
  if (typeof place === 'string') return openStores({ ...world, folder: place, lockTimeoutMs: 0 });
  const prefix = plane === null ? 'demo-' : '';
  return openDatabaseStores({ ...world, elapsed, replica, address: place, ca, prefix, folder: null, lockTimeoutMs: 0 });
}

function report(io: Io, copied: Readonly<Record<'kept' | 'cache', Contents>>): void {
  const rows = Object.entries(copied).flatMap(([store, { kinds }]) =>
    [...kinds].map(([kind, count]) => [store, kind, String(count)]),
  );
  io.out(table(['STORE', 'KIND', 'RECORDS'], rows));
  for (const [store, { records, digest }] of Object.entries(copied))
    io.out(`${store}: ${records} records copied and compared, digest ${digest.slice(0, 16)}\n`);
}
