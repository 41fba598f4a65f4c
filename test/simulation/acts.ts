import { ALPHA } from '../support/acme.ts';
import { uuid } from '../support/make.ts';
import type { Act, Step } from './plan.ts';
import type { Trouble } from './models/plane.ts';
import { createRandom } from './scheduler.ts';
import type { SimulatedAnswer, SimulatedServer } from './server.ts';
import { dayAfter } from './models/tables.ts';
import type { KnownLink, World } from './world.ts';

/** What people, servers and networks do in a history. */

/** The calendar that everybody may read. */
export const OPEN = '/ics/ALPHA.ics';
const TROUBLE_MS = 8_000;
const FROZEN_MS = 15_000;
/** Until another server leads, and has read everything. */
const TAKEOVER_MS = 15_000;
/** An empty list of Plane is believed in the end. */
const LEAST_ITEMS = 3;

interface Chosen {
  readonly world: World;
  readonly random: () => number;
  pick<T>(list: readonly T[]): T;
  /** One of the servers. */
  server(): SimulatedServer;
}

/** Does what a step says. */
export async function act(world: World, { act: name, seed }: Step): Promise<void> {
  const random = createRandom(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  await DO[name]({ world, random, pick, server: () => world.any(pick) });
}

const named = ({ world }: Chosen): string => `Edited at ${world.scheduler.now()}`;

const DO: Readonly<Record<Act, (chosen: Chosen) => Promise<void> | void>> = {
  read: async ({ world, server }) => {
    await readOpen(world, server());
  },
  'read link': async ({ world, pick, server }) => {
    const link = pick([...world.links.values(), null]);
    if (link) await readLink(world, server(), link);
  },
  edit: async (chosen) => {
    const { world, pick, random, server } = chosen;
    const { id } = pick(world.items());
    const item = world.plane.plane.editItem(id, { name: named(chosen), target_date: dayOf(chosen) });
    // Plane repeats deliveries, and some are lost.
    for (let times = pick([0, 1, 1, 1, 2]); times > 0; times--) if (random() < 0.9) await world.deliver(server(), item);
  },
  'edit silently': (chosen) => {
    const { world, pick } = chosen;
    world.plane.plane.editItem(pick(world.items()).id, { name: named(chosen) });
  },
  move: (chosen) => {
    const { world, pick } = chosen;
    world.plane.plane.dragItem(pick(world.items()).id, { target_date: dayOf(chosen) });
  },
  create: (chosen) => {
    const { plane } = chosen.world.plane;
    const id = uuid(100 + plane.tables.projects.get(ALPHA)!.items.size + (chosen.world.scheduler.now() % 1e9));
    plane.createItem(ALPHA, { id, name: named(chosen), target_date: dayOf(chosen) });
  },
  delete: ({ world, pick }) => {
    if (world.items().length > LEAST_ITEMS) world.plane.plane.deleteItem(pick(world.items()).id);
  },
  archive: ({ world, pick }) => {
    if (world.items().length > LEAST_ITEMS) world.plane.plane.archiveItem(pick(world.items()).id);
  },
  'rename person': (chosen) => {
    const { plane } = chosen.world.plane;
    plane.renamePerson(chosen.pick([...plane.tables.people.keys()]), named(chosen));
  },
  'rename label': (chosen) => {
    const { plane } = chosen.world.plane;
    plane.editLabel(chosen.pick([...plane.tables.projects.get(ALPHA)!.labels.keys()]), { name: named(chosen) });
  },
  'add link': async ({ world, random, server }) => {
    const calendars = world.source !== null && random() < 0.5;
    const scope = { projects: ['ALPHA'], ...(calendars && { calendars: [world.source] }) };
    const answer = await world.ask(server(), '/api/v1/links', 'POST', { name: 'Team', scope });
    if (answer.status !== 201) return;
    const { id, url } = JSON.parse(answer.text) as { id: string; url: string };
    world.links.set(id, {
      path: new URL(url).pathname,
      calendars,
      isRevoked: false,
      isChanging: false,
      revokedAt: new Set(),
    });
  },
  revoke: (chosen) =>
    change(chosen, async (world, server, [id, link]) => {
      const { status } = await world.ask(server, `/api/v1/links/${id}`, 'DELETE');
      link.isRevoked = status === 200;
      return status;
    }),
  rotate: (chosen) =>
    change(chosen, async (world, server, [id, link]) => {
      const { status, text } = await world.ask(server, `/api/v1/links/${id}/rotate`, 'POST', {});
      if (status === 200) link.path = new URL((JSON.parse(text) as { url: string }).url).pathname;
      return status;
    }),
  'edit calendar': ({ world }) => {
    world.calendar.edit();
  },
  'read source': async ({ world, server }) => {
    if (world.source !== null) await world.ask(server(), `/api/v1/sources/${world.source}/sync`, 'POST', {});
  },
  'add foreign': ({ world }) => {
    world.dav.addForeign();
  },
  'edit foreign': ({ world }) => {
    world.dav.editForeign();
  },
  'remove foreign': ({ world }) => {
    world.dav.removeForeign();
  },
  'edit mirrored': ({ world }) => {
    world.dav.editOurs();
  },
  'run mirror': async ({ world, server }) => {
    if (world.mirror !== null) await world.ask(server(), `/api/v1/mirrors/${world.mirror}/run`, 'POST', {});
  },
  restart: ({ world, server }) => restart(world, server()),
  kill: ({ world, server }) => restart(world, server()),
  freeze: async ({ world, server }) => {
    // It is asked nothing meanwhile, as behind a proxy, and ends when it wakes up without the lease.
    const one = server();
    world.servers.delete(one.name);
    lose(world);
    one.process.freeze();
    await world.delay(FROZEN_MS);
    one.process.thaw();
    await world.delay(2_000);
    one.process.kill();
    lose(world);
    await world.start();
  },
  'database down': (chosen) => during(chosen, (is) => (chosen.world.database.isDown = is)),
  'database full': (chosen) => during(chosen, (is) => (chosen.world.database.isFull = is)),
  'commits lost': (chosen) => during(chosen, (is) => (chosen.world.database.loses = is ? 0.3 : 0)),
  'plane silent': (chosen) => troubled(chosen, 'silent'),
  'plane errors': (chosen) => troubled(chosen, 'errors'),
  'plane busy': (chosen) => troubled(chosen, 'busy'),
  'plane pages': (chosen) => troubled(chosen, 'pages'),
  'plane empty': (chosen) => troubled(chosen, 'empty'),
  'mirror faults': ({ world }) => {
    world.dav.setFaults(0.2);
  },
  'source faults': ({ world }) => {
    world.calendar.setFaults(0.4);
  },
};

function dayOf({ world, random }: Chosen): string {
  return dayAfter(world.scheduler.now(), Math.floor(random() * 40) - 5);
}

/** Whether what was asked for may have been done, or not. */
function isUnknown(status: number): boolean {
  return status === 0 || status >= 500;
}

/** Roles may change in a moment, and another role has to read everything first. */
function lose(world: World): void {
  world.hasAnswered.clear();
  world.lostAt = world.scheduler.now();
}

/** It is always answered, by every server that is there and has answered it before: a new one has to read it first. */
async function readOpen(world: World, server: SimulatedServer): Promise<void> {
  const hasIt = world.hasAnswered.has(server.name);
  const { status } = await world.read(server, OPEN);
  const isSettled = world.scheduler.now() - world.lostAt > TAKEOVER_MS;
  if (status === 200) {
    if (isSettled) world.hasAnswered.add(server.name);
  } else if (hasIt && world.servers.has(server.name))
    world.faults.push(`the open calendar was answered with ${status} by ${server.name}`);
}

type LinkChange = (world: World, server: SimulatedServer, known: [id: string, link: KnownLink]) => Promise<number>;

/** Changes a link that nobody else changes: of two changes at once, the answer to the first may come last. */
async function change({ world, pick, server }: Chosen, task: LinkChange): Promise<void> {
  const [id, link] = pick([...world.links, [null, null] as const]);
  if (id === null || link.isRevoked || link.isChanging) return;
  link.isChanging = true;
  const status = await task(world, server(), [id, link]);
  link.isChanging = false;
  // Nobody knows what became of it.
  if (isUnknown(status)) world.links.delete(id);
}

/** A link that was shown as revoked is never shown again. */
export async function readLink(world: World, server: SimulatedServer, link: KnownLink): Promise<SimulatedAnswer> {
  const answer = await world.read(server, link.path);
  const isRevoked = answer.status === 404 || answer.status === 410 || !answer.text.includes('UID:plane-issue-');
  if (isUnknown(answer.status)) return answer;
  if (isRevoked && link.isRevoked) link.revokedAt.add(server.name);
  else if (link.revokedAt.has(server.name)) world.faults.push(`${link.path} was revoked, and is shown again`);
  return answer;
}

async function restart(world: World, one: SimulatedServer): Promise<void> {
  world.servers.delete(one.name);
  lose(world);
  one.process.kill();
  await world.start();
}

/** Something is wrong for a while, with readers. */
async function during(chosen: Chosen, set: (is: boolean) => void): Promise<void> {
  const { world, random, server } = chosen;
  set(true);
  for (let reads = 0; reads < 3; reads++) {
    await readOpen(world, server());
    if (reads === 1) await DO['add link'](chosen);
    await world.delay((random() * TROUBLE_MS) / 3);
  }
  set(false);
}

function troubled(chosen: Chosen, trouble: Trouble): Promise<void> {
  const { plane } = chosen.world;
  return during(chosen, (is) => (plane.trouble = is ? trouble : 'none'));
}
