import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { createSmallPlane, type SmallPlane } from '../../src/demo/plane.ts';
import { eventually, eventuallyEqual } from '../support/processes.ts';
import { addressOf, createPrograms, written, type Settings } from '../support/program.ts';
import { createScratch } from '../support/scratch.ts';
import { ACME_KEY, acmeTables } from '../support/acme.ts';

/** The process as its user meets it: settings in, one line per event out, signals. How it starts and ends at all is in `test/main.test.ts`. */

const WRONG_KEY = 'plane_api_of_somebody_else';

const scratch = createScratch();

const { start, startWith } = createPrograms(scratch, [ACME_KEY, WRONG_KEY]);

function smallPlane(): SmallPlane {
  const plane = createSmallPlane({ tables: acmeTables(), now: Date.now, requestsPerMinute: 100_000 });
  scratch.defer(plane.close);
  return plane;
}

const acme = (url: string): Settings => ({
  PLANE_URL: url,
  PLANE_API_KEY: ACME_KEY,
  PLANE_WORKSPACE: 'acme',
  FEED_ACCESS: 'open',
});

/** A port that something listens on. */
const takenPort = async (): Promise<string> => new URL(await smallPlane().listen()).port;

/** A port that stays free until a test uses it: below those that the system assigns itself. */
async function freePort(): Promise<number> {
  for (let port = 20_000 + (process.pid % 10_000); ; port++) {
    const probe = smallPlane();
    const url = await probe.listen(port).catch(() => null);
    await probe.close();
    if (url !== null) return port;
  }
}

test('it ends with code 0 also while Plane keeps it waiting', async () => {
  const plane = smallPlane();
  plane.onRequest = () => ({ kind: 'silence' });
  const program = await start([], acme(await plane.listen()));
  await written(program, /"listening"/);
  await eventually(
    () => plane.requests.length,
    (asked) => asked > 0,
  );
  expect(await program.stop()).toMatchObject({ code: 0, stderr: '' });
});

test('it reads .env, and the environment comes before it', async () => {
  const file = { ...acme(await smallPlane().listen()), FEED_ACCESS: 'link', HOST: '192.0.2.1' };
  const dotenv = Object.entries(file).map(([name, value]) => `${name}="${value}"\n`);
  const program = await startWith(dotenv.join(''), ['serve'], { FEED_ACCESS: 'open', HOST: '127.0.0.1' });
  expect((await fetch(`${await addressOf(program)}/ics/ALPHA.ics`)).status).toBe(200);
});

