import { createHmac } from 'node:crypto';
import { afterEach, describe, expect, test } from '@jest/globals';
import { deliveryBody, deliveryData } from '../../../../src/demo/hooks.ts';
import type { ItemRow } from '../../../../src/demo/rows.ts';
import { createDeliveries } from '../../../../src/sources/plane/webhook/deliveries.ts';
import { createReceiver } from '../../../../src/sources/plane/webhook/receiver.ts';
import { ALPHA } from '../../../support/acme.ts';
import { NOON } from '../../../support/make.ts';
import { createSnapshotsFixture } from '../../../support/snapshots-fixture.ts';
import type { PlaneFixture } from '../../../support/plane.ts';
import { recordedActions, recordedDeliveries } from '../../../support/recorded.ts';

const open: PlaneFixture[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

const SECRET = 'plane_wh_0123456789abcdef0123456789abcdef';
const FULL = 'cc8b8479-f68a-43a6-a4eb-04f2f582650d';

/** A receiver for project ALPHA, which was just requested; its delays end when the test says so. */
async function createFixture() {
  const fixture = await createSnapshotsFixture();
  open.push(fixture);
  const { now, snapshots, plane, log, asked } = fixture;
  const waits: { ms: number; end: () => void }[] = [];
  const delay = (ms: number): Promise<void> =>
    new Promise((end) => {
      waits.push({ ms, end });
    });
  const wrongSecret = { note: () => undefined };
  const deliveries = createDeliveries(fixture.store, now, () => undefined);
  const receiver = createReceiver({
    secrets: () => ['old', SECRET],
    snapshots,
    deliveries,
    wrongSecret,
    now,
    delay,
    log,
  });
  await snapshots.refresh(ALPHA, 'reader');
  // The lists of names.
  await snapshots.refresh(ALPHA, 'reader');
  const entry = snapshots.project(ALPHA);
  snapshots.requested(ALPHA, []);
  asked();
  /** The body Plane would send of the item as it now is. */
  const body = (row: ItemRow, field = 'name', action = 'updated'): Buffer =>
    Buffer.from(
      deliveryBody(plane.tables, 'issue', action, deliveryData(plane.tables, 'issue', row), {
        field,
        old_value: null,
        new_value: null,
      }),
    );
  return {
    ...fixture,
    receiver,
    deliveries,
    entry,
    waits,
    body,
    name: () => entry.snapshot?.items.get(FULL)?.name,
  };
}

test('a delivery is believed when any of our secrets signed its bytes', async () => {
  const { receiver } = await createFixture();
  const { deliveries } = recordedDeliveries('api-issue-update-title');
  const [{ body, headers }] = deliveries as [(typeof deliveries)[number]];
  expect(receiver.isSigned(body, headers['X-Plane-Signature'] ?? '')).toBe(true);
  const flipped = Buffer.from(body);
  flipped[10]! ^= 1;
  expect(receiver.isSigned(flipped, headers['X-Plane-Signature'] ?? '')).toBe(false);
  expect(receiver.isSigned(body, createHmac('sha256', 'old').update(body).digest('hex'))).toBe(true);
});

test('an edit is in the snapshot at once, without a request, and one probe confirms all its deliveries', async () => {
  const { receiver, plane, body, name, asked, waits, snapshots } = await createFixture();
  const row = plane.editItem(FULL, { name: 'Edited', priority: 'low' });
  expect(receiver.receive(body(row))).toEqual({ issueId: FULL, action: 'updated' });
  receiver.receive(body(row, 'priority'));
  expect(name()).toBe('Edited');
  expect(asked()).toEqual([]);
  expect(waits.map(({ ms }) => ms)).toEqual([2_000]);
  waits[0]!.end();
  await new Promise((resolve) => setImmediate(resolve));
  await snapshots.project(ALPHA).loading;
  expect(asked()).toEqual(['work-items/ order_by=-updated_at per_page=25']);
  expect(name()).toBe('Edited');
});

describe('a body is not believed', () => {
  test('when it is older than what we hold', async () => {
    const { receiver, plane, body, name } = await createFixture();
    const old = body(plane.editItem(FULL, { name: 'First' }));
    const newer = body(plane.editItem(FULL, { name: 'Second' }));
    receiver.receive(newer);
    receiver.receive(old);
    receiver.receive(old);
    expect(name()).toBe('Second');
  });

  test('when its item is not in the project: it may have been deleted since', async () => {
    const { receiver, plane, body, entry, clock, snapshots } = await createFixture();
    const late = body(plane.editItem(FULL, { name: 'Late' }));
    plane.deleteItem(FULL);
    clock.now += 61_000;
    await snapshots.refresh(ALPHA, 'reader');
    expect(entry.snapshot?.items.has(FULL)).toBe(false);
    receiver.receive(late);
    expect(entry.snapshot?.items.has(FULL)).toBe(false);
    receiver.receive(body(plane.createItem(ALPHA, { name: 'New' }), 'name', 'created'));
    expect([...entry.snapshot!.items.values()].some((item) => item.name === 'New')).toBe(false);
  });

  test.each<[string, Partial<ItemRow>]>([
    ['is a draft', { is_draft: true }],
    ['is archived', { archived_at: '2026-11-20' }],
    ['has a state we do not know', { state: '99999999-9999-4999-8999-999999999999' }],
  ])('when the item %s', async (_what, fields) => {
    const { receiver, plane, body, name, waits } = await createFixture();
    const before = name();
    receiver.receive(body(plane.editItem(FULL, { name: 'No', ...fields })));
    expect(name()).toBe(before);
    expect(waits).toHaveLength(1);
  });
});

describe('a signed body that makes no sense changes nothing, and Plane is asked', () => {
  test.each<[string, Partial<Record<keyof ItemRow, unknown>>]>([
    ['touched in 2999', { updated_at: '2999-01-01T00:00:00.000000Z' }],
    ['touched six minutes from now', { updated_at: new Date(NOON + 360_000).toISOString() }],
    ['with a number that is text', { sequence_id: '2' }],
    ['without a name', { name: null }],
    ['with a priority that is a number', { priority: 3 }],
    ['with a day that is none', { target_date: '2026-02-31' }],
  ])('%s', async (_what, fields) => {
    const { receiver, plane, body, entry, waits, snapshots, clock } = await createFixture();
    const before = entry.snapshot?.items.get(FULL);
    const row = plane.tables.projects.get(ALPHA)!.items.get(FULL)!;
    receiver.receive(
      body(Object.assign({}, row, { name: 'Forged', updated_at: new Date(NOON).toISOString() }, fields)),
    );
    expect(entry.snapshot?.items.get(FULL)).toBe(before);
    expect(waits).toHaveLength(1);
    clock.now += 61_000;
    plane.editItem(FULL, { name: 'Edited' });
    await snapshots.refresh(ALPHA, 'reader');
    expect(entry.snapshot?.items.get(FULL)?.name).toBe('Edited');
  });

  test('but for clocks that differ a little', async () => {
    const { receiver, plane, body, name, snapshots, clock } = await createFixture();
    const row = plane.tables.projects.get(ALPHA)!.items.get(FULL)!;
    const ahead = { name: 'Ahead', updated_at: new Date(NOON + 240_000).toISOString() };
    receiver.receive(body(Object.assign({}, row, ahead)));
    expect(name()).toBe('Ahead');
    // What Plane has is read all the same, although it seems older.
    clock.now += 61_000;
    plane.editItem(FULL, { name: 'As it is' });
    await snapshots.refresh(ALPHA, 'reader');
    expect(name()).toBe('As it is');
  });
});

test('every recorded delivery, come late, leaves the items as they are, and is news', async () => {
  const { receiver, entry } = await createFixture();
  const before = [...entry.current!.items.values()];
  const all = recordedActions().flatMap((action) => recordedDeliveries(action).deliveries);
  // Some were recorded after the list was.
  const late = all.filter(
    ({ body }) => (/"updated_at": "([^"]*)"/.exec(body.toString())?.[1] ?? '') < '2026-11-20T11:22',
  );
  expect(late.length).toBeGreaterThan(40);
  for (const { body } of late) receiver.receive(body);
  expect([...entry.current!.items.values()]).toEqual(before);
  expect(entry.webhookAt).toBe(NOON);
});

