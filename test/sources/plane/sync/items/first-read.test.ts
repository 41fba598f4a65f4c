import { afterEach, describe, expect, test } from '@jest/globals';
import { ordered } from '../../../../../src/demo/lists.ts';
import { listedItems, type Tables } from '../../../../../src/demo/rows.ts';
import type { Snapshot } from '../../../../../src/domain/plane.ts';
import { acmeTables, ALPHA } from '../../../../support/acme.ts';
import type { SnapshotsFixture } from '../../../../support/snapshots-fixture.ts';
import { uuid } from '../../../../support/make.ts';
import { createUnreadProject, pageOf, type UnreadProject } from '../unread.ts';

/** What a project costs that was never read before. */

const open: SnapshotsFixture[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

async function aProject(...given: Parameters<typeof createUnreadProject>): Promise<UnreadProject> {
  const project = await createUnreadProject(...given);
  open.push(project);
  return project;
}

const FIRST = 'work-items/ expand=state,labels,assignees order_by=-updated_at per_page=100';
const WALK = 'work-items/ order_by=sequence_id per_page=1000';
const LISTS = ['states/ per_page=1000', 'labels/ per_page=1000'];

/** Adds items until there are so many, each a copy of one that has labels and assignees. */
function fill(tables: Tables, count: number): void {
  const { items } = tables.projects.get(ALPHA)!;
  const row = [...items.values()].find(({ labels, assignees }) => labels.length > 1 && assignees.length > 0)!;
  for (let number = 0; items.size < count; number++) {
    const id = uuid(number);
    items.set(id, { ...row, id, sequence_id: 1_000 + number, name: `Copy ${number}` });
  }
}

const listed = (tables: Tables): string[] => listedItems(tables.projects.get(ALPHA)!).map(({ id }) => id);
const idsOf = (snapshot: Snapshot): string[] => [...snapshot.items.keys()];

describe('a project that was never read', () => {
  test('takes one request where its items fit on a page, and one for the people of all projects', async () => {
    const tables = acmeTables();
    fill(tables, 100);
    const { read, asked, snapshots } = await aProject(null, { tables });
    const snapshot = await read();
    expect(asked()).toEqual(['projects/ per_page=1000', FIRST, 'members/']);
    expect(idsOf(snapshot).sort()).toEqual(listed(tables).sort());
    expect(snapshot.partialNames).toEqual(['states', 'labels']);
    for (const id of [...tables.projects.keys()].filter((one) => one !== ALPHA)) await snapshots.refresh(id, 'reader');
    expect(asked().filter((line) => line !== FIRST)).toEqual([]);
  });

  test('takes one more for a walk where they do not, and the page is the mark before it', async () => {
    const tables = acmeTables();
    fill(tables, 101);
    const { read, asked } = await aProject(null, { tables });
    const snapshot = await read();
    expect(asked().slice(1)).toEqual([FIRST, 'members/', WALK]);
    expect(idsOf(snapshot).sort()).toEqual(listed(tables).sort());
  });

  test('is walked where an item came between the page and the walk', async () => {
    const tables = acmeTables();
    fill(tables, 101);
    const { read, asked, plane, snapshots } = await aProject(null, { tables });
    plane.onRequest = ({ query }) => {
      if (query.get('order_by') === 'sequence_id' && listed(tables).length === 101) {
        plane.deleteItem(uuid(3));
        plane.createItem(ALPHA, { name: 'Meanwhile' });
        plane.createItem(ALPHA, { name: 'Too' });
      }
      return undefined;
    };
    expect(idsOf(await read()).sort()).toEqual(listed(tables).sort());
    expect(asked().slice(3)).toEqual([WALK, expect.stringContaining('per_page=25'), expect.anything()]);
    expect(snapshots.project(ALPHA).current?.mark.total).toBe(102);
  });

  test('has every item where Plane allows only smaller pages', async () => {
    const { read, plane } = await aProject(null, { maxPageSize: 10 });
    expect(idsOf(await read()).sort()).toEqual(listed(plane.tables).sort());
  });

  test('is read without expand as soon as it was read once', async () => {
    const { read, plane, snapshots, clock, asked } = await aProject();
    await read();
    asked();
    clock.now += 61_000;
    plane.editState([...plane.tables.projects.get(ALPHA)!.states.keys()][0]!, { name: 'Renamed' });
    await read();
    await snapshots.refresh(ALPHA, 'background', true);
    expect(asked().filter((line) => line.includes('expand'))).toEqual([]);
  });

  test('keeps no e-mail address', async () => {
    const { read, store, plane, log } = await aProject();
    const addresses = [...plane.tables.people.values()].flatMap(({ email }) =>
      typeof email === 'string' ? email : [],
    );
    expect(addresses).toContain('ada@example.test');
    const snapshot = await read();
    const everything = JSON.stringify([snapshot, [...snapshot.members], [...store.records], log.lines]);
    for (const address of addresses) expect(everything).not.toContain(address);
  });
});

describe('names that the page leaves out are loaded', () => {
  test.each([
    ['states', 'state', ['states/ per_page=1000']],
    ['labels', 'labels', ['labels/ per_page=1000']],
    ['states and labels', 'state,labels,assignees', LISTS],
  ])('%s that stayed ids', async (_what, unexpanded, lists) => {
    const { read, plane, asked } = await aProject();
    plane.onRequest = (request) => {
      if (!request.query.has('expand')) return undefined;
      const left = request.query.get('expand')!.split(',');
      const query = new URLSearchParams(request.query);
      query.set('expand', left.filter((name) => !unexpanded.split(',').includes(name)).join());
      return { kind: 'json', status: 200, body: pageOf(plane.tables, query) };
    };
    const snapshot = await read();
    expect(asked().slice(3)).toEqual(lists);
    const { states: rows, labels } = plane.tables.projects.get(ALPHA)!;
    if (lists.length === 2) {
      expect(snapshot.partialNames).toEqual([]);
      expect([...snapshot.states.keys()].sort()).toEqual([...rows.keys()].sort());
      expect([...snapshot.labels.keys()].sort()).toEqual([...labels.keys()].sort());
    }
  });

  test('also those of items behind the first hundred', async () => {
    const tables = acmeTables();
    const { states: rows, items } = tables.projects.get(ALPHA)!;
    fill(tables, 130);
    const [old] = ordered([...items.values()], 'updated_at');
    const unused = uuid(999);
    rows.set(unused, { ...[...rows.values()][0]!, id: unused, name: 'Rare' });
    items.set(old!.id, { ...old!, state: unused });
    const { read, asked } = await aProject(null, { tables });
    expect((await read()).states.has(unused)).toBe(true);
    expect(asked().slice(4)).toEqual(['states/ per_page=1000']);
  });

  test('and those of people where the key may not list the workspace', async () => {
    const { read, plane, asked } = await aProject();
    plane.onRequest = ({ path }) =>
      path.endsWith('acme/members/')
        ? { kind: 'json', status: 403, body: { detail: 'You do not have permission to perform this action.' } }
        : undefined;
    const snapshot = await read();
    expect(asked().slice(1)).toEqual([FIRST, 'members/']);
    expect(snapshot.partialNames).toEqual(['states', 'labels', 'members']);
    const worn = new Set([...snapshot.items.values()].flatMap(({ assigneeIds }) => assigneeIds));
    expect([...snapshot.members.keys()].sort()).toEqual([...worn].sort());
  });
});
