import { expect, test } from '@jest/globals';
import type { ServerResponse } from 'node:http';
import { makeCalendar } from '../../src/caldav/calendar.ts';
import { discover, testConnection } from '../../src/caldav/discovery.ts';
import { AppError } from '../../src/domain/errors.ts';
import { createScratch } from '../support/scratch.ts';
import { A_CALENDAR, accountAt, errorOf, failed, found, multistatus, stub, type Got } from './support.ts';

const scratch = createScratch();

const BASIC = { kind: 'password', method: 'basic', username: 'alice', password: 'secret' } as const;
const PRINCIPAL = '<d:current-user-principal><d:href>/p/alice/</d:href></d:current-user-principal>';
const homes = (...hrefs: string[]): string =>
  `<c:calendar-home-set>${hrefs.map((href) => `<d:href>${href}</d:href>`).join('')}</c:calendar-home-set>`;

type Site = Readonly<Record<string, string | ((response: ServerResponse) => unknown)>>;

/** A server with these paths; a text is the content of a multistatus. */
const site = (paths: Site) => (got: Got, response: ServerResponse) => {
  const answer = paths[got.url];
  if (answer === undefined) response.writeHead(404).end();
  else if (typeof answer === 'string') multistatus(response, answer);
  else answer(response);
};

const SITE: Site = {
  '/': found('/', PRINCIPAL),
  '/p/alice/': found('/p/alice/', homes('/h1/', '/gone/', '/h2/')),
  '/h1/':
    found('/h1/', '<d:resourcetype><d:collection/></d:resourcetype>') +
    found(
      '/h1/work/',
      `${A_CALENDAR}<d:displayname>2026</d:displayname><c:supported-calendar-component-set><c:comp name="VEVENT"/></c:supported-calendar-component-set>
       <d:current-user-privilege-set><d:privilege><d:read/></d:privilege></d:current-user-privilege-set>
       <a:calendar-color xmlns:a="http://apple.com/ns/ical/">#FF8800AA</a:calendar-color>`,
    ) +
    found('/h1/no/', '<d:resourcetype><d:collection/><z:calendar xmlns:z="urn:x"/></d:resourcetype>'),
  '/h2/':
    found('/h2', '') +
    found(
      '/h2/T%C3%A4glich',
      `${A_CALENDAR}<d:current-user-privilege-set><d:privilege><d:all/></d:privilege></d:current-user-privilege-set>`,
    ),
};

test('calendars of all homes that work are found, by name, kind, right and colour', async () => {
  const server = await stub(scratch, site(SITE));
  const {
    calendars,
    homes: places,
    incomplete,
    steps,
  } = await discover(accountAt(scratch, `${server.origin}/nothing`));
  expect(calendars).toEqual([
    {
      url: `${server.origin}/h1/work/`,
      displayName: '2026',
      components: ['VEVENT'],
      writable: false,
      color: '#ff8800',
    },
    { url: `${server.origin}/h2/T%C3%A4glich/`, displayName: 'Täglich', components: [], writable: true, color: null },
  ]);
  expect([places.length, incomplete]).toEqual([3, null]);
  expect(steps.map(({ found: what }) => what)).toEqual(
    expect.arrayContaining(['Found the address of this user.', 'Found 3 calendar homes.', 'Found 1 calendar.']),
  );
  expect(steps.map(({ step, status }) => [step, status])).toEqual([
    ['address', 404],
    ['address', 404],
    ['well-known', 404],
    ['root', 207],
    ['principal', 207],
    ['calendars', 207],
    ['calendars', 404],
    ['calendars', 207],
  ]);
  expect(steps[0]).toEqual({
    step: 'address',
    request: `PROPFIND ${server.origin}/nothing/ (depth 0)`,
    status: 404,
    found: expect.stringContaining('no calendar at'),
    fix: expect.stringContaining('/remote.php/dav'),
  });
});

test('a hundred calendars take no more requests than one', async () => {
  const many = Array.from({ length: 100 }, (_, index) => found(`/h1/${index}/`, A_CALENDAR)).join('');
  const server = await stub(scratch, site({ '/': found('/', homes('/h1/')), '/h1/': many }));
  expect((await discover(accountAt(scratch, server.origin))).calendars).toHaveLength(100);
  expect(server.got).toHaveLength(2);
});

