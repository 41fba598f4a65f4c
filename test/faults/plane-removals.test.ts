import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Json } from '../../src/demo/json.ts';
import type { ItemRow, ProjectTable } from '../../src/demo/rows.ts';
import { fill } from '../model/edits.ts';
import { ALPHA } from '../support/acme.ts';
import { uuid } from '../support/make.ts';
import { createFaultFixture, loggedBy, wrongsOf, type FaultFixture } from './fixture.ts';
import { isPage, VALUES, withKey } from './mutations.ts';

/** What Plane removes, or seems to: projects, and items in bulk. */

const MINUTE = 60_000;

let fixture: FaultFixture;
let before: ReadonlyMap<string, string>;
let alpha: ProjectTable;
beforeEach(async () => {
  fixture = await createFaultFixture();
  before = await fixture.read();
  alpha = fixture.tables.projects.get(ALPHA)!;
});

const entry = () => fixture.snapshots.project(ALPHA);
const due = (events: ReadonlyMap<string, string>): string[] =>
  [...events.keys()].filter((key) => key.startsWith('due '));

async function later(minutes: number): Promise<ReadonlyMap<string, string>> {
  fixture.clock.now += minutes * MINUTE;
  return fixture.read();
}

const withoutAlpha = (body: Json | null): Json | null =>
  body !== null && isPage(body)
    ? {
        ...body,
        total_results: body.total_results - 1,
        results: body.results.filter((one) => (one as { id: string }).id !== ALPHA),
      }
    : body;
const isList = (path: string): boolean => path.endsWith('/acme/projects/');
const isDetail = (path: string): boolean => path.endsWith(`/${ALPHA}/`);

describe('a project that the list lacks', () => {
  test('stays while its own address has it, and that is reported', async () => {
    fixture.tamper = (path, _query, body) => (isList(path) ? withoutAlpha(body) : body);
    for (const minutes of [2, 6, 60]) expect(due(await later(minutes))).toEqual(due(before));
    expect(wrongsOf(fixture)).toContainEqual(expect.stringContaining('its list of projects lacks ALPHA'));
    expect(entry().gone).toBeNull();
    fixture.tamper = null;
    await fixture.tick();
    await fixture.tick();
    expect(wrongsOf(fixture)).toEqual([]);
  });

  const rows: [string, (body: Json | null) => Json][] = [
    ['an empty object', () => ({})],
    ['null', () => [null]],
    ['an empty page', () => ({ results: [], total_results: 0, next_page_results: false })],
    ...['id', 'identifier', 'archived_at', 'is_member'].flatMap((key) =>
      Object.entries(VALUES).map(([name, to]): [string, (body: Json | null) => Json] => [
        `"${key}" as ${name}`,
        (body) => withKey(body ?? {}, key, to),
      ]),
    ),
  ];
  test.each(rows)('stays whatever its own address has: %s', async (_name, change) => {
    fixture.tamper = (path, _query, body) => (isList(path) ? withoutAlpha(body) : isDetail(path) ? change(body) : body);
    for (const minutes of [2, 6, 6]) expect(due(await later(minutes))).toEqual(due(before));
    expect(entry().gone).toBeNull();
    expect(wrongsOf(fixture)).not.toEqual([]);
  });

  test('is deleted when its own address says twice, five minutes apart, that there is none', async () => {
    fixture.edits.deleteProject(ALPHA);
    for (const minutes of [2, 4]) expect(due(await later(minutes))).toEqual(due(before));
    const [problem] = fixture.reader.faults.problems();
    expect(problem).toMatchObject({ removal: { projectId: ALPHA }, until: fixture.clock.now + MINUTE });
    expect(due(await later(2))).toEqual([expect.stringContaining('plane-note')]);
    expect(entry().gone).toMatchObject({ kind: 'deleted' });
    expect(wrongsOf(fixture)).toEqual([]);
    expect(loggedBy(fixture)).toEqual({ begun: 1, over: 1 });
  });

  test('begins anew when it was there in between', async () => {
    const lacks: FaultFixture['tamper'] = (path, _query, body) =>
      isList(path) ? withoutAlpha(body) : isDetail(path) ? null : body;
    const { row } = alpha;
    fixture.tamper = lacks;
    fixture.tables.projects.delete(ALPHA);
    await later(2);
    fixture.tamper = null;
    fixture.tables.projects.set(row.id, alpha);
    await later(3);
    fixture.tables.projects.delete(ALPHA);
    for (const minutes of [2, 4]) expect(due(await later(minutes))).toEqual(due(before));
    expect(entry().gone).toBeNull();
  });

  test('takes no other with it, however many the list lacks', async () => {
    fixture.tamper = (path, _query, body) =>
      isList(path) && body !== null && isPage(body) ? { ...body, results: [], total_results: 0 } : body;
    for (const minutes of [2, 6, 6]) expect([...(await later(minutes)).keys()]).toEqual([...before.keys()]);
    expect(fixture.snapshots.projects().filter(({ gone }) => gone !== null)).toEqual([]);
  });
});

/** Changes every item, as a broken Plane does: without a trace in what was touched when. */
function rewrite(count: number, fields: Partial<ItemRow>): void {
  for (const one of [...alpha.items.values()].slice(0, count)) alpha.items.set(one.id, Object.assign({}, one, fields));
}

