import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Json } from '../../src/demo/json.ts';
import type { ProjectTable } from '../../src/demo/rows.ts';
import { AppError } from '../../src/domain/errors.ts';
import { acmeTables, ALPHA } from '../support/acme.ts';
import { createFaultFixture, loggedBy, wrongsOf, type FaultFixture } from './fixture.ts';
import { isPage, VALUES, withKey } from './mutations.ts';

/** Single items that make no sense, older versions of Plane, and what a first read shows. */

const FULL = 'cc8b8479-f68a-43a6-a4eb-04f2f582650d';
const isItems = (path: string): boolean => path.endsWith('/work-items/');

let fixture: FaultFixture;
let alpha: ProjectTable;

async function begin(tables = acmeTables(), tamper: FaultFixture['tamper'] = null): Promise<void> {
  fixture = await createFaultFixture(tables);
  fixture.tamper = tamper;
  alpha = tables.projects.get(ALPHA)!;
}

beforeEach(() => begin());

const entry = () => fixture.snapshots.project(ALPHA);
const item = (id = FULL) => entry().snapshot?.items.get(id);
const readAll = (): Promise<void> => fixture.snapshots.refresh(ALPHA, 'background', true);
const edit = (fields: object, id = FULL): void => {
  fixture.edits.editItem(id, fields);
};

async function refresh(): Promise<void> {
  fixture.clock.now += 61_000;
  await fixture.snapshots.refresh(ALPHA, 'reader');
}

describe('an item that makes no sense', () => {
  test('keeps its last good version, is named once, and costs no other', async () => {
    await refresh();
    const other = [...alpha.items.keys()].find((id) => id !== FULL)!;
    edit({ sequence_id: 'two', target_date: '2026-12-24' });
    edit({ name: 'Edited' }, other);
    const before = item();
    await refresh();
    expect(item()).toBe(before);
    expect(item(other)?.name).toBe('Edited');
    expect(entry().error).toBeNull();
    expect(fixture.reader.faults.problems().map(({ message }) => message)).toEqual([
      `Plane's answer makes no sense: "sequence_id" is text in ALPHA-2 (/api/v1/workspaces/acme/projects/${ALPHA}/work-items/). What last made sense stays.`,
    ]);
    for (let refreshes = 0; refreshes < 3; refreshes++) await refresh();
    edit({ sequence_id: 2 });
    await refresh();
    expect(item()?.targetDate).toBe('2026-12-24');
    expect(loggedBy(fixture)).toEqual({ begun: 1, over: 1 });
  });

  test('is found right within a minute, although nothing shows that it is', async () => {
    await refresh();
    edit({ name: 7 });
    await refresh();
    await refresh();
    alpha.items.set(FULL, { ...alpha.items.get(FULL)!, name: 'Right again' });
    await fixture.tick();
    await fixture.tick();
    expect(item()?.name).toBe('Right again');
    expect(wrongsOf(fixture)).toEqual([]);
  });

  test('keeps only what is wrong where the rest makes sense', async () => {
    await refresh();
    const { labelIds } = item()!;
    edit({ labels: 'bug', name: 'Edited' });
    await refresh();
    expect(item()).toMatchObject({ name: 'Edited', labelIds });
    expect(wrongsOf(fixture)).toEqual([expect.stringContaining('"labels" is text in ALPHA-2')]);
  });

  test('keeps its last good version when its day is none', async () => {
    await refresh();
    edit({ target_date: '2026-02-31' });
    await refresh();
    expect(item()?.targetDate).toBe('2026-11-27');
    expect(wrongsOf(fixture)).not.toEqual([]);
    edit({ target_date: null });
    await refresh();
    expect(item()?.targetDate).toBeNull();
    expect(wrongsOf(fixture)).toEqual([]);
  });

  test('still goes when it is no longer listed', async () => {
    await refresh();
    edit({ name: null });
    await refresh();
    fixture.edits.deleteItem(FULL);
    await refresh();
    expect(item()).toBeUndefined();
    expect(wrongsOf(fixture)).toEqual([]);
  });

  test('is the last good one after a restart too, and reported', async () => {
    await refresh();
    edit({ name: null });
    await refresh();
    const before = item();
    await fixture.restart();
    expect(item()).toEqual(before);
    expect(wrongsOf(fixture)).toHaveLength(1);
    await refresh();
    expect(item()).toEqual(before);
  });

  test('counts once against the number of items, so that a refresh costs one request more than elsewhere', async () => {
    await refresh();
    edit({ name: null });
    for (let refreshes = 0; refreshes < 2; refreshes++) await refresh();
    const before = fixture.requests.length;
    await refresh();
    expect(fixture.requests.slice(before).map((path) => path.replace(/.*\/projects\/(?:[0-9a-f-]+\/)?/, ''))).toEqual([
      '',
      `work-items/${FULL}/`,
      'work-items/',
    ]);
  });
});