test('SIGHUP reloads .env and secret files, logs names only, and changes nothing when they are invalid', async () => {
  const plane = smallPlane();
  const cwd = await scratch.folder();
  const [dotenv, secret] = [join(cwd, '.env'), join(cwd, 'metrics')];
  const lines = (more: Settings): string =>
    Object.entries({ METRICS_TOKEN_FILE: secret, LOG_LEVEL: 'warn', ...more })
      .map(([name, value]) => `${name}="${value}"\n`)
      .join('');
  await writeFile(secret, 'first-metrics-token\n');
  await writeFile(dotenv, lines({ LOG_LEVEL: 'info', FEED_OPTIONS: 'done=keep' }));
  const program = await start([], { ...acme(await plane.listen()), FEED_OPTIONS: '' }, cwd);
  const address = await addressOf(program);
  const opens = async (token: string): Promise<boolean> =>
    (await fetch(`${address}/metrics`, { headers: { authorization: `Bearer ${token}` } })).ok;
  expect(await opens('first-metrics-token')).toBe(true);
  expect(
    await (await fetch(`${address}/metrics`, { headers: { authorization: 'Bearer first-metrics-token' } })).text(),
  ).toMatch(/^nodejs_eventloop_lag_p99_seconds \d/m);

  await writeFile(secret, 'short');
  await writeFile(dotenv, lines({ FRESH_SECONDS: 'soon', PORT: '1' }));
  program.signal('SIGHUP');
  await written(program, /FRESH_SECONDS must be a whole number from 1 to 86400\.","msg":"settings not reloaded/);
  expect(program.output.stdout).toMatch(/METRICS_TOKEN must have 16 to 200 characters/);
  expect(await opens('first-metrics-token')).toBe(true);

  await writeFile(secret, 'second-metrics-token');
  await writeFile(dotenv, lines({ PORT: '1', TRUST_PROXY: '2', FEED_ACCESS: 'link', FEED_OPTIONS: 'done=hide' }));
  program.signal('SIGHUP');
  await written(program, /"settings":\["TRUST_PROXY"\],"msg":"needs a restart"/);
  // What the environment holds stays, also where .env says otherwise.
  expect(program.output.stdout).toMatch(/"changed":\["METRICS_TOKEN","LOG_LEVEL"\],"msg":"settings reloaded"/);
  expect([await opens('first-metrics-token'), await opens('second-metrics-token')]).toEqual([false, true]);
  const logged = program.output.stdout.length;
  expect((await fetch(`${address}/ics/ALPHA.ics`)).status).toBe(200);
  // At "warn" a request is no longer logged.
  expect(program.output.stdout.slice(logged)).not.toContain('"msg":"request"');
  expect(await program.stop()).toMatchObject({ code: 0, stderr: '' });
  expect(program.output.stdout).not.toMatch(/metrics-token|short"/);
});

test("a folder that can't be created is reported at once", async () => {
  const { code, stderr } = await (await start([], { DATA_DIR: '/proc/nope/data' })).ended;
  expect([code, stderr]).toEqual([1, "/proc/nope can't be created in /proc. Set DATA_DIR to another folder.\n"]);
});

test('all invalid settings are reported before it listens, and it exits with code 1', async () => {
  const settings = { ...acme('plane.example.com'), PLANE_WORKSPACE: '', LOG_LEVEL: 'loud', PORT: await takenPort() };
  const program = await startWith('CA_FILE=nowhere.pem\nFRESH_SECONDS=soon\n', [], settings);
  expect(await program.ended).toEqual({
    code: 1,
    stdout: '',
    stderr: [
      "plane-ics can't start with these settings:",
      "  - CA_FILE names nowhere.pem, which can't be read: check the path and its permissions.",
      '  - PLANE_URL must be a web address such as https://plane.example.com, without user name, ? or #.',
      '  - FRESH_SECONDS must be a whole number from 1 to 86400.',
      '  - LOG_LEVEL must be one of: fatal, error, warn, info, debug, trace, silent.',
      '  - PLANE_WORKSPACE is missing: set PLANE_URL, PLANE_API_KEY, PLANE_WORKSPACE together, or none of them for the demo.\n',
    ].join('\n'),
  });
});

test('a settings file that is named but missing is reported, instead of starting the demo', async () => {
  const { code, stdout, stderr } = await (await start([], { DOTENV_CONFIG_PATH: 'nowhere.env' })).ended;
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/^The settings in nowhere\.env can't be read: .*\n$/);
});

test('a port in use, and an address of another machine, are reported in one sentence', async () => {
  const port = await takenPort();
  const taken = `Port ${port} on 127.0.0.1 is already in use. Set PORT to another port, or stop the process that uses it.\n`;
  expect(await (await start([], { PORT: port })).ended).toEqual({ code: 1, stdout: '', stderr: taken });
  expect(await (await start(['demo-plane', '--port', port])).ended).toEqual({
    code: 1,
    stdout: '',
    stderr: taken.replace('PORT', '--port'),
  });
  const elsewhere =
    'HOST 192.0.2.1 is not an address of this machine. ' +
    'Set HOST to one of its addresses, to 127.0.0.1 for this machine only, or to 0.0.0.0 for all addresses.\n';
  expect(await (await start([], { HOST: '192.0.2.1' })).ended).toEqual({ code: 1, stdout: '', stderr: elsewhere });
});

test('demo-plane prints the settings that lead to it', async () => {
  const plane = await start(['demo-plane', '--port', '0']);
  const printed = await written(plane, /^PLANE_URL=.+\nPLANE_API_KEY=.+\nPLANE_WORKSPACE=.+\n$/);
  const program = await startWith(printed, [], { FEED_ACCESS: 'open' });
  expect((await fetch(`${await addressOf(program)}/ics/APP.ics`)).status).toBe(200);
  expect(program.output.stdout).not.toContain(/PLANE_API_KEY=(.+)/.exec(printed)![1]);
  expect(await plane.stop()).toEqual({ code: 0, stdout: printed, stderr: '' });
});

test('--help names the commands, and an unknown one is an error', async () => {
  const help = await (await start(['--help'])).ended;
  expect([help.code, help.stderr]).toEqual([0, '']);
  expect(help.stdout).toMatch(/^ +serve .*\n(?:.*\n)* +demo-plane /m);
  const wrong = await Promise.all(['frobnicate', 'srve'].map(async (name) => (await start([name])).ended));
  expect(wrong).toEqual([
    { code: 1, stdout: '', stderr: "error: unknown command 'frobnicate'\n" },
    { code: 1, stdout: '', stderr: "error: unknown command 'srve'\n(Did you mean serve?)\n" },
  ]);
});

interface Trouble {
  readonly name: string;
  readonly settings?: Settings;
  readonly reason: RegExp;
  readonly isDown?: true;
  readonly onset?: (plane: SmallPlane) => void;
  readonly cure: (plane: SmallPlane, port: number) => unknown;
}

const TROUBLES: readonly Trouble[] = [
  {
    name: 'the key is wrong',
    settings: { PLANE_API_KEY: WRONG_KEY },
    reason: /^Plane does not accept the API key: .* set PLANE_API_KEY\.$/,
    cure: ({ tables }) => tables.keys.set(WRONG_KEY, tables.keys.get(ACME_KEY)!),
  },
  {
    name: 'the workspace is unknown',
    settings: { PLANE_WORKSPACE: 'later' },
    reason: /^Plane does not let the user of PLANE_API_KEY see .* PLANE_WORKSPACE is not the workspace's slug\.$/,
    cure: ({ tables }) => Object.assign(tables.workspace, { slug: 'later' }),
  },
  {
    name: 'a web page answers instead',
    reason: /^http:\S+\/projects\/ answers with a web page and status 200, .* Check PLANE_URL: .*\.$/,
    onset: (plane) => (plane.onRequest = () => ({ kind: 'html' })),
    cure: (plane) => (plane.onRequest = () => undefined),
  },
  {
    name: 'Plane is down',
    isDown: true,
    reason: /^Plane can't be reached at http:\S+ \(.*ECONNREFUSED.*\)\. Is PLANE_URL right, and Plane up\?$/,
    cure: (plane, port) => plane.listen(port),
  },
];

test.each(TROUBLES)(
  'when $name at the start, it says so once, stays up, and needs no restart afterwards',
  async ({ settings, reason, isDown, onset, cure }) => {
    const plane = smallPlane();
    const port = await freePort();
    onset?.(plane);
    if (!isDown) await plane.listen(port);
    const program = await start([], { ...acme(`http://127.0.0.1:${port}`), ...settings });
    const feed = `${await addressOf(program)}/ics/ALPHA.ics`;

    const early = await fetch(feed);
    expect([early.status, early.headers.get('retry-after')]).toEqual([503, '300']);
    expect(early.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    const logged = (await written(program, /"level":50.*\n/)).split('\n').filter((line) => /"level":[4-6]0/.test(line));
    expect(logged.map((line) => (JSON.parse(line) as { reason: unknown }).reason)).toEqual([
      expect.stringMatching(reason),
    ]);

    await cure(plane, port);
    expect(await eventuallyEqual(async () => (await fetch(feed)).status, 200)).toBe(200);
    expect(await program.stop()).toMatchObject({ code: 0, stderr: '' });
  },
);
