import { text } from 'node:stream/consumers';
import { expect, test } from '@jest/globals';
import type { CalendarRegistry } from '../../../../src/sources/calendars/registry.ts';
import { anEvent, aRegistry, aWebServer, ics, loginAt, tools, type TestTools, type WebServer } from '../fixture.ts';

/** A source on a CalDAV server: what is requested of it, by what the server supports. */

const HOUR_MS = 3_600_000;
const COLLECTION = '<d:resourcetype><d:collection/><c:calendar/></d:resourcetype>';

/** A calendar on a server, with what the server supports. */
interface Calendar {
  readonly web: WebServer;
  /** Texts by name. */
  readonly objects: Map<string, string>;
  /** The number of changes so far. */
  version: number;
  hasCtag: boolean;
  hasSync: boolean;
  /** Names of what it fails to send. */
  readonly failing: Set<string>;
  /** Replaces the answer to sync-collection. */
  sync: ((since: number) => { status: number; body: string }) | null;
  /** What was requested since the last call. */
  asked(): string[];
  put(name: string, lines: readonly string[] | null): void;
}

async function aCalendar(): Promise<Calendar> {
  const changed = new Map<string, number>();
  let read = 0;
  const web = await aWebServer((request, response) => {
    void text(request).then((body) => {
      const { status, answer } = respond(request.method!, String(request.headers.depth), body, request.url!);
      asked.push(
        `${request.method} ${/<D:(sync-collection|propfind)|<C:(calendar-multiget)/.exec(body)?.slice(1).join('') ?? ''} ${String(request.headers.depth)}`,
      );
      response.writeHead(status, { 'content-type': 'application/xml' }).end(answer);
    });
  });
  const asked: string[] = [];
  const tag = (name: string): string => `"${changed.get(name) ?? 0}"`;
  const multistatus = (inner: string): string =>
    `<?xml version="1.0"?><d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:cs="http://calendarserver.org/ns/">${inner}</d:multistatus>`;
  const found = (href: string, props: string): string =>
    `<d:response><d:href>${href}</d:href><d:propstat><d:prop>${props}</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>`;
  const gone = (href: string, code = '404 Not Found'): string =>
    `<d:response><d:href>${href}</d:href><d:status>HTTP/1.1 ${code}</d:status></d:response>`;

  function respond(
    method: string,
    depth: string | undefined,
    body: string,
    path: string,
  ): { status: number; answer: string } {
    const own =
      COLLECTION +
      (calendar.hasCtag ? `<cs:getctag>ctag-${calendar.version}</cs:getctag>` : '') +
      (calendar.hasSync ? `<d:sync-token>sync-${calendar.version}</d:sync-token>` : '');
    const name = path.slice('/c/'.length);
    if (method === 'GET' && calendar.failing.has(name)) return { status: 500, answer: '' };
    if (method === 'GET') return { status: 200, answer: calendar.objects.get(name) ?? '' };
    if (method === 'PROPFIND') {
      const members = [...calendar.objects.keys()].map((name) =>
        found(`/c/${name}`, `<d:getetag>${tag(name)}</d:getetag>`),
      );
      return { status: 207, answer: multistatus(found('/c/', own) + (depth === '1' ? members.join('') : '')) };
    }
    if (body.includes('sync-collection')) {
      const since = Number(/sync-(\d+)</.exec(body)?.[1]);
      if (calendar.sync) {
        const { status, body: answer } = calendar.sync(since);
        return { status, answer };
      }
      if (!calendar.hasSync) return { status: 403, answer: '' };
      const all = [...changed]
        .filter(([, at]) => at > since)
        .map(([name]) =>
          calendar.objects.has(name) ? found(`/c/${name}`, `<d:getetag>${tag(name)}</d:getetag>`) : gone(`/c/${name}`),
        );
      return {
        status: 207,
        answer: multistatus(`${all.join('')}<d:sync-token>sync-${calendar.version}</d:sync-token>`),
      };
    }
    const hrefs = [...body.matchAll(/<D:href>\/c\/([^<]+)<\/D:href>/g)].map(([, name]) => name!);
    const answers = hrefs.map((name) => {
      const stored = calendar.objects.get(name);
      if (calendar.failing.has(name)) return gone(`/c/${name}`, '500 Oops');
      return stored === undefined
        ? gone(`/c/${name}`)
        : found(`/c/${name}`, `<d:getetag>${tag(name)}</d:getetag><c:calendar-data>${stored}</c:calendar-data>`);
    });
    return { status: 207, answer: multistatus(answers.join('')) };
  }

  const calendar: Calendar = {
    web,
    objects: new Map(),
    version: 1,
    hasCtag: true,
    hasSync: true,
    failing: new Set(),
    sync: null,
    asked: () => {
      const since = asked.slice(read);
      read = asked.length;
      return since;
    },
    put: (name, lines) => {
      calendar.version++;
      changed.set(name, calendar.version);
      if (lines) calendar.objects.set(name, ics(lines));
      else calendar.objects.delete(name);
    },
  };
  for (const name of ['a', 'b', 'c']) calendar.put(`${name}.ics`, anEvent(name));
  return calendar;
}

