import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { aTestApp, type TestApp } from '../../support/app.ts';
import { aLink, api, ask, linkOf, uidsOf, unfolded } from '../ask.ts';

/** Addresses of links that end and come back while the server runs. */

const DAY = 86_400_000;
const GOOGLE = { 'user-agent': 'Google-Calendar-Importer' };
const THUNDERBIRD = { 'user-agent': 'Mozilla/5.0 (X11; rv:153.0) Gecko/20100101 Thunderbird/153.7.0' };

let site: TestApp;
beforeEach(async () => {
  site = await aTestApp();
});
afterEach(() => site.close());

const inDays = (days: number): string => new Date(site.clock.now + days * DAY).toISOString();

/** SUMMARY of the only event. */
function summaryOf(calendar: string): string {
  const all = [...unfolded(calendar).matchAll(/^SUMMARY:(.*)\r$/gm)].map(([, text]) => text!);
  expect(all).toHaveLength(1);
  return all[0]!;
}

test('a link that expires answers nobody with its calendar any more, not even 304, and comes back when it is extended', async () => {
  const { id, url } = await aLink(site, { expires: inDays(1), path: 'ada' });
  const live = await ask(site, url);
  expect(uidsOf(live.text).length).toBeGreaterThan(1);
  const { etag = '', 'last-modified': modified = '' } = live.headers;
  site.clock.now += DAY - 1;
  expect((await ask(site, url, { 'if-none-match': etag })).status).toBe(304);

  site.clock.now += 1;
  const ended = await ask(site, url, { 'if-none-match': etag });
  expect([ended.status, summaryOf(ended.text)]).toEqual([200, 'This calendar link has expired']);
  expect(ended.text).toContain('DTSTART;VALUE=DATE:20261121\r\n');
  expect((await ask(site, url, { 'if-modified-since': modified })).status).toBe(200);
  expect((await ask(site, '/ics/view/ada.ics')).text).toBe(ended.text);
  expect((await ask(site, url, { 'if-none-match': ended.headers.etag ?? '' })).status).toBe(304);
  expect((await api(site, 'GET', `links/${id}`)).json).toMatchObject({ state: 'expired', revoked: null });

  // The same after a restart, until 30 days are over.
  site = await site.restart();
  expect((await ask(site, url)).text).toBe(ended.text);
  site.clock.now += 30 * DAY;
  expect((await ask(site, url)).status).toBe(410);

  const { status, json } = await api(site, 'PATCH', `links/${id}`, { expires: inDays(30) });
  expect([status, json.state, json.expires]).toEqual([200, 'active', inDays(30)]);
  // An app that has the tombstone and compares dates alone gets the calendar.
  const again = await ask(site, url, { 'if-modified-since': ended.headers['last-modified'] ?? '' });
  expect([again.status, uidsOf(again.text)]).toEqual([200, uidsOf(live.text)]);
  expect(Date.parse(again.headers['last-modified'] ?? '')).toBeGreaterThan(
    Date.parse(ended.headers['last-modified'] ?? ''),
  );
});

test('an old address serves the same calendar until its grace period is over, and shows who still uses it', async () => {
  const { id, url: old } = await aLink(site);
  await ask(site, old, GOOGLE);
  await ask(site, old, THUNDERBIRD);
  const answer = await api(site, 'POST', `links/${id}/rotate`, { grace_days: 14 });
  const { url, token } = linkOf(answer);
  expect(answer.json).toMatchObject({
    state: 'active',
    grace_until: inDays(14),
    subscribe_url: `${new URL(url).origin}/s/${token}`,
  });
  site.clock.now += 60_000;
  const [first, second] = [await ask(site, old, GOOGLE), await ask(site, url, THUNDERBIRD)];
  expect([first.text, first.headers.etag]).toEqual([second.text, second.headers.etag]);
  const users = async () => {
    const { json } = await api(site, 'GET', `links/${id}`);
    const fetches = json.fetches as { client: string; address: string }[];
    expect(json.last_fetch).toEqual(fetches[0]);
    return fetches.map(({ client, address }) => [client, address]);
  };
  const both = [
    ['Thunderbird', 'current'],
    ['Google Calendar', 'old'],
    ['Thunderbird', 'old'],
  ];
  expect(await users()).toEqual(both);
  site = await site.restart();
  expect(await users()).toEqual(both);

  site.clock.now += 14 * DAY - 60_000 - 1;
  expect((await ask(site, old, { ...GOOGLE, 'if-none-match': first.headers.etag ?? '' })).status).toBe(304);
  site.clock.now += 1;
  const ended = await ask(site, old, { ...GOOGLE, 'if-none-match': first.headers.etag ?? '' });
  expect([ended.status, summaryOf(ended.text)]).toEqual([200, 'This calendar link was disabled']);
  expect((await api(site, 'GET', `links/${id}`)).json).toMatchObject({ state: 'active', grace_until: null });
  expect(uidsOf((await ask(site, url)).text)).toEqual(uidsOf(first.text));
  site.clock.now += 30 * DAY;
  expect((await ask(site, old)).status).toBe(410);
  expect((await ask(site, url)).status).toBe(200);
});

test('a revocation ends an old address in its grace period too', async () => {
  const { id, url: old } = await aLink(site);
  const { url } = linkOf(await api(site, 'POST', `links/${id}/rotate`, { grace_days: 90 }));
  await api(site, 'DELETE', `links/${id}`);
  for (const each of [old, url])
    expect(summaryOf((await ask(site, each)).text)).toBe('This calendar link was disabled');
  expect((await api(site, 'GET', `links/${id}`)).json).toMatchObject({ state: 'revoked', grace_until: null });
});

test('browsers and previews of links in chats are no subscribers', async () => {
  const { id, url } = await aLink(site);
  for (const agent of ['WhatsApp/2.23.20.0', 'Mozilla/5.0 (X11; rv:140.0) Gecko/20100101 Firefox/140.0'])
    expect((await ask(site, url, { 'user-agent': agent })).status).toBe(200);
  expect((await api(site, 'GET', `links/${id}`)).json).toMatchObject({ fetches: [], last_fetch: null });
});
