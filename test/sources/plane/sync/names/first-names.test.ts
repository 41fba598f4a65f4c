import { afterEach, describe, expect, test } from '@jest/globals';
import { deliveryBody, deliveryData } from '../../../../../src/demo/hooks.ts';
import { listedItems, type ItemRow, type Tables } from '../../../../../src/demo/rows.ts';
import { createDeliveries } from '../../../../../src/sources/plane/webhook/deliveries.ts';
import { createReceiver } from '../../../../../src/sources/plane/webhook/receiver.ts';
import { createBackgroundSync } from '../../../../../src/sources/plane/sync/background-sync.ts';
import { acmeTables, ALPHA } from '../../../../support/acme.ts';
import type { SnapshotsFixture } from '../../../../support/snapshots-fixture.ts';
import { uuid } from '../../../../support/make.ts';
import { createUnreadProject } from '../unread.ts';

/** Between the first reading of a project, which has the names of its items, and that of its lists of names. */

const open: SnapshotsFixture[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

/** Project ALPHA, just read, where no item has the state or label RARE. */
async function aProject({ isGuest = false } = {}) {
  const tables = acmeTables();
  const { states, labels } = tables.projects.get(ALPHA)!;
  states.set(RARE, { ...[...states.values()][0]!, id: RARE, name: 'Rare' });
  labels.set(RARE, { ...[...labels.values()][0]!, id: RARE, name: 'Rare' });
  const project = await createUnreadProject(null, { tables });
  open.push(project);
  const { plane, snapshots, store, now, log, asked } = project;
  if (isGuest)
    plane.onRequest = ({ path }) =>
      path.endsWith('acme/members/') ? { kind: 'json', status: 403, body: { detail: 'no' } } : undefined;
  const delay = (): Promise<void> => new Promise(() => undefined);
  const deliveries = createDeliveries(store, now, () => undefined);
  const wrongSecret = { note: () => undefined };
  const receiver = createReceiver({ secrets: () => [], snapshots, deliveries, wrongSecret, now, delay, log });
  const also = () => Promise.resolve();
  const backgroundSync = createBackgroundSync({
    snapshots,
    reconcileMs: () => 21_600_000,
    now,
    delay,
    log,
    afterTick: also,
  });
  const first = await project.read();
  snapshots.requested(ALPHA, []);
  asked();
  const shown = (): string | undefined => snapshots.project(ALPHA).snapshot?.items.get(FULL)?.name;
  /** Takes in what Plane sends of that edit. */
  const deliver = (fields: Partial<ItemRow>): void => {
    const data = deliveryData(tables, 'issue', plane.editItem(FULL, fields));
    const activity = { field: 'name', old_value: null, new_value: null };
    receiver.receive(Buffer.from(deliveryBody(tables, 'issue', 'updated', data, activity)));
  };
  return { ...project, first, deliver, shown, backgroundSync, entry: snapshots.project(ALPHA) };
}

const FULL = 'cc8b8479-f68a-43a6-a4eb-04f2f582650d';
const RARE = uuid(77);
const LISTS = ['states/ per_page=1000', 'labels/ per_page=1000'];

describe('a delivery', () => {
  test('with a state and a label that no item had is shown at once, by the names in it', async () => {
    const { deliver, shown, entry, first, asked } = await aProject();
    expect(first.states.has(RARE)).toBe(false);
    deliver({ name: 'Edited', state: RARE, labels: [RARE] });
    expect(shown()).toBe('Edited');
    expect(entry.snapshot?.states.get(RARE)?.name).toBe('Rare');
    expect(entry.snapshot?.labels.get(RARE)?.name).toBe('Rare');
    expect(entry.snapshot?.partialNames).toEqual(['states', 'labels']);
    expect(asked()).toEqual([]);
  });

  test('waits for Plane if it mentions a person in a list that was not read', async () => {
    const { deliver, shown, plane, first } = await aProject({ isGuest: true });
    const before = shown();
    // The first of them makes the change.
    const stranger = [...plane.tables.people.keys()].findLast((id) => !first.members.has(id));
    const mention = `<mention-component entity_name="user_mention" entity_identifier="${stranger!}"></mention-component>`;
    deliver({ name: 'Edited', description_html: `<p>${mention}</p>` });
    expect(shown()).toBe(before);
    deliver({ name: 'Edited', description_html: '<p>x</p>' });
    expect(shown()).toBe('Edited');
  });
});

describe('the lists are read', () => {
  test('at the next refresh, and the snapshot has names that no item refers to', async () => {
    const { read, clock, asked, entry } = await aProject();
    clock.now += 61_000;
    const next = await read();
    expect(asked().slice(2, 4)).toEqual(LISTS);
    expect(next.states.has(RARE) && next.labels.has(RARE)).toBe(true);
    expect(next.partialNames).toEqual([]);
    // Nothing reads otherwise by it.
    expect(entry.changedAt).toBe(-Infinity);
  });

  test('in the background, of four projects at a time, and once', async () => {
    const { backgroundSync, snapshots, clock, asked, plane } = await aProject();
    const all = [...plane.tables.projects.values()].filter(({ row }) => row.is_member && row.archived_at === null);
    for (const { row } of all.filter((one) => one.row.id !== ALPHA)) {
      await snapshots.refresh(row.id, 'reader');
      snapshots.requested(row.id, []);
    }
    expect(all.length).toBeGreaterThan(4);
    const lists = (): number => asked().filter((line) => line.startsWith('labels/')).length;
    lists();
    const counts: number[] = [];
    for (let tick = 0; tick < 3; tick++) {
      clock.now += 30_000;
      await backgroundSync.tick();
      counts.push(lists());
    }
    expect(counts).toEqual([4, all.length - 4, 0]);
  });

  test('not over and over where Plane refuses them', async () => {
    const { backgroundSync, plane, clock, asked } = await aProject();
    plane.onRequest = ({ path }) =>
      path.endsWith('/states/') ? { kind: 'json', status: 400, body: { detail: 'no' } } : undefined;
    for (let tick = 0; tick < 6; tick++) {
      clock.now += 30_000;
      await backgroundSync.tick();
    }
    expect(asked().filter((line) => line.startsWith('states/'))).toHaveLength(1);
  });

  test('after a restart, which knows that they were not', async () => {
    const { restarted: reborn, entry } = await aProject();
    await entry.saved;
    const { snapshots } = await reborn();
    expect(snapshots.project(ALPHA).snapshot?.partialNames).toEqual(['states', 'labels']);
    await snapshots.refresh(ALPHA, 'reader');
    expect(snapshots.project(ALPHA).snapshot?.partialNames).toEqual([]);
    await snapshots.project(ALPHA).saved;
    const later = await reborn();
    expect(later.snapshots.project(ALPHA).snapshot?.partialNames).toEqual([]);
  });

  test('no more where the project is archived: then Plane lists none', async () => {
    const { plane, clock, snapshots, entry } = await aProject();
    archive(plane.tables);
    clock.now += 61_000;
    await snapshots.refresh(ALPHA, 'reader');
    expect(entry.snapshot?.partialNames).toEqual([]);
    expect(entry.snapshot?.items.size).toBeGreaterThan(0);
  });
});

function archive(tables: Tables): void {
  const project = tables.projects.get(ALPHA)!;
  project.row = { ...project.row, archived_at: '2026-11-20T12:00:00Z' };
  expect(listedItems(project)).toEqual([]);
}

test('who has no item is found too, by a key that may not list the workspace', async () => {
  const { source, first, plane } = await aProject({ isGuest: true });
  const idle = [...plane.tables.projects.get(ALPHA)!.members].find((id) => !first.members.has(id));
  expect(idle).toBeDefined();
  expect((await source.members()).has(idle!)).toBe(true);
});