interface Site {
  readonly dav: Calendar;
  readonly registry: CalendarRegistry;
  readonly given: TestTools;
  readonly id: string;
  refresh(): Promise<string[]>;
  uids(): string[];
}

async function started(
  change: (dav: Calendar) => void = () => undefined,
  more: Parameters<typeof tools>[0] = {},
): Promise<Site> {
  const dav = await aCalendar();
  change(dav);
  const given = tools({ delay: () => Promise.resolve(), ...more });
  const registry = await aRegistry(given);
  const login = loginAt(`${dav.web.url}/c/`);
  const { id } = (await registry.add({ name: 'Work', kind: 'caldav', login })).config;
  dav.asked();
  return {
    dav,
    registry,
    given,
    id,
    refresh: async () => {
      await registry.refresh(id);
      return dav.asked().filter((line) => line !== 'PROPFIND propfind 0');
    },
    uids: () => [...(registry.status(id).content?.calendar?.uids ?? [])].sort(),
  };
}

test('an unchanged calendar is neither listed nor read', async () => {
  const { refresh, uids, registry, id } = await started();
  const content = registry.status(id).content;
  expect(await refresh()).toEqual([]);
  expect(uids()).toEqual(['a', 'b', 'c']);
  expect(registry.status(id).content).toBe(content);
});

test('with sync-collection only what changed is read', async () => {
  const { dav, refresh, uids } = await started();
  dav.put('b.ics', anEvent('b', ['SUMMARY:New']));
  dav.put('c.ics', null);
  dav.put('d.ics', anEvent('d'));
  expect(await refresh()).toEqual(['REPORT sync-collection 0', 'REPORT calendar-multiget 1']);
  expect(uids()).toEqual(['a', 'b', 'd']);
  expect(await refresh()).toEqual([]);
});

test('without it, ctag says whether to list, and ETags what to read', async () => {
  const { dav, refresh, uids } = await started((one) => (one.hasSync = false));
  expect(await refresh()).toEqual([]);
  dav.put('b.ics', anEvent('b', ['SUMMARY:New']));
  dav.put('c.ics', null);
  expect(await refresh()).toEqual(['PROPFIND propfind 1', 'REPORT calendar-multiget 1']);
  expect(uids()).toEqual(['a', 'b']);
});

test('without either, everything is listed each time', async () => {
  const { dav, refresh, uids } = await started((one) => (one.hasSync = one.hasCtag = false));
  expect(await refresh()).toEqual(['PROPFIND propfind 1']);
  dav.put('d.ics', anEvent('d'));
  expect(await refresh()).toEqual(['PROPFIND propfind 1', 'REPORT calendar-multiget 1']);
  expect(uids()).toEqual(['a', 'b', 'c', 'd']);
});

const response = (inner: string): string =>
  `<?xml version="1.0"?><d:multistatus xmlns:d="DAV:">${inner}</d:multistatus>`;

test.each([
  ['forgot the token', { status: 403, body: '<d:error xmlns:d="DAV:"><d:valid-sync-token/></d:error>' }],
  [
    'sends a part',
    {
      status: 207,
      body: response(
        '<d:response><d:href>/c/</d:href><d:status>HTTP/1.1 507 Insufficient Storage</d:status></d:response><d:sync-token>x</d:sync-token>',
      ),
    },
  ],
  [
    'can’t say what became of one',
    {
      status: 207,
      body: response(
        '<d:response><d:href>/c/b.ics</d:href><d:status>HTTP/1.1 500 Oops</d:status></d:response><d:sync-token>x</d:sync-token>',
      ),
    },
  ],
  ['sends no token', { status: 207, body: response('') }],
])('a server that %s is listed', async (_what, answer) => {
  const { dav, refresh, uids } = await started();
  dav.put('b.ics', null);
  dav.sync = () => answer;
  expect(await refresh()).toEqual(['REPORT sync-collection 0', 'PROPFIND propfind 1']);
  expect(uids()).toEqual(['a', 'c']);
});

test('once a day everything is listed, whatever the server says', async () => {
  const { dav, given, refresh, uids } = await started();
  dav.objects.delete('c.ics');
  given.time.now += 23 * HOUR_MS;
  expect(await refresh()).toEqual([]);
  given.time.now += HOUR_MS;
  expect(await refresh()).toEqual(['PROPFIND propfind 1']);
  expect(uids()).toEqual(['a', 'b']);
});

