import { mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { createSmallPlane } from '../../src/demo/plane.ts';
import { listedItems } from '../../src/demo/rows.ts';
import { seedDemo } from '../../src/demo/seed.ts';
import { addressOf, createPrograms, type Program, type Settings } from '../support/program.ts';
import type { Finished } from '../support/processes.ts';
import { createScratch } from '../support/scratch.ts';

/** Commands as their user meets them, on the demo: beside a running server and without one. */

const scratch = createScratch();
const { start } = createPrograms(scratch, []);

const DEMO = 'DEMO: PLANE_URL is not set, so this uses demo projects.\n';

/** Commands in one folder of their own. */
async function aPlace(settings: Settings = {}): Promise<{
  readonly folder: string;
  run(...args: string[]): Promise<Finished>;
  serve(): Promise<Program>;
  file(name: string): string;
}> {
  const folder = await scratch.folder();
  return {
    folder,
    run: async (...args) => (await start(args, settings, folder)).ended,
    serve: () => start(['serve'], settings, folder),
    file: (name) => join(folder, 'data/demo', name),
  };
}

/** What a command printed, which must be all that it wrote. */
function printed({ code, stdout, stderr }: Finished): string {
  expect([code, stderr]).toEqual([0, '']);
  return stdout;
}

async function textAt(address: string): Promise<string> {
  return (await fetch(address)).text();
}

async function statusWith(token: string | null, address: string): Promise<number> {
  const headers = token === null ? {} : { authorization: `Bearer ${token}` };
  return (await fetch(`${address}/api/v1/links`, { headers })).status;
}

const uids = (calendar: string): string[] => [...calendar.matchAll(/^UID:(.+)\r$/gm)].map(([, uid]) => uid!).sort();

/** The open items of a person in all of the demo's projects that are due on a day. */
function openItemsOf(name: string): string[] {
  const { people, projects } = seedDemo(Date.now());
  const person = [...people.values()].find((one) => one.display_name === name)!;
  return [...projects.values()]
    .flatMap((project) =>
      listedItems(project).filter(
        ({ assignees, target_date: due, state }) =>
          assignees.includes(person.id) &&
          due !== null &&
          !['completed', 'cancelled'].includes(project.states.get(state ?? '')!.group),
      ),
    )
    .map(({ id }) => `plane-issue-${id}@plane-ics`)
    .sort();
}

async function freePort(): Promise<string> {
  for (let port = 20_000 + (process.pid % 10_000); ; port++) {
    const probe = createSmallPlane({ tables: seedDemo(0), now: Date.now });
    const url = await probe.listen(port).catch(() => null);
    await probe.close();
    if (url !== null) return String(port);
  }
}

test('beside a running server, a link is made, listed, changed, moved and revoked', async () => {
  const { run, serve, file } = await aPlace();
  const address = await addressOf(await serve());
  expect((await stat(file('control.sock'))).mode & 0o777).toBe(0o600);
  expect(await statusWith(null, address)).toBe(401);

  const adas = ['--person', 'ada', '--done', 'hide', '--alarm=-PT15H', '--name', "Ada's phone"];
  const first = printed(await run('link', 'add', ...adas));
  expect(first).toMatch(new RegExp(`^${address}/ics/[\\w-]{22}/[\\w-]+\\.ics\n$`));
  const calendar = await textAt(first.trim());
  const items = openItemsOf('ada');
  expect(items.length).toBeGreaterThan(3);
  expect(uids(calendar)).toEqual(items);
  expect(calendar.match(/^TRIGGER:-PT15H\r$/gm)).toHaveLength(items.length);

  const [list, wrong, edited] = await Promise.all([
    run('link', 'list'),
    run('link', 'add', '--person', 'nobody', '--name', 'x'),
    run('link', 'edit', "Ada's phone", '--name', 'Ada', '--project', 'web', '--unset', 'alarm,done', '--json'),
  ]);
  const [head, line, ...rest] = printed(list).split('\n');
  expect([head, rest]).toEqual([
    expect.stringMatching(/^ID +NAME +FOR +SCOPE +OPTIONS +LAST FETCHED \(UTC\) +EXPIRES +STATE$/),
    [''],
  ]);
  expect(line).toMatch(/^[0-9a-f]{12} {2}Ada/);
  expect(wrong).toEqual({
    code: 1,
    stdout: '',
    stderr: 'There is no person "nobody". There are: ada, bob, chiyo, dana.\n',
  });
  const { id, ...link } = JSON.parse(printed(edited)) as { id: string };
  expect(link).toMatchObject({ name: 'Ada', scope: { projects: ['WEB'] }, options: {} });
  expect(await textAt(first.trim())).not.toContain('TRIGGER');

  const second = printed(await run('link', 'rotate', id.slice(0, 6)));
  expect(await textAt(first.trim())).toContain('SUMMARY:This calendar link was disabled');
  expect(uids(await textAt(second.trim())).length).toBeGreaterThan(items.length);
  expect(printed(await run('link', 'revoke', 'Ada'))).toMatch(/^Revoked "Ada" \(.+"This calendar link was disabled"/);
  expect(await textAt(second.trim())).toContain('SUMMARY:This calendar link was disabled');
});

test('export writes what the feed answers, to a file or to standard output', async () => {
  const { run, serve, folder } = await aPlace();
  const address = await addressOf(await serve());
  const [toFile, toOutput] = await Promise.all([
    run('export', 'WEB', '-o', 'web.ics'),
    run('export', 'person:ada', '--done', 'hide', '--as=todo'),
  ]);
  expect(printed(toFile)).toBe('');
  expect(await readFile(join(folder, 'web.ics'), 'utf8')).toBe(await textAt(`${address}/ics/WEB.ics`));
  expect(printed(toOutput)).toBe(await textAt(`${address}/ics/person/ada.ics?done=hide&as=todo`));
});

test('admin-token shows the token; with --rotate the old one is refused from then on', async () => {
  const { run, serve } = await aPlace();
  const server = await serve();
  const address = await addressOf(server);
  const old = printed(await run('admin-token')).trim();
  expect(await statusWith(old, address)).toBe(200);
  const renewed = printed(await run('admin-token', '--rotate')).trim();
  expect([await statusWith(old, address), await statusWith(renewed, address)]).toEqual([401, 200]);
  expect(printed(await run('admin-token')).trim()).toBe(renewed);
  expect(server.output.stdout).not.toContain(renewed);
});

test('with ADMIN_TOKEN set the command says so, and renews nothing', async () => {
  const ADMIN_TOKEN = 'a-token-that-was-set';
  const { run } = await aPlace({ ADMIN_TOKEN });
  const [shown, rotated] = await Promise.all([run('admin-token'), run('admin-token', '--rotate')]);
  expect(shown).toEqual({ code: 0, stdout: `${ADMIN_TOKEN}\n`, stderr: 'The setting ADMIN_TOKEN defines it.\n' });
  const refusal = 'The setting ADMIN_TOKEN defines the admin token: change it there, and restart or send SIGHUP.\n';
  expect(rotated).toEqual({ code: 1, stdout: '', stderr: expect.stringContaining(refusal) });
});

test('without a server, commands at the same time all do their work, and a later server knows of it', async () => {
  const { run, serve, file } = await aPlace({ PORT: await freePort() });
  const made = await Promise.all(['one', 'two'].map((name) => run('link', 'add', '--all', '--name', name)));
  for (const { code, stderr } of made) expect([code, stderr]).toEqual([0, DEMO]);
  await expect(stat(file('command.sock'))).rejects.toThrow('ENOENT');
  const server = await serve();
  await addressOf(server);
  for (const { stdout } of made) expect(await textAt(stdout.trim())).toContain('BEGIN:VEVENT');
  await server.stop();
  await expect(stat(file('control.sock'))).rejects.toThrow('ENOENT');
});

test('a socket that a killed server left behind is no obstacle', async () => {
  const { run, serve, file } = await aPlace();
  const killed = await serve();
  await addressOf(killed);
  await killed.stop('SIGKILL');
  expect((await stat(file('control.sock'))).isSocket()).toBe(true);
  expect(await run('link', 'list')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('no links yet'),
    stderr: DEMO,
  });
});

test('a DATA_DIR whose path is too long for a socket is reached all the same', async () => {
  const { run, serve, folder } = await aPlace({ DATA_DIR: join('deep'.repeat(20), 'deeper'.repeat(20)) });
  await mkdir(join(folder, 'deep'.repeat(20)));
  await addressOf(await serve());
  expect(printed(await run('link', 'list'))).toContain('no links yet');
});
