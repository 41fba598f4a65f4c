import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Command } from 'commander';
import { expect, test } from '@jest/globals';
import { addStoreCommands } from '../../src/cli/backup/store.ts';
import { NO_LOG, type Io } from '../../src/cli/io.ts';
import { openStores } from '../../src/store/stores.ts';
import { NOON } from '../support/make.ts';
import { createScratch } from '../support/scratch.ts';

/** `store copy` from one folder to another. */

const scratch = createScratch();
const world = { owner: '1:1', now: () => NOON, delay: setTimeout, assets: new Map<string, Buffer>(), version: '0.0.0' };
const PLANE = { PLANE_URL: 'https://plane.example.com', PLANE_API_KEY: 'key', PLANE_WORKSPACE: 'acme' };

async function copy(settings: Record<string, string>, to: string): Promise<string> {
  let printed = '';
  const io: Io = {
    version: '0.0.0',
    out: (more) => (printed += more.toString()),
    err: () => undefined,
    environment: () => settings,
    readText: () => '',
    world: (log) => ({ ...world, log }),
  };
  const store = new Command();
  addStoreCommands(store, io);
  await store.parseAsync(['copy', '--to', to], { from: 'user' });
  return printed;
}

test.each([
  ['the demo', {}, 'demo'],
  ['a workspace', PLANE, '.'],
])('copies the folder of %s to where DATA_DIR makes it look for one', async (_, settings, used) => {
  const [from, to] = [await scratch.folder(), await scratch.folder()];
  const stores = await openStores({ ...world, log: NO_LOG, folder: join(from, used) });
  await stores.close();

  const printed = await copy({ ...settings, DATA_DIR: from }, to);

  expect(existsSync(join(to, used, 'kept'))).toBe(true);
  expect(printed).toContain(
    `Next: set DATA_DIR=${to} without DATABASE_URL, and SECRET_KEY and ADMIN_TOKEN to the content`,
  );
  expect(printed).toContain(`secret-key and admin-token in ${join(from, used)}.`);
});

test('copies no copy that was interrupted: the new one would count as finished', async () => {
  const [from, to] = [await scratch.folder(), await scratch.folder()];
  const stores = await openStores({ ...world, log: NO_LOG, folder: join(from, 'demo') });
  await stores.kept.write([{ kind: 'copy', id: 'unfinished', value: true }]);
  await stores.close();

  await expect(copy({ DATA_DIR: from }, to)).rejects.toThrow('was interrupted');

  const target = await openStores({ ...world, log: NO_LOG, folder: join(to, 'demo') });
  expect(await target.everything('kept').next()).toMatchObject({ done: true });
  await target.close();
});
