import { createHash, createHmac } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { ClassicLevel } from 'classic-level';
import { ACME_KEY } from '../../support/acme.ts';
import { aTestApp, WEBHOOK_SECRET, type TestApp } from '../../support/app.ts';
import { ask, askFor, type Answer, type ApiAnswer } from '../ask.ts';

/** Nothing that opens something is written anywhere, but where it belongs. */

const METRICS = 'metrics-token-of-the-tests';

/** Some text or bytes, and where they stood. */
type Written = readonly [place: string, bytes: Buffer];

let folder: string;
let site: TestApp;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'plane-ics-'));
  site = await aTestApp({ dataDir: folder, adminToken: null, metricsToken: METRICS });
});
afterEach(async () => {
  jest.restoreAllMocks();
  await site.close();
  rmSync(folder, { recursive: true });
});

/** What can be found of a secret: itself, its halves where they are of chance, and its bytes in another spelling. */
function traces(secret: string): Buffer[] {
  const half = Math.floor(secret.length / 2);
  const raw = Buffer.from(secret, 'base64url');
  const halves = secret.length < 22 ? [] : [secret.slice(0, half), secret.slice(half)];
  const base64 = Buffer.from(secret).toString('base64').replace(/=+$/, '');
  return [secret, ...halves, raw.toString('hex'), raw.toString('base64'), base64].flatMap((text) => {
    const wide = Buffer.from(text, 'utf16le');
    return [Buffer.from(text), wide, Buffer.from(wide).swap16()];
  });
}

const placesOf = (secrets: readonly string[], written: readonly Written[]): string[] => {
  const needles = secrets.flatMap(traces);
  return written.filter(([, bytes]) => needles.some((needle) => bytes.includes(needle))).map(([place]) => place);
};

function bytesOf(place: string, { status, headers, body }: Answer): Written {
  return [`${place} ${status}`, Buffer.concat([Buffer.from(JSON.stringify(headers)), body])];
}

/** Every file of the folder as it is, and unpacked where it is packed. */
function filesIn(path: string): Written[] {
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .map((name) => join(path, name))
    .filter((file) => statSync(file).isFile())
    .map((file) => {
      const bytes = readFileSync(file);
      return [relative(path, file), file.endsWith('.gz') ? gunzipSync(bytes) : bytes];
    });
}

/** Every record of a closed database. */
async function recordsIn(path: string): Promise<Written[]> {
  const db = new ClassicLevel<Buffer, Buffer>(path, { keyEncoding: 'buffer', valueEncoding: 'buffer' });
  const found: Written[] = [];
  for await (const [key, value] of db.iterator())
    found.push([`record ${key.toString('latin1').split('!')[0]!}`, Buffer.concat([key, value])]);
  await db.close();
  return found;
}

