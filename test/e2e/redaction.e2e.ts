import { createHmac } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { createSmallPlane } from '../../src/demo/plane.ts';
import { acmeTables } from '../support/acme.ts';
import { aCalDav } from '../support/caldav.ts';
import { eventually } from '../support/processes.ts';
import { addressOf, createPrograms } from '../support/program.ts';
import { createScratch } from '../support/scratch.ts';
import { anAngryPlane, anEcho } from './support/echoes.ts';
import { leaksOf } from './support/leaks.ts';
import { aVisitor } from './support/visitor.ts';

/** A life with every secret that the program knows, among servers that repeat them: none may be written or answered anywhere. */

const SECRETS = {
  PLANE_API_KEY: 'plane_api_k3y/with+odd=signs&more',
  PLANE_WEBHOOK_SECRET: 'plane_wh_s3cret/of+this=life',
  ADMIN_TOKEN: 'admin-t0ken/of+this=life',
  METRICS_TOKEN: 'metrics-t0ken/of+this=life',
  SECRET_KEY: 'sealing-k3y/of+this=life',
  MIRROR_PASSWORD: 'app passw0rd/of+this=life',
} as const;
const OAUTH = { client_secret: 'client-s3cret/of+this=life', refresh_token: 'refresh-t0ken/of+this=life' };
const OTHER_PASSWORD = 'other passw0rd/of+this=life';
const GUESSES = ['a-wrong-t0ken-that-is-real-elsewhere', 'a-c00kie-of-a-stranger'];

const scratch = createScratch();
const { start } = createPrograms(scratch, []);

