import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ALPHA } from '../../support/acme.ts';
import { aTestApp, type TestApp } from '../../support/app.ts';
import { lint } from '../../support/linter.ts';
import { aLink, api, ask, linkOf, uidsOf, unfolded, type Answer } from '../ask.ts';

/** Calendars at the addresses of links. */

const DAY = 86_400_000;
const DISABLED = 'SUMMARY:This calendar link was disabled';

let site: TestApp;
beforeAll(async () => {
  site = await aTestApp();
});
afterAll(() => site.close());

/** One event, which says that the link was disabled. */
function expectTombstone({ status, text, body }: Answer): void {
  expect(status).toBe(200);
  expect(lint(body)).toEqual([]);
  expect(text.match(/^BEGIN:VEVENT/gm)).toHaveLength(1);
  expect(text).toContain(DISABLED);
}

describe('the address of a link', () => {
  test('serves the calendar of its project, under its own name, with every header of a calendar', async () => {
    const { url } = await aLink(site);
    const { status, headers, body, text } = await ask(site, url);
    expect([status, lint(body)]).toEqual([200, []]);
    expect(headers).toMatchObject({
      'content-type': 'text/calendar; charset=utf-8',
      'content-disposition': `inline; filename="Ada-phone.ics"; filename*=UTF-8''Ada-phone.ics`,
      'cache-control': 'private, max-age=60, no-transform',
      'x-robots-tag': 'noindex, nofollow, noarchive',
      'referrer-policy': 'no-referrer',
    });
    expect(text).toContain('X-WR-CALNAME:Ada phone\r\n');
    expect(uidsOf(text)).toEqual(uidsOf((await ask(site, '/ics/ALPHA.ics')).text));
  });

  test('takes no options from its query, and any name', async () => {
    const { url, token } = await aLink(site, { options: { mode: 'span' } });
    const { headers } = await ask(site, url);
    const path = new URL(url).pathname;
    const names = ['x', '%E5%B7%A5', '%E0%A4%A', '.', 'a.b'];
    for (const other of [`${path}?mode=due`, `${path}?nothing=1`, ...names.map((name) => `/ics/${token}/${name}.ics`)])
      expect((await ask(site, other)).headers.etag).toBe(headers.etag);
  });

  test('answers HEAD and conditional requests, and no other methods', async () => {
    const { url } = await aLink(site);
    const { headers, body } = await ask(site, url);
    const head = await ask(site, url, {}, 'HEAD');
    expect([head.status, head.headers['content-length'], head.body.length]).toEqual([200, String(body.length), 0]);
    expect((await ask(site, url, { 'if-none-match': headers.etag! })).status).toBe(304);
    expect((await ask(site, url, { 'if-modified-since': headers['last-modified']! })).status).toBe(304);
    const options = await ask(site, url, {}, 'OPTIONS');
    expect([options.status, options.headers.allow]).toEqual([204, 'GET, HEAD, OPTIONS']);
    for (const method of ['PUT', 'DELETE', 'PROPFIND', 'REPORT']) {
      const { status, headers: refused } = await ask(site, url, {}, method);
      expect([status, refused.allow]).toEqual([405, 'GET, HEAD, OPTIONS']);
    }
  });

  test('survives a restart, with the same bytes', async () => {
    const [link, revoked] = [await aLink(site), await aLink(site)];
    await api(site, 'DELETE', `links/${revoked.id}`);
    const before = await ask(site, link.url);
    site = await site.restart();
    expect((await ask(site, link.url)).headers).toMatchObject({
      etag: before.headers.etag,
      'last-modified': before.headers['last-modified'],
    });
    expectTombstone(await ask(site, revoked.url));
  });

  test('shows all projects, or the items of a person by name, e-mail address or id', async () => {
    const all = await aLink(site, { scope: { all: true } });
    expect(uidsOf((await ask(site, all.url)).text)).toEqual(uidsOf((await ask(site, '/ics/all.ics')).text));
    const ada = [...site.plane.tables.people.values()].find((one) => one.display_name === 'ada')!;
    for (const person of ['ADA', 'ada@example.test', ada.id]) {
      const { url, json } = await aLink(site, { scope: { person } });
      expect(json.scope).toEqual({ person: 'ada', person_id: ada.id });
      const { text } = await ask(site, url);
      expect(uidsOf(text)).toHaveLength(1);
      expect(unfolded(text)).not.toContain('ada@');
    }
  });

  test('is loaded from Plane as soon as it is created', async () => {
    const other = await aTestApp();
    const items: string[] = [];
    other.plane.onRequest = ({ path }) => {
      if (path.includes(ALPHA) && path.includes('/work-items/')) items.push(path);
      return undefined;
    };
    await aLink(other);
    for (let wait = 0; wait < 300 && items.length === 0; wait++) await sleep(10);
    expect(items).not.toEqual([]);
    await other.close();
  });

  test('is the only one while FEED_ACCESS is link', async () => {
    const closed = await aTestApp({ feedAccess: 'link' });
    const { url } = await aLink(closed);
    expect((await ask(closed, url)).status).toBe(200);
    for (const path of ['ALPHA', 'all', 'person/ada', 'view/ada', ALPHA])
      expect((await ask(closed, `/ics/${path}.ics`)).status).toBe(404);
    await closed.close();
  });
});