/** Links made, fetched, edited, rotated and revoked, with what goes wrong on the way. */
async function story(): Promise<{ tokens: string[]; answers: Written[] }> {
  const answers: Written[] = [];
  const tokens: string[] = [];
  const admin = site.app.adminToken.value;
  const links = '/api/v1/links';
  const call = async (method: string, path: string, body?: unknown, token = admin): Promise<ApiAnswer> => {
    const answer = await askFor(site, method, path, body, token);
    const { url, subscribe_url: page } = answer.status < 300 && path.startsWith(links) ? answer.json : {};
    if (typeof url !== 'string' || typeof page !== 'string') {
      answers.push(bytesOf(`${method} ${path}`, answer));
      return answer;
    }
    // The one answer that may: all of it but the addresses must not either.
    tokens.push(url.split('/').at(-2)!);
    answers.push([`${method} ${path}`, Buffer.from(answer.text.replace(url, '').replace(page, ''))]);
    return answer;
  };
  const fetch = async (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<void> => {
    answers.push(bytesOf(`${method} feed`, await ask(site, path, headers, method)));
  };
  const visit = async (token: string): Promise<void> => {
    for (const end of ['/x.ics', '.ics', '', '/a/b']) await fetch(`/ics/${token}${end}`);
    for (const start of ['view/', 'person/', '%']) await fetch(`/ics/${start}${token}.ics`);
    for (const method of ['HEAD', 'PUT', 'OPTIONS', 'PROPFIND']) await fetch(`/ics/${token}/x.ics`, {}, method);
    await fetch(`/ics/${token.slice(0, -1)}/x.ics`);
    await fetch(`/s/${token}`);
    // It has the address that is asked for.
    const state = await ask(site, `/s/${token}/state`);
    answers.push(['GET state', Buffer.from(state.text.replaceAll(`/ics/${token}/`, ''))]);
    await fetch('/ics/ALPHA.ics', { referer: `https://example.com/ics/${token}/x.ics`, cookie: token });
    await fetch(`/api/v1/${token}`);
    await fetch(`/${token}`);
  };

  const scope = { projects: ['ALPHA'] };
  for (const name of ['Ada', 'Bob', 'Eve'])
    await call('POST', links, { name, scope, options: { assignee: 'ada@example.test' } });
  const { links: made } = (await call('GET', links)).json as { links: { id: string }[] };
  const [ada, bob] = made.map(({ id }) => id);
  for (const token of [...tokens]) await visit(token);
  await fetch('/ics/person/ada@example.test.ics');
  await fetch('/ics/all.ics?assignee=ada@example.test');
  await call('PATCH', `${links}/${ada!}`, { options: { mode: 'span' } });
  await call('POST', `${links}/${ada!}/rotate`);
  await call('DELETE', `${links}/${bob!}`);
  await call('PATCH', `${links}/${bob!}`, { name: 'x' });
  for (const token of [...tokens]) await visit(token);

  // Errors: of bodies that hold a token, of who may not, of a store that does not take it, of Plane.
  await call('POST', links, { name: tokens[0], scope: { projects: [tokens[0]] } });
  await call('GET', links, undefined, `${admin}x`);
  await call('GET', links, undefined, METRICS);
  const broken = jest.spyOn(ClassicLevel.prototype, 'batch').mockImplementation(() => {
    throw new Error('the disk is broken');
  });
  expect((await call('POST', links, { name: 'Zoe', scope })).status).toBe(500);
  expect((await call('POST', `${links}/${ada!}/rotate`)).status).toBe(500);
  for (const token of [...tokens]) await visit(token);
  broken.mockRestore();
  site.plane.onRequest = () => ({ kind: 'status', status: 500 });
  site.clock.now += 120_000;
  for (const token of [...tokens]) await visit(token);
  await call('POST', links, { name: 'Zoe', scope });
  site.plane.onRequest = () => undefined;

  const body = JSON.stringify({ event: 'issue', action: 'update', data: { id: 'x', name: tokens[0] } });
  for (const secret of [WEBHOOK_SECRET, 'another']) {
    const signature = createHmac('sha256', secret).update(body).digest('hex');
    const headers = { 'x-plane-signature': signature, 'content-type': 'application/json' };
    answers.push(bytesOf('POST webhook', await ask(site, '/webhooks/plane', headers, 'POST', body)));
  }
  for (const path of ['health', 'projects', 'members', 'links', `export?feed=${ada!}`])
    await call('GET', `/api/v1/${path}`);
  for (const path of ['/', '/health', '/webhooks/status']) await fetch(path);
  return { tokens, answers };
}

test('a story of links leaves no secret in the log, in an answer or on disk', async () => {
  const { tokens, answers } = await story();
  expect(new Set(tokens).size).toBe(5);
  const admin = site.app.adminToken.value;
  const logged = (): Written[] =>
    site.log.lines.map((line) => [`log: ${line.message}`, Buffer.from(JSON.stringify(line))]);
  const before = [...logged(), ...filesIn(folder)];
  await site.app.close();
  await site.plane.close();
  const records = [...(await recordsIn(join(folder, 'kept'))), ...(await recordsIn(join(folder, 'cache')))];
  const written = [...before, ...logged(), ...filesIn(folder), ...records, ...answers];
  site = await aTestApp({ dataDir: folder, adminToken: null });

  // Of what was sent to us in a body, the answer may repeat it: "There is no project …".
  expect(placesOf(tokens, written).filter((place) => place !== 'POST /api/v1/links 400')).toEqual([]);
  expect([...new Set(placesOf([admin], written))]).toEqual(['admin-token']);
  expect(placesOf([ACME_KEY, WEBHOOK_SECRET, METRICS], written)).toEqual([]);
  expect(placesOf(['ada@example.test'], written)).toEqual([]);

  // That the search finds what is there: the digest stands in the store, and nowhere else.
  const digests = tokens.map((token) => createHash('sha256').update(token).digest('base64url'));
  expect(
    new Set(records.filter(([, bytes]) => digests.some((one) => bytes.includes(one))).map(([place]) => place)),
  ).toEqual(new Set(['record link']));
  for (const digest of digests) expect(before.filter(([, bytes]) => bytes.includes(digest)).length).toBeGreaterThan(0);
  expect(placesOf(digests, [...logged(), ...answers])).toEqual([]);
});

test('a request log names the route and the link, never the path', async () => {
  const { json } = await askFor(
    site,
    'POST',
    '/api/v1/links',
    { name: 'Ada', scope: { all: true } },
    site.app.adminToken.value,
  );
  const { id, url } = json as { id: string; url: string };
  site.log.lines.splice(0);
  await ask(site, url);
  await ask(site, '/ics/AAAAAAAAAAAAAAAAAAAAAA/x.ics');
  expect(site.log.lines.filter(({ message }) => message === 'request').map(({ fields }) => fields)).toEqual([
    { method: 'GET', route: 'feed of a link', feed: id, status: 200, ms: 0 },
    { method: 'GET', route: 'feed of a link', status: 404, ms: 0 },
  ]);
});
