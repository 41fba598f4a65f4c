import { createHmac } from 'node:crypto';
import { deliveryBody, deliveryData } from '../../src/demo/hooks.ts';
import { listedItems, type ItemRow } from '../../src/demo/rows.ts';
import { ALPHA } from '../support/acme.ts';
import { NOON } from '../support/make.ts';
import { CALDAV_HOST, createSimulatedCalDav, type SimulatedCalDav } from './models/caldav.ts';
import { CALENDAR_HOST, createSimulatedCalendar, type SimulatedCalendar } from './models/calendars.ts';
import { createSimulatedDatabase, type SimulatedDatabase } from './models/database.ts';
import { createSimulatedPlane, type SimulatedPlane } from './models/plane.ts';
import { profileOf, type Profile } from './profiles.ts';
import { createReadings } from './readings.ts';
import { createRandom, createScheduler, type Scheduler } from './scheduler.ts';
import { startServer, WEBHOOK_SECRET, type SimulatedAnswer, type SimulatedServer } from './server.ts';
import { smallTables } from './models/tables.ts';

/** Everything in a history: Plane, a CalDAV server, somebody's calendar, a database, and the servers over it. */

/** Longer than a server takes to say that it can't be done. */
const PATIENCE_MS = 60_000;
const START_MS = 2_000;
const NO_ANSWER: SimulatedAnswer = { status: 0, etag: undefined, modified: undefined, text: '' };

/** A link that was made, and what is known of it. */
export interface KnownLink {
  path: string;
  readonly calendars: boolean;
  isRevoked: boolean;
  isChanging: boolean;
  /** Servers that have shown that it is revoked. */
  readonly revokedAt: Set<string>;
}

export interface World {
  readonly profile: Profile;
  readonly scheduler: Scheduler;
  readonly plane: SimulatedPlane;
  readonly dav: SimulatedCalDav;
  readonly calendar: SimulatedCalendar;
  readonly database: SimulatedDatabase;
  readonly servers: Map<string, SimulatedServer>;
  readonly links: Map<string, KnownLink>;
  /** Servers that have answered the open calendar. */
  readonly hasAnswered: Set<string>;
  /** What should not be: sentences. */
  readonly faults: string[];
  /** Ids that the servers gave; null until then. */
  mirror: string | null;
  source: string | null;
  /** Ids of items whose text was as before again. */
  readonly returning: Set<string>;
  /** How often something was chosen that nothing else has. */
  count: number;
  /** From then on everything that is answered is stored; Infinity while the database fails. */
  storesFrom: number;
  start(): Promise<void>;
  /** Nobody asks that server any more. */
  lose(server: SimulatedServer): void;
  /** One of the servers. */
  any(pick: <T>(list: readonly T[]) => T): SimulatedServer;
  /** Lets others go on for that long. */
  delay(ms: number): Promise<void>;
  /** Its status is 0 where there is none: a server that has gone, or is frozen. */
  ask(server: SimulatedServer, path: string, method?: string, body?: object): Promise<SimulatedAnswer>;
  /** Reads a calendar, and checks the answer by what was answered before. */
  read(server: SimulatedServer, path: string): Promise<SimulatedAnswer>;
  /** Sends a delivery of Plane to a server. */
  deliver(server: SimulatedServer, item: ItemRow): Promise<void>;
  /** Items that Plane lists. */
  items(): readonly ItemRow[];
}

export function createWorld(seed: number): World {
  const profile = profileOf(seed);
  const scheduler = createScheduler(seed, NOON);
  const plane = createSimulatedPlane(scheduler, smallTables(NOON));
  const database = createSimulatedDatabase(scheduler, profile.storeMs);
  const dav = createSimulatedCalDav(createRandom(seed ^ 0xda5), profile.renames);
  const calendar = createSimulatedCalendar(createRandom(seed ^ 0xca1));
  const hosts = new Map([
    [CALDAV_HOST, dav.host],
    [CALENDAR_HOST, calendar.host],
  ]);
  const readings = createReadings((uid) => world.returning.has(uid.slice('plane-issue-'.length, -'@plane-ics'.length)));
  const people = scheduler.process('people');
  let started = 0;
  let latest: SimulatedServer | null = null;

  /** Ends a server that another has taken over from, and starts it again, as systemd does. */
  async function replace(server: SimulatedServer): Promise<void> {
    if (!world.servers.has(server.name)) return;
    world.lose(server);
    server.process.kill();
    await world.start();
  }

  const world: World = {
    ...{ profile, scheduler, plane, dav, calendar, database },
    servers: new Map(),
    links: new Map(),
    hasAnswered: new Set(),
    faults: [],
    mirror: null,
    source: null,
    returning: new Set(),
    count: 0,
    storesFrom: 0,
    start: async () => {
      const parts = { scheduler, database, plane, hosts, budget: profile.budget };
      // A server that can't start is started again, as by systemd.
      for (;;) {
        const name = `server-${++started}`;
        const server = await startServer(name, parts).catch(() => null);
        if (server) {
          latest = server;
          world.servers.set(name, server);
          void server.lost.then(() => replace(server));
          return;
        }
        await people.delay(START_MS);
      }
    },
    lose: ({ name }) => {
      world.servers.delete(name);
    },
    any: (pick) => {
      const all = [...world.servers.values()];
      if (all.length > 0) return pick(all);
      // It has gone, too: whoever asks it gets no answer.
      if (latest === null) throw new Error('no server has been started');
      return latest;
    },
    delay: people.delay,
    ask: async (server, path, method = 'GET', body) => {
      const patience = people.delay(PATIENCE_MS).then(() => NO_ANSWER);
      const answer = await Promise.race([server.ask(path, method, body), patience]);
      scheduler.note(`${server.name} ${method} ${path} ${answer.status}`);
      return answer;
    },
    read: async (server, path) => {
      const [begunAt, since] = [scheduler.now(), readings.count()];
      const answer = await world.ask(server, path);
      const { status, text } = answer;
      const isStored = begunAt >= world.storesFrom;
      if (status === 200) scheduler.note(text);
      if (status === 200)
        world.faults.push(...readings.note({ server: server.name, path, since, isStored, ...answer }));
      return answer;
    },
    deliver: async (server, item) => {
      const { tables } = plane.plane;
      const data = deliveryData(tables, 'issue', item);
      const body = deliveryBody(tables, 'issue', 'updated', data, { field: 'name', old_value: null, new_value: null });
      const headers = {
        'X-Plane-Delivery': `delivery-${scheduler.now()}-${item.id}`,
        'X-Plane-Event': 'issue',
        'X-Plane-Signature': createHmac('sha256', WEBHOOK_SECRET).update(body).digest('hex'),
      };
      await Promise.race([server.ask('/webhooks/plane', 'POST', body, headers), people.delay(PATIENCE_MS)]);
    },
    items: () => listedItems(plane.plane.tables.projects.get(ALPHA)!),
  };
  return world;
}
