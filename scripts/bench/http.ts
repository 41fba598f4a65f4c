import { setTimeout } from 'node:timers/promises';
import { Pool } from 'undici';
import type { BareDocument, BareInput } from './bare-server.ts';
import { finding, ratios, type Finding } from './figures.ts';
import { aLoad, type Job as LoadJob } from './load.ts';
import { startProgram, startScript, type Measured } from './processes.ts';
import { startPlane, TOKEN } from './workspace.ts';

/** Server CPU of a cached GET and of a 304, over a bare Koa with its router; a bare node:http beside them. */

const ROUNDS = 11;
const WARM_UP = 3_000;
const REQUESTS = 5_000;
/** Items whose feeds have 12 kB and 435 kB. */
const PROJECTS = [
  { identifier: 'SMALL', items: 15 },
  { identifier: 'LARGE', items: 545 },
];
const LIMIT = { get: 1.4, notModified: 1.6 };

interface Job extends LoadJob {
  readonly what: string;
  /** Where the bare servers have the same bytes. */
  readonly barePath: string;
  readonly limit: number;
}

export async function http(nodeArgs: readonly string[]): Promise<Finding[]> {
  const { plane, settings } = await startPlane(PROJECTS);
  const program = await startProgram(settings, nodeArgs);
  const stops = [program.stop, plane.close];
  try {
    const { jobs, documents } = await prepare(program.origin);
    await syncFully(program.origin);
    const start = async (kind: BareInput['kind']): Promise<Measured> => {
      const server = await startScript('bare-server', { kind, documents } satisfies BareInput);
      stops.push(server.stop);
      return server;
    };
    const [koa, node] = [await start('koa'), await start('node')];
    const asked = plane.requests.length;
    const findings = [];
    for (const job of jobs) findings.push(...(await compare(job, program, koa, node)));
    if (plane.requests.length !== asked) throw new Error('http: Plane was asked while cached calendars were measured');
    return findings;
  } finally {
    for (const stop of stops) await stop();
  }
}

/** Resolves when Plane has been read in full: a first publication leaves the lists of names for later. */
async function syncFully(origin: string): Promise<void> {
  const headers = { authorization: `Bearer ${TOKEN}` };
  const started = await fetch(`${origin}/webhooks/sync`, { method: 'POST', headers });
  if (!started.ok) throw new Error(`http: no sync could be started: ${await started.text()}`);
  const isRunning = async (): Promise<boolean> => {
    const answer = await fetch(`${origin}/webhooks/status`, { headers });
    return ((await answer.json()) as { state: string }).state === 'running';
  };
  while (await isRunning()) await setTimeout(100);
}

/** Makes the calendars and the link, and what the bare servers send. */
async function prepare(origin: string): Promise<{ jobs: Job[]; documents: BareDocument[] }> {
  const answer = await fetch(`${origin}/api/v1/links`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'bench', scope: { projects: ['SMALL'] }, options: {} }),
  });
  if (answer.status !== 201) throw new Error(`http: no link could be made: ${await answer.text()}`);
  const link = new URL(((await answer.json()) as { url: string }).url).pathname;
  const pool = new Pool(origin);
  const read = async (path: string, barePath: string, coding: string): Promise<BareDocument> => {
    const { statusCode, headers, body } = await pool.request({
      method: 'GET',
      path,
      headers: { 'accept-encoding': coding },
    });
    const bytes = Buffer.from(await body.arrayBuffer());
    if (statusCode !== 200) throw new Error(`http: ${path} answers ${statusCode}: ${bytes.toString().slice(0, 200)}`);
    const encoding = headers['content-encoding'];
    return {
      path: barePath,
      etag: String(headers.etag),
      headers: {
        'content-type': String(headers['content-type']),
        ...(encoding === undefined ? {} : { 'content-encoding': String(encoding) }),
      },
      body: bytes,
    };
  };
  const small = await read('/ics/SMALL.ics', '/ics/SMALL.ics', 'identity');
  const viaLink = await read(link, '/ics/link.ics', 'identity');
  const large = await read('/ics/LARGE.ics', '/ics/LARGE.ics', 'gzip');
  const plain = await read('/ics/LARGE.ics', '/ics/plain.ics', 'identity');
  await pool.close();
  const kB = ({ body }: BareDocument): string => `${(body.length / 1000).toFixed(0)} kB`;
  const get = { status: 200, limit: LIMIT.get };
  const notModified = { status: 304, limit: LIMIT.notModified };
  const identity = { 'accept-encoding': 'identity' };
  const gzip = { 'accept-encoding': 'gzip' };
  const same = (one: BareDocument): Record<string, string> => ({ 'if-none-match': one.etag });
  const jobs: Job[] = [
    { what: `GET ${kB(small)}`, path: small.path, barePath: small.path, headers: identity, ...get },
    { what: `GET ${kB(viaLink)}, link`, path: link, barePath: viaLink.path, headers: identity, ...get },
    { what: `GET ${kB(plain)} as gzip`, path: large.path, barePath: large.path, headers: gzip, ...get },
    { what: '304', path: small.path, barePath: small.path, headers: { ...identity, ...same(small) }, ...notModified },
    {
      what: '304, link',
      path: link,
      barePath: viaLink.path,
      headers: { ...identity, ...same(viaLink) },
      ...notModified,
    },
  ];
  return { jobs, documents: [small, viaLink, large] };
}

async function compare(job: Job, program: Measured, koa: Measured, node: Measured): Promise<Finding[]> {
  const bareJob = { ...job, path: job.barePath };
  const ours = aLoad(program, job);
  const koas = aLoad(koa, bareJob);
  const nodes = aLoad(node, bareJob);
  for (const load of [ours, koas, nodes]) await load.run(WARM_UP);
  const times: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < ROUNDS; round++)
    for (const [at, load] of [ours, koas, nodes].entries()) times[at]?.push((await load.run(REQUESTS)).cpu);
  for (const load of [ours, koas, nodes]) await load.close();
  const [our, koaTimes, nodeTimes] = times;
  return [
    finding('http', `${job.what}: over Koa + router`, '×', ratios(our, koaTimes), job.limit),
    finding('http', `${job.what}: over node:http`, '×', ratios(our, nodeTimes)),
    finding('http', `${job.what}: ours`, 'µs', our),
    finding('http', `${job.what}: Koa + router`, 'µs', koaTimes),
    finding('http', `${job.what}: node:http`, 'µs', nodeTimes),
  ];
}
