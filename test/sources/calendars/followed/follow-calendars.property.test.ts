import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ForeignCalendar } from '../../../../src/sources/calendars/content.ts';
import type { NewSource } from '../../../../src/sources/calendars/request.ts';
import { createStoreBench } from '../../../store/support/open.ts';
import { anEvent, aWebServer, calendar, loginAt, status, type WebServer } from '../fixture.ts';
import { aPairOfServers, componentsOf, type Follower, type Leader, type Servers } from './fixture.ts';
import { runs } from '../../../support/runs.ts';

const bench = createStoreBench();

interface World {
  readonly servers: Servers;
  readonly web: WebServer;
  /** The text of each event that the web server has. */
  readonly events: Map<string, string>;
  /** Sources that there are, or were. */
  readonly ids: string[];
  readonly follower: Follower;
  readonly before: Map<string, ForeignCalendar>;
  readonly changed: string[];
  leader: Leader;
}

const pick = <T>(list: readonly T[], n: number): T | undefined => list[n % Math.max(1, list.length)];
const quietly = (task: Promise<unknown>): Promise<unknown> => task.catch(() => undefined);

function serve({ web, events }: World): void {
  const lines = [...events].flatMap(([uid, text], n) =>
    anEvent(uid, [
      `SUMMARY:${text}`,
      ...(n % 2 === 0 ? ['DTSTART;TZID=Europe/Berlin:20261201T090000', 'DURATION:PT1H'] : []),
    ]),
  );
  web.respond = calendar([...lines.map((line) => line)].filter((line) => !line.startsWith('DTEND')));
}

async function read({ leader, servers }: World, id: string | undefined): Promise<void> {
  servers.time.now += 7_200_000;
  if (id !== undefined) await leader.refresh(id);
}

/** What did not change is the same object, and what did was reported. */
async function look(
  { follower, before, changed, ids }: World,
  how: Parameters<Follower['cache']['catchUp']>[0],
  stores: readonly ('kept' | 'cache')[],
): Promise<void> {
  changed.length = 0;
  const generations = new Map(ids.map((id) => [id, follower.generation([id])]));
  for (const store of stores) await follower[store].catchUp(how);
  for (const id of ids) {
    const old = before.get(id);
    const content = follower.status(id).content as ForeignCalendar | null;
    const settings = [old, content].map((one) => JSON.stringify(one?.settings));
    if (content === (old ?? null)) expect(changed).not.toContain(id);
    else {
      expect(changed).toContain(id);
      expect(follower.generation([id])).not.toBe(generations.get(id));
    }
    if (old && content && settings[0] === settings[1]) {
      const unchanged = [...old.state.groups].filter(
        ([uid, group]) => JSON.stringify(content.state.groups.get(uid)) === JSON.stringify(group),
      );
      for (const [uid, group] of unchanged) expect(content.state.groups.get(uid)).toBe(group);
    }
    if (content) before.set(id, content);
    else before.delete(id);
  }
}

const COMMANDS: Readonly<Record<string, (world: World, n: number) => unknown>> = {
  addSource: async (world, n) => {
    const { url } = world.web;
    const request: NewSource = { name: `Source ${n}`, kind: 'ics', login: loginAt(`${url}/${n}.ics`) };
    await quietly(world.leader.add(request).then(({ config }) => world.ids.push(config.id)));
  },
  editSource: (world, n) => {
    const id = pick(world.ids, n);
    const patches = [
      { name: `Name ${n}` },
      { color: n % 2 ? '#ff0000' : null },
      { keepAttendees: n % 2 === 0 },
      { timezone: 'Asia/Tokyo' },
    ];
    return id !== undefined && quietly(world.leader.edit(id, pick(patches, n)!));
  },
  removeSource: (world, n) => {
    const id = pick(world.ids, n);
    return id !== undefined && quietly(world.leader.remove(id));
  },
  addEvent: (world, n) => {
    world.events.set(`${n}@example.com`, `New ${n}`);
    serve(world);
  },
  editEvent: (world, n) => {
    const uid = pick([...world.events.keys()], n);
    if (uid !== undefined) world.events.set(uid, `Edited ${n}`);
    serve(world);
  },
  removeEvent: (world, n) => {
    world.events.delete(pick([...world.events.keys()], n) ?? '');
    serve(world);
  },
  fail: ({ web }) => (web.respond = status(500)),
  missing: ({ web }) => (web.respond = status(404)),
  read: (world, n) => read(world, pick(world.ids, n)),
  announce: ({ leader }) => leader.announce(),
  restart: async (world) => {
    await world.leader.announce();
    await world.leader.stop();
    world.leader = await world.servers.lead();
  },
  kept: (world) => look(world, 'changes', ['kept']),
  cache: (world) => look(world, 'changes', ['cache']),
  reversed: (world) => look(world, 'reversed', ['cache', 'kept']),
  everything: (world) => look(world, 'everything', ['kept', 'cache']),
};

const aCommand = fc.tuple(fc.constantFrom(...Object.keys(COMMANDS)), fc.nat(99));

function expectSame(leader: Leader, follower: Follower, ids: readonly string[]): void {
  expect(follower.all()).toEqual(leader.all());
  for (const id of ids) {
    const [own, theirs] = [follower.status(id), leader.status(id)];
    expect(componentsOf(follower, id)).toEqual(componentsOf(leader, id));
    expect(own.content?.info).toEqual(theirs.content?.info);
    expect(own.content?.calendar?.zones).toEqual(theirs.content?.calendar?.zones);
    expect(own.content?.calendar?.years).toEqual(theirs.content?.calendar?.years);
    expect(own.error?.message).toEqual(theirs.error?.message);
    const { checkedAt, freshUntil, removed } = theirs;
    expect(own).toMatchObject({ checkedAt, freshUntil, removed });
    expect(follower.find(id)).toEqual(leader.find(id));
  }
}

async function run(commands: readonly (readonly [name: string, n: number])[]): Promise<void> {
  const servers = aPairOfServers(await bench.open(await bench.folder()));
  const web = await aWebServer();
  const [follower, leader] = [await servers.follow(), await servers.lead()];
  const world: World = {
    servers,
    web,
    events: new Map([
      ['1@example.com', 'One'],
      ['2@example.com', 'Two'],
    ]),
    ids: [],
    follower,
    leader,
    before: new Map(),
    changed: [],
  };
  follower.onChange((id) => world.changed.push(id));
  serve(world);
  await COMMANDS.addSource!(world, 0);
  for (const [name, n] of commands) await COMMANDS[name]!(world, n);
  await world.leader.announce();
  await look(world, 'changes', ['kept', 'cache']);
  expectSame(world.leader, follower, world.ids);
  expectSame(world.leader, await servers.follow(), world.ids);
  await world.leader.stop();
}

test('a follower shows what the leader shows of other calendars, whatever happened and however late it heard of it', async () => {
  const property = fc.asyncProperty(fc.array(aCommand, { maxLength: 25 }), run);
  await fc.assert(property, runs(5));
}, 120_000);
