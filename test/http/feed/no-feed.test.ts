import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { aTestApp, type TestApp } from '../../support/app.ts';
import { aLink, api, ask, type Answer } from '../ask.ts';

/** Whoever does not know an address learns nothing from trying: all that is none is one and the same 404. */

const CONSTANT = ['date', 'connection', 'keep-alive'];

/** All of an answer but the moment. */
function all({ status, headers, text }: Answer): unknown {
  return { status, text, headers: Object.entries(headers).filter(([name]) => !CONSTANT.includes(name)) };
}

const UNKNOWN = 'AAAAAAAAAAAAAAAAAAAAAA';

describe.each(['open', 'link'] as const)('with FEED_ACCESS=%s', (feedAccess) => {
  let site: TestApp;
  let token: string;
  let nothing: unknown;
  beforeAll(async () => {
    site = await aTestApp({ feedAccess });
    ({ token } = await aLink(site));
    nothing = all(await ask(site, `/ics/${UNKNOWN}/feed.ics`));
  });
  afterAll(() => site.close());

  test('an unknown token is a plain 404 with nothing to find', async () => {
    const { status, headers, text } = await ask(site, `/ics/${UNKNOWN}/feed.ics`);
    expect([status, text]).toEqual([404, 'There is no calendar at this address.\n']);
    expect(headers).toMatchObject({ 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' });
    for (const absent of ['etag', 'last-modified', 'allow', 'retry-after', 'www-authenticate', 'set-cookie'])
      expect(headers).not.toHaveProperty(absent);
  });

  const nearly: readonly (readonly [what: string, path: (token: string) => string])[] = [
    ['a right token cut by one', (known) => `/ics/${known.slice(0, -1)}/feed.ics`],
    ['a right token and more', (known) => `/ics/${known}A/feed.ics`],
    ['a right token in another letter case', (known) => `/ics/${swapCase(known)}/feed.ics`],
    ['a right token as a path', (known) => `/ics/view/${known}.ics`],
    ['a right token and bad encoding', (known) => `/ics/%${known}/feed.ics`],
    ['bad encoding', () => '/ics/%/feed.ics'],
    ['a zero byte', () => '/ics/%00/feed.ics'],
    ['a short one', () => '/ics/a/feed.ics'],
    ['one with slashes, blanks and signs around it', () => `//ICS//%20${UNKNOWN}%0A/feed.ics).`],
    ['one without a name', () => `/ics/${UNKNOWN}`],
    ['a right token elsewhere', (known) => `/ics/a/${known}/feed.ics`],
    ['a right token in the query', (known) => `/ics/?${known}`],
    ['nothing', () => '/ics'],
    ['a long one', () => `/ics/${'A'.repeat(3000)}/feed.ics`],
    ['signs', () => '/ics/AAAAAAAAAAAAAAAAAAAAA%2F/feed.ics'],
    ['a hash of the store', () => `/ics/${'A'.repeat(43)}/feed.ics`],
    ['a word of JavaScript', () => '/ics/constructor/__proto__.ics'],
    ['an unknown project', () => '/ics/NOPE.ics'],
    ['an unknown person', () => '/ics/person/zoe.ics'],
    ['an unknown path', () => '/ics/view/zoe.ics'],
  ];

  test.each(nearly)('%s is answered the same', async (_what, path) => {
    expect(all(await ask(site, path(token)))).toEqual(nothing);
  });

  test('it answers HEAD, and requests with an ETag, the same', async () => {
    for (const token of [UNKNOWN, 'a']) {
      const head = await ask(site, `/ics/${token}/feed.ics`, {}, 'HEAD');
      expect([head.status, head.body.length]).toEqual([404, 0]);
      expect((await ask(site, `/ics/${token}/feed.ics`, { 'if-none-match': '*' })).status).toBe(404);
    }
  });

  test('methods are refused whether the token is right or not', async () => {
    for (const method of ['OPTIONS', 'PUT', 'PROPFIND']) {
      const [right, wrong] = [token, UNKNOWN].map((one) => ask(site, `/ics/${one}/feed.ics`, {}, method));
      expect(all(await right!)).toEqual(all(await wrong!));
    }
  });

  test('a revoked link is known for 30 days, its id never is', async () => {
    const { id, token: other } = await aLink(site);
    await api(site, 'DELETE', `links/${id}`);
    expect((await ask(site, `/ics/${other}/feed.ics`)).status).toBe(200);
    for (const path of [`/ics/${id}/feed.ics`, `/ics/${id}.ics`]) expect(all(await ask(site, path))).toEqual(nothing);
  });
});

function swapCase(text: string): string {
  return text.replace(/[a-z]/gi, (letter) => (letter < 'a' ? letter.toLowerCase() : letter.toUpperCase()));
}
