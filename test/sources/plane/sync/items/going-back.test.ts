import { afterEach, expect, test } from '@jest/globals';
import type { ItemRow } from '../../../../../src/demo/rows.ts';
import { acmeTables, ALPHA } from '../../../../support/acme.ts';
import { createSnapshotsFixture, type SnapshotsFixture } from '../../../../support/snapshots-fixture.ts';

/** The `updated_at` of an item goes back: a backup was restored, a clock was set back, or a replica lags. */

const FULL = 'cc8b8479-f68a-43a6-a4eb-04f2f582650d';

const open: SnapshotsFixture[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

/** Project ALPHA, whose item FULL was edited twice, `apartMs` apart; `first` is what it was before the second time. */
async function setUp(apartMs: number) {
  const tables = acmeTables();
  const fixture = await createSnapshotsFixture(null, { tables });
  open.push(fixture);
  const { snapshots, clock, plane, asked } = fixture;
  const refresh = async (ms: number): Promise<string> => {
    clock.now += ms;
    asked();
    await snapshots.refresh(ALPHA, 'reader');
    return asked().join();
  };
  for (let done = 0; done < 3; done++) await refresh(61_000);
  const first: ItemRow = { ...plane.editItem(FULL, { name: 'First' }) };
  clock.now += apartMs;
  const second: ItemRow = { ...plane.editItem(FULL, { name: 'Second' }) };
  await refresh(1_000);
  const { items } = tables.projects.get(ALPHA)!;
  const name = () => snapshots.project(ALPHA).snapshot?.items.get(FULL)?.name;
  expect(name()).toBe('Second');
  return { ...fixture, items, first, second, refresh, name };
}

test('an older version is ignored for a minute: a replica may lag', async () => {
  const { items, first, second, refresh, name } = await setUp(6_000);
  items.set(FULL, first);
  await refresh(10_000);
  expect(name()).toBe('Second');
  items.set(FULL, second);
  await refresh(61_000);
  expect(name()).toBe('Second');
});

test('then it is what Plane has, without a full read', async () => {
  const { items, first, refresh, name } = await setUp(6_000);
  items.set(FULL, { ...first, name: 'Third' });
  await refresh(10_000);
  expect(await refresh(61_000)).not.toMatch('sequence_id');
  expect(name()).toBe('Third');
});

test('after a restored backup everything is read once, although the item is not among the newest', async () => {
  const { plane, items, first, refresh, name, clock } = await setUp(6_000);
  // More than one page of newest items is later than what the item goes back to.
  for (const id of [...items.keys()].filter((one) => one !== FULL)) {
    clock.now += 60_000;
    plane.editItem(id, { priority: 'low' });
  }
  await refresh(61_000);
  await refresh(61_000);
  clock.now += 3_600_000;
  plane.editItem(FULL, { name: 'Later' });
  await refresh(1_000);
  await refresh(61_000);
  items.set(FULL, first);
  expect(await refresh(61_000)).toMatch('sequence_id');
  expect(name()).toBe('First');
  expect(await refresh(61_000)).not.toMatch('sequence_id');
});

test('an item that was deleted is no reason to read everything', async () => {
  const { plane, refresh, name } = await setUp(6_000);
  await refresh(61_000);
  plane.deleteItem(FULL);
  plane.createItem(ALPHA, { name: 'New' });
  // Only the ids.
  expect((await refresh(61_000)).split('sequence_id')).toHaveLength(2);
  expect(name()).toBeUndefined();
});
