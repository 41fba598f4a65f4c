import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { openStores } from '../../src/store/stores.ts';
import { ADMIN_TOKEN, aTestApp } from '../support/app.ts';
import { aLog } from '../support/log.ts';
import { NOON } from '../support/make.ts';
import { createScratch } from '../support/scratch.ts';
import { delay } from '../support/time.ts';

/** Records that are JSON of another shape than they should have: the rest works, they are named, and they stay. */

const scratch = createScratch();
const RECORDS = {
  kept: [
    ['link', 'damaged'],
    ['path', 'damaged'],
    ['grant', 'damaged'],
    ['secret', 'webhook'],
    ['mirror', 'damaged'],
    ['mirror-paused', 'damaged'],
    ['source', 'damaged'],
    ['source-removed', 'damaged'],
    ['workspace', 'projects'],
  ],
  cache: [
    ['project', 'damaged'],
    ['fetches', 'damaged'],
    ['validators', 'link:damaged'],
    ['lag', 'damaged'],
    ['budget', 'minute'],
    ['webhook', 'last'],
    ['plane-keys', 'keys'],
  ],
} as const;
/** Those of which many may be there, and whose reading needs a shape. */
const NAMED = ['grant', 'link', 'mirror', 'source', 'source-removed'];

test.each([[null], [5], [{}]])('records that are %j cost only themselves at the start', async (value) => {
  const folder = mkdtempSync(join(tmpdir(), 'plane-ics-'));
  scratch.defer(async () => rm(folder, { recursive: true }));
  const open = () => openStores({ folder, owner: '0:0', now: () => NOON, delay, log: aLog() });
  const filled = await open();
  for (const store of ['kept', 'cache'] as const)
    await filled[store].write(RECORDS[store].map(([kind, id]) => ({ kind, id, value })));
  await filled.close();

  const started = await aTestApp({ dataDir: folder });
  const get = (path: string, init = {}) =>
    fetch(started.url + path, {
      ...init,
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
    });
  expect((await get('/ics/ALPHA.ics')).status).toBe(200);
  const made = await get('/api/v1/links', {
    method: 'POST',
    body: JSON.stringify({ name: 'Team', scope: { projects: ['ALPHA'] } }),
  });
  expect(made.status).toBe(201);
  for (const path of ['links', 'mirrors', 'sources', 'members'].map((one) => `/api/v1/${one}`))
    expect([path, (await get(path)).status]).toEqual([path, 200]);
  const health = (await (await get('/api/v1/health')).json()) as { status: string };
  expect(health.status).not.toBe('ok');
  expect(JSON.stringify(health)).toContain('Damaged records in the data folder are left out');
  const named = started.log.lines.filter(({ message }) => message.includes('a record in the data folder is damaged'));
  const kinds = new Set(named.map(({ fields }) => fields.kind));
  expect([...kinds]).toEqual(expect.arrayContaining(NAMED));
  await started.close();
  const after = await open();
  for (const kind of NAMED) expect([kind, await after.kept.get(kind, 'damaged')]).toEqual([kind, value]);
  await after.close();
});