test('empty links of one scope each have a note of their own, which stays the same', async () => {
  const scope = { projects: ['RTL'] };
  const urls: string[] = [];
  for (const name of ['Ada', 'Bob', 'Eve']) {
    urls.push((await aLink(site, { name, scope })).url);
    site.clock.now += 1000;
  }
  const read = (): Promise<Answer[]> => Promise.all(urls.map((url) => ask(site, url)));
  const before = await read();
  before.forEach(({ text }, index) => {
    expect(text).toContain(`SUMMARY:Nothing planned in ${['Ada', 'Bob', 'Eve'][index]!}\r\n`);
  });
  site.clock.now += 5000;
  site = await site.restart();
  expect((await read()).map(({ headers }) => headers.etag)).toEqual(before.map(({ headers }) => headers.etag));
});

describe('an edited link', () => {
  test('has another calendar behind the same address, and later dates', async () => {
    const { id, url } = await aLink(site);
    const before = await ask(site, url);
    site.clock.now += 5_000;
    const edited = await api(site, 'PATCH', `links/${id}`, { name: 'Bob', options: { title: '{name}!' } });
    expect(edited.json).toMatchObject({ name: 'Bob', options: { title: '{name}!' } });
    const after = await ask(site, url);
    expect(after.headers.etag).not.toBe(before.headers.etag);
    expect(after.headers['last-modified']).toBe(new Date(site.clock.now).toUTCString());
    expect(after.text).toContain('X-WR-CALNAME:Bob\r\n');
    expect(unfolded(after.text)).toContain('SUMMARY:Only target date!');
    expect(lint(after.body)).toEqual([]);
  });

  test('changes only what is given; null restores the default', async () => {
    const { id } = await aLink(site, { options: { mode: 'span', done: 'hide', past: 30 } });
    const first = await api(site, 'PATCH', `links/${id}`, { options: { done: null, cancelled: 'keep' } });
    expect(first.json.options).toEqual({ mode: 'span', past: '30', cancelled: 'keep' });
    const second = await api(site, 'PATCH', `links/${id}`, { name: 'Bob' });
    expect(second.json).toMatchObject({ name: 'Bob', options: first.json.options, scope: { projects: ['ALPHA'] } });
    const third = await api(site, 'PATCH', `links/${id}`, { scope: { all: true } });
    expect(third.json).toMatchObject({ name: 'Bob', options: first.json.options, scope: { all: true } });
  });

  test('applies both of two concurrent edits', async () => {
    const { id } = await aLink(site);
    const edits = [{ options: { done: 'hide' } }, { options: { mode: 'span' } }, { name: 'Bob' }];
    await Promise.all(edits.map((edit) => api(site, 'PATCH', `links/${id}`, edit)));
    const { json } = await api(site, 'GET', `links/${id}`);
    expect(json).toMatchObject({ name: 'Bob', options: { done: 'hide', mode: 'span' } });
  });

  test('does not undo a revocation or rotation that happens meanwhile', async () => {
    const [first, second] = [await aLink(site), await aLink(site)];
    await Promise.all([
      ...[1, 2, 3].map((name) => api(site, 'PATCH', `links/${first.id}`, { name: `Bob ${name}` })),
      api(site, 'DELETE', `links/${first.id}`),
      ...[1, 2, 3].map((name) => api(site, 'PATCH', `links/${first.id}`, { name: `Eve ${name}` })),
    ]);
    const [rotated] = await Promise.all([
      api(site, 'POST', `links/${second.id}/rotate`),
      ...[1, 2, 3].map((name) => api(site, 'PATCH', `links/${second.id}`, { name: `Bob ${name}` })),
    ]);
    for (const restarted of [false, true]) {
      if (restarted) site = await site.restart();
      expectTombstone(await ask(site, first.url));
      expectTombstone(await ask(site, second.url));
      expect((await ask(site, linkOf(rotated).url)).text).not.toContain(DISABLED);
    }
  });
});

