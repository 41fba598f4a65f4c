import { afterEach, expect, test } from '@jest/globals';
import { parseOptions } from '../../../../../src/views/options/options.ts';
import { acmeTables, ALPHA } from '../../../../support/acme.ts';
import { uuid } from '../../../../support/make.ts';
import { eventsOf } from '../../../../support/render.ts';
import { createSnapshotsFixture, type SnapshotsFixture } from '../../../../support/snapshots-fixture.ts';

/** Labels come and go in Plane without a sign. */

const FULL = 'cc8b8479-f68a-43a6-a4eb-04f2f582650d';
const NEW = uuid(78);

const open: SnapshotsFixture[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

/** Project ALPHA with its lists of names read. */
async function setUp() {
  const tables = acmeTables();
  const fixture = await createSnapshotsFixture(null, { tables });
  open.push(fixture);
  const { snapshots, clock, asked } = fixture;
  /** A minute later. Returns the requests to Plane. */
  const refresh = async (): Promise<string> => {
    clock.now += 61_000;
    asked();
    await snapshots.refresh(ALPHA, 'reader');
    return asked().join();
  };
  for (let done = 0; done < 3; done++) await refresh();
  const { labels } = tables.projects.get(ALPHA)!;
  return { ...fixture, refresh, labels, known: () => snapshots.project(ALPHA).snapshot! };
}

test('the items of a deleted label leave its calendars, although Plane does not touch them', async () => {
  const { plane, labels, refresh, known } = await setUp();
  const [id] = labels.keys();
  plane.editItem(FULL, { labels: [id!] });
  const isShown = (label: string): boolean =>
    eventsOf(known(), {
      options: parseOptions([
        ['label', label],
        ['done', 'keep'],
      ]),
      pins: { label: { [id!]: [id!] } },
    }).some(({ uid }) => uid.includes(FULL));
  await refresh();
  await refresh();
  expect([isShown(id!), isShown('none')]).toEqual([true, false]);
  plane.deleteLabel(id!);
  for (let done = 0; done < 4; done++) await refresh();
  expect(known().items.get(FULL)?.labelIds).toEqual([id]);
  expect([isShown(id!), isShown('none')]).toEqual([false, true]);
});

test('a new label is read together with its first item; one that stays unknown is looked for once', async () => {
  const { plane, labels, refresh, known } = await setUp();
  labels.set(NEW, { ...[...labels.values()][0]!, id: NEW, name: 'new' });
  plane.editItem(FULL, { labels: [NEW] });
  await refresh();
  expect(known().items.get(FULL)?.labelIds).toEqual([NEW]);
  expect(known().labels.get(NEW)?.name).toBe('new');
  plane.editItem(FULL, { labels: [uuid(79)] });
  expect(await refresh()).toMatch('labels/');
  expect(await refresh()).not.toMatch('labels/');
});
