import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Source } from '../../../../src/domain/ports.ts';
import type { Snapshot } from '../../../../src/domain/plane.ts';
import { ALPHA } from '../../../support/acme.ts';
import { createStoreBench } from '../../../store/support/open.ts';
import { componentsOf, createFollowFixture, VIEWS, type Follower, type FollowFixture, type Leader } from './fixture.ts';
import { runs } from '../../../support/runs.ts';

const bench = createStoreBench();

/** Servers over one store, and which of them is which. */
interface World {
  readonly fixture: FollowFixture;
  leader: Leader;
  /** What was known when it last looked, by project. */
  readonly before: Map<string, Snapshot>;
  readonly changed: string[];
  readonly follower: Follower;
}

const ids = (world: World): string[] => [...world.fixture.plane.tables.projects.keys(), ALPHA];
const items = ({ fixture }: World): string[] => [...(fixture.plane.tables.projects.get(ALPHA)?.items.keys() ?? [])];
const pick = <T>(list: readonly T[], n: number): T | undefined => list[n % Math.max(1, list.length)];

async function refresh({ leader, fixture }: World, projectId: string, all: boolean): Promise<void> {
  fixture.time.now += 61_000;
  leader.source.request(projectId, VIEWS[0]!);
  await leader.snapshots.refresh(projectId, 'reader', all);
}

function deliver({ leader, fixture }: World, n: number): void {
  const { snapshot } = leader.snapshots.project(ALPHA);
  const item = snapshot && pick([...snapshot.items.values()], n);
  if (!snapshot || !item) return;
  const { states, labels, members } = snapshot;
  const delivered = { ...item, name: `Delivered ${n}`, updatedAt: fixture.time.now };
  leader.snapshots.applyDelivery(ALPHA, delivered, { states, labels, members });
}

/** What did not change is the same object, and what did was reported. */
async function look({ follower, before, changed }: World, how: Parameters<Follower['catchUp']>[0]): Promise<void> {
  changed.length = 0;
  const generations = new Map([...before.keys()].map((id) => [id, follower.generation([id])]));
  await follower.catchUp(how);
  for (const { projectId, snapshot } of follower.snapshots.projects()) {
    const old = before.get(projectId);
    for (const [id, item] of snapshot?.items ?? []) {
      const earlier = old?.items.get(id);
      if (earlier && JSON.stringify(earlier) === JSON.stringify(item)) expect(item).toBe(earlier);
    }
    expect(changed.filter((id) => id === projectId)).toHaveLength((old ?? null) === snapshot ? 0 : 1);
    if (old && old !== snapshot) expect(follower.generation([projectId])).not.toBe(generations.get(projectId));
    if (snapshot) before.set(projectId, snapshot);
  }
}

type Command = (world: World, n: number) => unknown;

const COMMANDS: Readonly<Record<string, Command>> = {
  edit: (world, n) => {
    const id = pick(items(world), n);
    if (id) world.fixture.plane.editItem(id, { name: `Edited ${n}`, target_date: `2026-11-${10 + (n % 20)}` });
  },
  add: ({ fixture: { plane } }, n) =>
    plane.tables.projects.has(ALPHA) && plane.createItem(ALPHA, { name: `New ${n}`, target_date: '2026-12-01' }),
  remove: (world, n) => {
    const id = pick(items(world), n);
    if (id) world.fixture.plane.deleteItem(id);
  },
  label: ({ fixture: { plane } }, n) => {
    const id = pick([...(plane.tables.projects.get(ALPHA)?.labels.keys() ?? [])], n);
    if (id) plane.editLabel(id, { name: `Label ${n}` });
  },
  person: ({ fixture: { plane } }, n) => {
    plane.renamePerson(pick([...plane.tables.people.keys()], n)!, `Person ${n}`);
  },
  rename: ({ fixture: { plane } }, n) => {
    const id = pick([...plane.tables.projects.keys()], n)!;
    plane.editProject(id, { identifier: `P${n % 50}`, name: `Project ${n}` });
  },
  deleteProject: ({ fixture: { plane } }, n) => {
    const id = pick([...plane.tables.projects.keys()], n);
    if (id && plane.tables.projects.size > 3) plane.deleteProject(id);
  },
  down: ({ fixture: { plane } }) => (plane.onRequest = () => ({ kind: 'status', status: 503 })),
  up: ({ fixture: { plane } }) => (plane.onRequest = () => undefined),
  publish: (world, n) => {
    world.fixture.only = n % 2 === 0 ? null : [ALPHA, ids(world)[0]!];
    world.leader.reload();
  },
  deliver,
  probe: (world, n) => refresh(world, pick(ids(world), n)!, false),
  probeAlpha: (world) => refresh(world, ALPHA, false),
  readAll: (world) => refresh(world, ALPHA, true),
  announce: ({ leader }) => leader.announce(),
  restart: async (world) => {
    await world.leader.announce();
    world.leader = await world.fixture.lead();
  },
  changes: (world) => look(world, 'changes'),
  reversed: (world) => look(world, 'reversed'),
  everything: (world) => look(world, 'everything'),
};

