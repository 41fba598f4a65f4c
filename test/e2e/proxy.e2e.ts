import { connect } from 'node:http2';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { Agent, request } from 'undici';
import { eventually } from '../support/processes.ts';
import { addressOf, createPrograms, type Program } from '../support/program.ts';
import { createScratch, type Scratch } from '../support/scratch.ts';
import { needs } from './support/clients.ts';
import { frontNeeds, startFront, type Front, type FrontKind, type Replacement } from './support/front.ts';
import { freePort } from './support/free-port.ts';

/** plane-ics behind real reverse proxies, as deploy/ configures them: nothing of what calendar programs rely on may be lost on the way. */

const ADMIN_TOKEN = 'admin-token-behind-a-proxy';
const PREFIX = '/plans';
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
/** One header, as it came. */
type Headers = Readonly<Record<string, string | string[] | undefined>>;

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

interface Asked {
  readonly method?: 'GET' | 'HEAD' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** Where the request comes from. */
  readonly from?: string;
}

async function ask(url: string, ca: string, { method = 'GET', headers = {}, body, from }: Asked = {}): Promise<Answer> {
  const dispatcher = new Agent({ connect: { ca }, ...(from && { localAddress: from }) });
  const answer = await request(url, { dispatcher, method, headers, ...(body !== undefined && { body }) });
  const bytes = Buffer.from(await answer.body.arrayBuffer());
  await dispatcher.destroy();
  return { status: answer.statusCode, headers: answer.headers, body: bytes };
}

/** The demo behind a proxy. */
interface Site {
  readonly front: Front;
  /** Where plane-ics itself listens. */
  readonly direct: string;
  /** A link's address as plane-ics gave it out, and the token in it. */
  readonly link: string;
  readonly token: string;
  program: Program;
  restart(): Promise<void>;
}

async function aSite(
  kind: FrontKind,
  scratch: Scratch,
  start: ReturnType<typeof createPrograms>['start'],
): Promise<Site> {
  const ports = { https: await freePort(), http: await freePort(), planeIcs: await freePort() };
  const settings = {
    PORT: String(ports.planeIcs),
    PUBLIC_URL: `https://localhost:${ports.https}${PREFIX}`,
    TRUST_PROXY: '1',
    ADMIN_TOKEN,
    DATA_DIR: await scratch.folder(),
  };
  const serve = async (): Promise<Program> => {
    const program = await start(['serve'], settings);
    await addressOf(program);
    return program;
  };
  const program = await serve();
  const front = await startFront(kind, ports, scratch);
  const made = await ask(`${front.https}${PREFIX}/api/v1/links`, front.ca, {
    method: 'POST',
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
    body: '{"name": "Ada", "scope": {"projects": ["WEB"]}}',
  });
  expect([made.status, made.body.toString()]).toEqual([201, expect.stringContaining(`${settings.PUBLIC_URL}/ics/`)]);
  const { url } = JSON.parse(made.body.toString()) as { url: string };
  const site: Site = {
    front,
    direct: `http://127.0.0.1:${ports.planeIcs}`,
    link: url,
    token: /\/ics\/([^/]+)\//.exec(url)![1]!,
    program,
    restart: async () => {
      site.program = await serve();
    },
  };
  return site;
}

const FEED_HEADERS = [
  'content-type',
  'etag',
  'last-modified',
  'cache-control',
  'vary',
  'content-encoding',
  'content-length',
];
const feedHeaders = ({ headers }: Answer): unknown[] => FEED_HEADERS.map((name) => [name, headers[name]]);
const HSTS = 'max-age=31536000';

