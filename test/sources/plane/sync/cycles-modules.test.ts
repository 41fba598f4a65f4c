import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { errorCode } from '../../../../src/domain/errors.ts';
import type { FeedOptions } from '../../../../src/domain/feed.ts';
import type { RequiredPart } from '../../../../src/domain/plane.ts';
import { aFeed } from '../../../support/render.ts';
import { createDeliveries } from '../../../../src/sources/plane/webhook/deliveries.ts';
import { createReceiver } from '../../../../src/sources/plane/webhook/receiver.ts';
import { ALPHA } from '../../../support/acme.ts';
import { createSnapshotsFixture, type SnapshotsFixture } from '../../../support/snapshots-fixture.ts';
import { aMemoryStore } from '../../../support/memory-store.ts';
import { recordedDeliveries } from '../../../support/recorded.ts';

const SPRINT = '8f710fa8-9c32-408e-9b6b-44ef9ab9bcb0';
const LAUNCH = '374a7ac6-3682-4ae2-b561-f1c6a5de4d01';
const FULL = 'cc8b8479-f68a-43a6-a4eb-04f2f582650d';
const SIX = '76462ca0-e9a5-4711-a78e-f11946c3f4c2';
const ALL: readonly RequiredPart[] = ['cycles', 'cycle_items', 'modules'];
const MINUTE = 60_000;

let fixture: SnapshotsFixture;
beforeEach(async () => {
  fixture = await createSnapshotsFixture();
});
afterEach(() => fixture.close());

/** What a feed shows that requires the part. */
const SHOWING: Partial<Record<RequiredPart, FeedOptions['show']>> = {
  cycles: ['cycles'],
  cycle_items: ['items', 'cycles'],
  modules: ['modules'],
};

/** Refreshes the project as a feed that requires these parts; returns the requests for cycles and modules, lists first. */
async function refresh(needs: readonly RequiredPart[], ms = 61_000): Promise<string[]> {
  const { clock, source, asked } = fixture;
  clock.now += ms;
  asked();
  source.request(ALPHA, aFeed());
  for (const part of needs) source.request(ALPHA, aFeed({ options: { show: SHOWING[part] ?? [] } }));
  await source.refresh(ALPHA);
  return plansOf(asked());
}