const aCommand = fc.tuple(fc.constantFrom(...Object.keys(COMMANDS)), fc.nat(999));

const outcome = async (task: () => Promise<unknown>): Promise<unknown> => {
  try {
    return await task();
  } catch (error) {
    return (error as { code: string }).code;
  }
};

async function expectSame(leader: Leader, source: Source, projectIds: readonly string[]): Promise<void> {
  const names = leader.snapshots
    .projects()
    .flatMap(({ snapshot, formerIdentifiers }) => [
      ...formerIdentifiers,
      ...(snapshot ? [snapshot.project.identifier, snapshot.project.id] : []),
    ]);
  for (const id of projectIds) {
    const [own, theirs] = [source, leader.source].map((one) => one.status(id, VIEWS[0]));
    expect(own?.removed).toEqual(theirs?.removed);
    expect(own?.missing).toEqual(theirs?.missing);
    expect(own?.error?.message).toEqual(theirs?.error?.message);
    expect(own?.content?.info).toEqual(theirs?.content?.info);
    expect(componentsOf(source, id)).toEqual(componentsOf(leader.source, id));
  }
  for (const name of names)
    expect(await outcome(() => source.find(name))).toEqual(await outcome(() => leader.source.find(name)));
  expect(await outcome(() => source.projects())).toEqual(await outcome(() => leader.source.projects()));
  const isPartial = leader.snapshots.projects().some(({ snapshot }) => snapshot?.partialNames.includes('members'));
  const isKnown = leader.snapshots
    .projects()
    .some(({ snapshot, gone }) => (snapshot?.members.size ?? 0) > 0 && (gone === null || gone.kind === 'lost'));
  if (isKnown && !isPartial) expect(await source.members()).toEqual(await leader.source.members());
}

async function run(commands: readonly (readonly [name: string, n: number])[]): Promise<void> {
  const stores = await bench.open(await bench.folder());
  const fixture = await createFollowFixture(stores);
  try {
    const follower = await fixture.follow();
    const world: World = { fixture, follower, leader: await fixture.lead(), before: new Map(), changed: [] };
    follower.onChange((projectId) => world.changed.push(projectId));
    const all = [...ids(world)];
    for (const [name, n] of commands) await COMMANDS[name]!(world, n);
    fixture.plane.onRequest = () => undefined;
    // The list, and a second read of what the first one left out.
    for (const id of [...all, ALPHA, ALPHA]) await refresh(world, id, false);
    await world.leader.announce();
    await look(world, 'changes');
    await expectSame(world.leader, follower.source, all);
    for (const id of all) {
      const { checkedAt, freshUntil } = world.leader.source.status(id);
      expect(follower.source.status(id)).toMatchObject({ checkedAt, freshUntil });
    }
    await expectSame(world.leader, (await fixture.follow()).source, all);
  } finally {
    await fixture.close();
  }
}

test('a follower shows what the leader shows, whatever happened and however late it heard of it', async () => {
  const property = fc.asyncProperty(fc.array(aCommand, { maxLength: 25 }), run);
  await fc.assert(property, runs(3));
}, 120_000);