const readAll = (): Promise<void> => fixture.snapshots.refresh(ALPHA, 'background', true);

describe('items in bulk', () => {
  test.each<[string, Partial<ItemRow>]>([
    ['their due dates', { target_date: null }],
    ['their start dates', { start_date: null }],
    ['their states', { state: null }],
  ])('that lost %s are as they were until a second read, five minutes later', async (_what, fields) => {
    rewrite(34, fields);
    await readAll();
    expect([...(await fixture.read())]).toEqual([...before]);
    const [problem] = fixture.reader.faults.problems();
    expect(problem?.message).toMatch(
      /^ALPHA: \d+ of \d+ work items no longer have "\w+" \(\/api\/v1\/.*\/work-items\/\)/,
    );
    expect([...(await later(4))]).toEqual([...before]);
    expect([...(await later(2))]).not.toEqual([...before]);
    expect(wrongsOf(fixture)).toEqual([]);
  });

  test('that were closed are open until a second read', async () => {
    const done = [...alpha.states.values()].find(({ group }) => group === 'completed')!;
    rewrite(34, { state: done.id });
    await readAll();
    expect([...(await fixture.read())]).toEqual([...before]);
    expect((await later(6)).size).toBe(before.size);
    expect([...(await fixture.read()).values()].join('')).toContain('SUMMARY:✓');
  });

  test('that are no longer listed go when a second read says so', async () => {
    for (const id of [...alpha.items.keys()].slice(0, 20)) fixture.edits.deleteItem(id);
    expect([...(await later(2))]).toEqual([...before]);
    expect(due(await later(6)).length).toBeLessThan(due(before).length);
  });

  test('go at once where they are few, or less than half', async () => {
    for (const id of [...alpha.items.keys()].slice(0, 9)) fixture.edits.deleteItem(id);
    await later(2);
    expect(entry().snapshot?.items.size).toBe(25);
    fill(alpha, 60);
    await later(2);
    for (let n = 1; n <= 25; n++) fixture.edits.deleteItem(uuid(n));
    await later(2);
    expect(entry().snapshot?.items.size).toBe(60);
    expect(fixture.reader.faults.problems()).toEqual([]);
  });

  test('that come back are no removal, and the next one waits for its own five minutes', async () => {
    const rows = new Map(alpha.items);
    rewrite(34, { target_date: null });
    await readAll();
    for (const [id, row] of rows) alpha.items.set(id, row);
    await fixture.tick();
    expect(wrongsOf(fixture)).toEqual([]);
    rewrite(34, { target_date: null });
    fixture.clock.now += 4 * MINUTE;
    await readAll();
    expect([...(await later(2))]).toEqual([...before]);
  });

  test('of which others go meanwhile need a second read of their own', async () => {
    const ids = [...alpha.items.keys()];
    for (const id of ids.slice(0, 18)) fixture.edits.deleteItem(id);
    await later(2);
    for (const id of ids.slice(18)) fixture.edits.deleteItem(id);
    expect([...(await later(6))]).toEqual([...before]);
    await later(6);
    expect(entry().snapshot?.items.size).toBe(0);
  });

  test('keep their pending time over reads, and are the last good ones after a restart', async () => {
    rewrite(34, { target_date: null });
    await readAll();
    await fixture.restart();
    fixture.clock.now += 2 * MINUTE;
    await fixture.snapshots.refresh(ALPHA, 'background', true);
    expect([...(await fixture.read())]).toEqual([...before]);
  });

  test('are applied at once when an administrator says so', async () => {
    expect(fixture.snapshots.approveRemoval(ALPHA)).toBe(false);
    for (const id of [...alpha.items.keys()]) fixture.edits.deleteItem(id);
    await later(2);
    expect(fixture.snapshots.approveRemoval(ALPHA)).toBe(true);
    await fixture.snapshots.refresh(ALPHA, 'reader');
    expect(entry().snapshot?.items.size).toBe(0);
    expect(wrongsOf(fixture)).toEqual([]);
  });

  test('that an administrator accepted do not let others go', async () => {
    const ids = [...alpha.items.keys()];
    for (const id of ids.slice(0, 18)) fixture.edits.deleteItem(id);
    await later(2);
    fixture.snapshots.approveRemoval(ALPHA);
    for (const id of ids.slice(18)) fixture.edits.deleteItem(id);
    await fixture.snapshots.refresh(ALPHA, 'reader');
    expect(entry().snapshot?.items.size).toBe(34);
  });
});

describe('names', () => {
  test('of a list that is empty stay for five minutes', async () => {
    alpha.labels.clear();
    await readAll();
    expect([...(await fixture.read())]).toEqual([...before]);
    fixture.clock.now += 6 * MINUTE;
    await fixture.snapshots.refresh(ALPHA, 'background');
    expect(entry().snapshot?.labels.size).toBe(0);
    expect(wrongsOf(fixture)).toEqual([]);
  });

  test('that cost most items their being open stay for five minutes', async () => {
    for (const state of alpha.states.values()) alpha.states.set(state.id, { ...state, group: 'completed' });
    await readAll();
    expect([...(await fixture.read())]).toEqual([...before]);
    fixture.clock.now += 6 * MINUTE;
    await fixture.snapshots.refresh(ALPHA, 'background');
    expect([...(await fixture.read()).values()].join('')).toContain('SUMMARY:✓');
  });
});
