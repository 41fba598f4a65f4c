import { createHmac } from 'node:crypto';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import dns from 'node:dns';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, jest, test } from '@jest/globals';
import type { World } from '../../../src/server/app.ts';
import { doctor } from '../../../src/cli/doctor/doctor.ts';
import { reported } from '../../../src/cli/doctor/server.ts';
import { CommandError } from '../../../src/cli/io.ts';
import { createSmallPlane } from '../../../src/demo/plane.ts';
import { ACME_KEY, ALPHA, acmeTables } from '../../support/acme.ts';
import { aTestApp, WEBHOOK_SECRET } from '../../support/app.ts';
import { eventually } from '../../support/processes.ts';
import { createScratch } from '../../support/scratch.ts';
import { api, ask, askFor } from '../../http/ask.ts';

/** What doctor finds in a world that is not as it should be, said once and with its fix. */

const scratch = createScratch();

async function aPlane(): Promise<string> {
  const plane = createSmallPlane({ tables: acmeTables(), now: Date.now });
  scratch.defer(plane.close);
  return plane.listen();
}

/** What it prints with these settings, line by line with each fix, and how it ends. */
async function examine(settings: Readonly<Record<string, string>>): Promise<{ lines: string[]; end: string }> {
  let out = '';
  const end = await doctor({
    version: '0.0.0',
    out: (text) => (out += text.toString()),
    err: () => undefined,
    environment: () => ({ PORT: '0', ...settings }),
    readText: () => '',
    world: () => ({ owner: '1:1', now: Date.now }) as World,
  }).then(
    () => 'well',
    (error: unknown) => (error instanceof CommandError ? error.message : String(error)),
  );
  return { lines: out.replaceAll('\n      → ', ' → ').trim().split('\n'), end };
}

const acme = async (): Promise<Record<string, string>> => ({
  PLANE_URL: await aPlane(),
  PLANE_API_KEY: ACME_KEY,
  PLANE_WORKSPACE: 'acme',
  PLANE_WEBHOOK_SECRET: 'plane_wh_secret',
});
const failures = (lines: readonly string[]): string[] => lines.filter((line) => line.startsWith('FAIL'));

/** A port on which something that is no plane-ics listens. */
async function takenPort(): Promise<number> {
  const server = createServer((_, response) =>
    response.writeHead(302, { location: 'https://elsewhere.example' }).end(),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  scratch.defer(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  });
  return (server.address() as AddressInfo).port;
}

test('a name of PUBLIC_URL that does not exist is a fault, although no server runs', async () => {
  const settings = { ...(await acme()), DATA_DIR: await scratch.folder(), PORT: '8080' };
  const { lines } = await examine({ ...settings, PUBLIC_URL: 'https://calendars.invalid' });
  expect(failures(lines)).toEqual([
    expect.stringMatching(
      /^FAIL {2}PUBLIC_URL – .+ → The name calendars\.invalid doesn't resolve: check PUBLIC_URL, or its DNS record\.$/,
    ),
  ]);
});