test("a calendar's own address needs no more", async () => {
  const server = await stub(scratch, site({ '/c/work/': found('/c/work', A_CALENDAR) }));
  for (const path of ['/c/work', '/c/work/']) {
    const { calendars, homes: places } = await discover(accountAt(scratch, server.origin + path));
    expect([places, calendars.map(({ url }) => url)]).toEqual([[], [`${server.origin}/c/work/`]]);
  }
  expect(server.got).toHaveLength(2);
});

test.each<[string, (response: ServerResponse) => unknown, string, number]>([
  ['a refused login', (response) => response.writeHead(401).end(), 'caldav_key', 1],
  ['a server that is down', (response) => response.writeHead(503).end(), 'caldav_unavailable', 12],
  [
    'a web page',
    (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html>'),
    'caldav_invalid_response',
    3,
  ],
  ['nothing there', (response) => response.writeHead(404).end(), 'caldav_not_found', 3],
  [
    'half an answer',
    (response) => response.writeHead(207).end('<d:multistatus xmlns:d="DAV:"><d:resp'),
    'caldav_invalid_response',
    3,
  ],
])('%s is an error, never "no calendars"', async (_what, answer, code, requests) => {
  const server = await stub(scratch, (_got, response) => answer(response));
  const { error, calendars, steps } = await testConnection(accountAt(scratch, `${server.origin}/dav/`));
  expect([error?.code, calendars]).toEqual([code, []]);
  expect(server.got).toHaveLength(requests);
  for (const { fix } of steps) expect(fix).not.toBeNull();
  expect(JSON.stringify(steps)).not.toMatch(/secret|alice/);
});

test('a home that fails is an error when none works', async () => {
  const server = await stub(scratch, site({ '/': found('/', homes('/h1/', '/h2/')) }));
  expect((await errorOf(discover(accountAt(scratch, server.origin)))).code).toBe('caldav_not_found');
});

test.each<[string, Site]>([
  ['homes', { '/': found('/', homes('http://127.0.0.1:5232/alice/')) }],
  [
    'a principal',
    {
      '/': found('/', '<d:current-user-principal><d:href>http://127.0.0.1:5232/p/</d:href></d:current-user-principal>'),
    },
  ],
  [
    "a principal's homes",
    { '/': found('/', PRINCIPAL), '/p/alice/': found('/p/alice/', homes('http://127.0.0.1:5232/a/')) },
  ],
  [
    'a redirect',
    { '/.well-known/caldav': (response) => response.writeHead(301, { location: 'http://127.0.0.1:5232/dav' }).end() },
  ],
])('%s at another server are an error that names it and says what to do', async (_what, paths) => {
  const server = await stub(scratch, site(paths));
  const { error, steps } = await testConnection(accountAt(scratch, `${server.origin}/nothing`));
  expect(error?.code).toBe('caldav_invalid_response');
  expect(error?.message).toContain('http://127.0.0.1:5232, another server, which must not receive this password');
  expect(error?.fix).toContain('the headers Host and X-Forwarded-Proto');
  expect(JSON.stringify([error?.message, steps])).not.toContain('..');
});

test.each([
  ['ENOTFOUND', 'Check the name'],
  ['EAI_AGAIN', 'Check that the server is running'],
])('a name that is not resolved, with %s, says what to do', async (code, fix) => {
  const account = accountAt(scratch, 'http://dav.invalid/');
  const error = new AppError('caldav_unavailable', `http://dav.invalid/ can't be reached: ${code}.`);
  const { steps } = await testConnection({ ...account, read: () => Promise.reject(error) });
  expect(steps.at(-1)).toMatchObject({ found: error.message, fix: expect.stringContaining(fix) });
});

test('a step without an answer has no status, one with a refusal its own', async () => {
  const plain = await testConnection(accountAt(scratch, 'http://dav.invalid/', { credentials: BASIC }));
  expect(plain.error?.code).toBe('caldav_key');
  expect(plain.steps.map(({ status }) => status)).toEqual([null]);
  const server = await stub(scratch, (_got, response) =>
    response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end(),
  );
  const refused = await testConnection(
    accountAt(scratch, server.origin, { credentials: { ...BASIC, method: 'digest' } }),
  );
  expect(refused.steps).toEqual([
    expect.objectContaining({
      status: 401,
      found: expect.stringMatching(/ does not accept this login\.$/),
      fix: expect.stringContaining('offers only Basic, not Digest'),
    }),
  ]);
});

test.each<[string, Site[string], string]>([
  ['a home that can not be read now', (response) => response.writeHead(503).end(), 'status 503'],
  ['half an answer', (response) => response.writeHead(207).end('<d:multi'), 'not valid XML'],
  ['a home that is not in its own list', found('/h2/x/', A_CALENDAR), "doesn't contain the home itself"],
  ['a list of nothing', '', "doesn't contain the home itself"],
  ['a calendar that fails', found('/h2/', '') + failed('/h2/x/', 500), 'status 500'],
])('with %s the list of calendars is known to be incomplete', async (_what, answer, reason) => {
  const server = await stub(scratch, site({ ...SITE, '/h2/': answer }));
  const { calendars, incomplete } = await discover(accountAt(scratch, server.origin));
  expect(calendars.map(({ displayName }) => displayName)).toContain('2026');
  expect(incomplete?.message).toContain(reason);
});

test('a list of nothing is an error where it is the only one', async () => {
  const server = await stub(scratch, site({ '/': found('/', homes('/h1/')), '/h1/': '' }));
  expect((await errorOf(discover(accountAt(scratch, server.origin)))).code).toBe('caldav_invalid_response');
});

test('neither a redirect nor an href leads to another server', async () => {
  const other = await stub(scratch, (_got, response) => multistatus(response, found('/', homes('/h/'))));
  const server = await stub(
    scratch,
    site({
      '/.well-known/caldav': (response) => response.writeHead(301, { location: `${other.origin}/dav/` }).end(),
      '/': found('/', `<d:current-user-principal><d:href>${other.origin}/p/</d:href></d:current-user-principal>`),
    }),
  );
  const { error, steps } = await testConnection(accountAt(scratch, `${server.origin}/dav/`));
  expect(error).not.toBeNull();
  expect(steps.find(({ step }) => step === 'well-known')?.found).toContain('must not receive this password');
  expect(other.got).toEqual([]);
});

const NEW = { slug: 'plane-web', displayName: 'Web', components: ['VTODO'] };
const made = (kind: string): string =>
  found(
    '/h/plane-web/',
    `${A_CALENDAR}<c:supported-calendar-component-set><c:comp name="${kind}"/></c:supported-calendar-component-set>`,
  );

test.each<[string, (response: ServerResponse) => unknown, string, string]>([
  ['one that is there', (response) => response.writeHead(405).end(), 'VTODO', 'caldav_refused'],
  ["Xandikos' 207", (response) => multistatus(response, failed('/h/plane-web/', 403)), 'VTODO', 'caldav_refused'],
  [
    "Cyrus' refusal",
    (response) => response.writeHead(403).end('<error xmlns="DAV:"><resource-must-be-null/></error>'),
    'VTODO',
    'caldav_refused',
  ],
  ['one of another kind', (response) => response.writeHead(201).end(), 'VEVENT', 'caldav_refused'],
  ['a redirect', (response) => response.writeHead(302, { location: '/login' }).end(), 'VTODO', 'caldav_refused'],
])('making a calendar fails on %s', async (_what, answer, kind, code) => {
  const server = await stub(scratch, ({ method }, response) => {
    if (method === 'MKCALENDAR') answer(response);
    else multistatus(response, made(kind));
  });
  expect((await errorOf(makeCalendar(accountAt(scratch, server.origin), `${server.origin}/h`, NEW))).code).toBe(code);
});

test('a calendar that was made although the answer was lost is made', async () => {
  const server = await stub(scratch, ({ method }, response) => {
    if (method === 'MKCALENDAR') response.destroy();
    else multistatus(response, made('VTODO'));
  });
  const calendar = await makeCalendar(accountAt(scratch, server.origin), `${server.origin}/h/`, NEW);
  expect(calendar).toMatchObject({ url: `${server.origin}/h/plane-web/`, components: ['VTODO'] });
  expect(server.got.map(({ method }) => method)).toEqual(['MKCALENDAR', 'PROPFIND']);
});

test.each(['', '..', 'A', 'a/b', 'a b', '-a'])('no calendar is called "%s"', async (slug) => {
  const server = await stub(scratch, (_got, response) => response.end());
  const error = await errorOf(makeCalendar(accountAt(scratch, server.origin), `${server.origin}/h/`, { ...NEW, slug }));
  expect([error.code, server.got]).toEqual(['invalid', []]);
});