test('a resource that is no calendar stays as it was, and costs no other', async () => {
  const { dav, refresh, uids, registry, id } = await started();
  dav.put('b.ics', anEvent('b'));
  dav.objects.set('b.ics', ics(anEvent('b')).replace('END:VCALENDAR', ''));
  dav.put('d.ics', anEvent('d'));
  await refresh();
  expect(uids()).toEqual(['a', 'b', 'c', 'd']);
  expect(registry.get(id).status().calendar!.about.dropped).toMatchObject([
    { reason: expect.stringContaining('b.ics') },
  ]);
});

test('a resource that the server fails to send stays as it was, costs no other, and is read again', async () => {
  const { dav, given, refresh, uids, registry, id } = await started();
  dav.put('b.ics', anEvent('other'));
  dav.put('bad.ics', anEvent('bad'));
  dav.put('d.ics', anEvent('d'));
  for (const name of ['b.ics', 'bad.ics']) dav.failing.add(name);
  await refresh();
  expect(uids()).toEqual(['a', 'b', 'c', 'd']);
  const { failure, calendar } = registry.get(id).status();
  expect(failure).toBeNull();
  expect(calendar!.about.dropped.map(({ reason }) => reason)).toEqual([
    "The server can't send the resource b.ics.",
    "The server can't send the resource bad.ics.",
  ]);
  dav.failing.clear();
  given.time.now += HOUR_MS;
  expect(await refresh()).toEqual(['PROPFIND propfind 1', 'REPORT calendar-multiget 1']);
  expect(uids()).toEqual(['a', 'bad', 'c', 'd', 'other']);
});

test('a calendar of which the server sends nothing at all is not empty', async () => {
  const start = started((dav) => {
    for (const name of dav.objects.keys()) dav.failing.add(name);
  });
  await expect(start).rejects.toThrow(/\/c\/[abc]\.ics can't be read\. The CalDAV server answers with status 500/);
});

test.each([
  ['sends more than is read', { maxBytes: 2_000 }, 'source_too_large'],
  ['takes longer than is waited for', { totalMs: 0 }, 'source_unavailable'],
])('a server that %s ends the read', async (_what, limits, code) => {
  const dav = await aCalendar();
  for (let count = 0; count < 100; count++) dav.put(`${count}.ics`, anEvent(String(count)));
  const registry = await aRegistry(tools({ limits }));
  const login = loginAt(`${dav.web.url}/c/`);
  await expect(registry.add({ name: 'Work', kind: 'caldav', login })).rejects.toMatchObject({ code });
});

test('a calendar that grows too large over many reads stays as it was', async () => {
  const { dav, refresh, uids, registry, id } = await started(undefined, { limits: { maxBytes: 4_000 } });
  let reads = 0;
  for (; reads < 60 && registry.get(id).status().failure === null; reads++) {
    dav.put(`more-${reads}.ics`, anEvent(`more-${reads}`));
    await refresh();
  }
  expect(registry.get(id).status().failure?.error).toMatchObject({ code: 'source_too_large' });
  expect(uids()).toHaveLength(3 + reads - 1);
});

test('what another address has under equal names and tags is read', async () => {
  const { registry, id, uids } = await started();
  const other = await aCalendar();
  for (const [name, uid] of [
    ['a', 'x'],
    ['b', 'y'],
    ['c', 'z'],
  ] as const)
    other.objects.set(`${name}.ics`, ics(anEvent(uid)));
  await registry.edit(id, { login: loginAt(`${other.web.url}/c/`) });
  expect(uids()).toEqual(['x', 'y', 'z']);
});

test('after an edit that failed, everything is read from the address of before', async () => {
  const { dav, registry, given, id } = await started();
  const other = await aCalendar();
  other.failing.add('a.ics').add('b.ics').add('c.ics');
  await expect(registry.edit(id, { login: loginAt(`${other.web.url}/c/`) })).rejects.toThrow('500');
  const again = await aRegistry(tools({ ...given }));
  await again.refresh(id);
  expect(dav.asked()).toContain('REPORT calendar-multiget 1');
  expect([...again.status(id).content!.calendar!.uids].sort()).toEqual(['a', 'b', 'c']);
});

test('a removal that waits is seen again by the second read', async () => {
  const { dav, given, refresh, registry, id, uids } = await started();
  for (const name of ['a', 'b', 'c']) dav.put(`${name}.ics`, null);
  await refresh();
  expect(registry.get(id).status().state).toBe('waiting');
  given.time.now += HOUR_MS;
  await refresh();
  expect(uids()).toEqual([]);
});

test('what was read survives a restart, and is not read again', async () => {
  const { dav, registry, given, id } = await started();
  await registry.stop();
  const again = await aRegistry(tools({ ...given }));
  dav.put('d.ics', anEvent('d'));
  await again.refresh(id);
  expect(dav.asked()).toContain('REPORT sync-collection 0');
  expect([...again.status(id).content!.calendar!.uids].sort()).toEqual(['a', 'b', 'c', 'd']);
});
