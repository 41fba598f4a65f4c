import { createHmac } from 'node:crypto';
import { Agent, createServer, request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, jest, test } from '@jest/globals';
import { deliveryBody, deliveryData } from '../../src/demo/hooks.ts';
import { createSmallPlane, type SmallPlane } from '../../src/demo/plane.ts';
import { DEMO_KEY, DEMO_WORKSPACE, seedDemo } from '../../src/demo/seed.ts';
import { aCalDav } from '../support/caldav.ts';
import { eventually } from '../support/processes.ts';
import { addressOf, createPrograms, type Program } from '../support/program.ts';
import { createScratch } from '../support/scratch.ts';

/** SIGTERM in the middle of much work: every accepted request gets a whole answer, and what was acknowledged is on disk. */

const SECRET = 'plane_wh_of_this_test';
const ADMIN = 'admin-token-of-this-test';

jest.setTimeout(300_000);
const scratch = createScratch();
const { start } = createPrograms(scratch, [DEMO_KEY, SECRET, ADMIN]);

interface Seen {
  readonly what: string;
  readonly at: number;
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

/** A request that ends in a whole answer, or in the code of an error. */
function send(
  address: string,
  what: string,
  agent: Agent,
  more: { method?: string; headers?: object; body?: string } = {},
) {
  return new Promise<Seen | string>((resolve) => {
    const outgoing = request(address + what, { agent, method: more.method ?? 'GET', headers: { ...more.headers } });
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      resolve(`${what}: ${error.code ?? error.message}`);
    });
    outgoing.on('response', (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', () => undefined);
      answer.on('close', () => {
        const { statusCode: status = 0, headers, complete } = answer;
        const text = Buffer.concat(chunks).toString();
        const length = headers['content-length'];
        const isWhole = complete && (length === undefined || Number(length) === Buffer.concat(chunks).length);
        resolve(isWhole ? { what, at: Date.now(), status, headers, text } : `${what}: cut off`);
      });
    });
    outgoing.end(more.body);
  });
}

