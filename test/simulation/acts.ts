import { ALPHA } from '../support/acme.ts';
import { uuid } from '../support/make.ts';
import type { HealthReport } from '../../src/domain/health.ts';
import type { ItemRow } from '../../src/demo/rows.ts';
import { choose, dayOf, named, type Chosen } from './acts/chosen.ts';
import {
  addLink,
  change,
  readLink,
  redefine,
  rename,
  renameAndBack,
  revoke,
  rotate,
  type Write,
} from './acts/links.ts';
import type { Step } from './plan.ts';
import type { Act } from './profiles.ts';
import type { Trouble } from './models/plane.ts';
import { OPEN } from './readings.ts';
import type { SimulatedServer } from './server.ts';
import type { World } from './world.ts';

/** What people, servers and networks do in a history. */

const FROZEN_MS = 15_000;
/** An empty list of Plane is believed in the end, and no reader is ever shown one here. */
const LEAST_ITEMS = 3;
/** How long a server leads without a word of the database. */
const LEASE_MS = 10_000;
/** The longest time between two reads while something is wrong. */
const READ_MS = 10_000;
/** Health has to report by then what is wrong. */
const REPORT_MS = 60_000;
/** How late a delivery is, at most. */
const LATE_MS = 1_500;
/** Between two requests that are sent at once. */
const APART_MS = 30;

/** So many links are read at once. */
const MOST_READ = 2;
/** Every item is within so many days. */
const ALL_DAYS = 100;
/** So many edits are made within that time. */
const EDITS = 4;
const FLURRY_MS = 300;

/** Does what a step says. */
export async function act(world: World, { act: name, seed }: Step): Promise<void> {
  await DO[name](choose(world, seed));
}