describe('on a first read', () => {
  test('an item is shown without what can be done without, and left out without a name', async () => {
    const [first, second] = [...alpha.items.keys()];
    edit({ priority: 5, labels: null }, first);
    edit({ name: 5 }, second);
    await refresh();
    expect(item(first)).toMatchObject({ priority: 'none', labelIds: [] });
    expect(item(second)).toBeUndefined();
    expect(entry().snapshot?.items.size).toBe(33);
    expect(wrongsOf(fixture)).toEqual([expect.stringContaining('and 1 more')]);
  });

  test('where most items make no sense there is no calendar, and it says why', async () => {
    await begin(acmeTables(), (path, _query, body) =>
      isItems(path) && body !== null ? withKey(body, 'sequence_id', VALUES.text!) : body,
    );
    await refresh();
    expect(entry().snapshot).toBeNull();
    expect(wrongsOf(fixture)).toContainEqual(expect.stringContaining('"sequence_id" is text in 34 of 34 work items'));
  });
});

describe('an older Plane', () => {
  const without =
    (keys: Readonly<Record<string, readonly string[]>>): FaultFixture['tamper'] =>
    (path, _query, body) => {
      let said = body;
      for (const [end, names] of Object.entries(keys))
        if (path.endsWith(end)) for (const name of names) said = said && withKey(said, name, () => undefined);
      return said;
    };
  const noMembers: FaultFixture['tamper'] = (path, _query, body) =>
    path.endsWith('/members/') ? new AppError('plane_no_route', 'no address') : body;

  test('that has no archived_at and no start_date is read without a fault', async () => {
    const keys = {
      '/acme/projects/': ['archived_at', 'timezone', 'is_member', 'logo_props'],
      '/work-items/': ['archived_at', 'start_date', 'is_draft', 'completed_at'],
      '/states/': [],
      '/cycles/': ['archived_at'],
    };
    await begin(acmeTables(), without(keys));
    const events = await fixture.read();
    expect([...events.keys()].filter((key) => key.startsWith('due ')).length).toBeGreaterThan(20);
    expect(wrongsOf(fixture)).toEqual([]);
    expect(entry().snapshot?.project.archived).toBe(false);
  });

  test('that never sent the target date is not believed', async () => {
    await begin(acmeTables(), without({ '/work-items/': ['target_date'] }));
    await refresh();
    expect(entry().snapshot).toBeNull();
    expect(wrongsOf(fixture)).toContainEqual(expect.stringContaining('"target_date" is missing'));
  });

  test('without an address of members costs names only', async () => {
    await begin(acmeTables(), noMembers);
    const events = await fixture.read();
    expect(events.size).toBeGreaterThan(50);
    expect(entry().snapshot?.members.size).toBe(0);
    expect(wrongsOf(fixture)).toEqual([]);
  });

  test('that lost its address of members keeps their names', async () => {
    const events = await fixture.read();
    fixture.tamper = noMembers;
    await readAll();
    expect([...(await fixture.read())]).toEqual([...events]);
  });

  test('that has sent a key is known by it after a restart', async () => {
    await fixture.read();
    await fixture.restart();
    fixture.tamper = without({ '/work-items/': ['start_date'], '/acme/projects/': ['archived_at'] });
    fixture.clock.now += 61_000;
    await readAll();
    expect(wrongsOf(fixture)).toContainEqual(expect.stringContaining('"archived_at" is missing'));
    expect(wrongsOf(fixture)).toContainEqual(expect.stringContaining('"start_date" is missing'));
    expect(item()?.startDate).toBe('2026-11-16');
  });
});

describe('an item touched in the future', () => {
  test('does not hide what is edited beside it', async () => {
    await refresh();
    alpha.items.set(FULL, { ...alpha.items.get(FULL)!, updated_at: '2999-01-01T00:00:00.000000Z' });
    await refresh();
    const others = [...alpha.items.keys()].filter((id) => id !== FULL);
    for (const id of others.slice(0, 3)) edit({ name: 'Beside it' }, id);
    await refresh();
    expect(others.slice(0, 3).map((id) => item(id)?.name)).toEqual(['Beside it', 'Beside it', 'Beside it']);
    expect(item()!.updatedAt).toBeLessThanOrEqual(fixture.clock.now + 300_000);
  });

  test('is read again once its time is valid', async () => {
    await refresh();
    const row = alpha.items.get(FULL)!;
    alpha.items.set(FULL, { ...row, name: 'From the future', updated_at: '2999-01-01T00:00:00.000000Z' });
    await refresh();
    expect(item()?.name).toBe('From the future');
    edit({ name: 'Now' });
    await refresh();
    expect(item()?.name).toBe('Now');
  });
});

test('a list of ids in which one can not be read removes nothing', async () => {
  await refresh();
  fixture.edits.deleteItem(FULL);
  fixture.tamper = (path, query, body) =>
    isItems(path) && query.fields === 'id' && body !== null && isPage(body)
      ? { ...body, results: body.results.map((one, at): Json => (at === 3 ? { id: null } : one)) }
      : body;
  await refresh();
  expect(entry().snapshot?.items.size).toBe(34);
  expect(wrongsOf(fixture)).toContainEqual(expect.stringContaining('"id" can\'t be read'));
});
