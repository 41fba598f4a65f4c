import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createAddresses } from '../../../src/http/feed/addresses.ts';
import { aTestApp, type TestApp } from '../../support/app.ts';
import { aLink, ask } from '../ask.ts';

/** Addresses as people paste them. */

const TOKEN = 'Ab-_0123456789abcdefgh';
const BEHIND = [
  '',
  '/',
  '//',
  '%20',
  '%0A',
  '%0D%0A',
  '.',
  '...',
  ',',
  ')',
  '%3E',
  '>',
  '%22',
  ');',
  '%E2%80%9D',
  '%E2%80%8B',
  '/%20/',
];

const plain = createAddresses('');

/** Ways in which the path of an address gets longer in front. */
const before = fc.constantFrom(
  '/',
  '//',
  '///',
  '/%20',
  '/https://calendars.example.com/',
  '/webcal://calendars.example.com/',
  '/webcal%3A%2F%2Fcalendars.example.com%2F',
);
const ics = fc.constantFrom('ics', 'ICS', 'Ics', '%69cs', 'ics%20');
const slash = fc.constantFrom('/', '//', '/%20/', '%2F');
const behind = fc.constantFrom(...BEHIND);
const name = fc.constantFrom(
  '/feed.ics',
  '/feed.ICS',
  '/feed',
  '/a b.ics',
  '/a/b.ics',
  '/%E5%B7%A5.ics',
  '/.ics',
  '.ics',
  '.ICS',
  '',
);

describe('the address of a link', () => {
  test('is understood with whatever is put around its parts', () => {
    fc.assert(
      fc.property(before, ics, slash, name, behind, (start, folder, between, end, after) => {
        const path = `${start}${folder}${between}${TOKEN}${end}${after}`;
        expect([path, plain(path)]).toEqual([path, { kind: 'link', token: TOKEN }]);
      }),
    );
  });

  test('is understood where a line break or a space came into its token', () => {
    for (const blank of ['%0A', '%0D%0A%20', '%20', '%E2%80%8B'])
      expect(plain(`/ics/${TOKEN.slice(0, 9)}${blank}${TOKEN.slice(9)}/feed.ics`)).toEqual({
        kind: 'link',
        token: TOKEN,
      });
  });

  test('is never made of other letters than it has', () => {
    const piece = fc.oneof(
      fc.constantFrom('/', 'ics', '/ics/', '%2F', '%', '.ics', 'view', ':', TOKEN),
      fc.string({ maxLength: 5 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const address = plain(`/${pieces.join('')}`);
        if (address?.kind === 'link' && /^[\w-]{22}$/.test(address.token))
          expect(pieces.join('').replace(/%[0-9a-f]{2}|[\s\p{C}]/giu, '')).toContain(address.token);
      }),
    );
  });
});

describe('a readable address', () => {
  /** A name that an address may hold: not blank, and not of the shape of a token. */
  const word = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 30 })
    .filter((text) => /^[^\s\p{C}/]/u.test(text) && !/^[\w-]{22}$/.test(text) && text !== 'all');

  test('may contain any name, encoded', () => {
    fc.assert(
      fc.property(word, (text) => {
        const encoded = encodeURIComponent(text);
        if (!text.includes('/')) expect(plain(`/ics/${encoded}.ics`)).toEqual({ kind: 'project', name: text });
        expect(plain(`/ics/person/${encoded}.ics`)).toEqual({ kind: 'person', name: text });
        expect(plain(`/ics/view/${encoded}.ics`)).toEqual({ kind: 'view', name: text });
      }),
    );
  });

  test('is understood with whatever is put around its parts', () => {
    const parts = fc.constantFrom<[string, object]>(
      ['WEB', { kind: 'project', name: 'WEB' }],
      ['all', { kind: 'all' }],
      ['person/ada', { kind: 'person', name: 'ada' }],
      ['Person//ada', { kind: 'person', name: 'ada' }],
      ['view/team', { kind: 'view', name: 'team' }],
    );
    fc.assert(
      fc.property(
        before,
        ics,
        slash,
        parts,
        fc.constantFrom('.ics', '.ICS', ''),
        behind,
        (start, folder, between, [part, meant], end, after) => {
          expect(plain(`${start}${folder}${between}${part}${end}${after}`)).toEqual(meant);
        },
      ),
    );
  });
});

