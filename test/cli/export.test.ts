import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test } from '@jest/globals';
import { exportFeed } from '../../src/cli/export.ts';
import { CommandError } from '../../src/cli/io.ts';
import { ALPHA } from '../support/acme.ts';
import { aTestApp, type TestApp } from '../support/app.ts';
import { createScratch } from '../support/scratch.ts';

/** What `export` writes, and how it ends, when Plane does not give all of it. */

const scratch = createScratch();
const HOUR = 3_600_000;

let folder: string;
let site: TestApp;
beforeEach(async () => {
  folder = await scratch.folder();
  site = await aTestApp({ dataDir: folder });
  scratch.defer(site.close);
});

/** Exports by the running server: what it wrote to standard error. Rejects as it does. */
async function exported(feed: string, output: string): Promise<string> {
  let said = '';
  const plane = { PLANE_URL: 'https://plane.example.com', PLANE_API_KEY: 'key', PLANE_WORKSPACE: 'acme' };
  await exportFeed(
    {
      version: '0.0.0',
      out: () => undefined,
      err: (text) => (said += text),
      environment: () => ({ ...plane, DATA_DIR: folder }),
      readText: () => '',
      world: () => {
        throw new Error('the server is running');
      },
    },
    feed,
    { output },
  );
  return said;
}

test('a calendar that lacks a project is an error, and the file stays as it was', async () => {
  const path = join(folder, 'all.ics');
  await writeFile(path, 'the whole calendar of yesterday');
  const isOfAlpha = ({ path: asked }: { readonly path: string }): boolean => asked.includes(ALPHA);
  site.plane.onRequest = (request) => (isOfAlpha(request) ? { kind: 'status', status: 500 } : undefined);
  const refused = exported('all', path);
  await expect(refused).rejects.toThrow(CommandError);
  await expect(refused).rejects.toThrow('A project in it could not be read from Plane yet.');
  expect(await readFile(path, 'utf8')).toBe('the whole calendar of yesterday');
  site.plane.onRequest = () => undefined;
  site.clock.now += HOUR;
  expect(await exported('all', path)).toBe('');
  expect(await readFile(path, 'utf8')).toContain('BEGIN:VEVENT');
});

test('the last good version is written while Plane is down, with its age on standard error', async () => {
  const path = join(folder, 'alpha.ics');
  expect(await exported('ALPHA', path)).toBe('');
  const before = await readFile(path, 'utf8');
  site.plane.onRequest = () => ({ kind: 'status', status: 500 });
  site.clock.now += HOUR;
  expect(await exported('ALPHA', path)).toBe(
    "Plane can't be reached: this is the last good version, 60 minutes old.\n",
  );
  expect(await readFile(path, 'utf8')).toBe(before);
});
