import { DEFAULT_OPTIONS } from '../../src/views/options/options.ts';
import { differences, expected } from '../model/oracle.ts';
import { acmeTables, ALPHA } from '../support/acme.ts';
import { NOON } from '../support/make.ts';
import { createSimulatedDatabase } from './database.ts';
import { createSimulatedPlane } from './plane.ts';
import { createScheduler } from './scheduler.ts';
import { startServer, type SimulatedServer } from './server.ts';

/** Three servers over one database, edits in Plane, changes of links, readers, and servers that freeze or die: all in the order of a seed. */

const MINUTE_MS = 60_000;
const EVENTS = 14;

/** What a seed came to. */
export interface History {
  /** Of everything that happened. */
  readonly digest: string;
  /** What should not be: sentences. */
  readonly faults: readonly string[];
  /** How many different servers asked Plane. */
  readonly leaders: number;
}

interface KnownLink {
  readonly path: string;
  isRevoked: boolean;
}

/** Runs the history of a seed. */
export async function runHistory(seed: number): Promise<History> {
  const scheduler = createScheduler(seed, NOON);
  const { random } = scheduler;
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const plane = createSimulatedPlane(scheduler, acmeTables());
  const database = createSimulatedDatabase(scheduler);
  const servers = new Map<string, SimulatedServer>();
  const links = new Map<string, KnownLink>();
  const faults: string[] = [];
  let started = 0;

  async function start(): Promise<void> {
    const name = `server-${++started}`;
    servers.set(name, await scheduler.until(startServer(name, { scheduler, database, plane })));
  }

  const alive = (): SimulatedServer => pick([...servers.values()]);

  async function read(): Promise<void> {
    const { status } = await scheduler.until(alive().ask('/ics/ALPHA.ics'));
    if (status !== 200) faults.push(`a calendar was answered with ${status} at ${scheduler.now() - NOON}`);
  }

  function edit(): void {
    const item = pick([...plane.plane.tables.projects.get(ALPHA)!.items.values()]);
    plane.plane.editItem(item.id, { name: `Edited at ${scheduler.now() - NOON}` });
  }

  async function addLink(): Promise<void> {
    const body = { name: 'Team', scope: { projects: ['ALPHA'] } };
    const { status, text } = await scheduler.until(alive().ask('/api/v1/links', 'POST', body));
    if (status !== 201) return;
    const { id, url } = JSON.parse(text) as { id: string; url: string };
    links.set(id, { path: new URL(url).pathname, isRevoked: false });
  }

  async function revoke(): Promise<void> {
    const [id, link] = pick([...links, [null, null] as const]);
    if (id === null) return;
    const { status } = await scheduler.until(alive().ask(`/api/v1/links/${id}`, 'DELETE'));
    if (status === 200) link.isRevoked = true;
  }

  async function kill(): Promise<void> {
    const one = alive();
    servers.delete(one.name);
    one.process.kill();
    await start();
  }

  /** It is asked nothing meanwhile, as behind a proxy, and ends when it wakes up without the lease. */
  async function freeze(): Promise<void> {
    const one = alive();
    servers.delete(one.name);
    one.process.freeze();
    if (servers.size === 0) await start();
    await scheduler.run(15_000);
    one.process.thaw();
    await scheduler.run(3_000);
    one.process.kill();
    await start();
  }

  const acts = [read, read, read, edit, edit, edit, addLink, revoke, kill, freeze];

  async function audit(): Promise<void> {
    const answers = [];
    for (const server of servers.values()) answers.push(await scheduler.until(server.ask('/ics/ALPHA.ics')));
    const truth = expected(
      plane.plane.tables,
      ALPHA,
      DEFAULT_OPTIONS,
      new Date(scheduler.now()).toISOString().slice(0, 10),
    );
    faults.push(...differences(answers[0]!.text, truth));
    if (new Set(answers.map(({ etag, text }) => `${etag} ${text}`)).size > 1) faults.push('servers answer differently');
    for (const { path, isRevoked } of links.values())
      for (const server of servers.values()) {
        const { text } = await scheduler.until(server.ask(path));
        const isEnded = !text.includes('UID:plane-issue-');
        if (isEnded !== isRevoked) faults.push(`${path} is ${isEnded ? 'revoked' : 'not revoked'} at ${server.name}`);
      }
  }

  for (let count = 0; count < 3; count++) await start();
  await read();
  for (let count = 0; count < EVENTS; count++) {
    const act: () => Promise<void> | void = pick(acts);
    await act();
    await scheduler.run(Math.floor(random() * 5_000));
  }
  // A quiet time, with readers: nothing is read from Plane for nobody.
  for (let minute = 0; minute < 3; minute++) {
    await scheduler.run(MINUTE_MS);
    for (const server of servers.values()) await scheduler.until(server.ask('/ics/ALPHA.ics'));
  }
  await scheduler.run(5_000);
  await audit();
  for (const { process } of servers.values()) process.kill();
  return { digest: scheduler.digest(), faults, leaders: new Set(plane.askedBy).size };
}
