import { describe, expect, test } from '@jest/globals';
import type { Tables } from '../../../../src/demo/rows.ts';
import { ALPHA, acmeTables } from '../../../support/acme.ts';
import { WEBHOOK_SECRET } from '../../../support/app.ts';
import type { CalDav } from '../../../support/caldav.ts';
import { samplesOf } from '../../../support/prometheus.ts';
import { eventually } from '../../../support/processes.ts';
import { askFor, type Json } from '../../ask.ts';
import { createMirrors, type Mirror } from './fixture.ts';

/** State, health, metrics and runs agree: nothing is ok while something was not done. */

const mirrors = createMirrors();
const { settings, start, wipe, ask, read, settled, run, ours, feedSize } = mirrors;

/** What health and metrics report about the mirror, between two runs: changes in Plane may start one at any moment. */
async function reported(): Promise<Json> {
  const now = async (): Promise<string> => {
    const { state, last_run: last } = await read('settings');
    return `${state} ${String(last?.at)} ${String(last?.duration_seconds)}`;
  };
  const sample = async () => {
    const before = await now();
    const { json } = await ask('GET', 'health');
    const samples = samplesOf((await askFor(mirrors.site, 'GET', '/metrics')).text);
    return { before, json, samples, after: await now() };
  };
  const { json, samples } = await eventually(
    sample,
    ({ before, after }) => before === after && !after.includes('running'),
  );
  return {
    status: json.status,
    states: (json.mirrors as Json[]).map(({ state }) => state),
    problems: (json.problems as Json[]).map(({ message }) => String(message)),
    metric: samples.find(
      ({ name, labels }) =>
        name === 'plane_ics_mirror_state' && labels.state === 'error' && labels.mirror === 'settings',
    )?.value,
  };
}

const FINE = { status: 'ok', states: ['ok'], problems: [], metric: 0 };

/** Seconds from the program's clock to the next run. */
const wait = ({ next_run: next }: Mirror): number => (Date.parse(String(next)) - mirrors.site.clock.now) / 1000;

/** One item is removed in Plane, one made and one changed. */
function change(): { readonly removed: string; readonly edited: string } {
  const [removed, edited] = ours().map((path) => /([0-9a-f-]{36})(?:-start)?\.ics$/.exec(path)![1]!);
  const { plane, clock } = mirrors.site;
  clock.now += 61_000;
  plane.deleteItem(removed!);
  plane.editItem(edited!, { name: 'Renamed in Plane' });
  plane.createItem(ALPHA, { name: 'Made in Plane', target_date: '2026-12-24' });
  return { removed: removed!, edited: edited! };
}

type Refusal = (method: string, path: string, dav: CalDav) => number | null;

describe.each<[string, Refusal, RegExp]>([
  ['403 to a removal', (method) => (method === 'DELETE' ? 403 : null), /^1 event was not .+: 1 refused/],
  ['423', (method) => (/PUT|DELETE/.test(method) ? 423 : null), /^3 events were not .+: 3 changed or locked/],
  ['412 to all that is written', (method) => (/PUT|DELETE/.test(method) ? 412 : null), /^3 events were not /],
  [
    '413 to one object',
    (method, path, dav) => (method === 'PUT' && !dav.objects.has(path) ? 413 : null),
    /^1 event was not .+: 1 refused/,
  ],
])('a server that answers %s', (_, refusal, message) => {
  test('is an error everywhere, tried again within a minute, and over as soon as everything is done', async () => {
    await start(settings());
    await settled('settings');
    expect(await reported()).toEqual(FINE);
    change();
    mirrors.dav.fault = (method, path) => refusal(method, path, mirrors.dav);
    const failing = await run('settings');
    expect(failing).toMatchObject({
      state: 'error',
      last_run: { ok: false, errors: expect.arrayContaining([expect.stringMatching(message)]) },
    });
    expect(wait(failing)).toBe(60);
    expect(await reported()).toEqual({
      status: 'degraded',
      states: ['error'],
      problems: [expect.stringMatching(/^The mirror "Work": /)],
      metric: 1,
    });
    mirrors.dav.fault = () => null;
    const fine = await run('settings');
    expect(fine).toMatchObject({ state: 'ok', last_run: { ok: true, errors: [] } });
    expect(wait(fine)).toBe(900);
    expect(await reported()).toEqual(FINE);
    expect(ours()).toHaveLength(await feedSize());
  });
});

test('what was not done is counted and named', async () => {
  await start(settings());
  await settled('settings');
  change();
  mirrors.dav.fault = (method) => (method === 'DELETE' ? 403 : null);
  const { last_run: last } = await run('settings');
  expect(last?.errors).toEqual([
    '1 event was not written or removed: 1 refused by the server.',
    expect.stringMatching(/^"\[ALPHA-\d+\] .+": The server refuses it \(status 403\)\.$/),
  ]);
  // Other changes that are written do not make it ok.
  mirrors.site.plane.hook = { url: `${mirrors.site.url}/webhooks/plane`, secret: WEBHOOK_SECRET };
  const { id } = mirrors.site.plane.createItem(ALPHA, { name: 'Another', target_date: '2026-12-24' });
  await eventually(
    () => ours().some((path) => path.includes(id)),
    (isThere) => isThere,
  );
  await mirrors.site.plane.delivered();
  const after = await eventually(
    () => read('settings'),
    ({ state }) => state !== 'running',
  );
  expect([after.state, after.last_run?.ok]).toEqual(['error', false]);
});

