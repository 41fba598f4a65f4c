import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { aTestApp, type TestApp } from '../../../support/app.ts';
import { aLink, api, ask, askFor, linkOf } from '../../ask.ts';

/** The subscribe page, whose address is a secret. */

const UNKNOWN = 'A'.repeat(22);

let site: TestApp;
beforeAll(async () => {
  site = await aTestApp({ publicUrl: 'https://calendars.example.com' });
});
afterAll(() => site.close());

const HEADERS = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-robots-tag': 'noindex, nofollow',
};

describe('the page', () => {
  test('is the same for every link, is not stored or indexed, and has nothing for link previews', async () => {
    const [first, second] = [await aLink(site), await aLink(site, { name: 'Another' })];
    const page = await ask(site, `/s/${first.token}`);
    expect(page.status).toBe(200);
    expect(page.headers).toMatchObject({ ...HEADERS, 'content-type': 'text/html; charset=utf-8' });
    expect(page.headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self';/);
    expect(page.headers['set-cookie']).toBeUndefined();
    expect(page.text).toBe((await ask(site, `/s/${second.token}`)).text);
    expect(page.text).not.toMatch(/og:|twitter:|name="description"|https?:/);
    expect(page.text).not.toContain(first.token);
    const head = await ask(site, `/s/${first.token}`, {}, 'HEAD');
    expect([head.status, head.text]).toEqual([200, '']);
    expect(head.headers).toMatchObject(HEADERS);
  });

  test('is friendly where the address leads nowhere, and answers only reading', async () => {
    const page = await ask(site, `/s/${UNKNOWN}`);
    expect(page.status).toBe(404);
    expect(page.headers).toMatchObject(HEADERS);
    expect(page.text).toContain('subscribe.js');
    expect((await ask(site, '/s/short')).status).toBe(404);
    expect((await ask(site, `/s/${UNKNOWN}`, {}, 'POST')).status).toBe(405);
    expect((await ask(site, '/subscribe')).status).toBe(404);
  });

  test('has files at absolute paths, since its address may have got slashes', async () => {
    const { token } = await aLink(site);
    const { text } = await ask(site, `/s/${token}/`);
    const paths = [...text.matchAll(/(?:href|src)="([^"]+)"/g)]
      .map(([, path]) => path)
      .filter((one) => one !== '#main');
    expect(paths.length).toBeGreaterThan(5);
    expect(paths.filter((path) => !path?.startsWith('/'))).toEqual([]);
  });
});

test('what chats, mail programs and people put around the address is ignored', async () => {
  const { token } = await aLink(site);
  for (const path of [
    `/s/${token}/`,
    `//s//${token}`,
    `/s/${token}.`,
    `/s/${token}%3E`,
    `/s/${token})%2C`,
    `/s/${token}%E2%80%9D`,
    `/S/${token}`,
    `/s/${token.slice(0, 9)}%0D%0A%20${token.slice(9)}`,
    `/s%2F${token}`,
    `/https://calendars.example.com/s/${token}`,
  ])
    expect([path, (await ask(site, path)).status]).toEqual([path, 200]);
  for (const path of [`/s/${token}/state`, `/s/${token})/state`, `/s//${token}/state/`])
    expect([path, (await ask(site, path)).headers['content-type']?.split(';')[0]]).toEqual([path, 'application/json']);
  for (const path of ['/s', '/s/', `/s/${token}x`, `/s/${token.toLowerCase()}0`])
    expect([path, (await ask(site, path)).status]).toEqual([path, 404]);
});

describe('opening it', () => {
  test('counts nobody as a subscriber', async () => {
    const { id, token, url } = await aLink(site);
    for (const agent of ['Mozilla/5.0 Chrome/140.0 Safari/537.36', 'Thunderbird/140.4.0', 'Google-Calendar-Importer'])
      for (const path of [`/s/${token}`, `/s/${token}/state`]) await ask(site, path, { 'user-agent': agent });
    expect((await api(site, 'GET', `links/${id}`)).json).toMatchObject({ last_fetch: null, fetches: [] });
    await ask(site, url, { 'user-agent': 'Thunderbird/140.4.0' });
    expect((await api(site, 'GET', `links/${id}`)).json).toMatchObject({ last_fetch: { client: 'Thunderbird' } });
  });

  test('leaves the name of the route and the id of the link in the log, and no address', async () => {
    const { id, token } = await aLink(site);
    await ask(site, `/s/${token}`);
    await ask(site, `/s/${token}).`);
    await ask(site, `/s/${token}/state`);
    await ask(site, `/s/${UNKNOWN}/state`);
    const lines = site.log.lines.filter(({ fields }) => String(fields.route).startsWith('subscribe'));
    expect(lines.slice(-4).map(({ fields }) => [fields.route, fields.feed, fields.status])).toEqual([
      ['subscribe page', id, 200],
      ['subscribe page', id, 200],
      ['subscribe state', id, 200],
      ['subscribe state', undefined, 404],
    ]);
    expect(JSON.stringify(site.log.lines)).not.toContain(token);
    expect(JSON.stringify(site.log.lines)).not.toContain(UNKNOWN);
  });
});

describe('what it shows', () => {
  test('is limited per visitor', async () => {
    const limited = await aTestApp();
    const { token } = await aLink(limited);
    const statuses: number[] = [];
    for (let at = 0; at < 610; at++) statuses.push((await ask(limited, `/s/${UNKNOWN}/state`)).status);
    expect(statuses.filter((one) => one === 404)).toHaveLength(600);
    const refused = await askFor(limited, 'GET', `/s/${token}/state`, undefined, null);
    expect([refused.status, refused.json.error_code]).toEqual([429, 'RATE_LIMITED']);
    expect(refused.headers).toMatchObject(HEADERS);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect((await ask(limited, `/s/${token}`)).status).toBe(200);
    await limited.close();
  });
});

describe('below a path', () => {
  let below: TestApp | undefined;
  afterEach(() => below?.close());

  test.each(['/cal', '/s', '/a/s'])('%s it works with and without that path', async (prefix) => {
    below = await aTestApp({ publicUrl: `https://example.com${prefix}` });
    const link = linkOf(await api(below, 'POST', 'links', { name: 'Ada phone', scope: { projects: ['ALPHA'] } }));
    for (const before of ['', prefix]) {
      const page = await ask(below, `${before}/s/${link.token}`);
      expect([before, page.status]).toEqual([before, 200]);
      expect(page.text).toContain(`src="${prefix}/subscribe/subscribe.js"`);
      const { json } = await askFor(below, 'GET', `${before}/s/${link.token}/state`, undefined, null);
      expect(json.url).toBe(`https://example.com${prefix}/ics/${link.token}/Ada-phone.ics`);
    }
  });
});
