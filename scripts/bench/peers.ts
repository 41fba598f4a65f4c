import { finding, ratios, type Finding } from './figures.ts';
import { aLoad, type Job, type Load } from './load.ts';
import { AS_BENCH, startNginx, startRadicale } from './peer-servers.ts';
import { startProgram, type Measured } from './processes.ts';
import { startPlane } from './workspace.ts';

/** The same calendar from this program, as a file from nginx, and exported by Radicale, side by side. */

const PROJECTS = [{ identifier: 'PLAN', items: 100 }];
const FEED = '/ics/PLAN.ics';
const ROUNDS = 9;
const HEADERS = { 'accept-encoding': 'identity', authorization: AS_BENCH };

interface Server {
  readonly name: string;
  readonly server: Pick<Measured, 'origin' | 'cpu'>;
  readonly path: string;
  /** In each round: enough for a measurable time. */
  readonly requests: number;
}

export async function peers(nodeArgs: readonly string[]): Promise<Finding[]> {
  const { plane, settings } = await startPlane(PROJECTS);
  const stops: (() => Promise<void>)[] = [plane.close];
  try {
    const program = await startProgram(settings, nodeArgs);
    stops.push(program.stop);
    const answer = await fetch(program.origin + FEED, { headers: HEADERS });
    const calendar = Buffer.from(await answer.arrayBuffer());
    if (answer.status !== 200) throw new Error(`peers: the calendar is answered ${answer.status}`);
    const nginx = await startNginx(calendar);
    stops.push(nginx.stop);
    const radicale = await startRadicale(calendar);
    stops.push(radicale.stop);
    const all: Server[] = [
      { name: 'plane-ics', server: program, path: FEED, requests: 8_000 },
      { name: 'nginx', server: nginx, path: nginx.path, requests: 8_000 },
      { name: 'Radicale', server: radicale, path: radicale.path, requests: 48 },
    ];
    const what = `GET ${(calendar.length / 1000).toFixed(0)} kB`;
    return [...(await compare(what, all, getJob)), ...(await compare('304', all, conditionalJob))];
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

type JobOf = (server: Server) => Promise<Job | null>;

const getJob: JobOf = ({ path }) => Promise.resolve({ path, headers: HEADERS, status: 200 });

/** null for a server that sends the whole calendar again. */
const conditionalJob: JobOf = async ({ server, path }) => {
  const first = await fetch(server.origin + path, { headers: HEADERS });
  await first.arrayBuffer();
  const headers = { ...HEADERS, 'if-none-match': first.headers.get('etag') ?? '' };
  const second = await fetch(server.origin + path, { headers });
  await second.arrayBuffer();
  return second.status === 304 ? { path, headers, status: 304 } : null;
};

async function compare(what: string, all: readonly Server[], jobOf: JobOf): Promise<Finding[]> {
  const loads: { readonly one: Server; readonly load: Load; readonly cpu: number[]; readonly perSecond: number[] }[] =
    [];
  for (const one of all) {
    const job = await jobOf(one);
    if (job) loads.push({ one, load: aLoad(one.server, job), cpu: [], perSecond: [] });
  }
  for (const { one, load } of loads) await load.run(one.requests);
  for (let round = 0; round < ROUNDS; round++)
    for (const { one, load, cpu, perSecond } of loads) {
      const cost = await load.run(one.requests);
      cpu.push(cost.cpu);
      perSecond.push(cost.perSecond);
    }
  for (const { load } of loads) await load.close();
  const [ours, ...others] = loads;
  return [
    ...loads.flatMap(({ one, cpu, perSecond }) => [
      finding('peers', `${what}: ${one.name}, requests a second`, '/s', perSecond),
      finding('peers', `${what}: ${one.name}, CPU of a request`, 'µs', cpu),
    ]),
    ...others.map(({ one, cpu }) =>
      finding('peers', `${what}: CPU over ${one.name}`, '×', ratios(ours?.cpu ?? [], cpu)),
    ),
  ];
}
