import { afterEach, describe, expect, test } from '@jest/globals';
import type { Publication } from '../../src/feeds/publisher.ts';
import type { Tables } from '../../src/demo/rows.ts';
import { acmeTables, ALPHA } from '../support/acme.ts';
import { uuid } from '../support/make.ts';
import { begin, quiet, read, type Real } from './commands.ts';
import { fill } from './edits.ts';
import { shown } from './oracle.ts';
import { createWatch } from './watch.ts';
import { createWorld, type World, type WorldOptions } from './world.ts';

/** What the product page promises in numbers, hour by hour on the test's clock. */

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

const open: World[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((world) => world.close()));
});

async function opened(options: WorldOptions = {}): Promise<World> {
  const world = await createWorld(options);
  open.push(world);
  return world;
}

const copyOf = (id: string, n: number): string => id.replace(/^.{4}/, String(n).padStart(4, '0'));

/** The recorded workspace with ALPHA and copies of it, and nothing else. */
function manyProjects(count: number): Tables {
  const tables = acmeTables();
  const alpha = tables.projects.get(ALPHA)!;
  tables.projects.clear();
  for (let n = 0; n < count; n++) {
    const id = n === 0 ? ALPHA : uuid(500 + n);
    const row = { ...alpha.row, id, identifier: n === 0 ? 'ALPHA' : `P${n}` };
    const items = [...alpha.items.values()].map((item) => ({ ...item, id: copyOf(item.id, n), project: id }));
    tables.projects.set(id, { ...alpha, row, items: new Map(items.map((item) => [item.id, item])) });
  }
  return tables;
}

function isOpen({ users }: Real, state: string | null): boolean {
  return !['completed', 'cancelled'].includes(users.project().states.get(state ?? '')?.group ?? '');
}

test('20 projects read every minute, with nothing going on, cost at most 20 requests a minute', async () => {
  const world = await opened({ tables: manyProjects(20), requestsPerMinute: 50 });
  const ids = [...world.plane.tables.projects.keys()];
  let before = 0;
  for (let minute = 0; minute < 60; minute++) {
    if (minute === 5) before = world.plane.requests.length;
    for (const id of ids) await world.read(id);
    await world.pass(MINUTE_MS);
  }
  expect((world.plane.requests.length - before) / 55).toBeLessThanOrEqual(20);
});

test('a project that was not requested in 49 hours costs nothing', async () => {
  const world = await opened();
  await world.read();
  await world.pass(47 * HOUR_MS);
  const before = world.plane.requests.length;
  await world.life().upkeep.tick();
  const warm = world.plane.requests.length;
  expect(warm).toBeGreaterThan(before);
  await world.pass(2 * HOUR_MS);
  await world.life().upkeep.tick();
  expect(world.plane.requests.length).toBe(warm);
});

test('while Plane is off for a day, and we restart in it, every feed is answered as it was, with its age', async () => {
  const world = await opened({ tables: manyProjects(3), options: { done: 'keep' } });
  const ids = [...world.plane.tables.projects.keys()];
  const all = (): Promise<Publication[]> => Promise.all(ids.map((id) => world.read(id)));
  const before = (await all()).map(({ document }) => [document.etag, document.lastModifiedMs]);
  world.trouble(() => ({ kind: 'reset' }));
  let age = 0;
  for (let hour = 1; hour <= 24; hour++) {
    await world.pass(HOUR_MS);
    if (hour === 9) await world.restart('crash');
    if (hour === 17) await world.restart('orderly');
    const now = await all();
    expect(now.map(({ document }) => [document.etag, document.lastModifiedMs])).toEqual(before);
    const ages = now.map(({ staleSeconds }) => staleSeconds ?? 0);
    expect(Math.min(...ages)).toBeGreaterThan(age);
    age = Math.max(...ages);
  }
  expect(age).toBe(86_400);
});