test('no secret is written to the log, answered, or exported to Prometheus', async () => {
  const tables = acmeTables();
  tables.keys.set(SECRETS.PLANE_API_KEY, [...tables.keys.values()][0]!);
  const plane = createSmallPlane({ tables, now: Date.now, requestsPerMinute: 100_000 });
  scratch.defer(plane.close);
  const port = Number(new URL(await plane.listen()).port);
  const dav = await aCalDav();
  scratch.defer(dav.close);
  dav.accepts = SECRETS.MIRROR_PASSWORD;
  let status = 403;
  const echo = await anEcho(scratch, () => status);
  const xml = await anEcho(scratch, () => status, 'application/xml');

  const cwd = await scratch.folder();
  const program = await start(
    ['serve'],
    {
      ...SECRETS,
      PLANE_URL: `http://127.0.0.1:${port}`,
      PLANE_WORKSPACE: 'acme',
      PLANE_REQUESTS_PER_MINUTE: '10000',
      FRESH_SECONDS: '1',
      LOG_LEVEL: 'trace',
      MIRROR_URL: `${dav.url}/dav/work/`,
      MIRROR_USERNAME: 'alice',
      MIRROR_FEED: 'ALPHA',
    },
    cwd,
  );
  const address = await addressOf(program);
  const { ask, raw, answers } = aVisitor(address, SECRETS.ADMIN_TOKEN);
  const tokens: string[] = [];

  const visit = async (token: string): Promise<void> => {
    const percent = [...Buffer.from(token)].map((byte) => `%${byte.toString(16)}`).join('');
    for (const path of [
      `${token}/x.ics`,
      `${percent}/x.ics`,
      token,
      `${token}.ics`,
      `${token}/%ff.ics`,
      `%2e%2e/${token}`,
      `/${token}//x.ics`,
      `all.ics?token=${token}`,
      `${token}/x.ics?a=${token}&show=${token}`,
    ])
      for (const method of ['GET', 'HEAD', 'PUT', 'PROPFIND', 'DELETE', 'POST'])
        await ask(method, `/ics/${path}`, {
          token: '',
          headers: { cookie: `a=${token}`, referer: `${address}/ics/${token}` },
        });
    for (const path of [`/s/${token}`, `/s/${token}/state`, `/s/${token})./`, `/s/${percent}`, `/s%2F${token}/x`])
      await ask('GET', path, { token: '' });
    for (const path of [`/${token}`, `/api/v1/${token}`, `/api/v1/links/${token}`, `/api/v1/export?feed=${token}`])
      await ask('GET', path);
    await raw(`GET /ics/${token}/x.ics HTTP/9.9\r\n\r\n`);
    await raw(`GET /ics/${token}/\u0000.ics HTTP/1.1\r\nhost: x\r\n\r\n`);
    await raw(`BREW /ics/${token}/x.ics HTTP/1.1\r\nhost: ${token}\r\n\r\n`);
    await raw(`GET http://${token}/ics/${token}/x.ics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
  };

  for (const name of ['Ada', 'Bob']) {
    const { status: made, text } = await ask('POST', '/api/v1/links', {
      body: { name, scope: { projects: ['ALPHA'] } },
    });
    expect(made).toBe(201);
    tokens.push((JSON.parse(text) as { url: string }).url.split('/').at(-2)!);
  }
  const { links } = JSON.parse((await ask('GET', '/api/v1/links')).text) as { links: { id: string }[] };
  tokens.push(
    (JSON.parse((await ask('POST', `/api/v1/links/${links[0]!.id}/rotate`)).text) as { url: string }).url
      .split('/')
      .at(-2)!,
  );
  await ask('DELETE', `/api/v1/links/${links[1]!.id}`);
  for (const token of tokens) await visit(token);

  const everywhere = async (): Promise<void> => {
    for (const path of [
      'health',
      'links',
      'mirrors',
      'runs',
      'projects',
      'members',
      'session',
      'webhook-secret',
      'admin-token',
    ])
      for (const method of ['GET', 'POST']) await ask(method, `/api/v1/${path}`);
    for (const path of ['/metrics', '/webhooks/status', '/', '/health', '/openapi.json', '/docs'])
      await ask('GET', path);
  };
  const deliver = async (secret: string, body: string): Promise<void> => {
    const signature = createHmac('sha256', secret).update(body).digest('hex');
    await ask('POST', '/webhooks/plane', { token: '', body, headers: { 'x-plane-signature': signature } });
  };

  // Guesses, log-ins and deliveries.
  for (const token of [...GUESSES, SECRETS.METRICS_TOKEN]) await ask('GET', '/api/v1/links', { token });
  await ask('GET', '/metrics', {
    token: SECRETS.METRICS_TOKEN,
    headers: { cookie: `plane_ics_session=${GUESSES[1]!}` },
  });
  await ask('POST', '/api/v1/session', { token: '', body: { token: GUESSES[0] } });
  await ask('POST', '/api/v1/session', { token: '', body: { token: SECRETS.ADMIN_TOKEN } });
  for (const secret of [SECRETS.PLANE_WEBHOOK_SECRET, 'x'])
    for (const body of [
      JSON.stringify({ event: 'issue', action: 'update', data: { id: SECRETS.ADMIN_TOKEN } }),
      SECRETS.ADMIN_TOKEN,
      '',
    ])
      await deliver(secret, body);
  await ask('PUT', '/api/v1/webhook-secret', { body: { secret: 'plane_wh_pasted/on+the=page' } });
  await ask('PUT', '/api/v1/webhook-secret', { body: `{"secret": "${SECRETS.ADMIN_TOKEN}` });

  // Mirrors: of the settings, with a wrong password, on servers that repeat all they receive.
  await eventually(
    () => dav.objects.size,
    (count) => count > 0,
  );
  for (status of [400, 401, 403, 404, 302, 500, 207, 200]) {
    for (const url of [`${xml}/dav/`, `${echo}/dav/`]) {
      const server = { url, username: 'alice', password: OTHER_PASSWORD };
      await ask('POST', '/api/v1/mirrors/test', { body: { server } });
      await ask('POST', '/api/v1/mirrors', { body: { name: 'x', scope: { all: true }, server } });
      const oauth = { client_id: 'x', ...OAUTH, token_url: `${echo}/token` };
      await ask('POST', '/api/v1/mirrors/test', { body: { server: { url, auth: 'oauth2', oauth } } });
      await ask('POST', '/api/v1/mirrors/test', {
        body: { server: { url, auth: 'bearer', password: OTHER_PASSWORD } },
      });
    }
  }
  dav.accepts = 'another';
  const { mirrors } = JSON.parse((await ask('GET', '/api/v1/mirrors')).text) as { mirrors: { id: string }[] };
  for (const what of ['test', 'plan', 'run']) await ask('POST', `/api/v1/mirrors/${mirrors[0]!.id}/${what}`);
  await everywhere();

  // A Plane that fails, and repeats the key.
  await plane.close();
  await anAngryPlane(scratch, port, () => status);
  for (status of [400, 401, 403, 404, 302, 200]) {
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    await ask('POST', '/webhooks/sync');
    await ask('GET', '/api/v1/members');
    await ask('GET', `/api/v1/export?feed=ALPHA`);
    for (const token of tokens) await ask('GET', `/ics/${token}/x.ics`, { token: '' });
    await everywhere();
  }

  // And a reload of which each secret is wrong.
  await writeFile(
    join(cwd, '.env'),
    `PORT=${SECRETS.ADMIN_TOKEN}\nHOST=\nFEED_OPTIONS=${SECRETS.ADMIN_TOKEN}=1\n`.replace(/^PORT.*\n/, ''),
  );
  program.signal('SIGHUP');
  await eventually(
    () => program.output.stdout,
    (text) => text.includes('read again'),
  );
  const { code, stdout, stderr } = await program.stop();
  expect(code).toBe(0);

  const all = { ...SECRETS, ...OAUTH, other: OTHER_PASSWORD, pasted: 'plane_wh_pasted/on+the=page' };
  // What a client sent that is none of ours may come back to it alone, so it is looked for in the log.
  const guessed = Object.fromEntries([...tokens, ...GUESSES].map((token, index) => [`token ${index}`, token]));
  const written = `${stdout}${stderr}`;
  const lines = written.split('\n').length;
  expect(lines).toBeGreaterThan(300);
  expect(leaksOf({ ...all, ...guessed }, written.split('\n'))).toEqual([]);
  expect(leaksOf(all, answers)).toEqual([]);
  // That the search finds what is there.
  expect(
    leaksOf({ found: 'app passw0rd/of+this=life' }, [
      Buffer.from('alice:app passw0rd/of+this=life').toString('base64'),
    ]),
  ).toHaveLength(1);
});
