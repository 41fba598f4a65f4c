import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { World } from '../../src/server/app.ts';
import { createProgram } from '../../src/cli/program.ts';
import { createSmallPlane, type Fault, type SmallPlane } from '../../src/demo/plane.ts';
import { ACME_KEY, acmeTables } from '../support/acme.ts';
import { addressOf, createPrograms, written, type Settings } from '../support/program.ts';
import { createScratch } from '../support/scratch.ts';

/** Each setting against a world that is as it should be, and against one that is not. */

const scratch = createScratch();
const { start, startWith } = createPrograms(scratch, [ACME_KEY]);

async function aPlane(fault?: Fault): Promise<SmallPlane & { readonly url: string }> {
  const plane = createSmallPlane({ tables: acmeTables(), now: Date.now });
  plane.onRequest = () => fault;
  const url = await plane.listen();
  scratch.defer(plane.close);
  return Object.assign(plane, { url });
}

/** The lines of a run with these settings, and how it ended. */
async function examine(settings: Settings): Promise<{ lines: string[]; reason: unknown }> {
  let out = '';
  const DATA_DIR = await scratch.folder();
  const program = createProgram(
    {
      version: '0.0.0',
      out: (text) => (out += text.toString()),
      err: (text) => (out += text),
      environment: () => ({ PORT: '0', DATA_DIR, ...settings }),
      readText: () => '',
      world: () => ({ owner: '1:1', now: Date.now }) as World,
    },
    { serve: () => Promise.resolve(), demoPlane: () => Promise.resolve() },
  );
  const reason: unknown = await program.parseAsync(['doctor'], { from: 'user' }).then(
    () => null,
    (error: unknown) => error,
  );
  expect(out).not.toContain(ACME_KEY);
  return { lines: out.split('\n').filter((line) => /^(?:ok|warn|FAIL) /.test(line)), reason };
}

const acme = (url: string): Settings => ({ PLANE_URL: url, PLANE_API_KEY: ACME_KEY, PLANE_WORKSPACE: 'acme' });
const failures = (lines: readonly string[]): string[] => lines.filter((line) => line.startsWith('FAIL'));

