import { describe, expect, test } from '@jest/globals';
import { createAccount, type Account, type AccountOptions } from '../../src/caldav/transport/account.ts';
import { makeCalendar } from '../../src/caldav/calendar.ts';
import { openCollection } from '../../src/caldav/collection.ts';
import { discover, testConnection } from '../../src/caldav/discovery.ts';
import type { Collection } from '../../src/domain/collection.ts';
import { anEvent, errorOf, tools } from '../caldav/support.ts';
import { createScratch } from '../support/scratch.ts';
import { caldavNeeds, startCalDav, type CalDavServer, type ServerKind } from './support/caldav-server.ts';
import { needs } from './support/clients.ts';

const scratch = createScratch();
const never = (): boolean => false;

function account(server: CalDavServer, options: Partial<AccountOptions> = {}): Account {
  const credentials = {
    kind: 'password',
    method: 'auto',
    username: server.username,
    password: server.password,
  } as const;
  const made = createAccount({ url: server.url, credentials, ...options }, tools());
  scratch.defer(() => made.close());
  return made;
}

interface Bench {
  readonly server: CalDavServer;
  readonly user: Account;
  readonly calendar: Collection;
}

async function bench(kind: ServerKind): Promise<Bench> {
  const server = await startCalDav(kind, scratch);
  const user = account(server);
  const { homes } = await discover(user);
  const wanted = { slug: 'plane-web', displayName: 'Web & more', components: ['VEVENT'] };
  const made = await makeCalendar(user, homes[0]!, wanted);
  return { server, user, calendar: await openCollection(user, made.url) };
}

/** As another program would: without any of our code. */
async function raw(server: CalDavServer, method: string, url: string, body?: string): Promise<string> {
  const authorization = `Basic ${Buffer.from(`${server.username}:${server.password}`).toString('base64')}`;
  const headers = { authorization, 'content-type': 'text/calendar; charset=utf-8' };
  const answer = await fetch(url, { method, headers, ...(body !== undefined && { body }) });
  return answer.text();
}

