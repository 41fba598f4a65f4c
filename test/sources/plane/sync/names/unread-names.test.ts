import { afterEach, describe, expect, test } from '@jest/globals';
import { errorCode } from '../../../../../src/domain/errors.ts';
import type { FeedOptions } from '../../../../../src/domain/feed.ts';
import type { Json } from '../../../../../src/demo/json.ts';
import { apart } from '../../../../../src/feeds/calendars/merge.ts';
import { createLoader } from '../../../../../src/feeds/loader.ts';
import { acmeTables, ALPHA } from '../../../../support/acme.ts';
import { uuid } from '../../../../support/make.ts';
import { aFeed } from '../../../../support/render.ts';
import { createSnapshotsFixture, type SnapshotsFixture } from '../../../../support/snapshots-fixture.ts';

/** A list that can't be read costs what it contains only: not the items, nor their freshness, nor requests. */

const FULL = 'cc8b8479-f68a-43a6-a4eb-04f2f582650d';
/** A state that no item has. */
const RARE = uuid(77);
const LISTS = ['labels/', 'states/', 'members/'];

const open: SnapshotsFixture[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

async function setUp() {
  const tables = acmeTables();
  const { states } = tables.projects.get(ALPHA)!;
  states.set(RARE, { ...[...states.values()][0]!, id: RARE, name: 'Rare' });
  const fixture = await createSnapshotsFixture(null, { tables });
  open.push(fixture);
  const { snapshots, source, clock, now, plane, asked } = fixture;
  /** A minute later. Returns the requests to Plane. */
  const refresh = async (all = false): Promise<string[]> => {
    clock.now += 61_000;
    asked();
    await snapshots.refresh(ALPHA, 'reader', all);
    return asked();
  };
  /** Paths with that end answer so, or again as ever. */
  const answer = (end: string, body?: Json, status = body === undefined ? 500 : 200): void => {
    const isFine = end === '';
    plane.onRequest = ({ path }) => {
      if (isFine || !path.endsWith(end)) return undefined;
      return body === undefined ? { kind: 'status', status } : { kind: 'json', status, body };
    };
  };
  const loader = createLoader({ source, merge: apart, now, delay: () => new Promise(() => undefined) });
  /** The requests in ten minutes with a reader a second of a feed with these options. */
  const tenMinutes = async (options: Partial<FeedOptions>): Promise<string[]> => {
    asked();
    for (let second = 0; second < 600; second++) {
      clock.now += 1_000;
      await loader.load(aFeed({ scope: { kind: 'projects', projectIds: [ALPHA] }, options }));
    }
    return asked();
  };
  const known = () => snapshots.project(ALPHA);
  /** The lists that could not be read, each with its reason. */
  const unread = (): string[] => [...known().unreadLists].map(([list, { message }]) => `${list}/ ${message}`);
  return { ...fixture, refresh, answer, tenMinutes, known, unread };
}

describe.each(LISTS)('while %s fails', (list) => {
  test('items are kept up to date, by probes, and names stay; the failure is known', async () => {
    const { plane, log, refresh, answer, known, unread } = await setUp();
    for (let done = 0; done < 3; done++) await refresh();
    const before = known().snapshot;
    answer(list);
    for (let done = 0; done < 20; done++) await refresh();
    plane.editItem(FULL, { name: 'Moved', target_date: '2026-12-24' });
    const requests = await refresh();
    expect(known().snapshot?.items.get(FULL)).toMatchObject({ name: 'Moved', targetDate: '2026-12-24' });
    expect(known().snapshot).toMatchObject({ labels: before?.labels, states: before?.states, partialNames: [] });
    expect(known().snapshot?.members).toBe(before?.members);
    expect(unread()).toEqual([expect.stringMatching(new RegExp(`^${list} .*500`))]);
    expect(known().error).toBeNull();
    expect(requests.filter((one) => one.includes('sequence_id'))).toEqual([]);
    answer('');
    await refresh();
    expect(unread()).toEqual([]);
    expect(log.lines.map(({ message }) => message).filter((one) => one.startsWith('list of'))).toEqual([
      'list of a project could not be read',
      'list of a project can be read again',
    ]);
  });

  test('a project that was never read is published with the names of its items', async () => {
    const { refresh, answer, known, unread } = await setUp();
    answer(list);
    await refresh();
    await refresh();
    expect(known().snapshot?.items.size).toBe(34);
    expect(known().snapshot?.states.size).toBeGreaterThan(0);
    expect(unread()).toEqual([expect.stringMatching(new RegExp(`^${list} .*500`))]);
    expect(known().error).toBeNull();
    expect(known().snapshot?.partialNames).toEqual([list.slice(0, -1)]);
    answer('');
    await refresh();
    expect(unread()).toEqual([]);
    expect(known().snapshot?.partialNames).toEqual([]);
  });
});

test.each(LISTS.flatMap((list) => [403, 404].map((status) => [list, status] as const)))(
  'a list of names (%s) that is answered with %i does not make a full read begin again',
  async (list, status) => {
    const { plane, snapshots, asked, refresh, known, unread } = await setUp();
    await refresh();
    /** At once: the list of projects is not read again for it. */
    const readAll = async (): Promise<string[]> => {
      asked();
      await snapshots.refresh(ALPHA, 'reader', true);
      return asked();
    };
    const walks = (requests: readonly string[]): number =>
      requests.filter((one) => one.startsWith('work-items/') && !one.includes('cursor=')).length;
    const before = walks(await readAll());
    plane.onRequest = ({ path }) =>
      path.endsWith(list) ? { kind: 'json', status, body: { detail: 'no' } } : undefined;
    expect([before > 0, walks(await readAll())]).toEqual([true, before]);
    // Older releases of Plane have no list of members.
    expect(unread().length === 1 || list === 'members/').toBe(true);
    expect(known().error).toBeNull();
    plane.editItem(FULL, { name: 'Moved' });
    await readAll();
    expect(known().snapshot?.items.get(FULL)?.name).toBe('Moved');
  },
);

describe.each<[string, Partial<FeedOptions>, number]>([
  ['labels/', {}, 403],
  ['labels/', { label: { names: ['bug'], none: false } }, 404],
  ['states/', { state: { names: ['Todo'], none: false } }, 400],
  ['members/', {}, 500],
  ['cycles/', { show: ['items', 'cycles'] }, 403],
  ['modules/', { module: { names: ['Launch'], none: false } }, 500],
])('%s, read for %j, answers with status %d', (list, options, status) => {
  const isOfList = (request: string): boolean => request.startsWith(list);

  test.each([0, 3])('readers cost one request more at each probe, after %d good reads', async (reads) => {
    const [fine, failing] = [await setUp(), await setUp()];
    for (const { refresh, snapshots } of [fine, failing]) {
      if (reads > 0) snapshots.requested(ALPHA, ['cycles', 'cycle_items', 'modules']);
      for (let done = 0; done < reads; done++) await refresh();
    }
    failing.answer(list, { detail: 'You do not have permission to perform this action.' }, status);
    const usual = await fine.tenMinutes(options);
    const requests = await failing.tenMinutes(options);
    const others = requests.filter((one) => !isOfList(one));
    const probes = others.filter((one) => one.startsWith('work-items/')).length;
    expect(others).toEqual(usual.filter((one) => !isOfList(one)));
    expect(requests.filter(isOfList).length).toBeLessThanOrEqual(probes);
    expect(failing.known()).toMatchObject({ error: null, checkedAt: fine.known().checkedAt });
    expect(failing.unread()).toHaveLength(1);
  });
});

test.each(['archived', 'lost'])('a project that is %s needs no list of people', async (kind) => {
  const { plane, clock, refresh, answer, known, unread } = await setUp();
  for (let done = 0; done < 3; done++) await refresh();
  if (kind === 'lost') plane.editProject(ALPHA, { is_member: false });
  else plane.archiveProject(ALPHA);
  answer('members/');
  for (let done = 0; done < 10; done++) await refresh();
  expect(known()).toMatchObject({ error: null, checkedAt: clock.now });
  expect(known().freshUntil).toBeGreaterThan(clock.now);
  expect(unread()).toEqual([expect.stringMatching(/^members\/ .*500/)]);
});

test('a project is not published while it is unknown whether its items are open', async () => {
  const { plane, clock, refresh, answer, known } = await setUp();
  plane.editItem(FULL, { state: RARE });
  clock.now += 1_000;
  // It is not on the first page.
  for (let count = 0; count < 100; count++) plane.createItem(ALPHA, { name: 'New' });
  answer('states/');
  await refresh();
  expect(known().snapshot).toBeNull();
  answer('');
  await refresh();
  expect(known().snapshot?.items.size).toBeGreaterThan(100);
});

test('a list that makes no sense does not have all items read again and again', async () => {
  const { refresh, answer, known } = await setUp();
  await refresh();
  answer('members/', { nonsense: true });
  expect((await refresh(true)).join()).toMatch('sequence_id');
  expect(errorCode(known().unreadLists.get('members'))).toBe('plane_invalid');
  expect((await refresh()).join()).not.toMatch('sequence_id');
});

test('items that can not be read have no names read', async () => {
  const { refresh, answer } = await setUp();
  for (let done = 0; done < 3; done++) await refresh();
  answer('work-items/');
  for (let done = 0; done < 8; done++) expect((await refresh()).join()).not.toMatch(/labels|states|members/);
});
