import { mkdir } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo, ListenOptions } from 'node:net';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { health } from '../../src/cli/health.ts';
import { CommandError } from '../../src/cli/io.ts';
import { aTestApp } from '../support/app.ts';
import { createScratch } from '../support/scratch.ts';
import { askFor } from '../http/ask.ts';

const scratch = createScratch();

/** A port that nothing listens on: none can. */
const NO_PORT = '0';

/** What the command prints with these settings; rejects as it does. */
async function printed(settings: Readonly<Record<string, string>>): Promise<string> {
  const plane = { PLANE_URL: 'https://plane.example.com', PLANE_API_KEY: 'key', PLANE_WORKSPACE: 'acme' };
  let text = '';
  await health({
    version: '0.0.0',
    out: (more) => (text += more.toString()),
    err: () => undefined,
    environment: () => ({ ...plane, PORT: NO_PORT, ...settings }),
    readText: () => '',
    world: () => {
      throw new Error('it must not start anything');
    },
  });
  return text;
}

async function serverAt(where: ListenOptions, answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(where, resolve));
  scratch.defer(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  });
  return String((server.address() as AddressInfo).port);
}

const ok: RequestListener = (_, response) => response.end('{"status":"ok"}');

test('a running server answers at its socket, whatever the port', async () => {
  const dataDir = await scratch.folder();
  const running = await aTestApp({ dataDir });
  scratch.defer(running.close);
  expect(await printed({ DATA_DIR: dataDir })).toBe('plane-ics answers.\n');
});

test('without a server it says so, and starts none', async () => {
  const dataDir = await scratch.folder();
  const refused = printed({ DATA_DIR: dataDir });
  await expect(refused).rejects.toThrow(CommandError);
  await expect(refused).rejects.toThrow(
    `neither at its socket in ${dataDir} nor on port 0. Check whether it runs, and its log.`,
  );
  await expect(printed({ DATA_DIR: join(dataDir, 'nowhere') })).rejects.toThrow(CommandError);
});

test('where the folder can hold no socket, the port is asked', async () => {
  const dataDir = await scratch.folder();
  const port = await serverAt({ host: '127.0.0.1', port: 0 }, ok);
  for (const host of ['127.0.0.1', '0.0.0.0'])
    expect(await printed({ DATA_DIR: dataDir, HOST: host, PORT: port })).toBe('plane-ics answers.\n');
});

test('a server that takes the question and is silent, or answers with an error, is not up', async () => {
  const silent = await scratch.folder();
  await serverAt({ path: join(silent, 'control.sock') }, () => undefined);
  await expect(printed({ DATA_DIR: silent })).rejects.toThrow(CommandError);

  const failing = await scratch.folder();
  await serverAt({ path: join(failing, 'control.sock') }, (_, response) => response.writeHead(500).end());
  await expect(printed({ DATA_DIR: failing })).rejects.toThrow(CommandError);
});

test('a server that answers with something wrong is up, and what is wrong is printed', async () => {
  const dataDir = await scratch.folder();
  const running = await aTestApp({ dataDir, adminToken: null });
  scratch.defer(running.close);
  for (const name of ['admin-token.new', 'probe.new']) await mkdir(join(dataDir, name));
  await askFor(running, 'POST', '/api/v1/admin-token', undefined, running.app.adminToken.value);
  expect(await printed({ DATA_DIR: dataDir })).toMatch(
    /^plane-ics answers\.\nStatus: degraded\. Run plane-ics doctor for details\.\n {2}The store in .+\n$/,
  );
});

test('why Plane can not be read is printed, once for all projects', async () => {
  const dataDir = await scratch.folder();
  const report = {
    status: 'error',
    problems: [{ message: 'The disk is full.' }],
    last_error: 'Plane does not accept the API key.',
    projects: [
      { last_error: 'Plane does not accept the API key.' },
      { last_error: null },
      { last_error: 'The items of APP move.' },
    ],
  };
  await serverAt({ path: join(dataDir, 'control.sock') }, (_, response) => response.end(JSON.stringify(report)));
  expect((await printed({ DATA_DIR: dataDir })).split('\n').slice(1)).toEqual([
    'Status: error. Run plane-ics doctor for details.',
    '  The disk is full.',
    '  Plane does not accept the API key.',
    '  The items of APP move.',
    '',
  ]);
});

test('an IPv6 address is asked as well as any', async () => {
  const dataDir = await scratch.folder();
  const port = await serverAt({ host: '::', port: 0 }, ok);
  for (const host of ['::', '[::1]'])
    expect(await printed({ DATA_DIR: dataDir, HOST: host, PORT: port })).toBe('plane-ics answers.\n');
});