describe.each<ServerKind>(['radicale', 'xandikos'])('CalDAV', (kind) => {
  needs(caldavNeeds(kind), kind, () => {
    test('is found from its root, and from paths of it with and without a slash', async () => {
      const { server, calendar } = await bench(kind);
      for (const path of ['', server.username, `${server.username}/`, 'nothing-here']) {
        const { calendars, homes } = await discover(account(server, { url: server.url + path }));
        expect(homes.length).toBeGreaterThan(0);
        expect(calendars.map(({ url }) => url)).toContain(calendar.url);
      }
      for (const url of [calendar.url, calendar.url.replace(/\/$/, '')]) {
        const { calendars, homes } = await discover(account(server, { url }));
        expect([homes, calendars.map((one) => one.url)]).toEqual([[], [calendar.url]]);
        expect((await openCollection(account(server, { url }), url)).url).toBe(calendar.url);
      }
    });

    test('makes a calendar once', async () => {
      const { user, calendar } = await bench(kind);
      expect(calendar.components).toContain('VEVENT');
      const again = { slug: 'plane-web', displayName: 'Again', components: ['VEVENT'] };
      const error = await errorOf(makeCalendar(user, new URL('..', calendar.url).href, again));
      expect([error.code, error.message]).toEqual(['caldav_refused', expect.stringContaining('one exists')]);
      if (kind === 'radicale') expect(calendar.displayName).toBe('Web & more');
    });

    test('writes, lists, reads, looks and removes', async () => {
      const { calendar } = await bench(kind);
      expect(await calendar.list()).toEqual(new Map());
      const names = Array.from({ length: 60 }, (_, index) => `plane-test-${index}.ics`);
      for (const name of names) {
        const written = await calendar.put(name, anEvent(name, 'Grün; "a", \\b'), { ifNoneMatch: true }, never);
        expect(written).toEqual({ kind: 'done', etag: expect.stringMatching(/^".+"$/) });
      }
      const listing = await calendar.list();
      expect([...listing.keys()].sort()).toEqual([...names].sort());
      const gone = { name: 'gone.ics', href: `${calendar.url}gone.ics`, etag: '"1"' };
      const read = await calendar.read([...listing.values(), gone]);
      expect([...read.keys()].sort()).toEqual([...names].sort());
      for (const { text, etag, name } of read.values()) {
        expect(etag).toBe(listing.get(name)!.etag);
        expect(text).toMatch(/^BEGIN:VCALENDAR\r\n[^]*END:VCALENDAR\r\n$/);
        expect(text).toContain(`UID:${name.replace('.ics', '')}\r\n`);
        expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
      }
      const looked = await calendar.readOne('plane-test-7.ics');
      expect(looked).toMatchObject({ name: 'plane-test-7.ics', etag: listing.get('plane-test-7.ics')!.etag });
      expect(await calendar.readOne('plane-none.ics')).toBeNull();
      for (const listed of [...listing.values()].slice(1)) {
        expect(await calendar.remove(listed)).toEqual({ kind: 'done', etag: null });
      }
      expect((await calendar.list()).size).toBe(1);
    });

    test('keeps what another client wrote, and reports it', async () => {
      const { server, calendar } = await bench(kind);
      const name = 'plane-test-1.ics';
      const first = await calendar.put(name, anEvent(name, 'One'), { ifNoneMatch: true }, never);
      const etag = first.kind === 'done' ? first.etag! : '';
      await raw(server, 'PUT', calendar.url + name, anEvent(name, 'Edited'));

      const isOurs = (text: string): boolean => text.includes('SUMMARY:Two');
      expect(await calendar.put(name, anEvent(name, 'Two'), { ifMatch: etag }, isOurs)).toMatchObject({
        kind: 'conflict',
      });
      expect(await calendar.put(name, anEvent(name, 'Two'), { ifNoneMatch: true }, isOurs)).toMatchObject({
        kind: 'conflict',
      });
      expect(await calendar.remove({ name, href: calendar.url + name, etag })).toMatchObject({ kind: 'conflict' });
      expect((await calendar.readOne(name))!.text).toContain('SUMMARY:Edited');

      const { etag: current } = (await calendar.list()).get(name)!;
      expect(await calendar.put(name, anEvent(name, 'Two'), { ifMatch: current! }, isOurs)).toMatchObject({
        kind: 'done',
      });
      // As after an answer that was lost: it is there already, and ours.
      expect(await calendar.put(name, anEvent(name, 'Two'), { ifMatch: current! }, isOurs)).toMatchObject({
        kind: 'done',
      });
      const [listed] = (await calendar.list()).values();
      expect(await calendar.remove(listed!)).toMatchObject({ kind: 'done' });
      expect(await calendar.remove(listed!)).toMatchObject({ kind: 'done' });
      expect(await calendar.put(name, anEvent(name, 'Two'), { ifMatch: current! }, isOurs)).toMatchObject({
        kind: 'conflict',
      });
    });

    test('leaves objects of others as they are, byte by byte', async () => {
      const { server, calendar } = await bench(kind);
      const foreign = ['Besuch bei Ähm.ics', 'a+b@c.ics', 'no-extension'].map(
        (name) => calendar.url + encodeURIComponent(name),
      );
      for (const [index, url] of foreign.entries())
        await raw(server, 'PUT', url, anEvent(`foreign-${index}`, 'Private'));
      const before = await Promise.all(foreign.map((url) => raw(server, 'GET', url)));
      expect(before.join()).toContain('Private');

      await calendar.put('plane-test-1.ics', anEvent('plane-test-1', 'One'), { ifNoneMatch: true }, never);
      const listing = await calendar.list();
      expect([...listing.keys()]).toEqual(
        expect.arrayContaining(['Besuch bei Ähm.ics', 'a+b@c.ics', 'plane-test-1.ics']),
      );
      const read = await calendar.read([...listing.values()]);
      expect([...read.keys()].sort()).toEqual([...listing.keys()].sort());
      await calendar.remove(listing.get('plane-test-1.ics')!);
      // Whose it is, the mirror knows; here it stays because it is not as it was listed.
      const edited = { ...listing.get('a+b@c.ics')!, etag: '"another"' };
      expect((await calendar.remove(edited)).kind).toBe('conflict');
      expect(await Promise.all(foreign.map((url) => raw(server, 'GET', url)))).toEqual(before);
    });

    test('says no to rubbish and to a second event of one UID, and goes on', async () => {
      const { calendar } = await bench(kind);
      await calendar.put('plane-test-1.ics', anEvent('plane-test-1', 'One'), { ifNoneMatch: true }, never);
      const rubbish = await calendar.put('plane-test-2.ics', 'rubbish', { ifNoneMatch: true }, never);
      expect(rubbish).toMatchObject({ kind: 'rejected', reason: expect.stringContaining('refuses') });
      const twin = await calendar.put(
        'plane-test-3.ics',
        anEvent('plane-test-1', 'Twin'),
        { ifNoneMatch: true },
        never,
      );
      expect(twin).toMatchObject({ kind: 'rejected', reason: expect.stringContaining('UID') });
      expect([...(await calendar.list()).keys()]).toEqual(['plane-test-1.ics']);
    });

    test('reads around an event that spoils the answer for all', async () => {
      const { server, calendar } = await bench(kind);
      await raw(server, 'PUT', `${calendar.url}foreign.ics`, anEvent('foreign', 'bell\u0007and\u0008backspace'));
      await calendar.put('plane-test-1.ics', anEvent('plane-test-1', 'One'), { ifNoneMatch: true }, never);
      const listing = await calendar.list();
      const read = await calendar.read([...listing.values()]);
      expect(read.get('plane-test-1.ics')!.text).toContain('SUMMARY:One');
      for (const { text } of read.values()) expect(text.replace(/\r\n/g, '')).not.toMatch(/\p{Cc}/u);
    });

    test('reports a calendar that was deleted', async () => {
      const { server, user, calendar } = await bench(kind);
      await raw(server, 'DELETE', calendar.url);
      expect((await errorOf(calendar.list())).code).toBe('caldav_not_found');
      const put = calendar.put('plane-test-1.ics', anEvent('plane-test-1', 'One'), { ifNoneMatch: true }, never);
      expect((await errorOf(put)).code).toBe('caldav_not_found');
      expect((await errorOf(openCollection(user, calendar.url))).code).toBe('caldav_not_found');
    });

    test('stops at a wrong password, where there are passwords', async () => {
      const server = await startCalDav(kind, scratch);
      const credentials = { kind: 'password', method: 'auto', username: server.username, password: 'wrong' } as const;
      const { error, steps } = await testConnection(account(server, { credentials }));
      expect(error?.code).toBe(server.asksPassword ? 'caldav_key' : undefined);
      if (server.asksPassword) expect(steps).toMatchObject([{ step: 'address', status: 401 }]);
    });
  });
});
