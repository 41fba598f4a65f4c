import { describe, expect, test } from '@jest/globals';
import type { Json } from '../../ask.ts';
import { createMirrors, type Mirror } from './fixture.ts';

/** Mirrors whose calendar is deleted by its user, or seems to be. */

const mirrors = createMirrors();
const { start, ask, settled, run, ours } = mirrors;

const PATH = '/dav/work/';
const login = () => ({ url: mirrors.dav.url, username: mirrors.dav.username, password: mirrors.dav.password });

/** A mirror into the calendar "Work", by the API or the settings, after its first run. */
async function made(how: string, more: Json = {}): Promise<Mirror> {
  const { url, username, password } = login();
  if (how.startsWith('settings')) {
    const isAddress = how === 'settings, address';
    await start({
      MIRROR_URL: isAddress ? url + PATH : url,
      MIRROR_USERNAME: username,
      MIRROR_PASSWORD: password,
      ...(!isAddress && { MIRROR_CALENDAR: 'Work' }),
      MIRROR_FEED: 'ALPHA',
    });
    return settled('settings');
  }
  await start();
  const calendar = how === 'api, address' ? { url: url + PATH } : { name: 'Work' };
  const answer = await ask('POST', 'mirrors', {
    name: 'Team',
    scope: { projects: ['ALPHA'] },
    server: login(),
    calendar,
    ...more,
  });
  expect(answer.status).toBe(201);
  return settled((answer.json as Mirror).id);
}

const remade = (): string[] => mirrors.dav.writes().filter((one) => one.startsWith('MKCALENDAR'));

describe.each(['api, name', 'api, address', 'settings, name', 'settings, address'])('by %s', (how) => {
  test('a calendar that was deleted is made again and filled, once it is certain', async () => {
    const { id, calendar } = await made(how);
    expect(calendar?.url).toBe(mirrors.dav.url + PATH);
    const count = ours().length;
    mirrors.dav.drop(PATH);
    mirrors.dav.writes();
    expect(await run(id)).toMatchObject({
      state: 'error',
      last_run: { errors: [expect.stringContaining('no calendar')] },
    });
    expect(remade()).toEqual([]);
    const again = await run(id);
    expect([again.state, again.calendar?.name]).toEqual(['ok', how === 'settings, address' ? 'Work' : calendar?.name]);
    expect([...mirrors.dav.calendars.values()]).toEqual(['Work']);
    const path = [...mirrors.dav.calendars.keys()][0]!;
    expect(again.calendar?.url).toBe(mirrors.dav.url + path);
    if (how.endsWith('address')) expect(path).toBe(PATH);
    expect(ours(path)).toHaveLength(count);
    expect((await run(id)).state).toBe('ok');
  });

  test('a plan for a calendar that was deleted says that a run creates it, and creates nothing', async () => {
    const { id } = await made(how);
    const count = ours().length;
    expect((await ask('POST', `mirrors/${id}/plan`)).json).toMatchObject({ creates_calendar: false, unchanged: count });
    mirrors.dav.drop(PATH);
    await run(id);
    mirrors.dav.writes();
    const { json: plan } = await ask('POST', `mirrors/${id}/plan`);
    expect(plan).toMatchObject({ creates_calendar: true, unchanged: 0, held_back: null });
    expect((plan.steps as Json[]).map(({ action }) => action)).toEqual(Array<string>(count).fill('create'));
    expect(mirrors.dav.writes()).toEqual([]);
    expect(await run(id)).toMatchObject({ state: 'ok', last_run: { created: count } });
  });

  test('a calendar that answers 404 for a while is not made again, and nothing is written when it is back', async () => {
    const { id } = await made(how);
    mirrors.dav.writes();
    mirrors.dav.fault = (_method, path) => (path.startsWith(PATH) ? 404 : null);
    for (let times = 0; times < 3; times++) {
      expect(await run(id)).toMatchObject({ state: 'error' });
      mirrors.site.clock.now += 61_000;
    }
    mirrors.dav.fault = () => null;
    expect(await run(id)).toMatchObject({ state: 'ok' });
    expect(mirrors.dav.writes()).toEqual([]);
  });
});

test.each([403, 405])(
  'a server that does not let the calendar be made again (%i): the mirror says what to do',
  async (status) => {
    const { id } = await made('api, address');
    mirrors.dav.drop(PATH);
    mirrors.dav.fault = (method) => (method === 'MKCALENDAR' ? status : null);
    await run(id);
    const { state, last_run: last } = await run(id);
    expect([state, last?.errors]).toEqual([
      'error',
      [
        expect.stringMatching(
          /^The calendar was deleted\. The server refuses to create a calendar at .+ Create one in /,
        ),
      ],
    ]);
  },
);

test('an address that the server keeps for a deleted calendar is left alone: the new one gets another', async () => {
  const { id } = await made('api, name', { calendar: { name: 'Plane' } });
  const path = [...mirrors.dav.calendars].find(([, name]) => name === 'Plane')![0];
  const count = ours(path).length;
  mirrors.dav.drop(path);
  mirrors.dav.fault = (method, at) => (method === 'MKCALENDAR' && at === path ? 405 : null);
  await run(id);
  expect((await run(id)).state).toBe('ok');
  const [next] = [...mirrors.dav.calendars].find(([, name]) => name === 'Plane')!;
  expect(next).not.toBe(path);
  expect(ours(next)).toHaveLength(count);
  // And it is remembered.
  await mirrors.restart();
  expect((await run(id)).calendar?.url).toBe(mirrors.dav.url + next);
});

test('a calendar of that name that the user made instead is used', async () => {
  const { id } = await made('api, name');
  mirrors.dav.drop(PATH);
  mirrors.dav.calendars.set('/dav/other/', 'Work');
  await run(id);
  expect(await run(id)).toMatchObject({ state: 'ok', calendar: { url: `${mirrors.dav.url}/dav/other/` } });
  expect(remade()).toEqual([]);
});

test('under "keep" a new calendar is filled: what was in the old one was not removed one by one', async () => {
  const { id } = await made('api, address', { conflict: 'keep' });
  const count = ours().length;
  mirrors.dav.drop(PATH);
  await run(id);
  expect((await run(id)).state).toBe('ok');
  expect(ours()).toHaveLength(count);
});

test('a calendar that was lost before a restart is made again after it', async () => {
  const { id } = await made('api, address');
  mirrors.dav.drop(PATH);
  await run(id);
  await mirrors.restart();
  const { state } = await settled(id, /ok/);
  expect([state, [...mirrors.dav.calendars.values()]]).toEqual(['ok', ['Work']]);
});

test('a plan before the first calendar says that a run creates it, and creates nothing', async () => {
  mirrors.dav.fault = (method) => (method === 'MKCALENDAR' ? 403 : null);
  await start(mirrors.settings({ MIRROR_CALENDAR: 'New' }));
  expect(await settled('settings')).toMatchObject({ state: 'error', calendar: null });
  mirrors.dav.fault = () => null;
  mirrors.dav.writes();
  const { json: plan } = await ask('POST', 'mirrors/settings/plan');
  expect(plan).toMatchObject({ creates_calendar: true, unchanged: 0, held_back: null });
  expect([plan.steps, mirrors.dav.writes()]).toEqual([
    expect.arrayContaining([expect.objectContaining({ action: 'create', reason: 'It is new' })]),
    [],
  ]);
  const { last_run: last, calendar } = await run('settings');
  expect([last, calendar]).toMatchObject([{ created: (plan.steps as Json[]).length }, { name: 'New' }]);
});