const DO: Readonly<Record<Act, (chosen: Chosen) => Promise<void> | void>> = {
  read: async ({ world, server }) => {
    await readOpen(world, server());
  },
  'read everywhere': async ({ world, pick }) => {
    const link = pick([...world.links.values(), null]);
    await Promise.all(
      [...world.servers.values()].flatMap((server) => [
        readOpen(world, server),
        ...(link ? [readLink(world, server, link)] : []),
      ]),
    );
  },
  'read while edited': readWhileEdited,
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
  'deliver late': async (chosen) => {
    const { world, pick, random, server } = chosen;
    const { id } = pick(world.items());
    const first = world.plane.plane.editItem(id, { name: named(chosen) });
    await world.delay(1 + random() * APART_MS);
    // It may be deleted by now.
    if (!world.items().some((item) => item.id === id)) return;
    const second = world.plane.plane.editItem(id, { name: named(chosen) });
    // The first delivery is late: Plane sent it again.
    for (const item of [second, first]) {
      await world.deliver(server(), item);
      await world.delay(random() * LATE_MS);
      await DO['read everywhere'](chosen);
    }
  },
  'edit and back': async (chosen) => {
    const { world, pick, server } = chosen;
    const { id, target_date: before } = pick(world.items());
    const one = server();
    world.returning.add(id);
    for (const day of [dayOf(chosen), before]) {
      // It may be deleted by now.
      if (!world.items().some((item) => item.id === id)) return;
      await world.deliver(one, world.plane.plane.editItem(id, { target_date: day }));
      await readOpen(world, one);
    }
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
  restore: ({ world, pick }) => {
    const { items } = world.plane.plane.tables.projects.get(ALPHA)!;
    const item = pick<ItemRow | null>([...[...items.values()].filter(({ archived_at: at }) => at !== null), null]);
    if (item) world.plane.plane.restoreItem(item.id);
  },
  'rename person': (chosen) => {
    const { plane } = chosen.world.plane;
    plane.renamePerson(chosen.pick([...plane.tables.people.keys()]), named(chosen));
  },
  'rename label': (chosen) => {
    const { plane } = chosen.world.plane;
    plane.editLabel(chosen.pick([...plane.tables.projects.get(ALPHA)!.labels.keys()]), { name: named(chosen) });
  },
  'add link': (chosen) => addLink(chosen, chosen.server()),
  revoke: (chosen) => change(chosen, chosen.server(), revoke),
  rotate: (chosen) => change(chosen, chosen.server(), rotate),
  redefine: (chosen) => change(chosen, chosen.server(), redefine(chosen)),
  'rename and back': (chosen) => change(chosen, chosen.server(), renameAndBack),
  'race link': async (chosen) => {
    const { world, pick, random, server } = chosen;
    await change(chosen, server(), async (_world, one, known) => {
      const soon = async (): Promise<void> => {
        await world.delay(random() * APART_MS);
        await rename(named(chosen))(world, server(), known);
      };
      const [status] = await Promise.all([pick([revoke, rotate])(world, one, known), soon(), soon()]);
      return status;
    });
  },
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
  'kill after write': async (chosen) => {
    const { world, server, pick } = chosen;
    const write = pick<Write>([addLink, addLink, (_chosen, from) => change(_chosen, from, pick([revoke, rotate]))]);
    await write(chosen, server());
    // The power fails.
    await Promise.all([...world.servers.values()].map((one) => restart(world, one)));
  },
  freeze: async ({ world, server }) => {
    // It is asked nothing meanwhile, as behind a proxy, and ends soon after it wakes up without the lease.
    const one = server();
    world.lose(one);
    one.process.freeze();
    await world.delay(FROZEN_MS);
    one.process.thaw();
    void world.ask(one, OPEN);
    await world.delay(2_000);
    one.process.kill();
    world.lose(one);
    await world.start();
  },
  'database down': (chosen) => withoutStore(chosen, ({ database }, is) => (database.isDown = is)),
  'database full': (chosen) => withoutStore(chosen, ({ database }, is) => (database.isFull = is)),
  'commits lost': (chosen) => withoutStore(chosen, ({ database }, is) => (database.loses = is ? 0.3 : 0)),
  'plane silent': (chosen) => troubled(chosen, 'silent'),
  'plane errors': (chosen) => troubled(chosen, 'errors'),
  'plane busy': (chosen) => troubled(chosen, 'busy'),
  'plane pages': (chosen) => troubled(chosen, 'pages'),
  'plane empty': (chosen) => troubled(chosen, 'empty'),
  'mirror faults': ({ world }) => {
    world.dav.setFaults(world.profile.mirrorFaults);
  },
  'mirror down': (chosen) => during(chosen, (is) => (chosen.world.dav.isDown = is)),
  'source empty': (chosen) => during(chosen, (is) => (chosen.world.calendar.isEmptied = is)),
  'source faults': ({ world }) => {
    world.calendar.setFaults(0.4);
  },
};

/** It is always answered, by every server that has answered it before: a new one has to read it first. */
async function readOpen(world: World, server: SimulatedServer): Promise<void> {
  const hasIt = world.hasAnswered.has(server.name);
  const { status } = await world.read(server, OPEN);
  if (status === 200) world.hasAnswered.add(server.name);
  else if (hasIt && world.servers.has(server.name))
    world.faults.push(`the open calendar was answered with ${status} by ${server.name}`);
}

/** A person edits an item again and again while calendars are read at all servers, some of them for the first time. */
async function readWhileEdited({ world, pick, random, server }: Chosen): Promise<void> {
  const { id } = pick(world.items());
  const soon = async (task: () => Promise<unknown>): Promise<void> => {
    await world.delay(random() * FLURRY_MS);
    await task();
  };
  const edit = async (): Promise<void> => {
    // It may be deleted by now.
    if (!world.items().some((item) => item.id === id)) return;
    await world.deliver(server(), world.plane.plane.editItem(id, { name: named({ world }) }));
  };
  const links = [...world.links.values()].slice(-MOST_READ);
  // With options that nobody has used.
  const first = `${OPEN}?ahead=${ALL_DAYS + world.count++}`;
  const readsOf = (one: SimulatedServer): Promise<void>[] => [
    soon(() => readOpen(world, one)),
    soon(() => world.read(one, first)),
    ...links.map((link) => soon(() => readLink(world, one, link))),
  ];
  await Promise.all([
    ...Array.from({ length: EDITS }, () => soon(edit)),
    ...Array.from({ length: world.profile.readers }, () => [...world.servers.values()].flatMap(readsOf)).flat(),
  ]);
}

async function restart(world: World, one: SimulatedServer): Promise<void> {
  world.lose(one);
  one.process.kill();
  await world.start();
}

/** Something is wrong for a while, with readers; where it lasts, every server reports it. */
async function during(chosen: Chosen, set: (is: boolean) => void): Promise<void> {
  const { world, random, server } = chosen;
  const { troubleMs } = world.profile;
  const lasts = troubleMs > REPORT_MS;
  const beganAt = world.scheduler.now();
  const untilEnd = (): number => beganAt + troubleMs - world.scheduler.now();
  set(true);
  // What nobody asks is not known to be wrong.
  await Promise.all([DO['run mirror'](chosen), DO['read source'](chosen)]);
  await readOpen(world, server());
  await addLink(chosen, server());
  do {
    await world.delay(((1 + random()) / 2) * Math.min(READ_MS, troubleMs / 2));
    await DO['read everywhere'](chosen);
    if (random() < 0.3) await Promise.all([DO['read source'](chosen), DO['run mirror'](chosen)]);
    if (!lasts || world.scheduler.now() - beganAt <= REPORT_MS) continue;
    await DO['read source'](chosen);
    await noteHealth(world);
  } while (untilEnd() > 0);
  set(false);
}

/** Not everything can be stored for a while; a server without the lease may not know that until it would have ended. */
function withoutStore(chosen: Chosen, set: (world: World, is: boolean) => void): Promise<void> {
  const { world } = chosen;
  return during(chosen, (is) => {
    set(world, is);
    world.storesFrom = is ? Infinity : world.scheduler.now() + LEASE_MS;
  });
}

/** What a server says of itself: a status, or the code of an answer that is none. */
export async function healthOf(world: World, server: SimulatedServer): Promise<string> {
  const { status, text } = await world.ask(server, '/api/v1/health');
  const health = status === 200 ? (JSON.parse(text) as Pick<HealthReport, 'status'>) : null;
  return health?.status === 'ok' ? 'ok' : `${status}: ${text.slice(0, 2_000)}`;
}

/** Health is not `ok` while something is wrong. */
async function noteHealth(world: World): Promise<void> {
  for (const server of world.servers.values()) {
    const status = await healthOf(world, server);
    if (status === 'ok') world.faults.push(`health of ${server.name} is ok while something is wrong`);
  }
}

function troubled(chosen: Chosen, trouble: Trouble): Promise<void> {
  const { plane } = chosen.world;
  return during(chosen, (is) => (plane.trouble = is ? trouble : 'none'));
}