describe('the address of the webhook', () => {
  test.each([
    '/webhooks/plane',
    '/webhooks/plane/',
    '//webhooks/plane',
    '/webhooks//plane//',
    '/webhooks/plane%20',
    '/webhooks/plane%0A',
    '/webhooks/plane.',
    '/Webhooks/Plane',
    '/webhooks%2Fplane',
    '/%77ebhooks/plane',
    '/https://calendars.example.com/webhooks/plane',
  ])('is %s too', (path) => {
    expect(plain(path)).toEqual({ kind: 'webhook' });
  });

  test.each([
    '/webhooks',
    '/webhooks/',
    '/webhooks/sync',
    '/webhooks/plane/x',
    '/webhooks/planes',
    '/plane',
    '/x/webhooks/plane',
  ])('is not %s', (path) => {
    expect(plain(path)).toBeNull();
  });
});

describe('with a prefix', () => {
  test.each(['/calendars', '/a/b', '/pl%C3%A4ne', '/ics', '/webhooks', '/ICS/ics'])(
    '%s addresses are read with it and without',
    (prefix) => {
      const read = createAddresses(prefix);
      for (const start of ['', prefix, `/${prefix}/`, `${prefix}//`, `/https://example.com${prefix}`]) {
        expect(read(`${start}/ics/${TOKEN}/feed.ics/`)).toEqual({ kind: 'link', token: TOKEN });
        expect(read(`${start}/ics/WEB.ics`)).toEqual({ kind: 'project', name: 'WEB' });
        expect(read(`${start}/webhooks/plane/`)).toEqual({ kind: 'webhook' });
      }
      for (const page of ['', '/', '/style.css', '/api/v1/links', '/webhooks/sync', '/lib/dom.js'])
        expect([page, read(prefix + page)]).toEqual([page, null]);
    },
  );
});

test.each(['/', '', '/icsx', '/health', '/api/v1/links', '/demo/browse/WEB-1/', '/lib/dom.js', '*', '/x/ics/WEB.ics'])(
  '%s is none of them',
  (path) => {
    expect(plain(path)).toBeNull();
  },
);

test.each(['/ics', '/ics/', '/ICS', '/ics/.ics', '/ics/%00.ics', '/ics/person', '/ics//'])(
  '%s is no calendar, or of an unknown name',
  (path) => {
    expect(['none', 'project']).toContain(plain(path)?.kind);
  },
);

test('any path is read in time that grows with its length', () => {
  const long = 16_000;
  for (const piece of ['/', '%2F', '%', '.ics', ')', '/https:', '%20', ' ', 'a', '/ics', '%E2%80%8B'])
    expect(() => plain(`/ics/${piece.repeat(long / piece.length)}`)).not.toThrow();
});

describe('over HTTP', () => {
  let site: TestApp;
  beforeAll(async () => {
    site = await aTestApp();
  });
  afterAll(() => site.close());

  test('a pasted address is answered with the calendar itself, without a redirect', async () => {
    const { url, token } = await aLink(site);
    const { headers } = await ask(site, url);
    const path = new URL(url).pathname;
    const links = [
      `/${path}`,
      `${path}/`,
      `${path}%20`,
      `${path}%0A`,
      `${path}).`,
      path.replace('/ics', '/ICS'),
      path.replace('.ics', ''),
      `/ics/${token}`,
    ];
    for (const pasted of links) {
      const answer = await ask(site, pasted);
      expect([pasted, answer.status, answer.headers.etag]).toEqual([pasted, 200, headers.etag]);
      expect(answer.headers).not.toHaveProperty('location');
    }
    const project = await ask(site, '/ics/ALPHA.ics');
    for (const pasted of [
      '/ics/ALPHA',
      '/ics/alpha.ics/',
      '//ics/ALPHA.ics',
      '/ics/ALPHA.ics%0D%0A',
      '/ICS/ALPHA.ICS',
      '/ics/ALPHA.ics?',
    ])
      expect((await ask(site, pasted)).headers.etag).toBe(project.headers.etag);
    expect((await ask(site, '/ics/ALPHA.ics/?mode=span')).headers.etag).toBe(
      (await ask(site, '/ics/ALPHA.ics?mode=span')).headers.etag,
    );
  });

  test('it can only be read, and is counted as its calendar', async () => {
    const { url, id } = await aLink(site);
    const pasted = `${new URL(url).pathname}/`;
    for (const method of ['PUT', 'PROPFIND']) expect((await ask(site, pasted, {}, method)).status).toBe(405);
    expect((await ask(site, pasted, {}, 'OPTIONS')).headers.allow).toBe('GET, HEAD, OPTIONS');
    expect((await ask(site, pasted, {}, 'HEAD')).headers['content-type']).toBe('text/calendar; charset=utf-8');
    await ask(site, pasted);
    expect(site.log.lines.at(-1)).toMatchObject({ fields: { route: 'feed of a link', feed: id, status: 200 } });
  });
});
