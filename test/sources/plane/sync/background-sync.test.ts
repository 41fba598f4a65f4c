import { afterEach, describe, expect, test } from '@jest/globals';
import { createBackgroundSync } from '../../../../src/sources/plane/sync/background-sync.ts';
import { ALPHA } from '../../../support/acme.ts';
import { createSnapshotsFixture, type SnapshotsFixture } from '../../../support/snapshots-fixture.ts';

/** How many requests background sync sends for projects that can't be read. */

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const open: SnapshotsFixture[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

const DENIED = { detail: 'You do not have permission to perform this action.' };

/** Project ALPHA, read and requested. Paths with an end of these are denied. */
async function setUp(...denied: readonly string[]) {
  const fixture = await createSnapshotsFixture();
  open.push(fixture);
  const { plane, snapshots, clock, now, log, asked } = fixture;
  const backgroundSync = createBackgroundSync({
    snapshots,
    reconcileMs: () => 6 * HOUR,
    now,
    delay: () => new Promise(() => undefined),
    log,
    afterTick: () => Promise.resolve(),
  });
  /** The paths that are requested in the next hour. */
  const anHour = async (): Promise<string[]> => {
    asked();
    for (let ticks = 0; ticks < 120; ticks++) {
      clock.now += 30_000;
      await backgroundSync.tick();
    }
    return asked();
  };
  plane.onRequest = ({ path }) =>
    denied.some((end) => path.endsWith(end)) ? { kind: 'json', status: 403, body: DENIED } : undefined;
  const refresh = async (): Promise<void> => {
    clock.now += 61_000;
    await snapshots.refresh(ALPHA, 'reader');
  };
  snapshots.requested(ALPHA, []);
  await refresh();
  return { ...fixture, backgroundSync, anHour, refresh, alpha: snapshots.project(ALPHA) };
}

describe.each(['lost', 'archived'])('a project that is %s', (kind) => {
  test('is asked for four times an hour, also when a full read would be due', async () => {
    const { plane, snapshots, clock, refresh, anHour, alpha, now, backgroundSync } = await setUp();
    if (kind === 'lost') plane.editProject(ALPHA, { is_member: false });
    else plane.archiveProject(ALPHA);
    await refresh();
    expect(alpha.gone !== null || alpha.snapshot?.project.archived === true).toBe(true);
    clock.now += 7 * HOUR;
    snapshots.requested(ALPHA, []);
    const requests = await anHour();
    expect(requests.filter((one) => one.startsWith('projects/'))).toHaveLength(4);
    expect(requests.length).toBeLessThanOrEqual(12);
    expect(backgroundSync.nextSync()).toBeNull();
    expect(now() - alpha.checkedAt).toBeLessThanOrEqual(15 * 60_000);
  });
});

test('a lost project is asked for at its own address for a week, and comes back by the list', async () => {
  const { plane, clock, refresh, asked, alpha } = await setUp();
  plane.editProject(ALPHA, { is_member: false });
  await refresh();
  asked();
  await refresh();
  expect(asked()).toHaveLength(2);
  clock.now += 7 * DAY;
  await refresh();
  asked();
  await refresh();
  expect(asked()).toEqual(['projects/ per_page=1000']);
  expect(alpha.gone?.kind).toBe('lost');
  plane.editProject(ALPHA, { is_member: true });
  await refresh();
  expect(alpha.gone).toBeNull();
});

test('a project whose items Plane denies is tried four times an hour', async () => {
  const { plane, anHour, alpha } = await setUp();
  plane.onRequest = ({ path }) =>
    path.includes('work-items') ? { kind: 'json', status: 403, body: DENIED } : undefined;
  await anHour();
  const requests = await anHour();
  expect(alpha.error).not.toBeNull();
  expect(requests.filter((one) => one.startsWith('work-items/'))).toHaveLength(4);
  expect(requests.length).toBeLessThanOrEqual(12);
});

test.each([
  ['labels/', 403],
  ['labels/', 404],
  ['states/', 400],
  ['cycles/', 403],
])('a project whose %s answer with status %d is read in full no more often than others', async (list, status) => {
  const { plane, snapshots, anHour, alpha } = await setUp();
  snapshots.requested(ALPHA, ['cycles']);
  await anHour();
  plane.onRequest = ({ path }) => (path.endsWith(`/${list}`) ? { kind: 'json', status, body: DENIED } : undefined);
  const requests = [await anHour(), await anHour(), await anHour(), await anHour()].flat();
  expect(requests.filter((one) => one.startsWith('work-items/'))).toHaveLength(16);
  expect(requests.filter((one) => one.includes('sequence_id'))).toEqual([]);
  expect(requests.filter((one) => one.startsWith(list))).toHaveLength(16);
  expect(alpha).toMatchObject({ error: null, unreadLists: { size: 1 } });
});

test('a list that was never read and is denied is no work of each tick', async () => {
  const { plane, anHour, alpha } = await setUp('labels/');
  const requests = await anHour();
  expect(alpha.snapshot?.partialNames).toEqual(['labels']);
  expect(requests.filter((one) => one.startsWith('labels/'))).toHaveLength(4);
  plane.onRequest = () => undefined;
  await anHour();
  expect(alpha.snapshot?.partialNames).toEqual([]);
});

test('in an outage two requests a tick show when it ends, however many projects there are; then they are read in full', async () => {
  const { plane, clock, directory, anHour, alpha, now, snapshots } = await setUp();
  const ids = directory.all().map(({ id }) => id);
  expect(ids.length).toBeGreaterThan(2);
  for (const id of ids) await snapshots.refresh(id, 'reader');
  clock.now += 7 * HOUR;
  for (const id of ids) snapshots.requested(id, []);
  let isDown = true;
  plane.onRequest = () => (isDown ? { kind: 'status', status: 503 } : undefined);
  const requests = await anHour();
  expect(requests.length).toBeLessThanOrEqual(240 + 4 * ids.length);
  isDown = false;
  await anHour();
  expect(alpha.error).toBeNull();
  expect(now() - alpha.reconciledAt).toBeLessThanOrEqual(HOUR);
});