describe.each<FrontKind>(['nginx', 'caddy'])('behind %s', (kind) => {
  needs(frontNeeds(kind), `plane-ics behind ${kind}`, () => {
    const scratch = createScratch();
    const { start } = createPrograms(scratch, [ADMIN_TOKEN]);

    test('a feed arrives as it was sent: its bytes, gzip, ETag, 304, HEAD, with the path prefix and without', async () => {
      const { front, direct, link } = await aSite(kind, scratch, start);
      const path = link.slice(`${front.https}${PREFIX}`.length);
      for (const coding of ['identity', 'gzip']) {
        const headers = { 'accept-encoding': coding };
        const wanted = await ask(direct + path, '', { headers });
        expect([coding, wanted.status]).toEqual([coding, 200]);
        for (const url of [link, front.https + path]) {
          const got = await ask(url, front.ca, { headers });
          expect([got.status, feedHeaders(got)]).toEqual([200, feedHeaders(wanted)]);
          expect(got.body.equals(wanted.body)).toBe(true);
          expect(got.headers['strict-transport-security']).toBe(HSTS);
          const head = await ask(url, front.ca, { method: 'HEAD', headers });
          expect([head.status, feedHeaders(head), head.body.length]).toEqual([200, feedHeaders(wanted), 0]);
        }
        const etag = String(wanted.headers.etag);
        const same = await ask(link, front.ca, {
          headers: { ...headers, 'if-none-match': etag, 'cache-control': 'no-cache' },
        });
        expect([same.status, same.headers.etag, same.body.length]).toEqual([304, etag, 0]);
        if (coding === 'gzip') expect(gunzipSync(wanted.body).toString()).toMatch(/^BEGIN:VCALENDAR\r\n/);
      }
      expect(await statusByHttp2(link, front.ca)).toBe(200);
    });

    test('port 80 leads to the same path by https, and a big delivery of Plane gets through', async () => {
      const { front, link } = await aSite(kind, scratch, start);
      const { pathname } = new URL(link);
      const plain = await ask(front.http + pathname, '');
      expect(plain.status).toBe(308);
      const target = new URL(String(plain.headers.location));
      expect([target.protocol, target.hostname, target.pathname]).toEqual(['https:', 'localhost', pathname]);

      const delivery = await ask(`${front.https}${PREFIX}/webhooks/plane`, front.ca, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-plane-signature': '0'.repeat(64) },
        body: Buffer.alloc(15_000_000, ' '),
      });
      expect([delivery.status, delivery.body.toString()]).toEqual([401, expect.stringContaining('INVALID_SIGNATURE')]);
    });

    test("wrong tokens are counted by the client's own address, whatever it says of itself", async () => {
      const { front } = await aSite(kind, scratch, start);
      const guess = async (from: string, claim: string): Promise<number> => {
        const headers = { authorization: 'Bearer not-the-right-token', 'x-forwarded-for': claim };
        return (await ask(`${front.https}${PREFIX}/api/v1/links`, front.ca, { headers, from })).status;
      };
      for (let count = 0; count < 20; count++) expect(await guess('127.0.0.2', `192.0.2.${count}`)).toBe(401);
      expect(await guess('127.0.0.2', '192.0.2.99')).toBe(429);
      expect(await guess('127.0.0.3', '127.0.0.2')).toBe(401);
    });

    test('while plane-ics is down there is a 503 in plain text, no page; afterwards the same feed; and no log has the token', async () => {
      const site = await aSite(kind, scratch, start);
      const { front, link, token } = site;
      const before = await ask(link, front.ca);
      expect((await site.program.stop()).code).toBe(0);
      const down = await Promise.all([ask(link, front.ca), ask(link, front.ca, { method: 'HEAD' })]);
      for (const { status, headers, body } of down) {
        expect([status, headers['retry-after'], headers['strict-transport-security']]).toEqual([503, '300', HSTS]);
        expect(headers['content-type']).toMatch(/^text\/plain\b/);
        expect(body.toString()).not.toContain('<');
      }
      expect(down[0].body.toString()).toContain('Try again later.');

      // Caddy lets a request wait for the restart; nginx can't.
      const early = kind === 'caddy' ? ask(link, front.ca) : null;
      await site.restart();
      const after = (await early) ?? (await ask(link, front.ca));
      expect([after.status, after.headers.etag]).toEqual([200, before.headers.etag]);

      await ask(front.http + new URL(link).pathname, '');
      for (const path of [`/s/${token}`, `/s/${token}/state`]) await ask(new URL(link).origin + path, front.ca);
      expect(front.logs()).toContain('/ics/-');
      expect(front.logs()).toContain('/s/-');
      expect(front.logs()).not.toContain(token);
    });

    test('of two servers, the other one answers when one freezes, is killed, and is there again', async () => {
      const ports = { https: await freePort(), http: await freePort(), planeIcs: [await freePort(), await freePort()] };
      const serve = async (port: number): Promise<Program> => {
        const program = await start(['serve'], { PORT: String(port), TRUST_PROXY: '1', ADMIN_TOKEN });
        await addressOf(program);
        return program;
      };
      const [first, second] = await Promise.all(ports.planeIcs.map(serve));
      // Shorter than for operators, so that the test is.
      const replacements: Replacement[] =
        kind === 'nginx'
          ? [['proxy_read_timeout 20s;', 'proxy_read_timeout 3s;']]
          : [
              ['health_interval 10s', 'health_interval 1s'],
              ['health_timeout 5s', 'health_timeout 2s'],
            ];
      const front = await startFront(kind, ports, scratch, { replacements });
      const statuses = async (): Promise<number[]> => {
        const asked = Array.from({ length: 6 }, () => ask(`${front.https}/ics/WEB.ics`, front.ca));
        return [...new Set((await Promise.all(asked)).map(({ status }) => status))];
      };
      expect(await statuses()).toEqual([200]);
      first!.signal('SIGSTOP');
      if (kind === 'caddy')
        await eventually(
          () => front.logs(),
          (text) => text.includes('context deadline exceeded'),
        );
      for (let count = 0; count < 3; count++) expect(await statuses()).toEqual([200]);
      first!.signal('SIGCONT');
      // Caddy asks for their health.
      await pause(kind === 'caddy' ? 4_000 : 0);
      await second!.stop('SIGKILL');
      for (let count = 0; count < 3; count++) expect(await statuses()).toEqual([200]);
      await serve(ports.planeIcs[1]!);
      await pause(kind === 'caddy' ? 4_000 : 0);
      await first!.stop('SIGKILL');
      for (let count = 0; count < 3; count++) expect(await statuses()).toEqual([200]);
    });
  });
});

async function statusByHttp2(url: string, ca: string): Promise<unknown> {
  const session = connect(url, { ca });
  try {
    return await new Promise((resolve, reject) => {
      session.once('error', reject);
      const { pathname } = new URL(url);
      session
        .request({ ':path': pathname })
        .once('response', (headers) => {
          resolve(headers[':status']);
        })
        .once('error', reject)
        .resume();
    });
  } finally {
    session.close();
  }
}