describe('a link that was', () => {
  test('rotated has a new address; the old one says so for 30 days', async () => {
    const old = await aLink(site);
    await ask(site, old.url);
    const { status, json } = await api(site, 'POST', `links/${old.id}/rotate`);
    const fresh = linkOf({ json });
    expect([status, fresh.id, fresh.token === old.token]).toEqual([200, old.id, false]);
    expect((await ask(site, fresh.url)).text).not.toContain(DISABLED);
    expectTombstone(await ask(site, old.url));
    site.clock.now += 30 * DAY - 1000;
    expectTombstone(await ask(site, old.url));
    site.clock.now += 1000;
    expect((await ask(site, old.url)).status).toBe(410);
    expect((await ask(site, fresh.url)).status).toBe(200);
  });

  test('rotated twice has one tombstone for each address, and none moves another', async () => {
    const first = await aLink(site);
    const second = linkOf(await api(site, 'POST', `links/${first.id}/rotate`));
    const before = await ask(site, first.url);
    site.clock.now += 2 * DAY;
    const third = linkOf(await api(site, 'POST', `links/${first.id}/rotate`));
    for (const { url } of [second, first, second, first]) expectTombstone(await ask(site, url));
    expect((await ask(site, first.url)).headers['last-modified']).toBe(before.headers['last-modified']);
    site.clock.now += 29 * DAY;
    expect((await ask(site, first.url)).status).toBe(410);
    expectTombstone(await ask(site, second.url));
    expect((await ask(site, third.url)).text).not.toContain(DISABLED);
  });

  test('a revoked one serves a tombstone for 30 days, over a restart, then 410', async () => {
    const { id, url } = await aLink(site, { path: 'revoked' });
    await ask(site, url);
    const { status, json } = await api(site, 'DELETE', `links/${id}`);
    expect([status, json.revoked]).toEqual([200, new Date(site.clock.now).toISOString()]);
    for (const address of [url, '/ics/view/revoked.ics']) expectTombstone(await ask(site, address));
    const again = await api(site, 'DELETE', `links/${id}`);
    expect(again.json.revoked).toBe(json.revoked);
    site.clock.now += 29 * DAY;
    site = await site.restart();
    for (const address of [url, '/ics/view/revoked.ics']) expectTombstone(await ask(site, address));
    site.clock.now += DAY;
    const { status: gone, headers } = await ask(site, url);
    expect([gone, headers['content-type']]).toEqual([410, 'text/plain; charset=utf-8']);
  });

  test('one that ends in the second of its last change is not current for an app that compares dates', async () => {
    const { id, url } = await aLink(site);
    const first = linkOf(await api(site, 'POST', `links/${id}/rotate`));
    for (const [address, end] of [
      [url, () => Promise.resolve()],
      [first.url, () => api(site, 'DELETE', `links/${id}`)],
    ] as const) {
      const live = await ask(site, first.url);
      await end();
      const ended = await ask(site, address, { 'if-modified-since': live.headers['last-modified'] ?? '' });
      expect(ended.status).toBe(200);
      expectTombstone(ended);
    }
  });

  test('revoked can no longer be edited or rotated', async () => {
    const { id } = await aLink(site);
    await api(site, 'DELETE', `links/${id}`);
    for (const [method, path, body] of [
      ['PATCH', `links/${id}`, { name: 'Bob' }],
      ['POST', `links/${id}/rotate`, undefined],
    ] as const) {
      const { status, json } = await api(site, method, path, body);
      expect([status, json.error_code, json.message]).toEqual([
        400,
        'INVALID_VALUE',
        'This link is revoked. Make a new one.',
      ]);
    }
  });
});