/** Answers with this, wherever it is asked. */
async function aSite(status: number, headers: Record<string, string>, body = ''): Promise<string> {
  const server = createServer((_request, response) => response.writeHead(status, headers).end(body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  scratch.defer(
    () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('nothing is wrong beside a server that reads the demo’s Plane', async () => {
  const plane = await start(['demo-plane', '--port', '0']);
  const dotenv = await written(plane, /PLANE_WORKSPACE=.+\n$/);
  const cwd = await scratch.folder();
  await writeFile(
    join(cwd, '.env'),
    `${dotenv}PLANE_WEBHOOK_SECRET=plane_wh_secret\nPLANE_PROJECTS=web\nFEED_ACCESS=open\n`,
  );
  const address = await addressOf(await start(['serve'], {}, cwd));
  const { code, stdout, stderr } = await (await start(['doctor'], { PUBLIC_URL: address }, cwd)).ended;
  expect([code, stderr]).toEqual([0, '']);
  const lines = stdout.split('\n').filter((line) => !line.startsWith('      → '));
  expect(lines).toEqual([
    'ok    settings – valid',
    expect.stringMatching(/^ok {4}DATA_DIR – \/.+ is writable$/),
    expect.stringMatching(/^ok {4}PLANE_URL – Plane answers at http:\/\/127\.0\.0\.1:\d+$/),
    'ok    PLANE_API_KEY – Plane accepts the key',
    "ok    PLANE_WORKSPACE – the key's user can read demo",
    "ok    projects – the key's user is a member of APP, WEB",
    expect.stringMatching(/^ok {4}PLANE_REQUESTS_PER_MINUTE – 50; Plane allows \d+ more this minute$/),
    expect.stringMatching(/^ok {4}server – running, version /),
    'warn  webhook – a secret is set, but no delivery has arrived yet',
    expect.stringMatching(/^warn {2}PUBLIC_URL – .+ is plain http/),
    expect.stringMatching(/^warn {2}PUBLIC_URL – localhost is a private address/),
    `ok    PUBLIC_URL – ${address}/health answers`,
    'ok    PUBLIC_URL – errors are forwarded unchanged',
    `ok    PUBLIC_URL – ${address}/ics/all.ics is served as a calendar`,
    'ok    CalDAV – no mirror is configured',
    '',
  ]);
});

test('a wrong setting is reported, and what does not depend on it is checked all the same', async () => {
  const dotenv = `PLANE_URL=nowhere\nPLANE_API_KEY=${ACME_KEY}\nPLANE_WORKSPACE=acme\nLOG_LEVEL=loud\nPORT=0\n`;
  const { code, stdout, stderr } = await (await startWith(dotenv, ['doctor'])).ended;
  expect([code, stderr]).toEqual([1, '2 checks failed.\n']);
  expect(stdout).toMatch(
    /^FAIL {2}settings – PLANE_URL must .*\n.*\nFAIL {2}settings – LOG_LEVEL must .*\n.*\nok {4}DATA_DIR/,
  );
  expect(stdout).toContain('CalDAV');
});

test.each<[string, Settings, Fault | undefined, string]>([
  ['a wrong key', { PLANE_API_KEY: 'plane_api_wrong' }, undefined, 'PLANE_API_KEY – Plane does not accept the API key'],
  ['another workspace', { PLANE_WORKSPACE: 'other' }, undefined, 'PLANE_WORKSPACE – Plane does not let the user'],
  ['a project that is not there', { PLANE_PROJECTS: 'ALPHA,NOPE' }, undefined, 'PLANE_PROJECTS – .* a project NOPE'],
  ['nobody there', { PLANE_URL: 'http://127.0.0.1:9' }, undefined, "PLANE_URL – Plane can't be reached .*ECONNREFUSED"],
  ['a web page', {}, { kind: 'html' }, 'PLANE_URL – .* answers with a web page and status 200'],
  [
    'a redirect',
    {},
    { kind: 'redirect', location: 'https://plane.example.com/' },
    'PLANE_URL – .* redirects .*plane.example',
  ],
  ['a gateway error', {}, { kind: 'status', status: 502 }, 'PLANE_URL – Plane answers with status 502'],
])('%s is the one failure, found by few requests', async (_what, settings, fault, message) => {
  const plane = await aPlane(fault);
  const { lines, reason } = await examine({ ...acme(plane.url), ...settings });
  expect(failures(lines)).toEqual([expect.stringMatching(new RegExp(`^FAIL {2}${message}`))]);
  expect(String(reason)).toBe('CommandError: One check failed.');
  expect(plane.requests.length).toBeLessThanOrEqual(5);
});

test.each<[string, Parameters<typeof aSite>, string]>([
  ['a log-in', [302, { location: 'https://login.example.com/' }], 'redirects to https://login.example.com/ \\(302\\)'],
  ['a web page', [200, { 'content-type': 'text/html' }, '<html>'], 'something else answers'],
  ['a page that is missing', [404, { 'content-type': 'text/html' }], 'answers with status 404'],
  [
    'one answer for everything',
    [200, { 'content-type': 'application/json' }, '{"status":"ok","timestamp":"…"}'],
    'doctor-check.ics answers with status 200 and "application/json"',
  ],
])('a public address that leads to %s', async (_what, site, message) => {
  const plane = await aPlane();
  const { lines } = await examine({ ...acme(plane.url), PUBLIC_URL: await aSite(...site) });
  expect(failures(lines)).toEqual([expect.stringMatching(new RegExp(`^FAIL {2}PUBLIC_URL – .*${message}`))]);
});

test('a folder that can not be written to', async () => {
  const folder = await scratch.folder();
  const file = join(folder, 'file');
  await writeFile(file, '');
  const { lines } = await examine({ DATA_DIR: file });
  expect(failures(lines)[0]).toContain("can't be a folder");
});
