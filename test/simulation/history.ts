import { act } from './acts.ts';
import { audit } from './audit.ts';
import { planOf } from './plan.ts';
import { OPEN } from './readings.ts';
import { createWorld, type World } from './world.ts';

/**
 * Two servers over one database, edits in Plane, people who make links, a mirror, somebody's calendar, one fault and one restart, all in the
 * order of a seed; then a quiet time, and the audit.
 */

const SERVERS = 2;
const QUIET_TIMES = 2;

/** What a seed came to. */
export interface History {
  /** Of everything that happened. */
  readonly digest: string;
  /** What should not be: sentences. */
  readonly faults: readonly string[];
  /** How many different servers asked Plane. */
  readonly leaders: number;
}

/** Runs the history of a seed, or only some of its steps. */
export async function runHistory(seed: number, only: ReadonlySet<number> | null = null): Promise<History> {
  const world = createWorld(seed);
  try {
    return await world.scheduler.until(run(world, seed, only));
  } finally {
    for (const { process } of world.servers.values()) process.kill();
  }
}

async function run(world: World, seed: number, only: ReadonlySet<number> | null): Promise<History> {
  const { scheduler, plane, faults } = world;
  for (let count = 0; count < SERVERS; count++) await world.start();
  await setUp(world);
  let begun: Promise<void>[] = [];
  for (const [index, step] of planOf(seed).entries()) {
    if (only?.has(index) === false) continue;
    begun.push(act(world, step));
    if (step.waitMs === 0) continue;
    await Promise.all(begun);
    begun = [];
    await world.delay(step.waitMs);
  }
  await Promise.all(begun);
  await quiet(world);
  await audit(world);
  return { digest: scheduler.digest(), faults, leaders: new Set(plane.requests.map(({ by }) => by)).size };
}

/** The calendar is read, and there are a mirror and another calendar. */
async function setUp(world: World): Promise<void> {
  const { dav, calendar, servers } = world;
  const [one] = servers.values();
  await world.read(one!, OPEN);
  const mirror = await world.ask(one!, '/api/v1/mirrors', 'POST', {
    name: 'Team',
    scope: { projects: ['ALPHA'] },
    server: { url: dav.url, username: dav.username, password: dav.password },
    calendar: { url: dav.calendar },
    max_delete: '1000,100%',
  });
  world.mirror = idOf(mirror);
  const source = { name: 'Holidays', kind: 'ics', url: calendar.url, refresh_seconds: 300 };
  world.source = idOf(await world.ask(one!, '/api/v1/sources', 'POST', source));
}

function idOf({ status, text }: { readonly status: number; readonly text: string }): string {
  if (status !== 201) throw new Error(`it was not made: ${status} ${text}`);
  return (JSON.parse(text) as { id: string }).id;
}

/** Nothing goes wrong any more. There are readers: nothing is read from Plane for nobody. */
async function quiet(world: World): Promise<void> {
  const { dav, calendar, servers } = world;
  const { quietMs } = world.profile;
  world.faults.push(...dav.touched());
  dav.setFaults(0);
  calendar.setFaults(0);
  for (let times = 0; times < QUIET_TIMES; times++) {
    await world.delay(quietMs);
    for (const server of servers.values()) await world.read(server, OPEN);
    const [one] = servers.values();
    await world.ask(one!, `/api/v1/sources/${world.source}/sync`, 'POST', {});
    await world.ask(one!, `/api/v1/mirrors/${world.mirror}/run`, 'POST', {});
  }
  await world.delay(quietMs);
}
