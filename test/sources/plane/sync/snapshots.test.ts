import { afterEach, describe, expect, test } from '@jest/globals';
import { listedItems } from '../../../../src/demo/rows.ts';
import { ACME_KEY, ALPHA } from '../../../support/acme.ts';
import { NOON } from '../../../support/make.ts';
import { createSnapshotsFixture } from '../../../support/snapshots-fixture.ts';
import type { PlaneFixture } from '../../../support/plane.ts';

const open: PlaneFixture[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

async function setUp(only: readonly string[] | null = null) {
  const fixture = await createSnapshotsFixture(only);
  open.push(fixture);
  const { clock, snapshots, asked } = fixture;
  /** A minute later, refreshes the project as a reader; returns the requests to Plane. */
  const refresh = async (ms = 61_000): Promise<string[]> => {
    clock.now += ms;
    asked();
    await snapshots.refresh(ALPHA, 'reader');
    return asked();
  };
  return { ...fixture, refresh, known: () => snapshots.project(ALPHA) };
}

const FULL = 'cc8b8479-f68a-43a6-a4eb-04f2f582650d';

test('concurrent requests read a project once', async () => {
  const { snapshots, asked } = await setUp();
  await Promise.all(Array.from({ length: 20 }, () => snapshots.refresh(ALPHA, 'reader')));
  expect(asked()).toEqual([PROJECTS, FIRST, 'members/']);
  expect(snapshots.project(ALPHA)).toMatchObject({ checkedAt: NOON, error: null });
  expect(snapshots.project(ALPHA).snapshot?.items.size).toBe(34);
});

const FIRST = 'work-items/ expand=state,labels,assignees order_by=-updated_at per_page=100';
const PROBE = 'work-items/ order_by=-updated_at per_page=1';
const NEWEST = 'work-items/ order_by=-updated_at per_page=25';
const IDS = 'work-items/ order_by=sequence_id per_page=1000';
const PROJECTS = 'projects/ per_page=1000';

test('while nothing changes, a refresh costs one request for the project and one for all', async () => {
  const { refresh, known } = await setUp();
  await refresh();
  // The lists of names.
  await refresh();
  const before = known().snapshot;
  expect(await refresh()).toEqual([PROJECTS, PROBE]);
  expect(known().snapshot).toBe(before);
});

test('only the probe itself counts as its duration, and even a slow one delays the next by no more than 100 s', async () => {
  const { refresh, known, plane, clock } = await setUp();
  /** How long the project is fresh after a refresh in which requests to these paths take so long. */
  const freshAfter = async (part: string, ms: number): Promise<number> => {
    plane.onRequest = ({ path, query }) => {
      if (path.endsWith(part) && query.get('per_page') !== '25') clock.now += ms;
      return undefined;
    };
    await refresh(110_000);
    return known().freshUntil - known().checkedAt;
  };
  await refresh();
  for (const part of ['acme/projects/', 'labels/', 'members/'])
    expect([part, await freshAfter(part, 5_000)]).toEqual([part, 60_000]);
  for (let probe = 0; probe < 5; probe++) {
    const fresh = await freshAfter('work-items/', 2_200);
    expect(fresh >= 60_000 && fresh <= 100_000).toBe(true);
  }
  expect(known().error).toBeNull();
});

describe('a change is seen at the next refresh, for two requests', () => {
  test.each<[string, (fixture: PlaneFixture) => void, string[], (names: string[]) => void]>([
    [
      'an edit',
      ({ plane }) => plane.editItem(FULL, { name: 'Edited' }),
      [PROBE, NEWEST],
      (names) => {
        expect(names).toContain('Edited');
      },
    ],
    [
      'a silent drag',
      ({ plane }) => {
        plane.dragItem(FULL, { target_date: '2027-01-01' });
      },
      [PROBE, NEWEST],
      (names) => {
        expect(names).toHaveLength(34);
      },
    ],
    [
      'a new item',
      ({ plane }) => plane.createItem(ALPHA, { name: 'New' }),
      [PROBE, NEWEST],
      (names) => {
        expect(names).toContain('New');
      },
    ],
    [
      'a silent removal',
      ({ plane }) => {
        plane.deleteItem(FULL);
      },
      [PROBE, IDS],
      (names) => {
        expect(names).toHaveLength(33);
      },
    ],
    [
      'an archived item',
      ({ plane }) => {
        plane.archiveItem(FULL);
      },
      [PROBE, IDS],
      (names) => {
        expect(names).toHaveLength(33);
      },
    ],
  ])('%s', async (_what, change, requests, check) => {
    const fixture = await setUp();
    await fixture.refresh();
    await fixture.refresh();
    const before = fixture.known().snapshot;
    change(fixture);
    expect((await fixture.refresh()).slice(1)).toEqual(requests);
    const after = fixture.known().snapshot;
    expect(after).not.toBe(before);
    check([...after!.items.values()].map(({ name }) => name));
    expect([...after!.items.keys()].sort()).toEqual(
      listedItems(fixture.plane.tables.projects.get(ALPHA)!)
        .map(({ id }) => id)
        .sort(),
    );
  });

  test('the project renamed', async () => {
    const { snapshots, plane, clock } = await setUp();
    await snapshots.refresh(ALPHA, 'reader');
    plane.editProject(ALPHA, { identifier: 'BETA', name: 'Beta' });
    clock.now += 60_000;
    await snapshots.refresh(ALPHA, 'reader');
    expect(snapshots.project(ALPHA).snapshot?.project).toMatchObject({ identifier: 'BETA', name: 'Beta' });
  });

  test('a label, a state and a person renamed, after ten minutes', async () => {
    const { snapshots, plane, clock } = await setUp();
    await snapshots.refresh(ALPHA, 'reader');
    const { labels, states } = plane.tables.projects.get(ALPHA)!;
    const [label, state, person] = [
      [...labels.keys()][0]!,
      [...states.keys()][0]!,
      [...plane.tables.people.keys()][0]!,
    ];
    plane.editLabel(label, { name: 'new label' });
    plane.editState(state, { name: 'new state' });
    plane.renamePerson(person, 'new person');
    clock.now += 600_000;
    await snapshots.refresh(ALPHA, 'reader');
    const { snapshot } = snapshots.project(ALPHA);
    expect(snapshot?.labels.get(label)?.name).toBe('new label');
    expect(snapshot?.states.get(state)?.name).toBe('new state');
    expect(snapshot?.members.get(person)?.displayName).toBe('new person');
  });
});

test('after a failure the snapshot stays, the error is reported, and the next try waits', async () => {
  const { snapshots, plane, clock, log, asked } = await setUp();
  await snapshots.refresh(ALPHA, 'reader');
  const { snapshot } = snapshots.project(ALPHA);
  plane.onRequest = () => ({ kind: 'status', status: 503 });
  clock.now += 60_000;
  await snapshots.refresh(ALPHA, 'reader');
  expect(snapshots.project(ALPHA)).toMatchObject({
    checkedAt: NOON,
    error: expect.objectContaining({ code: 'plane_unavailable' }),
  });
  expect(snapshots.project(ALPHA).snapshot).toBe(snapshot);
  expect(log.lines.at(-1)).toMatchObject({ level: 'warn', message: 'project could not be read' });
  asked();
  await snapshots.refresh(ALPHA, 'reader');
  expect(asked()).toEqual([]);
  plane.onRequest = () => undefined;
  clock.now += 10_000;
  await snapshots.refresh(ALPHA, 'reader');
  expect(snapshots.project(ALPHA)).toMatchObject({ checkedAt: clock.now, error: null });
  expect(log.lines.at(-1)).toMatchObject({ level: 'info', message: 'project can be read again' });
});

test('a revoked key is reported as a sentence', async () => {
  const { snapshots, plane } = await setUp();
  plane.tables.keys.delete(ACME_KEY);
  await snapshots.refresh(ALPHA, 'reader');
  expect(snapshots.project(ALPHA)).toMatchObject({
    snapshot: null,
    error: expect.objectContaining({ code: 'plane_key' }),
  });
});

test('only what PLANE_PROJECTS names is published, and a name that matches nothing is logged with what is seen', async () => {
  const { snapshots, log } = await setUp(['alpha', 'NOPE']);
  await snapshots.refresh(ALPHA, 'reader');
  expect(snapshots.project(ALPHA).snapshot).not.toBeNull();
  const big = 'fafe3117-99af-466a-851b-a342b69d22c7';
  await snapshots.refresh(big, 'reader');
  expect(snapshots.project(big)).toMatchObject({
    snapshot: null,
    gone: { kind: 'unpublished', since: NOON },
  });
  expect(log.lines.find(({ message }) => message.startsWith('PLANE_PROJECTS'))?.fields).toMatchObject({
    name: 'nope',
    seen: expect.arrayContaining(['ALPHA', 'BIG']),
  });
});
