import { afterEach, describe, expect, test } from '@jest/globals';
import { readAll } from '../../../../src/sources/plane/sync/items/full-read.ts';
import type { Project } from '../../../../src/domain/plane.ts';
import { ALPHA } from '../../../support/acme.ts';
import { projectOf } from '../../../support/decoded.ts';
import { createPlaneFixture, type PlaneFixture } from '../../../support/plane.ts';
import { recordedAnswer } from '../../../support/recorded.ts';

const open: PlaneFixture[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

async function setUp(
  options: Parameters<typeof createPlaneFixture>[0] = {},
): Promise<PlaneFixture & { readonly project: Project }> {
  const made = await createPlaneFixture(options);
  open.push(made);
  const project = projectOf(made.plane.tables.projects.get(ALPHA)!.row);
  return { ...made, project };
}

test('the projects of which the user is a member, states, labels and people', async () => {
  const { reader, plane } = await setUp();
  const rtl = [...plane.tables.projects.values()].find(({ row }) => row.identifier === 'RTL')!;
  rtl.row = { ...rtl.row, is_member: false };
  expect([...(await reader.projects('reader')).values()].map(({ identifier }) => identifier)).toEqual([
    'ALPHA',
    'EMPT2',
    'SECRET',
    'PUBL',
    'TARCH',
    'BIG',
  ]);
  expect((await reader.states(ALPHA, 'reader')).size).toBe(6);
  expect((await reader.labels(ALPHA, 'reader')).size).toBe(4);
  expect((await reader.workspaceMembers('reader'))?.size).toBeGreaterThan(2);
  expect((await reader.projectMembers(ALPHA, 'reader')).size).toBe(3);
});

test('a guest may not list the workspace, which is no error', async () => {
  const { reader, plane } = await setUp();
  plane.onRequest = () => ({ kind: 'json', ...recordedAnswer('err-other-workspace-members').response });
  expect(await reader.workspaceMembers('reader')).toBeNull();
  plane.onRequest = () => ({ kind: 'json', ...recordedAnswer('err-bad-key').response });
  await expect(reader.workspaceMembers('reader')).rejects.toMatchObject({ code: 'plane_key' });
});

describe('cycles and modules', () => {
  const [SPRINT, LAUNCH] = ['8f710fa8-9c32-408e-9b6b-44ef9ab9bcb0', '374a7ac6-3682-4ae2-b561-f1c6a5de4d01'];

  test('as listed, and the ids of what is in them', async () => {
    const { reader, asked } = await setUp();
    expect((await reader.cycles(ALPHA, 'reader')).get(SPRINT)).toMatchObject({ name: 'Sprint 1 renamed', total: 2 });
    expect((await reader.modules(ALPHA, 'reader')).get(LAUNCH)).toMatchObject({ status: 'in-progress', total: 2 });
    const ids = ['76462ca0-e9a5-4711-a78e-f11946c3f4c2', 'cc8b8479-f68a-43a6-a4eb-04f2f582650d'];
    expect(await reader.itemIdsOf('cycles', ALPHA, SPRINT, 'reader')).toEqual(ids);
    expect(await reader.itemIdsOf('modules', ALPHA, LAUNCH, 'reader')).toEqual(ids);
    expect(await reader.itemIdsOf('modules', ALPHA, SPRINT, 'reader')).toEqual([]);
    expect(asked()).toHaveLength(5);
  });

  test('many items come in pages, and cost no more than their ids', async () => {
    const { reader, plane } = await setUp({ maxPageSize: 10 });
    const items = [...plane.tables.projects.get(ALPHA)!.items.keys()];
    for (const id of items) plane.addToCycle(SPRINT, id);
    expect(await reader.itemIdsOf('cycles', ALPHA, SPRINT, 'reader')).toEqual(items.sort());
    expect(plane.requests).toHaveLength(5);
    expect(plane.requests.every(({ query }) => query.get('fields') === 'id')).toBe(true);
  });

  test('a Plane that has no such address has none', async () => {
    const { reader, plane } = await setUp();
    for (const answer of ['err-unknown-path', 'module-detail-unknown']) {
      plane.onRequest = () => ({ kind: 'json', ...recordedAnswer(answer).response });
      expect((await reader.cycles(ALPHA, 'reader')).size).toBe(0);
      expect((await reader.modules(ALPHA, 'reader')).size).toBe(0);
      expect(await reader.itemIdsOf('cycles', ALPHA, SPRINT, 'reader')).toEqual([]);
    }
    plane.onRequest = () => ({ kind: 'json', ...recordedAnswer('err-private-project-non-member-cycles').response });
    await expect(reader.cycles(ALPHA, 'reader')).rejects.toMatchObject({ code: 'plane_permission' });
  });
});

describe('all items', () => {
  test('are read in one page where they fit, behind one mark', async () => {
    const { reader, project, asked } = await setUp();
    const { items, mark } = await readAll({ reader: reader.items, project, urgency: 'reader' }, null);
    expect(items.size).toBe(34);
    expect(mark).toEqual({ total: 34, newestId: expect.any(String), updatedAt: expect.stringMatching(/Z$/) });
    expect(asked()).toEqual([
      'work-items/ order_by=-updated_at per_page=1',
      'work-items/ order_by=sequence_id per_page=1000',
    ]);
  });

  test.each([
    [1000, 8],
    [100, 27],
  ])('2,000 of them in a Plane that allows %i a page cost a cold feed %i requests', async (maxPageSize, most) => {
    const { reader, plane, project } = await setUp({ maxPageSize });
    while (plane.tables.projects.get(ALPHA)!.items.size < 2_000) plane.createItem(ALPHA);
    await reader.projects('reader');
    await Promise.all([
      reader.workspaceMembers('reader'),
      reader.states(ALPHA, 'reader'),
      reader.labels(ALPHA, 'reader'),
    ]);
    const { items } = await readAll({ reader: reader.items, project, urgency: 'reader' }, null);
    expect(items.size).toBe(2_000);
    expect(plane.requests.length).toBeLessThanOrEqual(most);
  });

  test('a removal between two pages, which would hide an item, is noticed and the walk repeated', async () => {
    const { reader, plane, project } = await setUp({ maxPageSize: 10 });
    const first = [...plane.tables.projects.get(ALPHA)!.items.values()].sort(
      (a, b) => a.sequence_id - b.sequence_id,
    )[0]!;
    let pages = 0;
    plane.onRequest = ({ query }) => {
      if (query.get('order_by') === 'sequence_id' && ++pages === 3) plane.deleteItem(first.id);
      return undefined;
    };
    const { items, mark } = await readAll({ reader: reader.items, project, urgency: 'reader' }, null);
    expect([...items.keys()].sort()).toEqual([...plane.tables.projects.get(ALPHA)!.items.keys()].sort());
    expect(mark.total).toBe(33);
    expect(pages).toBeGreaterThan(4);
  });

  test('a removal and a creation between two pages do not hide an item either', async () => {
    const { reader, plane, project } = await setUp({ maxPageSize: 10 });
    const first = [...plane.tables.projects.get(ALPHA)!.items.values()].sort(
      (a, b) => a.sequence_id - b.sequence_id,
    )[0]!;
    let pages = 0;
    plane.onRequest = ({ query }) => {
      if (query.get('order_by') === 'sequence_id' && ++pages === 3) {
        plane.deleteItem(first.id);
        plane.createItem(ALPHA);
      }
      return undefined;
    };
    const { items } = await readAll({ reader: reader.items, project, urgency: 'reader' }, null);
    expect([...items.keys()].sort()).toEqual([...plane.tables.projects.get(ALPHA)!.items.keys()].sort());
  });

  test('a project that changes all the time is read nevertheless', async () => {
    const { reader, plane, project } = await setUp({ maxPageSize: 10 });
    plane.onRequest = () => {
      plane.createItem(ALPHA);
      return undefined;
    };
    const { items } = await readAll({ reader: reader.items, project, urgency: 'reader' }, null);
    expect(items.size).toBeGreaterThan(34);
    expect(plane.requests.length).toBeLessThan(40);
  });

  test('pages shrink where descriptions are long, and stay so', async () => {
    const { reader, plane, project, asked } = await setUp();
    const description_html = `<p>${'x'.repeat(94_000)}</p>`;
    for (let count = 0; count < 166; count++) plane.createItem(ALPHA, { description_html });
    expect((await readAll({ reader: reader.items, project, urgency: 'reader' }, null)).items.size).toBe(200);
    const sizes = (): number[] =>
      asked().flatMap((line) => Number(/order_by=sequence_id per_page=(\d+)/.exec(line)?.[1] ?? NaN) || []);
    const first = sizes();
    expect(first[0]).toBe(1000);
    expect(first.at(-1)).toBeLessThan(120);
    expect((await readAll({ reader: reader.items, project, urgency: 'reader' }, null)).items.size).toBe(200);
    expect(Math.max(...sizes())).toBe(first.at(-1));
  });

  test('a bad item is left out alone, and named', async () => {
    const { reader, plane, project } = await setUp();
    const { items } = plane.tables.projects.get(ALPHA)!;
    const victim = [...items.values()][5]!;
    items.set(victim.id, Object.assign({}, victim, { sequence_id: 2.5 }));
    const { items: read, invalid } = await readAll({ reader: reader.items, project, urgency: 'reader' }, null);
    expect(read.size).toBe(33);
    expect([...invalid]).toEqual([[victim.id, '"sequence_id" is a number']]);
  });
});
