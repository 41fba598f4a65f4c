import { expect, test } from '@jest/globals';
import { applyMirror, listMirrors, planMirror, purgeMirror, restoreMirror, testMirror } from '../../src/cli/mirror.ts';
import type { Io } from '../../src/cli/io.ts';
import { createMirrors } from '../http/api/mirrors/fixture.ts';

/** Exit codes of the mirror's commands: a command that rejects ends with 1. */

const mirrors = createMirrors();

/** The mirror of a running server, and what a command prints. */
async function aPlace() {
  await mirrors.start({
    MIRROR_URL: mirrors.dav.url,
    MIRROR_USERNAME: mirrors.dav.username,
    MIRROR_PASSWORD: mirrors.dav.password,
    MIRROR_CALENDAR: 'Work',
    MIRROR_FEED: 'ALPHA',
  });
  await mirrors.settled('settings');
  return anIo();
}

function anIo() {
  const printed = { out: '', err: '' };
  const plane = { PLANE_URL: 'https://plane.example.com', PLANE_API_KEY: 'key', PLANE_WORKSPACE: 'acme' };
  const io: Io = {
    version: '0.0.0',
    out: (more) => (printed.out += more.toString()),
    err: (more) => (printed.err += more),
    environment: () => ({ ...plane, DATA_DIR: mirrors.folder }),
    readText: () => '',
    world: () => {
      throw new Error('it must not start anything');
    },
  };
  return { io, printed };
}

test('a list shows what each mirror writes where, its last run, and why one failed', async () => {
  const { io, printed } = await aPlace();
  await listMirrors(io, {});
  const calendar = String.raw`http://\S+/`;
  expect(printed.out).toMatch(
    new RegExp(
      `^ID +NAME +SCOPE +OPTIONS +CALENDAR +LAST RUN \\(UTC\\) +STATE\nsettings +Work +ALPHA +${calendar} +2026-11-20 12:00 +ok\n$`,
    ),
  );
  mirrors.dav.objects.delete(mirrors.ours()[0]!);
  mirrors.dav.fault = (method) => (method === 'PUT' ? 403 : null);
  await mirrors.run('settings');
  printed.err = '';
  await listMirrors(io, {});
  expect(printed.out).toMatch(/ error\n$/);
  expect(printed.err).toBe('Work: 1 event was not written or removed: 1 refused by the server.\n');
  printed.out = '';
  await listMirrors(io, { json: true });
  expect(JSON.parse(printed.out)).toMatchObject({ mirrors: [{ id: 'settings', state: 'error' }] });
});

test('apply fails while the server refuses anything, and succeeds once it does not', async () => {
  const { io, printed } = await aPlace();
  const [first] = mirrors.ours();
  mirrors.dav.objects.delete(first!);
  mirrors.dav.fault = (method) => (method === 'PUT' ? 403 : null);
  await expect(applyMirror(io, undefined, {})).rejects.toThrow('The run is incomplete');
  expect(printed.err).toMatch(/1 event was not written or removed: 1 refused by the server\.\n"\[ALPHA-/);
  mirrors.dav.fault = () => null;
  await applyMirror(io, undefined, {});
  expect(printed.out).toMatch(/1 created, 0 changed, 0 deleted, \d+ unchanged\.\n$/);
});

test('apply waits for the run under way, and runs once more', async () => {
  const { io, printed } = await aPlace();
  await mirrors.ask('POST', 'mirrors/settings/run', {});
  await applyMirror(io, undefined, {});
  expect(printed.out).toMatch(/0 created, 0 changed, 0 deleted, \d+ unchanged\.\n$/);
});

test('a plan says whether a run creates the calendar', async () => {
  const { io, printed } = await aPlace();
  await planMirror(io, undefined);
  expect(printed.out).toMatch(/^\d+ unchanged\.\n$/);
  mirrors.dav.drop('/dav/work/');
  await mirrors.run('settings');
  printed.out = '';
  await planMirror(io, undefined);
  expect(printed.out).toMatch(/^The calendar doesn't exist yet: a run will create it first\.\nACTION +TITLE/);
  expect([...mirrors.dav.calendars.keys()]).toEqual([]);
});

test('purge fails when something of the mirror stays, names it, and can be repeated', async () => {
  const { io, printed } = await aPlace();
  const count = mirrors.ours().length;
  const [first] = mirrors.ours();
  mirrors.dav.fault = (method, path) => (method === 'DELETE' && path === first ? 403 : null);
  await expect(purgeMirror(io, undefined, { yes: true })).rejects.toThrow('could not be removed');
  expect(printed.out).toContain(`Removed ${count - 1} events.`);
  expect(printed.err).toMatch(/^"\[ALPHA-.+": The server refuses it \(status 403\)\.\n$/);
  expect(mirrors.ours()).toEqual([first]);
  mirrors.dav.fault = () => null;
  await purgeMirror(io, undefined, { yes: true });
  expect(mirrors.ours()).toEqual([]);
  // It paused the mirror.
  printed.err = '';
  await applyMirror(io, undefined, {});
  expect(printed.err).toMatch(/^The mirror is paused, and stays so: this is a single run\.\n/);
  expect(mirrors.ours()).toHaveLength(count);
});

test('without a mirror they say how to add one, or that the server has not read the setting yet', async () => {
  await mirrors.start({});
  const { io, printed } = anIo();
  await listMirrors(io, {});
  expect(printed.out).toBe('There are no mirrors yet. Set MIRROR_URL, or create one on the page.\n');
  await expect(testMirror(io, undefined)).rejects.toThrow('Set MIRROR_URL, or create one on the page.');
  const later: Io = { ...io, environment: () => ({ ...io.environment(), MIRROR_URL: mirrors.dav.url }) };
  await expect(testMirror(later, undefined)).rejects.toThrow('before MIRROR_URL was set: restart it.');
});

test('without a mirror they say why the settings could not be applied', async () => {
  const settings = { MIRROR_URL: mirrors.dav.url, MIRROR_FEED: 'NOPE' };
  await mirrors.start(settings);
  const { io } = anIo();
  const withSettings: Io = { ...io, environment: () => ({ ...io.environment(), ...settings }) };
  await expect(testMirror(withSettings, undefined)).rejects.toThrow(
    /^There is no mirror\. The settings MIRROR_\* can't be applied yet: There is no project "NOPE"/,
  );
});

test('restore says in words that there is no backup of that name', async () => {
  const { io } = await aPlace();
  await expect(restoreMirror(io, 'nowhere', undefined, {})).rejects.toThrow(
    'nowhere could not be read as a backup: there is no such file or folder.',
  );
});
