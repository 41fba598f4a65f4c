import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { aCalDav } from '../support/caldav.ts';
import { eventually, type Finished } from '../support/processes.ts';
import { addressOf, createPrograms } from '../support/program.ts';
import { createScratch } from '../support/scratch.ts';

/** The commands of a mirror, on the demo: without a server, and beside one. */

const scratch = createScratch();
const { start } = createPrograms(scratch, ['app-password-of-alice']);

async function aPlace() {
  const dav = await aCalDav();
  scratch.defer(dav.close);
  const folder = await scratch.folder();
  const settings = {
    MIRROR_URL: dav.url,
    MIRROR_USERNAME: dav.username,
    MIRROR_PASSWORD: dav.password,
    MIRROR_CALENDAR: 'Plane',
    MIRROR_FEED: 'WEB',
  };
  return {
    dav,
    folder,
    run: async (...args: string[]): Promise<Finished> => (await start(args, settings, folder)).ended,
    serve: () => start(['serve'], settings, folder),
  };
}

test('without a server: test, plan, apply, backup, purge, restore', async () => {
  const { dav, folder, run } = await aPlace();
  const tested = await run('mirror', 'test');
  expect([tested.code, tested.stdout]).toEqual([
    0,
    expect.stringMatching(/^PROPFIND .+ → 207\n[^]+CALENDAR +ADDRESS\nWork/),
  ]);

  const plan = await run('mirror', 'plan');
  expect([plan.code, plan.stdout]).toEqual([
    0,
    expect.stringMatching(
      /^The calendar doesn't exist yet: a run will create it first\.\nACTION +TITLE +WHY\ncreate +\[WEB-\d+\]/,
    ),
  ]);
  expect(dav.objects.size).toBe(0);
  const applied = await run('mirror', 'apply', 'settings');
  expect([applied.code, applied.stdout]).toEqual([
    0,
    `${dav.objects.size} created, 0 changed, 0 deleted, 0 unchanged.\n`,
  ]);
  const count = dav.objects.size;
  expect(count).toBeGreaterThan(5);
  expect((await run('mirror', 'apply')).stdout).toBe(`0 created, 0 changed, 0 deleted, ${count} unchanged.\n`);

  const saved = await run('mirror', 'backup', '-o', 'saved');
  expect([saved.code, saved.stdout]).toEqual([
    0,
    expect.stringMatching(`^Saved ${count} events in saved/.*Z; ${count} are new`),
  ]);
  expect(await readdir(join(folder, 'saved/objects'))).toHaveLength(count);
  expect((await run('mirror', 'backup', '-o', 'saved')).stdout).toContain('; 0 are new or changed.');
  expect((await run('verify', 'saved')).stdout).toBe(`2 snapshots, ${count} different events: valid.\n`);
  const unsure = await run('mirror', 'purge');
  expect([unsure.code, unsure.stderr, dav.objects.size]).toEqual([1, expect.stringContaining('--yes'), count]);
  expect((await run('mirror', 'purge', '--yes')).stdout).toBe(
    `Removed ${count} events. The mirror "Plane" is paused.\n`,
  );
  expect(dav.objects.size).toBe(0);
  const restored = await run('mirror', 'restore', 'saved');
  expect([restored.code, restored.stdout]).toEqual([0, `${count} restored, 0 replaced, 0 unchanged.\n`]);
  expect(dav.objects.size).toBe(count);
});

test('beside a server, which runs it by itself; what is wrong is reported, with code 1', async () => {
  const { dav, run, serve } = await aPlace();
  const address = await addressOf(await serve());
  await eventually(
    () => dav.objects.size,
    (size) => size > 5,
  );
  expect(address).toContain('http');
  const doctor = await run('doctor');
  expect(doctor.stdout).toContain('ok    CalDAV – Plane: connected, 2 calendars found\n');
  const unknown = await run('mirror', 'plan', 'other');
  expect([unknown.code, unknown.stderr]).toEqual([1, 'There is no mirror "other". Mirrors: settings ("Plane").\n']);
  dav.accepts = 'another';
  const [tested, checked] = [await run('mirror', 'test'), await run('doctor')];
  expect([tested.code, tested.stdout]).toEqual([1, expect.stringMatching(/→ 401\n.+\n {2}→ Check user and password/)]);
  expect(checked.stdout).toMatch(/^FAIL {2}CalDAV – Plane: .+\n {6}→ Check user and password/m);
  const failed = await run('mirror', 'apply');
  expect([failed.code, failed.stderr]).toEqual([1, expect.stringContaining('The run is incomplete')]);
});