test('what comes while Plane is read is not lost to an older reading', async () => {
  const { receiver, plane, body, name, snapshots, clock } = await createFixture();
  clock.now += 61_000;
  let late: Buffer | undefined;
  plane.onRequest = ({ path }) => {
    // The list is answered as it was before the edit; the delivery comes while we wait for it.
    if (path.endsWith('/labels/') || late) return undefined;
    const old = plane.tables.projects.get(ALPHA)!.items.get(FULL)!;
    late = body(plane.editItem(FULL, { name: 'Meanwhile' }));
    plane.tables.projects.get(ALPHA)!.items.set(FULL, old);
    receiver.receive(late);
    return undefined;
  };
  await snapshots.refresh(ALPHA, 'reader');
  expect(name()).toBe('Meanwhile');
});

test('a project that was not requested lately causes no request; the next reader has it probed', async () => {
  const { receiver, plane, body, entry, clock, waits, asked } = await createFixture();
  clock.now += 49 * 3_600_000;
  receiver.receive(body(plane.editItem(FULL, { name: 'Edited' })));
  expect([waits, asked(), entry.freshUntil]).toEqual([[], [], -Infinity]);
});

test('a delivery about a project itself has the list of projects read, however new it is', async () => {
  const { receiver, plane, entry, waits, clock } = await createFixture();
  clock.now += 10_000;
  plane.editProject(ALPHA, { identifier: 'OMEGA' });
  for (const event of ['module', 'project']) {
    expect(entry.snapshot?.project.identifier).toBe('ALPHA');
    const data = event === 'project' ? { id: ALPHA } : { id: FULL, project: ALPHA };
    receiver.receive(Buffer.from(JSON.stringify({ event, action: 'updated', data, activity: {} })));
    waits.pop()?.end();
    await new Promise((resolve) => setImmediate(resolve));
    await entry.loading;
  }
  expect(entry.snapshot?.project.identifier).toBe('OMEGA');
  expect(entry.error).toBeNull();
});

test('a delivery that can not be confirmed because of a pause is confirmed after it', async () => {
  const { receiver, plane, body, entry, waits, snapshots, paused, clock, asked } = await createFixture();
  clock.now += 61_000;
  paused.is = true;
  const { id } = plane.createItem(ALPHA, { name: 'New' });
  receiver.receive(body(plane.tables.projects.get(ALPHA)!.items.get(id)!, '', 'created'));
  waits.pop()?.end();
  await new Promise((resolve) => setImmediate(resolve));
  expect(asked()).toEqual([]);
  paused.is = false;
  expect(snapshots.retryRefused()).toBe(true);
  await entry.loading;
  expect(entry.snapshot?.items.has(id)).toBe(true);
  expect(snapshots.retryRefused()).toBe(false);
});

test('many missed deliveries are as one now and one in a minute', async () => {
  const { receiver, waits } = await createFixture();
  for (let count = 0; count < 50; count++) receiver.missed();
  await new Promise((resolve) => setImmediate(resolve));
  expect(waits.map(({ ms }) => ms).sort()).toEqual([2_000, 60_000]);
});