test('a DNS resolver that does not answer says nothing about PUBLIC_URL', async () => {
  const settings = { ...(await acme()), DATA_DIR: await scratch.folder(), PORT: '8080' };
  const lookUp = dns.lookup as (...args: unknown[]) => void;
  const lookup = jest.spyOn(dns, 'lookup') as jest.Mock;
  lookup.mockImplementation((...args: unknown[]) => {
    if (args[0] !== 'calendars.example') {
      lookUp(...args);
      return;
    }
    const error = Object.assign(new Error('getaddrinfo EAI_AGAIN'), { code: 'EAI_AGAIN' });
    (args.at(-1) as (error: Error) => void)(error);
  });
  const { lines } = await examine({ ...settings, PUBLIC_URL: 'https://calendars.example' }).finally(() => {
    lookup.mockRestore();
  });
  expect(failures(lines)).toEqual([]);
  expect(lines.filter((line) => line.includes('EAI_AGAIN'))).toEqual([
    expect.stringMatching(/^warn {2}PUBLIC_URL – .+ → This machine's DNS resolver did not answer/),
  ]);
});

test('a port that another program uses is reported as such, and not as a wrong PUBLIC_URL', async () => {
  const port = await takenPort();
  for (const more of [{}, { PUBLIC_URL: `http://127.0.0.1:${port}` }]) {
    const { lines, end } = await examine({
      ...(await acme()),
      DATA_DIR: await scratch.folder(),
      PORT: String(port),
      ...more,
    });
    expect([failures(lines), end]).toEqual([
      [
        `FAIL  PORT – another process listens on port ${port} of 127.0.0.1` +
          ` → Find it with: ss -ltnp 'sport = :${port}'. Stop it, or set PORT to another one.`,
      ],
      'One check failed.',
    ]);
    expect(lines.join('\n')).not.toContain('redirects');
  }
});

test('a port that a plane-ics with another folder uses is reported as such', async () => {
  const running = await aTestApp();
  scratch.defer(running.close);
  const { port } = new URL(running.url);
  const { lines } = await examine({ ...(await acme()), DATA_DIR: await scratch.folder(), PORT: port });
  expect(failures(lines)).toEqual([
    expect.stringContaining(`another plane-ics with another DATA_DIR listens on port ${port} of 127.0.0.1`),
  ]);
});

test.each([
  ['192.0.2.1', 'HOST 192.0.2.1 is not an address of this machine.'],
  ['fe80::1', 'HOST fe80::1 '],
])('an address that can not be listened on, such as %s, is found', async (host, sentence) => {
  const { lines } = await examine({ ...(await acme()), DATA_DIR: await scratch.folder(), HOST: host, PORT: '18080' });
  expect(failures(lines)).toEqual([expect.stringContaining(`HOST and PORT – ${sentence}`)]);
});

test.each(['', '/below'])(
  'a DATA_DIR that is a file%s is the one failure, and no other server is blamed',
  async (below) => {
    const file = join(await scratch.folder(), 'file');
    await writeFile(file, '');
    const { lines } = await examine({ ...(await acme()), DATA_DIR: file + below });
    expect(failures(lines)).toEqual([
      `FAIL  DATA_DIR – ${file}${below} can't be a folder: ${file} is a file. Set DATA_DIR to another folder.`,
    ]);
    expect(lines.join('\n')).not.toContain('Another plane-ics');
  },
);

test('a DATA_DIR where no folder can be made is a failure at once', async () => {
  const { lines } = await examine({ ...(await acme()), DATA_DIR: '/proc/nope/data' });
  expect(failures(lines)).toEqual([
    "FAIL  DATA_DIR – /proc/nope can't be created in /proc. Set DATA_DIR to another folder.",
  ]);
});

test('a folder that others can write is a warning with the command', async () => {
  const folder = await scratch.folder();
  await chmod(folder, 0o777);
  const { lines } = await examine({ ...(await acme()), DATA_DIR: folder });
  expect(lines).toContain(
    `warn  DATA_DIR – Other users of this machine can change what is in ${folder}. Run: chmod go-w ${folder}`,
  );
});

test('a misspelled setting is a warning with the nearest name', async () => {
  const { lines } = await examine({ ...(await acme()), DATA_DIR: await scratch.folder(), PLANE_PROJECT: 'ALPHA' });
  expect(lines).toContain(
    'warn  settings – PLANE_PROJECT is set, but there is no such setting. Did you mean PLANE_PROJECTS?',
  );
});

test('every fault of FEED_OPTIONS and MIRROR_OPTIONS is named', async () => {
  const { lines } = await examine({
    ...(await acme()),
    DATA_DIR: await scratch.folder(),
    FEED_OPTIONS: 'mode=later&colour=red&done=soon',
    MIRROR_URL: 'https://dav.example.com',
    MIRROR_OPTIONS: 'as=list&past=long',
  });
  const [feed = '', mirror = ''] = failures(lines);
  for (const words of ['"mode" can\'t be "later"', 'no option "colour"', '"done" can\'t be "soon"'])
    expect(feed).toContain(words);
  for (const words of ['"as" can\'t be "list"', '"past" can\'t be "long"']) expect(mirror).toContain(words);
});

test('a wrong proxy in lower case does not keep the other checks from running', async () => {
  const { lines } = await examine({
    ...(await acme()),
    DATA_DIR: await scratch.folder(),
    https_proxy: 'socks5://proxy',
  });
  expect(failures(lines)).toEqual([expect.stringContaining('HTTPS_PROXY (set as https_proxy) must be')]);
  expect(lines.join('\n')).toContain('PLANE_API_KEY – Plane accepts the key');
});

test('each problem of the running server is a failure of its own, with its sentence', async () => {
  const folder = await scratch.folder();
  const site = await aTestApp({ dataDir: folder, adminToken: null });
  scratch.defer(site.close);
  const token = site.app.adminToken.value;
  for (const name of ['admin-token.new', 'probe.new']) await mkdir(join(folder, name));
  expect((await askFor(site, 'POST', '/api/v1/admin-token', undefined, token)).status).toBe(503);
  const { json } = await askFor(site, 'GET', '/api/v1/health', undefined, token);
  const messages = (json.problems as { message: string }[]).map(({ message }) => message);
  expect(messages).toHaveLength(1);
  const { lines, end } = await examine({ ...(await acme()), DATA_DIR: folder, PORT: new URL(site.url).port });
  expect(lines).toContain('ok    server – running, version 0.0.0');
  // Which file it was that failed is another one at each attempt.
  const [sentence = ''] = messages[0]!.split(' failed: ');
  expect([failures(lines), end]).toEqual([
    [expect.stringContaining(`FAIL  store – ${sentence} failed: `)],
    'One check failed.',
  ]);
});

test('whether a secret of the webhook is missing is said by a running server alone: one may have been entered on the page', async () => {
  const folder = await scratch.folder();
  const settings = { ...(await acme()), PLANE_WEBHOOK_SECRET: '', DATA_DIR: folder };
  const line = async (port: string): Promise<string | undefined> =>
    (await examine({ ...settings, PORT: port })).lines.find((one) => one.includes('webhook –'));
  expect(await line('0')).toContain('only a running server knows whether a secret was entered on the page');
  const site = await aTestApp({ dataDir: folder, webhookSecrets: [], adminToken: null });
  scratch.defer(site.close);
  const { port } = new URL(site.url);
  expect(await line(port)).toContain('no secret is set, so every delivery is refused');
  const token = site.app.adminToken.value;
  await askFor(site, 'PUT', '/api/v1/webhook-secret', { secret: 'plane_wh_of_the_page' }, token);
  expect(await line(port)).toContain('a secret is set, but no delivery has arrived yet');
});

test('a key that Plane refuses is explained once', async () => {
  const folder = await scratch.folder();
  const first = await aTestApp({ dataDir: folder });
  scratch.defer(first.plane.close);
  const site = await first.restart({ apiKey: 'plane_api_wrong' });
  scratch.defer(site.app.close);
  const refusal = async (): Promise<unknown> => (await api(site, 'GET', 'health')).json.last_error;
  expect(await eventually(refusal, (one) => one !== null)).toContain('key');
  const wrong = { ...(await acme()), PLANE_API_KEY: 'plane_api_wrong' };
  const { lines } = await examine({ ...wrong, DATA_DIR: folder, PORT: new URL(site.url).port });
  expect(lines.filter((line) => line.includes('does not accept the API key'))).toHaveLength(1);
  expect(failures(lines)).toHaveLength(1);
});

test('what the server reports as a problem is not told again as an error of a project', () => {
  const health = {
    status: 'degraded',
    version: '0.0.0',
    last_error: 'Plane wants a pause.',
    problems: ['Plane wants a pause.', 'WEB: many are gone.'].map((message) => ({ part: 'plane', message })),
    projects: [
      { identifier: 'WEB', last_error: 'WEB: many are gone.' },
      { identifier: 'APP', last_error: 'APP moves.' },
    ],
    mirrors: [],
    webhook: { address: '', secret: null, last_delivery: null },
  };
  expect(reported(health, []).map(({ level, detail }) => [level, detail])).toEqual([
    ['FAIL', 'Plane wants a pause.'],
    ['FAIL', 'WEB: many are gone.'],
    ['warn', 'project APP: APP moves.'],
  ]);
});

test('a webhook whose deliveries are refused is not called right for an earlier one', async () => {
  const folder = await scratch.folder();
  const site = await aTestApp({ dataDir: folder });
  scratch.defer(site.close);
  const body = JSON.stringify({ event: 'project', action: 'update', data: { id: ALPHA } });
  const deliver = async (secret: string): Promise<string[]> => {
    const signature = createHmac('sha256', secret).update(body).digest('hex');
    await ask(site, '/webhooks/plane', { 'x-plane-signature': signature }, 'POST', body);
    const { lines } = await examine({ ...(await acme()), DATA_DIR: folder, PORT: new URL(site.url).port });
    return lines.filter((line) => line.includes(' webhook – '));
  };
  expect(await deliver(WEBHOOK_SECRET)).toEqual([expect.stringMatching(/^ok {4}webhook – the last delivery arrived/)]);
  expect(await deliver('plane_wh_other')).toEqual([
    expect.stringMatching(/^FAIL {2}webhook – Plane's deliveries are refused/),
    expect.stringMatching(/^warn {2}webhook – the last valid delivery arrived/),
  ]);
});
