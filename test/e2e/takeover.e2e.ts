import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { createSmallPlane } from '../../src/demo/plane.ts';
import { DEMO_KEY, DEMO_WORKSPACE, seedDemo } from '../../src/demo/seed.ts';
import { eventually } from '../support/processes.ts';
import { addressOf, createPrograms, written, type Program, type Settings } from '../support/program.ts';
import { createScratch } from '../support/scratch.ts';
import { needs } from './support/clients.ts';
import { freePort } from './support/free-port.ts';
import { createCluster, POSTGRES, type Cluster } from './support/postgres.ts';

/** Two servers and one database: who leads, who follows, and what the other one finds when it takes over. */

jest.setTimeout(300_000);

const ADMIN = 'admin-token-of-the-servers';
const SECRET_KEY = 'secret-key-of-the-servers';
const LEADS = /^plane_ics_leader 1$/m;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A server, where it listens once it serves, and the times at which it asked Plane. */
interface Server {
  readonly program: Program;
  readonly url: string;
  readonly asked: readonly number[];
}

needs([POSTGRES], 'two servers', () => {
  const scratch = createScratch();
  const { start } = createPrograms(scratch, [DEMO_KEY, ADMIN, SECRET_KEY, 'pw%3Aof', 'pw:of']);
  let cluster: Cluster;
  let database = '';
  let planeUrl = '';

  beforeAll(async () => {
    cluster = await createCluster({ isDurable: true });
  });
  afterAll(() => cluster.remove());
  beforeEach(async () => {
    database = await cluster.database();
    const plane = createSmallPlane({ tables: seedDemo(Date.now()), now: Date.now, requestsPerMinute: 100_000 });
    scratch.defer(plane.close);
    planeUrl = await plane.listen();
  });

  /** Plane at an address of its own, so that it is known who asks. */
  async function planeFor(asked: number[]): Promise<string> {
    const front = createServer((incoming, response) => {
      asked.push(Date.now());
      const onward = request(planeUrl + (incoming.url ?? ''), { headers: incoming.headers, agent: false }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      onward.on('error', () => response.destroy());
      onward.end();
    });
    await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
    scratch.defer(async () => {
      front.closeAllConnections();
      await new Promise((resolve) => front.close(resolve));
    });
    return `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
  }

  async function serve(more: Settings = {}): Promise<Server> {
    const asked: number[] = [];
    const port = await freePort();
    const program = await start(['serve'], {
      DATABASE_URL: database,
      SECRET_KEY,
      ADMIN_TOKEN: ADMIN,
      PLANE_URL: await planeFor(asked),
      PLANE_WEB_URL: 'https://plane.example.com',
      PLANE_API_KEY: DEMO_KEY,
      PLANE_WORKSPACE: DEMO_WORKSPACE,
      PLANE_REQUESTS_PER_MINUTE: '10000',
      FRESH_SECONDS: '1',
      FEED_ACCESS: 'open',
      PORT: String(port),
      PUBLIC_URL: 'http://calendars.example.com',
      ...more,
    });
    return { program, url: `http://127.0.0.1:${port}`, asked };
  }

  /** The same bytes and tag; the bytes are not shown. */
  function expectSame(answer: Awaited<ReturnType<typeof ask>>, before: typeof answer): void {
    expect([answer.status, answer.etag, answer.text === before.text]).toEqual([before.status, before.etag, true]);
  }

  const isServing = ({ program }: Server): Promise<string> => addressOf(program);
  const isFollowing = ({ program }: Server): Promise<string> => written(program, /this one follows it/);

  /** The answer; status 0 where nobody listens. */
  async function ask({ url }: Server, path: string, method = 'GET', body?: object) {
    try {
      const answer = await fetch(url + path, {
        method,
        headers: { authorization: `Bearer ${ADMIN}`, ...(body && { 'content-type': 'application/json' }) },
        ...(body && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(20_000),
      });
      return { status: answer.status, etag: answer.headers.get('etag'), text: await answer.text() };
    } catch {
      return { status: 0, etag: null, text: '' };
    }
  }

  async function addLink(server: Server, name: string) {
    const { status, text } = await ask(server, '/api/v1/links', 'POST', { name, scope: { projects: ['WEB'] } });
    expect([name, status]).toEqual([name, 201]);
    const { id, url } = JSON.parse(text) as { id: string; url: string };
    return { id, path: new URL(url).pathname };
  }

  /** How long until the other one leads, in milliseconds; it answers all the while. */
  async function takeover(server: Server, path: string): Promise<number> {
    const begun = Date.now();
    const metrics = await eventually(
      async () => {
        expect((await ask(server, path)).status).toBe(200);
        return (await ask(server, '/metrics')).text;
      },
      (text) => LEADS.test(text),
    );
    expect(metrics).toMatch(LEADS);
    return Date.now() - begun;
  }

  test('takes over from a server that is killed, with the same links, bytes and tags', async () => {
    const first = await serve();
    await isServing(first);
    const second = await serve();
    await isFollowing(second);
    const [link, revoked] = [await addLink(first, 'Team'), await addLink(first, 'Old')];
    expect(await ask(first, `/api/v1/links/${revoked.id}`, 'DELETE')).toMatchObject({ status: 200 });
    const before = await ask(first, link.path);
    expect(before.status).toBe(200);
    expectSame(await ask(second, link.path), before);
    expect(second.asked).toEqual([]);

    await first.program.stop('SIGKILL');
    const killedAt = Date.now();
    const ms = await takeover(second, link.path);
    process.stderr.write(`takeover after SIGKILL: ${ms} ms\n`);
    expect(ms).toBeLessThan(15_000);
    expectSame(await ask(second, link.path), before);
    expect((await ask(second, revoked.path)).text).not.toBe(before.text);
    expect(second.asked.filter((at) => at < killedAt)).toEqual([]);
    expect(
      await eventually(
        () => second.asked.length,
        (count) => count > 0,
      ),
    ).toBeGreaterThan(0);
  });

  test('gets the place of a server that is stopped within seconds', async () => {
    const first = await serve();
    await isServing(first);
    const second = await serve();
    await isFollowing(second);
    const link = await addLink(first, 'Team');
    const before = await ask(first, link.path);
    const stopped = first.program.stop();
    expect((await stopped).code).toBe(0);
    const ms = await takeover(second, link.path);
    process.stderr.write(`hand-over after SIGTERM: ${ms} ms\n`);
    expect(ms).toBeLessThan(5_000);
    expectSame(await ask(second, link.path), before);
  });

  test('a frozen server that wakes up asks Plane nothing, writes nothing, and ends', async () => {
    const first = await serve();
    await isServing(first);
    const second = await serve();
    await isFollowing(second);
    const link = await addLink(first, 'Team');
    await ask(first, '/ics/WEB.ics');
    // Requests are on their way when it stops.
    const late = ask(first, '/api/v1/links', 'POST', { name: 'Late', scope: { projects: ['WEB'] } });
    first.program.signal('SIGSTOP');
    const ms = await takeover(second, link.path);
    process.stderr.write(`takeover after SIGSTOP: ${ms} ms\n`);
    expect(ms).toBeLessThan(15_000);
    const count = first.asked.length;
    const feeds = Promise.all(Array.from({ length: 5 }, () => ask(first, '/ics/WEB.ics')));
    first.program.signal('SIGCONT');
    expect((await first.program.ended).code).toBe(1);
    expect(first.program.output.stdout).toMatch(/another plane-ics has taken over: this one ends/);
    expect(first.asked).toHaveLength(count);
    await Promise.all([late, feeds]);
    const names = async (): Promise<string[]> => {
      const { links } = JSON.parse((await ask(second, '/api/v1/links')).text) as { links: { name: string }[] };
      return links.map(({ name }) => name);
    };
    const served = await names();
    // What the second one loaded when it took over is all there is.
    const stored = await cluster.sql(
      database,
      `SELECT id FROM plane_ics.record WHERE kind = 'link' AND value IS NOT NULL`,
    );
    expect(stored).toHaveLength(served.length);
    if ((await late).status === 201) expect(served).toContain('Late');
  });

  test('while the database is frozen or dead, calendars are answered, changes are refused, and all recovers', async () => {
    const server = await serve();
    await isServing(server);
    const link = await addLink(server, 'Team');
    const seen = new Map<number, number>();
    let isOver = false;
    await ask(server, link.path);
    const readers = [link.path, '/ics/WEB.ics', '/ics/all.ics'].map(async (path) => {
      await ask(server, path);
      while (!isOver) {
        const { status } = await ask(server, path);
        seen.set(status, (seen.get(status) ?? 0) + 1);
        await pause(50);
      }
    });
    await eventually(
      () => ask(server, '/ics/all.ics'),
      ({ status }) => status === 200,
    );
    const change = () => ask(server, '/api/v1/links', 'POST', { name: 'Later', scope: { projects: ['WEB'] } });
    const health = async () => JSON.parse((await ask(server, '/api/v1/health')).text) as { status: string };
    const recovers = async (): Promise<void> => {
      await eventually(change, ({ status }) => status === 201);
      expect(await eventually(health, ({ status }) => status === 'ok')).toMatchObject({ status: 'ok' });
    };

    cluster.freeze();
    const begun = Date.now();
    expect((await change()).status).toBe(503);
    expect(Date.now() - begun).toBeLessThan(10_000);
    expect(await health()).toMatchObject({ status: 'degraded', replica: { leader: true, database: 'error' } });
    await pause(11_000);
    const asked = server.asked.length;
    await pause(3_000);
    expect(server.asked).toHaveLength(asked);
    cluster.thaw();
    await recovers();
    expect(
      await eventually(
        () => server.asked.length,
        (count) => count > asked,
      ),
    ).toBeGreaterThan(asked);

    await cluster.stop('SIGKILL');
    await pause(2_000);
    expect((await change()).status).toBe(503);
    await cluster.start();
    await recovers();
    isOver = true;
    await Promise.all(readers);
    process.stderr.write(`answers to readers: ${JSON.stringify([...seen])}\n`);
    expect([...seen.keys()].filter((status) => status === 0 || status >= 500)).toEqual([]);
  });
});