/** A Plane that takes `wait.ms` for each answer. */
async function slowPlane(): Promise<{ plane: SmallPlane; url: string; wait: { ms: number }; asked: string[] }> {
  const plane = createSmallPlane({ tables: seedDemo(Date.now()), now: Date.now, requestsPerMinute: 100_000 });
  scratch.defer(plane.close);
  const target = await plane.listen();
  const wait = { ms: 0 };
  const asked: string[] = [];
  const front = createServer((incoming, response) => {
    asked.push(incoming.url ?? '');
    void pause(wait.ms, undefined, { ref: false }).then(() => {
      const onward = request(target + (incoming.url ?? ''), { headers: incoming.headers, agent: false }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      onward.on('error', () => response.destroy());
      onward.end();
    });
  });
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  scratch.defer(async () => {
    front.closeAllConnections();
    await new Promise((resolve) => front.close(resolve));
  });
  return { plane, url: `http://127.0.0.1:${(front.address() as AddressInfo).port}`, wait, asked };
}

/** Eight clients that repeat their requests until the server no longer listens. */
function clients(address: string, trouble: string[]): { seen: Seen[]; over: Promise<unknown>; agents: Agent[] } {
  const seen: Seen[] = [];
  const agents = Array.from({ length: 8 }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
  const paths = ['/ics/WEB.ics', '/ics/WEB.ics?mode=span', '/health', '/'];
  const over = agents.map(async (agent, index) => {
    for (;;) {
      const answer = await send(address, paths[index % paths.length]!, agent);
      if (typeof answer === 'string') {
        if (!answer.endsWith('ECONNREFUSED')) trouble.push(answer);
        return;
      }
      seen.push(answer);
    }
  });
  return { seen, over: Promise.all(over), agents };
}

const isIcs = ({ what }: Seen): boolean => what.startsWith('/ics/');

test.each([
  { round: 1, ms: 0 },
  { round: 2, ms: 300 },
  { round: 3, ms: 2_000 },
  { round: 4, ms: 60_000 },
  { round: 5, ms: 300 },
])('round $round, with a Plane that takes $ms ms', async ({ round, ms }) => {
  const { plane, url, wait, asked } = await slowPlane();
  const dav = await aCalDav();
  scratch.defer(dav.close);
  const cwd = await scratch.folder();
  const settings = {
    PLANE_URL: url,
    PLANE_API_KEY: DEMO_KEY,
    PLANE_WORKSPACE: DEMO_WORKSPACE,
    PLANE_WEBHOOK_SECRET: SECRET,
    PLANE_REQUESTS_PER_MINUTE: '10000',
    ADMIN_TOKEN: ADMIN,
    FEED_ACCESS: 'open',
    DATA_DIR: join(cwd, 'data'),
    LOG_LEVEL: 'warn',
    MIRROR_URL: `${dav.url}/dav/work/`,
    MIRROR_USERNAME: dav.username,
    MIRROR_PASSWORD: dav.password,
    MIRROR_FEED: 'WEB',
  };
  const program: Program = await start(['serve'], { ...settings, LOG_LEVEL: 'info' }, cwd);
  const address = await addressOf(program);
  const own = new Agent({ keepAlive: true });
  await eventually(
    () => send(address, '/ics/WEB.ics', own),
    (answer) => typeof answer !== 'string' && answer.status === 200,
  );

  const trouble: string[] = [];
  const { seen, over, agents } = clients(address, trouble);
  await eventually(
    () => seen.length,
    (count) => count > 100,
  );

  // A calendar that was never built, an edit that Plane delivers, a new link; a mirror in the middle of writing.
  wait.ms = ms;
  const cold = ['/ics/APP.ics', '/ics/all.ics'].map((path) => send(address, path, new Agent()));
  const [row] = [...plane.tables.projects.values()].flatMap(({ items }) =>
    [...items.values()].filter(({ target_date: date, sequence_id: number }) => date !== null && number > 3),
  );
  const edited = plane.editItem(row!.id, { name: `Edited in round ${round}` });
  const body = deliveryBody(plane.tables, 'issue', 'updated', deliveryData(plane.tables, 'issue', edited), {
    field: 'name',
    old_value: null,
    new_value: null,
  });
  const signature = createHmac('sha256', SECRET).update(body).digest('hex');
  const delivered = send(address, '/webhooks/plane', new Agent(), {
    method: 'POST',
    headers: { 'x-plane-signature': signature, 'content-type': 'application/json' },
    body,
  });
  const linked = send(address, '/api/v1/links', new Agent(), {
    method: 'POST',
    headers: { authorization: `Bearer ${ADMIN}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'Kept', scope: { projects: ['WEB'] } }),
  });
  // What waits at the door when it is closed was never let in.
  const app = [...plane.tables.projects.values()].find(({ row: one }) => one.identifier === 'APP')!.row.id;
  await eventually(() => asked.some((path) => path.includes(app)), Boolean);
  await pause(100);
  const stoppedAt = Date.now();
  program.signal('SIGTERM');
  const { code, stderr, stdout } = await program.ended;
  const took = Date.now() - stoppedAt;
  await over;

  expect([code, stderr, trouble]).toEqual([0, '', []]);
  expect(took).toBeLessThan(10_000);
  expect(seen.filter(({ status }) => status !== 200)).toEqual([]);
  expect(seen.filter((one) => isIcs(one) && !one.text.endsWith('END:VCALENDAR\r\n'))).toEqual([]);
  // Each answer announced the end of its connection.
  const last = agents.map((_, index) =>
    seen.findLast(({ what }) => what === ['/ics/WEB.ics', '/ics/WEB.ics?mode=span', '/health', '/'][index % 4]),
  );
  expect(last.map((one) => one?.headers.connection)).toEqual(agents.map(() => 'close'));
  for (const answer of await Promise.all(cold)) {
    if (typeof answer === 'string') throw new Error(answer);
    if (answer.status === 200) expect(answer.text).toMatch(/END:VCALENDAR\r\n$/);
    else {
      expect([answer.status, answer.headers['content-type']]).toEqual([503, 'text/plain; charset=utf-8']);
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    }
  }
  for (const text of dav.objects.values()) expect(text).toMatch(/^BEGIN:VCALENDAR[^]*END:VCALENDAR\r\n$/);
  // Stopping is no fault, and is not reported as one.
  expect(stdout.split('\n').filter((line) => /"level":[4-6]0/.test(line) && !line.includes('strange'))).toEqual([]);

  // What was acknowledged is there again, although Plane is down.
  const [delivery, link] = [await delivered, await linked];
  if (typeof delivery === 'string' || typeof link === 'string') throw new Error('a request was not answered');
  expect([delivery.status, link.status]).toEqual([200, 201]);
  wait.ms = 0;
  plane.onRequest = () => ({ kind: 'status', status: 500 });
  const next = await start(
    ['serve'],
    { ...settings, LOG_LEVEL: 'info', MIRROR_URL: '', MIRROR_USERNAME: '', MIRROR_PASSWORD: '', MIRROR_FEED: '' },
    cwd,
  );
  const again = await addressOf(next);
  const made = new URL((JSON.parse(link.text) as { url: string }).url).pathname;
  const calendar = await send(again, '/ics/WEB.ics', own);
  expect(typeof calendar === 'string' ? calendar : calendar.text.replaceAll('\r\n ', '')).toContain(
    `Edited in round ${round}`,
  );
  const answer = await send(again, made, own);
  expect(typeof answer === 'string' ? answer : answer.status).toBe(200);
  own.destroy();
  for (const agent of agents) agent.destroy();
  expect(await next.stop()).toMatchObject({ code: 0, stderr: '' });
});