const plansOf = (lines: readonly string[]): string[] =>
  lines
    .map((line) => line.split(' ')[0]!)
    .filter((path) => /^(?:cycles|modules)\//.test(path))
    .sort();
const inCycle = (id: string): string => `cycles/${id}/cycle-issues/`;
const inModule = (id: string): string => `modules/${id}/module-issues/`;
const entry = () => fixture.snapshots.project(ALPHA);
const idsIn = (id: string) => entry().snapshot?.cycles?.get(id)?.itemIds;
/** An item that is in no cycle and no module. */
const anotherItem = (): string =>
  [...fixture.plane.tables.projects.get(ALPHA)!.items.keys()].find((id) => id !== FULL && id !== SIX)!;

test('they are not required: no request', async () => {
  expect(await refresh([])).toEqual([]);
  expect(await refresh([], 600_000)).toEqual([]);
  expect(entry().snapshot).toMatchObject({ cycles: null, modules: null });
});

test.each<[readonly RequiredPart[], string[]]>([
  [['cycles'], ['cycles/']],
  [['cycle_items'], ['cycles/', inCycle(SPRINT)]],
  [['modules'], ['modules/', inModule(LAUNCH)]],
  [ALL, ['cycles/', inCycle(SPRINT), 'modules/', inModule(LAUNCH)]],
])(
  '%j costs so many requests, then none while nothing changes, then a list every four minutes',
  async (needs, first) => {
    expect(await refresh(needs)).toEqual(first);
    expect(await refresh(needs)).toEqual([]);
    // Now it has the lists of names, too.
    const before = entry().snapshot;
    expect(await refresh(needs, 4 * MINUTE)).toEqual(first.filter((path) => path.split('/').length === 2));
    expect(entry().snapshot).toBe(before);
  },
);

test('what is in them', async () => {
  await refresh(ALL);
  expect(entry().snapshot?.cycles?.get(SPRINT)).toMatchObject({ total: 2, itemIds: [SIX, FULL] });
  expect(entry().snapshot?.modules?.get(LAUNCH)).toEqual({
    id: LAUNCH,
    name: 'Module One renamed',
    startDate: '2026-11-01',
    targetDate: '2027-01-31',
    status: 'in-progress',
    createdAt: expect.any(Number),
    itemIds: [SIX, FULL],
  });
});

test('a part that is required later is read at the next refresh, although no item changed', async () => {
  await refresh([]);
  expect(await refresh(['cycles'])).toEqual(['cycles/']);
  expect(idsIn(SPRINT)).toBeNull();
  expect(await refresh(['cycle_items'])).toEqual([inCycle(SPRINT)]);
  expect(idsIn(SPRINT)).toEqual([SIX, FULL]);
});

describe('a change is seen at the next refresh', () => {
  test('an item moved between two cycles', async () => {
    const { plane } = fixture;
    const { id: other } = plane.createCycle(ALPHA);
    await refresh(['cycle_items']);
    expect(idsIn(other)).toEqual([]);
    plane.addToCycle(other, FULL);
    expect(await refresh(['cycle_items'])).toEqual(['cycles/', inCycle(SPRINT), inCycle(other)].sort());
    expect([idsIn(SPRINT), idsIn(other)]).toEqual([[SIX], [FULL]]);
  });

  test('items swapped between modules, which leaves the totals as they are, within four minutes', async () => {
    const { plane } = fixture;
    const { id: other } = plane.createModule(ALPHA, { start_date: '2026-12-01' });
    const third = anotherItem();
    plane.addToModule(other, third);
    await refresh(['modules']);
    plane.removeFromModule(other, third);
    plane.addToModule(other, FULL);
    expect(await refresh(['modules'])).toEqual(['modules/']);
    expect(await refresh(['modules'], 3 * MINUTE)).toEqual([inModule(LAUNCH), inModule(other)].sort());
    expect(entry().snapshot?.modules?.get(other)?.itemIds).toEqual([FULL]);
  });

  test('an item added to a module, which touches nothing, within four minutes by the total', async () => {
    const { plane } = fixture;
    const third = anotherItem();
    await refresh(['modules']);
    plane.addToModule(LAUNCH, third);
    expect(await refresh(['modules'])).toEqual([]);
    expect(await refresh(['modules'], 3 * MINUTE)).toEqual(['modules/', inModule(LAUNCH)]);
    expect(entry().snapshot?.modules?.get(LAUNCH)?.itemIds).toContain(third);
  });

  test('an item done, which counts', async () => {
    const { plane } = fixture;
    await refresh(['cycles']);
    const done = [...plane.tables.projects.get(ALPHA)!.states.values()].find(({ group }) => group === 'completed')!;
    plane.editItem(FULL, { state: done.id });
    expect(await refresh(['cycles'])).toEqual(['cycles/']);
    expect(entry().snapshot?.cycles?.get(SPRINT)).toMatchObject({ total: 2, completed: 1 });
  });

  test('a deleted cycle and a deleted module', async () => {
    const { plane } = fixture;
    await refresh(ALL);
    plane.deleteCycle(SPRINT);
    plane.deleteModule(LAUNCH);
    await refresh(ALL);
    // They were the only ones: an empty list is believed when it is so again five minutes later.
    expect(entry().snapshot?.cycles?.size).toBe(1);
    await refresh(ALL, 6 * MINUTE);
    expect(entry().snapshot?.cycles?.size).toBe(0);
    expect(entry().snapshot?.modules?.size).toBe(0);
  });
});

test('a cycle that is over is left alone when items change, until its total moves or all is read', async () => {
  const { plane, snapshots, asked, clock } = fixture;
  plane.editCycle(SPRINT, { start_date: '2026-10-01T00:00:01Z', end_date: '2026-10-14T23:59:00Z' });
  await refresh(['cycle_items']);
  plane.editItem(FULL, { name: 'Edited' });
  expect(await refresh(['cycle_items'])).toEqual(['cycles/']);
  plane.removeFromCycle(SPRINT, SIX);
  expect(await refresh(['cycle_items'])).toEqual(['cycles/', inCycle(SPRINT)]);
  clock.now += MINUTE;
  await snapshots.refresh(ALPHA, 'background', true);
  expect(plansOf(asked())).toEqual(['cycles/', inCycle(SPRINT)]);
});

test('a total that stays unlike what is listed does not ask again and again', async () => {
  const { plane } = fixture;
  plane.editCycle(SPRINT, { start_date: '2026-10-01T00:00:01Z', end_date: '2026-10-14T23:59:00Z' });
  plane.onRequest = ({ path }) =>
    path.endsWith('/cycles/')
      ? { kind: 'json', status: 200, body: { ...page, results: [{ ...row, total_issues: 3 }] } }
      : undefined;
  const page = { total_results: 1, next_page_results: false };
  const row = plane.tables.projects.get(ALPHA)!.cycles.get(SPRINT)!;
  expect(await refresh(['cycle_items'])).toEqual(['cycles/', inCycle(SPRINT)]);
  expect(await refresh(['cycle_items'], 4 * MINUTE)).toEqual(['cycles/']);
});

test('a project without cycles and modules: none, for no request', async () => {
  const { plane } = fixture;
  plane.editProject(ALPHA, { cycle_view: false, module_view: false });
  expect(await refresh(ALL)).toEqual([]);
  expect(entry().snapshot).toMatchObject({ cycles: new Map(), modules: new Map() });
  plane.editProject(ALPHA, { cycle_view: true });
  expect(await refresh(ALL)).toEqual(['cycles/', inCycle(SPRINT)]);
});

test('a part that was not requested in two days is no longer read, and stays unchanged', async () => {
  await refresh(ALL);
  fixture.plane.editCycle(SPRINT, { name: 'Other' });
  expect(await refresh([], 48 * 60 * MINUTE)).toEqual([]);
  expect(entry().snapshot?.cycles?.get(SPRINT)).toMatchObject({ name: 'Sprint 1 renamed', itemIds: [SIX, FULL] });
  expect(await refresh(['cycles'])).toEqual(['cycles/']);
  expect(entry().snapshot?.cycles?.get(SPRINT)?.name).toBe('Other');
});

test('in an archived project, of which Plane lists no items, what was in them stays', async () => {
  await refresh(ALL);
  const before = entry().snapshot;
  fixture.plane.archiveProject(ALPHA);
  await refresh(ALL, 7 * 60 * MINUTE);
  expect(entry()).toMatchObject({ error: null, unreadLists: new Map(), snapshot: { project: { archived: true } } });
  expect(entry().snapshot?.cycles).toBe(before?.cycles);
  expect(entry().snapshot?.modules).toBe(before?.modules);
});

test('cycles that cannot be read cost neither items nor modules, and the failure is reported', async () => {
  const { plane, clock } = fixture;
  await refresh(ALL);
  const { cycles } = entry().snapshot!;
  plane.onRequest = ({ path }) => (path.endsWith('/cycles/') ? { kind: 'status', status: 503 } : undefined);
  plane.editItem(FULL, { name: 'Edited' });
  plane.editModule(LAUNCH, { name: 'Other' });
  await refresh(ALL);
  expect(entry()).toMatchObject({ checkedAt: clock.now, error: null });
  expect([...entry().unreadLists].map(([list, error]) => [list, errorCode(error)])).toEqual([
    ['cycles', 'plane_unavailable'],
  ]);
  expect(entry().snapshot?.items.get(FULL)?.name).toBe('Edited');
  expect(entry().snapshot?.modules?.get(LAUNCH)?.name).toBe('Other');
  expect(entry().snapshot?.cycles).toBe(cycles);
  const { snapshots } = await fixture.restarted();
  expect(snapshots.project(ALPHA).snapshot?.items.get(FULL)?.name).toBe('Edited');
  plane.onRequest = () => undefined;
  expect(await refresh(ALL)).toContain('cycles/');
  expect(entry().unreadLists.size).toBe(0);
});

test('a delivery about a cycle makes the next refresh read them', async () => {
  const { plane, snapshots, now, log, clock, asked } = fixture;
  const deliveries = createDeliveries(aMemoryStore(), now, () => undefined);
  const delay = (): Promise<void> => Promise.resolve();
  const wrongSecret = { note: () => undefined };
  const receiver = createReceiver({ secrets: () => ['x'], snapshots, deliveries, wrongSecret, now, delay, log });
  await refresh(['cycles']);
  clock.now += MINUTE;
  plane.editCycle(SPRINT, { name: 'Delivered' });
  asked();
  receiver.receive(recordedDeliveries('api-cycle-update-name').deliveries[0]!.body);
  await new Promise((resolve) => setImmediate(resolve));
  await entry().loading;
  expect(plansOf(asked())).toEqual(['cycles/']);
  expect(entry().snapshot?.cycles?.get(SPRINT)?.name).toBe('Delivered');
});

test('a restart keeps them, and when they were required; records of earlier releases have neither', async () => {
  await refresh(ALL);
  await entry().saved;
  const { snapshots } = await fixture.restarted();
  const restarted = snapshots.project(ALPHA);
  expect(restarted.snapshot?.cycles).toEqual(entry().snapshot?.cycles);
  expect(restarted.snapshot?.modules).toEqual(entry().snapshot?.modules);
  expect(restarted.requiredAt).toEqual(entry().requiredAt);

  const record = (await fixture.store.get('project', ALPHA)) as Record<string, unknown>;
  const { hasCycles: _c, hasModules: _m, ...project } = record.project as Record<string, unknown>;
  const { cycles: _cycles, modules: _modules, neededAt: _neededAt, ...old } = record;
  await fixture.store.write([{ kind: 'project', id: ALPHA, value: { ...old, project } }]);
  const older = (await fixture.restarted()).snapshots.project(ALPHA);
  expect(older.requiredAt).toEqual({});
  expect(older.snapshot).toMatchObject({ cycles: null, modules: null, project: { hasCycles: true, hasModules: true } });
});