describe.each(['bare', 'weak', 'none'] as const)('a server whose entity tags are %s', (tags) => {
  test.each([true, false])('is written no more than needed, and gets every change (own names: %p)', async (renames) => {
    Object.assign(mirrors.dav, { tags, renames });
    await start(settings());
    expect((await settled('settings')).state).toBe('ok');
    const all = (): string[] => [...mirrors.dav.objects.keys()];
    const count = all().length;
    expect(count).toBe(await feedSize());
    expect((await run('settings')).state).toBe('ok');
    mirrors.dav.writes();
    expect((await run('settings')).state).toBe('ok');
    expect(mirrors.dav.writes()).toEqual([]);

    const { plane, clock } = mirrors.site;
    plane.hook = { url: `${mirrors.site.url}/webhooks/plane`, secret: WEBHOOK_SECRET };
    clock.now += 61_000;
    const [first, second] = [...mirrors.dav.objects.values()].map((text) => /X-PLANE-ID:(.+)\r/.exec(text)![1]!);
    plane.editItem(first!, { name: 'Renamed in Plane' });
    await eventually(
      () => [...mirrors.dav.objects.values()].join(''),
      (text) => text.includes('Renamed in Plane'),
    );
    await plane.delivered();
    expect(mirrors.dav.writes()).toHaveLength(1);
    plane.deleteItem(second!);
    clock.now += 61_000;
    await eventually(
      () => run('settings'),
      ({ state }) => state === 'ok' && all().length < count,
    );
    expect(await reported()).toEqual(FINE);
  });
});

test('one passing refusal of a login that worked: the next try is in a minute, and goes well', async () => {
  await start(settings());
  await settled('settings');
  mirrors.dav.fault = () => 401;
  const refused = await run('settings');
  expect([refused.state, wait(refused)]).toEqual(['error', 60]);
  expect(wait(await run('settings'))).toBe(3600);
  mirrors.dav.fault = () => null;
  expect(await run('settings')).toMatchObject({ state: 'ok' });
});

test('a listing that lacks everything is not accepted at first, and nothing is written for it', async () => {
  await start(settings());
  await settled('settings');
  const { plane, clock } = mirrors.site;
  for (let n = 0; n < 12; n++) plane.createItem(ALPHA, { name: `Item ${n}`, target_date: '2026-12-24' });
  clock.now += 61_000;
  expect((await run('settings')).state).toBe('ok');
  const kept = new Map(mirrors.dav.objects);
  mirrors.dav.objects.clear();
  mirrors.dav.writes();
  expect(await run('settings')).toMatchObject({
    state: 'error',
    last_run: { errors: [expect.stringMatching(/^The calendar lists 0 of the \d+ events/)] },
  });
  for (const [path, text] of kept) mirrors.dav.objects.set(path, text);
  expect(await run('settings')).toMatchObject({ state: 'ok', last_run: { unchanged: kept.size } });
  expect(mirrors.dav.writes()).toEqual([]);
});

describe('without memory, while Plane answers for one of its projects with an empty list', () => {
  const other = [...acmeTables().projects.keys()].find((id) => id !== ALPHA)!;
  /** One more project has an item; ALPHA may have none. */
  function tables({ empties }: { readonly empties: boolean }): Tables {
    const all = acmeTables();
    const [id, row] = [...all.projects.get(ALPHA)!.items][0]!;
    const copy = id.replace(/^.{8}/, 'feedfeed');
    all.projects
      .get(other)!
      .items.set(copy, { ...row, id: copy, project: other, target_date: '2026-12-24', parent: null });
    if (empties) all.projects.get(ALPHA)!.items.clear();
    return all;
  }

  test.each(['', 'detail=private&'])(
    'its events stay, with a reason; an operator can delete them (%s)',
    async (more) => {
      const feed = settings({
        MIRROR_FEED: 'all',
        MIRROR_OPTIONS: `${more}done=keep&cancelled=keep`,
        MIRROR_MAX_DELETE: '1000,100%',
      });
      await start(feed, { tables: tables({ empties: false }) });
      await settled('settings');
      const before = ours();
      expect(before.length).toBeGreaterThan(3);
      await wipe();
      mirrors.dav.writes();
      await start(feed, { tables: tables({ empties: true }) });
      const waiting = await settled('settings', /waiting/);
      expect(ours()).toEqual(before);
      expect(waiting.held_back).toMatchObject({
        count: before.length - 1,
        reason: expect.stringMatching(/^Plane lists nothing in [A-Z, ]+\.( Plane lists nothing in|$)/),
        digest: expect.any(String),
      });
      expect(mirrors.dav.writes().filter((one) => one.startsWith('DELETE'))).toEqual([]);
      expect(await reported()).toMatchObject({
        status: 'degraded',
        states: ['waiting'],
        problems: [expect.stringMatching(/deletions are held back\. Plane lists nothing in/)],
      });
      expect(await run('settings', { force: waiting.held_back?.digest })).toMatchObject({ state: 'ok' });
      expect(ours()).toHaveLength(1);
    },
  );
});
