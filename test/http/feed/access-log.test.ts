import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { aTestApp, type TestApp } from '../../support/app.ts';
import { aLink, api, ask } from '../ask.ts';

/** Who fetched a link, when, and which version they have. */

let site: TestApp;
beforeEach(async () => {
  site = await aTestApp();
});
afterEach(() => site.close());

const GOOGLE = 'Google-Calendar-Importer';
const THUNDERBIRD = 'Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Thunderbird/153.7.0';
const EVOLUTION = 'Evolution/3.46.4';

interface Fetch {
  readonly at: string;
  readonly client: string;
  readonly refresh: string;
  readonly version: number;
  readonly versions_behind: number;
}

async function fetches(id: string): Promise<readonly Fetch[]> {
  const { json } = await api(site, 'GET', `links/${id}`);
  const all = json.fetches as Fetch[];
  expect(json.last_fetch).toEqual(all[0] ?? null);
  return all;
}

const clients = async (id: string): Promise<string[]> => (await fetches(id)).map(({ client }) => client);

describe('a fetch', () => {
  test.each([
    [GOOGLE, 'Google Calendar'],
    ['Mozilla/5.0 (compatible; Google-Calendar-Importer; +http://www.google.com)', 'Google Calendar'],
    ['iOS/17.5.1 (21F90) dataaccessd/1.0', 'Apple Calendar'],
    ['macOS/14.5 (23F79) CalendarAgent/988', 'Apple Calendar'],
    ['Mac OS X/10.15.7 (19H2026) CalendarAgent/930.5.1', 'Apple Calendar'],
    [THUNDERBIRD, 'Thunderbird'],
    [EVOLUTION, 'Evolution'],
    ['ICSx5/2.3.1 (ical4j/3.2.19 okhttp/4.12.0 Android/14)', 'ICSx5'],
    ['Nextcloud Webcal Service', 'Nextcloud'],
    ['Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17328; Pro)', 'Outlook'],
    ['Mozilla/4.0 (compatible; ms-office; MSOffice 16)', 'Outlook'],
    ['vdirsyncer/0.19.0', 'vdirsyncer'],
    ['curl/8.5.0', 'curl'],
    ['', 'another program'],
    [`x${'y'.repeat(5000)}`, 'another program'],
  ])('by %s is told as %s', async (agent, client) => {
    const { id, url } = await aLink(site);
    await ask(site, url, { 'user-agent': agent });
    expect(await fetches(id)).toMatchObject([
      {
        at: '2026-11-20T12:00:00.000Z',
        client,
        refresh: expect.stringMatching(/^[a-z]/),
        version: 1,
        versions_behind: 0,
      },
    ]);
  });

  test('shows how often its app should refresh, where that is known', async () => {
    const { id, url } = await aLink(site);
    for (const agent of [GOOGLE, 'Nextcloud Webcal Service', THUNDERBIRD, 'unheard of'])
      await ask(site, url, { 'user-agent': agent });
    const { json } = await api(site, 'GET', `links/${id}`);
    const hours = (json.fetches as { refresh_hours: number | null }[]).map((one) => one.refresh_hours);
    expect(hours).toEqual([null, null, 2, 24]);
  });

  test('is the last of each kind of program, newest first', async () => {
    const { id, url } = await aLink(site);
    for (const agent of [GOOGLE, THUNDERBIRD, EVOLUTION, THUNDERBIRD, GOOGLE]) {
      site.clock.now += 1000;
      await ask(site, url, { 'user-agent': agent });
    }
    expect(await clients(id)).toEqual(['Google Calendar', 'Thunderbird', 'Evolution']);
    expect((await fetches(id)).map(({ at }) => at.slice(17, 19))).toEqual(['05', '04', '03']);
  });

  test('counts when it is answered 304 or at the path of the link, and not when it is HEAD, refused or of another link', async () => {
    const { id, url } = await aLink(site, { path: 'ada' });
    const other = await aLink(site);
    const { headers } = await ask(site, other.url);
    await ask(site, url, { 'user-agent': GOOGLE }, 'HEAD');
    await ask(site, url, { 'user-agent': GOOGLE }, 'PUT');
    await ask(site, url, { 'user-agent': GOOGLE }, 'OPTIONS');
    expect(await fetches(id)).toEqual([]);
    await ask(site, url, { 'user-agent': EVOLUTION, 'if-none-match': headers.etag ?? '*' });
    await ask(site, '/ics/view/ada.ics', { 'user-agent': THUNDERBIRD });
    await ask(site, '/ics/ALPHA.ics', { 'user-agent': GOOGLE });
    expect((await clients(id)).sort()).toEqual(['Evolution', 'Thunderbird']);
  });

  test('of a disabled address is none of the calendar', async () => {
    const { id, url } = await aLink(site);
    await api(site, 'POST', `links/${id}/rotate`);
    await ask(site, url, { 'user-agent': GOOGLE });
    expect(await fetches(id)).toEqual([]);
  });
});

test('an app with an older version is that many behind, until it fetches again', async () => {
  const { id, url } = await aLink(site);
  await ask(site, url, { 'user-agent': GOOGLE });
  const behind = async (): Promise<[string, number][]> =>
    (await fetches(id)).map(({ client, versions_behind: count }) => [client, count]);
  for (const [index, mode] of ['span', 'both'].entries()) {
    site.clock.now += 60_000;
    await api(site, 'PATCH', `links/${id}`, { options: { mode } });
    await ask(site, url, { 'user-agent': THUNDERBIRD });
    expect(await behind()).toEqual([
      ['Thunderbird', 0],
      ['Google Calendar', index + 1],
    ]);
  }
  const item = [...site.plane.tables.projects.values()].flatMap(({ items }) => [...items.values()])[0]!;
  site.plane.editItem(item.id, { name: 'Renamed once more' });
  site.clock.now += 120_000;
  await ask(site, url, { 'user-agent': THUNDERBIRD });
  expect((await behind())[1]).toEqual(['Google Calendar', 3]);
  await ask(site, url, { 'user-agent': GOOGLE });
  expect(await behind()).toEqual([
    ['Google Calendar', 0],
    ['Thunderbird', 0],
  ]);
});

test('fetches survive a restart, those without news too', async () => {
  const { id, url } = await aLink(site);
  for (const agent of [GOOGLE, THUNDERBIRD, GOOGLE, GOOGLE]) {
    site.clock.now += 1000;
    await ask(site, url, { 'user-agent': agent });
  }
  const before = await fetches(id);
  site = await site.restart();
  expect(await fetches(id)).toEqual(before);
  expect(before[0]).toMatchObject({ client: 'Google Calendar', at: new Date(site.clock.now).toISOString() });
});

test('a rotated link keeps its earlier fetches', async () => {
  const { id, url } = await aLink(site);
  await ask(site, url, { 'user-agent': GOOGLE });
  await api(site, 'POST', `links/${id}/rotate`);
  expect(await clients(id)).toEqual(['Google Calendar']);
});