test('an edit that Plane delivers is in the feed at the next read, without a request', async () => {
  const world = await opened();
  const real = begin(world, createWatch());
  await read(real);
  await world.pass(30_000);
  const [uid] = shown(real.watch.last()).keys();
  const id = uid!.slice('plane-issue-'.length, uid!.indexOf('@'));
  world.plane.editItem(id, { name: 'As delivered' });
  world.life().receiver.receive(real.users.delivery(id)!);
  const before = world.plane.requests.length;
  await read(real);
  expect(world.plane.requests.length).toBe(before);
  expect(shown(real.watch.last()).get(uid!)?.summary).toContain('As delivered');
});

test('a renamed label is in the feed within five minutes, in exactly the items that have it', async () => {
  const world = await opened();
  const real = begin(world, createWatch());
  await read(real);
  await world.pass(MINUTE_MS);
  await read(real);
  const withLabel = (name: string): string[] =>
    [...shown(real.watch.last()).values()].filter(({ categories }) => categories.includes(name)).map(({ uid }) => uid);
  const label = [...real.users.project().labels.values()].find(({ name }) => withLabel(name).length > 0)!;
  const [labelled, old] = [withLabel(label.name), real.watch.revisions()];
  world.plane.editLabel(label.id, { name: 'Renamed' });
  for (let minute = 0; minute < 5; minute++) {
    await world.pass(MINUTE_MS);
    await read(real);
  }
  expect(withLabel('Renamed')).toEqual(labelled);
  expect(withLabel(label.name)).toEqual([]);
  const moved = [...real.watch.revisions()].filter(([uid, revision]) => old.get(uid) !== revision).map(([uid]) => uid);
  expect(moved).toEqual(labelled);
});

test('an item is never missing because others went while the pages were read, however much was dragged just before', async () => {
  const tables = acmeTables();
  fill(tables.projects.get(ALPHA)!, 60);
  const world = await opened({ tables, maxPageSize: 10 });
  const real = begin(world, createWatch());
  await read(real);
  for (let request = 3; request < 14; request++) {
    await world.pass(MINUTE_MS);
    const byNumber = real.users.listed().sort((a, b) => a.sequence_id - b.sequence_id);
    for (const { id } of byNumber) world.plane.dragItem(id, { target_date: '2026-12-24' });
    world.atRequest(request, 'before', () => {
      world.plane.deleteItem(byNumber[0]!.id);
    });
    await read(real);
    const there = shown(real.watch.last());
    expect(
      byNumber.slice(1).filter(({ id, state }) => isOpen(real, state) && !there.has(`plane-issue-${id}@plane-ics`)),
    ).toEqual([]);
  }
});

describe('within two minutes of steady polling', () => {
  const named = (name: string) => (world: World) => {
    const item = [...world.plane.tables.projects.get(ALPHA)!.items.values()].find((one) => one.name === name)!;
    return item.id;
  };
  const anItem = named('Parent item');

  test('a drag is seen, although the probe before it had to wait for Plane to accept requests again', async () => {
    const world = await opened();
    const real = begin(world, createWatch());
    await read(real);
    await world.pass(MINUTE_MS);
    let refused = 0;
    world.trouble(() => (refused++ === 0 ? { kind: 'json', status: 429, body: {} } : undefined));
    await read(real);
    await world.pass(MINUTE_MS);
    world.plane.dragItem(anItem(world), { target_date: '2027-01-01' });
    await quiet(real);
  });

  test('a description is seen that was written twice with one mark, although Plane was away in between', async () => {
    const world = await opened();
    const real = begin(world, createWatch());
    await read(real);
    await world.pass(MINUTE_MS);
    const { items } = real.users.project();
    const id = anItem(world);
    world.plane.editItem(id, { description_html: '<p>first</p>' });
    await read(real);
    items.set(id, { ...items.get(id)!, description_html: '<p>second</p>' });
    world.trouble(() => ({ kind: 'reset' }));
    await world.pass(MINUTE_MS);
    await read(real);
    await quiet(real);
  });
});
