import { describe, expect, jest, test } from '@jest/globals';
import { AppError } from '../../../src/domain/errors.ts';
import type { CalendarRegistry } from '../../../src/sources/calendars/registry.ts';
import type { NewSource } from '../../../src/sources/calendars/request.ts';
import type { ManagedSource } from '../../../src/sources/calendars/managed-source.ts';
import { writeGroup } from '../../../src/icalendar/foreign/write.ts';
import { NOON } from '../../support/make.ts';
import {
  anEvent,
  aRegistry,
  aWebServer,
  calendar,
  errorOf,
  events,
  ics,
  loginAt,
  status,
  tools,
  type TestTools,
  type WebServer,
} from './fixture.ts';

/** Sources from their creation to their end, before a real web server. */

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

const request = (web: WebServer, more: Partial<NewSource> = {}): NewSource => ({
  name: 'Team',
  kind: 'ics',
  login: loginAt(`${web.url}/secret.ics?token=abc`),
  ...more,
});

/** A registry with one source. */
async function started(lines = anEvent(), more: Partial<NewSource> = {}, given: TestTools = tools()) {
  const web = await aWebServer(calendar(lines));
  const registry = await aRegistry(given);
  const source = await registry.add(request(web, more));
  return { web, registry, source, given, id: source.config.id };
}

const uidsOf = (registry: CalendarRegistry, id: string): string[] => [
  ...(registry.status(id).content?.calendar?.uids ?? []),
];

const textOf = (source: ManagedSource, uid: string): string => writeGroup(source.status().calendar!.groups.get(uid)!);

describe('a new source', () => {
  test('is read first, and has a name and an id from then on', async () => {
    const { registry, id, source } = await started(events(3));
    expect(id).toMatch(/^cal-[a-z0-9]{10}$/);
    expect(registry.find('TEAM')).toEqual(registry.find(id));
    expect(registry.all()).toEqual([
      { id, identifier: 'Team', name: 'Team', color: null, timezone: 'UTC', createdAt: NOON, archived: false },
    ]);
    expect(uidsOf(registry, id)).toEqual(['0@example.com', '1@example.com', '2@example.com']);
    expect(registry.status(id)).toMatchObject({ checkedAt: NOON, error: null, removed: null });
    expect(source.status()).toMatchObject({ state: 'ok', checkedAt: NOON, changedAt: null });
  });

  test.each([
    [
      'a page',
      (web: WebServer) => (web.respond = status(200, { 'content-type': 'text/calendar' }, '<!DOCTYPE html><p>')),
      'source_invalid',
    ],
    ['nothing', (web: WebServer) => (web.respond = status(200)), 'source_invalid'],
    ['404', (web: WebServer) => (web.respond = status(404)), 'source_not_found'],
    ['500', (web: WebServer) => (web.respond = status(500)), 'source_unavailable'],
  ])('that is %s is not stored', async (_what, break_, code) => {
    const web = await aWebServer();
    break_(web);
    const given = tools();
    const registry = await aRegistry(given);
    expect(await errorOf(registry.add(request(web)))).toMatchObject({ code });
    expect(registry.all()).toEqual([]);
    expect([...given.kept.records, ...given.cache.records]).toEqual([]);
  });

  test('needs a name that no other has, in any letter case', async () => {
    const { registry, web } = await started();
    expect(await errorOf(registry.add(request(web, { name: 'tEAM' })))).toMatchObject({ code: 'conflict' });
    expect(await errorOf(registry.add(request(web, { name: 'cal-0123456789' })))).toMatchObject({ code: 'invalid' });
    expect(await errorOf(registry.add(request(web, { name: 'x', timezone: 'Mars/Base' })))).toMatchObject({
      code: 'invalid',
    });
  });

  test('may break off: what is complete is taken', async () => {
    const { registry, id } = await started([]);
    const web = await aWebServer(status(200, {}, ics([...anEvent('whole'), ...anEvent('half')]).slice(0, -60)));
    const other = await registry.add(request(web, { name: 'Other' }));
    expect(uidsOf(registry, other.config.id)).toEqual(['whole']);
    expect(uidsOf(registry, id)).toEqual([]);
  });

  test('with webcal is read by http where there is no https', async () => {
    const web = await aWebServer();
    const registry = await aRegistry();
    const insecureUrl = `${web.url}/x.ics`;
    const { config } = await registry.add(
      request(web, { login: loginAt(insecureUrl.replace('http', 'https')), insecureUrl }),
    );
    expect(config.secrets?.url).toBe(insecureUrl);
  });
});

describe('what is stored', () => {
  test('has no address, and survives a restart', async () => {
    const { given, id, web } = await started(events(3), { color: '#102030', refreshSeconds: 600 });
    expect(JSON.stringify([...given.kept.records, ...given.cache.records])).not.toMatch(/secret\.ics|token=abc/);
    web.respond = status(503);
    const registry = await aRegistry(tools({ ...given }));
    expect(registry.find('team')).toMatchObject({ id, color: '#102030' });
    expect(uidsOf(registry, id)).toHaveLength(3);
    await registry.refresh(id);
    expect(registry.status(id)).toMatchObject({ error: { code: 'source_unavailable' }, checkedAt: NOON });
    expect(uidsOf(registry, id)).toHaveLength(3);
  });

  test('says what to send, so that an unchanged calendar is not read again after a restart', async () => {
    const web = await aWebServer((incoming, response) => {
      if (incoming.headers['if-none-match'] === '"1"') response.writeHead(304).end();
      else calendar(anEvent(), { etag: '"1"' })(incoming, response);
    });
    const given = tools();
    const first = await aRegistry(given);
    const { config } = await first.add(request(web));
    const content = first.status(config.id).content;
    await first.refresh(config.id);
    expect(first.status(config.id).content).toBe(content);
    await first.stop();
    const registry = await aRegistry(tools({ ...given }));
    given.time.now += HOUR_MS;
    await registry.refresh(config.id);
    expect(web.requests.map(({ headers }) => headers['if-none-match'])).toEqual([undefined, '"1"', '"1"']);
    expect(registry.status(config.id)).toMatchObject({ checkedAt: NOON + HOUR_MS, error: null });
  });

  test('is read again where the cache was lost, with revisions that only rise', async () => {
    const { given, registry, id, web } = await started(anEvent('a', ['SUMMARY:One']));
    web.respond = calendar(anEvent('a', ['SUMMARY:Two']));
    await registry.refresh(id);
    const revision = registry.get(id).status().calendar!.revisions.get('a')!;
    await registry.stop();
    given.cache.records.clear();
    const again = await aRegistry(tools({ ...given }));
    await again.refresh(id);
    expect(again.get(id).status().calendar!.revisions.get('a')).toBeGreaterThan(revision);
  });

  test('is written again after the store could not be written, and waited for', async () => {
    const { web, registry, id, given } = await started();
    const full = new AppError('storage_full', 'no space left');
    const write = jest.spyOn(given.cache, 'write').mockRejectedValue(full);
    web.respond = calendar(anEvent('two@example.com'));
    await registry.refresh(id);
    await expect(registry.status(id).store()).rejects.toBe(full);
    expect(uidsOf(registry, id)).toEqual(['two@example.com']);
    write.mockRestore();
    // Rendering waits for another try, not for another read.
    await expect(registry.status(id).store()).resolves.toBeUndefined();
    expect(uidsOf(await aRegistry(given), id)).toEqual(['two@example.com']);
  });

  test('is not written by a source that was replaced', async () => {
    const { web, registry, id, given, source } = await started();
    const write = jest.spyOn(given.cache, 'write').mockRejectedValue(new AppError('storage_full', 'no space left'));
    web.respond = calendar(anEvent('two@example.com'));
    await registry.refresh(id);
    write.mockRestore();
    await source.stop();
    const before = new Map(given.cache.records);
    await expect(source.portStatus().store()).rejects.toThrow('no space left');
    expect(given.cache.records).toEqual(before);
  });

  test('a calendar whose address can’t be opened is kept as it was', async () => {
    const { given, id } = await started();
    const locked = tools({ ...given, vault: { ...given.vault, open: () => null } });
    const registry = await aRegistry(locked);
    await registry.refresh(id);
    expect(registry.status(id)).toMatchObject({ error: { code: 'source_key' } });
    expect(uidsOf(registry, id)).toHaveLength(1);
    await registry.edit(id, { name: 'Renamed' });
    expect((await aRegistry(tools({ ...given }))).get('Renamed').config.secrets?.url).toContain('secret.ics');
  });
});

describe('changes', () => {
  test('are reported by UID, and only those', async () => {
    const { registry, source, given, id, web } = await started([...anEvent('a'), ...anEvent('b'), ...anEvent('c')]);
    const seen: [string, string[]][] = [];
    registry.onChange((sourceId, uids) => seen.push([sourceId, [...uids].sort()]));
    const before = registry.status(id).content;
    web.respond = calendar([...anEvent('a'), ...anEvent('b', ['SUMMARY:Changed']), ...anEvent('d')]);
    given.time.now += HOUR_MS;
    await registry.refresh(id);
    expect(seen).toEqual([[id, ['b', 'c', 'd']]]);
    expect(source.status().changedAt).toBe(NOON + HOUR_MS);
    const after = registry.status(id).content!;
    expect([...after.changedSince(before)].sort()).toEqual(['b', 'c', 'd']);
    expect(after.changedSince(before)).toBe(after.changedSince(before));
  });

  test('of DTSTAMP alone are none', async () => {
    const { registry, id, web } = await started(anEvent('a'));
    const before = registry.status(id).content;
    web.respond = calendar(anEvent('a', ['DTSTAMP:20270101T000000Z']));
    await registry.refresh(id);
    expect([...registry.status(id).content!.changedSince(before)]).toEqual([]);
    expect(textOf(registry.get(id), 'a')).toContain('DTSTAMP:20260101T000000Z');
  });

  test('keep the stamps of their origin where these rose', async () => {
    const { registry, id, web, source } = await started(anEvent('a', ['SEQUENCE:1']));
    for (const [n, line] of ['SEQUENCE:2', 'DTSTAMP:20280101T000000Z', 'LAST-MODIFIED:20290101T000000Z'].entries()) {
      web.respond = calendar(anEvent('a', [n === 0 ? line : 'SEQUENCE:2', ...(n > 0 ? [line] : []), `SUMMARY:${n}`]));
      await registry.refresh(id);
    }
    expect(source.status().calendar!.revisions.size).toBe(0);
  });

  test('get stamps of ours where those of their origin did not rise, and these only rise', async () => {
    const { registry, id, web, given, source } = await started(anEvent('a', ['SEQUENCE:5']));
    const revisions: number[] = [];
    for (const lines of [
      ['SEQUENCE:5'],
      ['SEQUENCE:4'],
      ['SEQUENCE:900000000', 'DTSTAMP:20400101T000000Z'],
      ['SEQUENCE:3'],
    ]) {
      web.respond = calendar(anEvent('a', [...lines, `SUMMARY:${revisions.length}`]));
      given.time.now += 1000;
      await registry.refresh(id);
      revisions.push(source.status().calendar!.revisions.get('a')!);
    }
    expect(revisions).toEqual([...new Set(revisions)].sort((a, b) => a - b));
    expect(revisions[0]).toBe(NOON / 1000 + 1);
    expect(revisions[2]).toBeGreaterThan(Date.UTC(2040, 0, 1) / 1000);
    await registry.refresh(id);
    expect(source.status().calendar!.revisions.get('a')).toBe(revisions[3]);
  });

  test('of a zone are changes of what is in it', async () => {
    const zone = (offset: string): string[] => [
      'BEGIN:VTIMEZONE',
      'TZID:Custom',
      'BEGIN:STANDARD',
      'DTSTART:19700101T000000',
      `TZOFFSETFROM:${offset}`,
      `TZOFFSETTO:${offset}`,
      'END:STANDARD',
      'END:VTIMEZONE',
    ];
    const lines = [
      ...anEvent('a', ['DTSTART;TZID=Custom:20261201T090000', 'DTEND;TZID=Custom:20261201T100000']),
      ...anEvent('b'),
    ];
    const { registry, id, web } = await started([...zone('+0100'), ...lines]);
    const before = registry.status(id).content;
    web.respond = calendar([...zone('+0200'), ...lines]);
    await registry.refresh(id);
    expect([...registry.status(id).content!.changedSince(before)]).toEqual(['a']);
  });
});

describe('what makes no sense', () => {
  test('an emptied calendar is believed after a second read, five minutes later', async () => {
    const { registry, id, web, given, source } = await started(events(3));
    web.respond = calendar([]);
    await registry.refresh(id);
    expect(source.status()).toMatchObject({ state: 'waiting', failure: { error: { code: 'source_unconfirmed' } } });
    expect(registry.problems()).toMatchObject([{ part: 'source', removal: { sourceId: id } }]);
    expect(uidsOf(registry, id)).toHaveLength(3);
    given.time.now += 4 * MINUTE_MS;
    await registry.refresh(id);
    expect(web.requests).toHaveLength(2);
    await source.refresh(true);
    expect(uidsOf(registry, id)).toHaveLength(3);
    given.time.now += MINUTE_MS;
    await registry.refresh(id);
    expect(uidsOf(registry, id)).toHaveLength(0);
    expect(registry.problems()).toEqual([]);
  });

  test.each([
    [20, 9, 'waiting'],
    [20, 10, 'ok'],
    [9, 1, 'ok'],
    [10, 0, 'waiting'],
  ])('of %i events %i are left: %s', async (before, after, expected) => {
    const { registry, id, web, source } = await started(events(before));
    web.respond = calendar(events(after));
    await registry.refresh(id);
    expect(source.status().state).toBe(expected);
  });

  test('events that come back end the wait', async () => {
    const { registry, id, web, given, source } = await started(events(20));
    web.respond = calendar([]);
    await registry.refresh(id);
    web.respond = calendar(events(20));
    await source.refresh(true);
    expect(source.status().state).toBe('ok');
    given.time.now += 10 * MINUTE_MS;
    web.respond = calendar([]);
    await registry.refresh(id);
    expect(uidsOf(registry, id)).toHaveLength(20);
  });

  test('an administrator can accept a large removal at once', async () => {
    const { registry, id, web } = await started(events(20));
    expect(await errorOf(registry.applyRemoval(id))).toMatchObject({ code: 'not_found' });
    web.respond = calendar([]);
    await registry.refresh(id);
    await registry.applyRemoval(id);
    expect(uidsOf(registry, id)).toEqual([]);
  });

  test('a calendar that breaks off is not believed', async () => {
    const { registry, id, web } = await started(events(3));
    web.respond = status(200, {}, ics(events(3)).slice(0, -30));
    await registry.refresh(id);
    expect(registry.status(id)).toMatchObject({ error: { code: 'source_invalid' } });
    expect(uidsOf(registry, id)).toHaveLength(3);
  });

  test('an event that can’t be read stays as it was', async () => {
    const { registry, id, web, source } = await started([...anEvent('a'), ...anEvent('b')]);
    web.respond = calendar([...anEvent('a', ['DTSTART:tomorrow']), ...anEvent('b', ['SUMMARY:New'])]);
    await registry.refresh(id);
    expect(textOf(source, 'a')).toContain('DTSTART:20261201T090000Z');
    expect(textOf(source, 'b')).toContain('SUMMARY:New');
    expect(registry.problems()).toMatchObject([{ part: 'source', message: expect.stringContaining('1 event can') }]);
    web.respond = calendar([...anEvent('a'), ...anEvent('b', ['SUMMARY:New'])]);
    await registry.refresh(id);
    expect(registry.problems()).toEqual([]);
  });

  test('404 is believed after a second one, five minutes later, and what was read stays', async () => {
    const { registry, id, web, given } = await started();
    web.respond = status(404);
    await registry.refresh(id);
    expect(registry.status(id)).toMatchObject({ removed: null, error: { code: 'source_not_found' } });
    given.time.now += 10 * MINUTE_MS;
    await registry.refresh(id);
    const removed = { reason: 'access lost', since: NOON };
    expect(registry.status(id).removed).toEqual(removed);
    expect(uidsOf(registry, id)).toHaveLength(1);
    await registry.stop();
    expect((await aRegistry(tools({ ...given }))).status(id).removed).toEqual(removed);
    const again = await aRegistry(tools({ ...given }));
    web.respond = calendar(anEvent());
    await again.refresh(id);
    expect(again.status(id).removed).toBe(null);
  });
});

describe('failures', () => {
  test('are retried ever less often, and logged once', async () => {
    const { registry, id, web, given } = await started();
    web.respond = status(500);
    for (let minutes = 0; minutes < 120; minutes++) {
      await registry.refresh(id);
      given.time.now += MINUTE_MS;
    }
    expect(web.requests.length).toBeLessThan(10);
    web.respond = calendar(anEvent());
    given.time.now += HOUR_MS;
    await registry.refresh(id);
    expect(given.log.lines.map(({ level, message }) => `${level} ${message}`)).toEqual([
      'warn a calendar could not be read',
      'info a calendar can be read again',
    ]);
  });

  test('with Retry-After send nothing until then, whatever requests it', async () => {
    const { registry, id, web, given, source } = await started();
    web.respond = status(429, { 'retry-after': '7200' });
    await registry.refresh(id);
    const pausedUntil = NOON + 2 * HOUR_MS;
    expect(source.status()).toMatchObject({ state: 'error', pausedUntil });
    expect(registry.problems()).toMatchObject([{ until: pausedUntil }]);
    given.time.now = pausedUntil - 1;
    await source.refresh(true);
    expect(web.requests).toHaveLength(2);
    given.time.now = pausedUntil;
    web.respond = calendar(anEvent());
    await registry.refresh(id);
    expect(source.status()).toMatchObject({ state: 'ok', pausedUntil: null });
  });

  test('of a login are retried once an hour', async () => {
    const { registry, id, web, given } = await started();
    web.respond = status(401);
    await registry.refresh(id);
    given.time.now += 59 * MINUTE_MS;
    await registry.refresh(id);
    expect(web.requests).toHaveLength(2);
  });

  test('say nothing of an address', async () => {
    const { registry, id, web, given } = await started();
    for (const respond of [
      status(404),
      status(302, { location: '/secret/elsewhere?token=abc' }),
      status(200, {}, 'x'),
    ]) {
      web.respond = respond;
      given.time.now += HOUR_MS;
      await registry.refresh(id);
    }
    expect(JSON.stringify([given.log.lines, registry.problems()])).not.toMatch(/secret|token/);
    expect(given.log.lines).toHaveLength(3);
  });
});

describe('editing', () => {
  test('renames without reading', async () => {
    const { registry, id, web } = await started();
    const before = registry.status(id).content;
    await registry.edit('Team', { name: 'Crew', color: '#102030', keepAttendees: true });
    expect(web.requests).toHaveLength(1);
    expect(registry.find('crew')).toMatchObject({ id, color: '#102030' });
    expect(registry.find('team')).toBe(undefined);
    expect(registry.status(id).content!.changedSince(before).size).toBe(1);
  });

  test('with another address reads that, and believes all of it', async () => {
    const { registry, id } = await started(events(20));
    const other = await aWebServer(calendar(anEvent('other')));
    await registry.edit(id, { login: loginAt(other.url) });
    expect(uidsOf(registry, id)).toEqual(['other']);
  });

  test.each(['at once', 'after a restart'])('whose record can not be stored changes nothing, %s', async (when) => {
    const { registry, id, given } = await started(events(3));
    const other = await aWebServer(calendar(anEvent('other')));
    const { write } = given.kept;
    given.kept.write = (changes) =>
      changes.some(({ kind }) => kind === 'source') ? Promise.reject(new Error('no space left')) : write(changes);
    await expect(registry.edit(id, { login: loginAt(other.url) })).rejects.toThrow('no space left');
    const used = when === 'at once' ? registry : await aRegistry(tools({ ...given }));
    expect(uidsOf(used, id)).not.toContain('other');
    await used.refresh(id);
    expect(uidsOf(used, id)).toHaveLength(3);
    expect(other.requests).toHaveLength(1);
  });

  test('that fails changes nothing', async () => {
    const { registry, id } = await started(events(3));
    const other = await aWebServer(status(404));
    expect(await errorOf(registry.edit(id, { name: 'Other', login: loginAt(other.url) }))).toMatchObject({
      code: 'source_not_found',
    });
    expect(registry.find(id)).toMatchObject({ name: 'Team' });
    expect(uidsOf(registry, id)).toHaveLength(3);
    await registry.refresh(id);
    expect(registry.status(id).error).toBe(null);
  });
});

test('a record that can not be stored adds and removes nothing', async () => {
  const { registry, id, given, web } = await started(events(3));
  const { write } = given.kept;
  given.kept.write = () => Promise.reject(new Error('no space left'));
  await expect(registry.remove(id)).rejects.toThrow('no space left');
  await expect(registry.add(request(web, { name: 'Another' }))).rejects.toThrow('no space left');
  given.kept.write = write;
  expect(registry.known().map(({ config }) => config.name)).toEqual(['Team']);
  web.respond = calendar(events(4));
  await registry.refresh(id);
  expect(uidsOf(registry, id)).toHaveLength(4);
});

describe('hours', () => {
  const hours = { memberId: 'ada', address: 'ada@example.com', projectId: null, private: 'ignore' } as const;

  test('are those of calendars that hold someone’s, as last believed', async () => {
    const { web, registry, id, given } = await started(events(2), { timesheet: hours, timezone: 'Europe/Berlin' });
    await registry.add(request(web, { name: 'Holidays' }));
    const expected = { id, name: 'Team', settings: hours, timezone: 'Europe/Berlin', checkedAt: NOON, error: null };
    expect(registry.hours()).toEqual([expect.objectContaining(expected)]);
    expect([...registry.hours()[0]!.groups.keys()]).toEqual(['0@example.com', '1@example.com']);
    web.respond = status(404);
    await registry.get(id).refresh(true);
    expect(registry.hours()).toEqual([
      expect.objectContaining({ ...expected, error: expect.stringMatching(/404.*\.$/) }),
    ]);
    expect(registry.hours()[0]!.groups.size).toBe(2);
    expect((await aRegistry(given)).hours()).toEqual([expect.objectContaining(expected)]);
  });

  test.each([
    ['W. Europe Standard Time', 'Europe/Berlin'],
    ['/mozilla.org/20050126_1/Asia/Tokyo', 'Asia/Tokyo'],
    ['europe/berlin', 'Europe/Berlin'],
    ['UTC+2', 'Etc/GMT-2'],
    ['UTC-03:00', 'Etc/GMT+3'],
    ['UTC+99', 'UTC'],
    ['Customized Time Zone', 'UTC'],
    ['__proto__', 'UTC'],
  ])('have days in a zone that clocks know, where the calendar calls it %s', async (said, timezone) => {
    const { registry } = await started([`X-WR-TIMEZONE:${said}`, ...events(1)], { timesheet: hours });
    expect(registry.hours()).toMatchObject([{ timezone }]);
  });

  test('are given and taken away without reading', async () => {
    const { web, registry } = await started();
    expect(registry.hours()).toEqual([]);
    const requests = web.requests.length;
    await registry.edit('Team', { timesheet: hours });
    expect(registry.hours()).toMatchObject([{ settings: hours, timezone: 'UTC' }]);
    await registry.edit('Team', { color: '#102030' });
    expect(registry.hours()).toMatchObject([{ settings: hours }]);
    await registry.edit('Team', { timesheet: null });
    expect(registry.hours()).toEqual([]);
    expect(web.requests.length).toBe(requests);
  });

  test('their days are in the zone of the source, else of the calendar, else of most events', async () => {
    const inZone = (uid: string, tzid: string): string[] =>
      anEvent(uid, [`DTSTART;TZID=${tzid}:20261201T090000`, `DTEND;TZID=${tzid}:20261201T100000`]);
    const lines = [
      ...inZone('a', 'Romance Standard Time'),
      ...inZone('b', 'America/New_York'),
      ...inZone('c', 'Romance Standard Time'),
    ];
    const zoneOf = async (calendarLines: string[], timezone: string | null = null): Promise<string | undefined> =>
      (await started(calendarLines, { timesheet: hours, timezone })).registry.hours()[0]?.timezone;
    expect(await zoneOf(lines)).toBe('Europe/Paris');
    expect(await zoneOf(['X-WR-TIMEZONE:W. Europe Standard Time', ...lines])).toBe('Europe/Berlin');
    expect(await zoneOf(['X-WR-TIMEZONE:Mars/Base', ...lines])).toBe('Europe/Paris');
    expect(await zoneOf(lines, 'UTC+2')).toBe('Etc/GMT-2');
    expect(await zoneOf(events(2))).toBe('UTC');
  });

  test('are nobody’s in a record of a release before the timesheet', async () => {
    const { id, given } = await started();
    const { timesheet, ...old } = (await given.kept.get('source', id)) as Record<string, unknown>;
    expect(timesheet).toBe(null);
    await given.kept.write([{ kind: 'source', id, value: old }]);
    const registry = await aRegistry(given);
    expect(registry.get(id).config.timesheet).toBe(null);
    expect(registry.hours()).toEqual([]);
  });
});

describe('removing', () => {
  test('leaves a sign, also after a restart, and nothing else', async () => {
    const { registry, id, given, web } = await started(events(3));
    const changed: string[] = [];
    registry.onChange((sourceId) => changed.push(sourceId));
    given.time.now += HOUR_MS;
    await registry.remove('team');
    const status = { content: null, error: null, removed: { reason: 'deleted', since: NOON + HOUR_MS } };
    expect(registry.status(id)).toMatchObject(status);
    expect(changed).toEqual([id]);
    expect(registry.all()).toEqual([]);
    expect(given.cache.records.size).toBe(0);
    expect((await aRegistry(tools({ ...given }))).status(id)).toMatchObject(status);
    expect((await registry.add(request(web))).config.id).not.toBe(id);
  });

  test('of what is not there is an error', async () => {
    const { registry } = await started();
    expect(await errorOf(registry.remove('nobody'))).toMatchObject({ code: 'not_found' });
  });
});

describe('the schedule', () => {
  const waits = (): { readonly given: TestTools; readonly at: number[]; wake(): Promise<void> } => {
    const at: number[] = [];
    let wake: () => void = () => undefined;
    const given = tools({
      delay: (ms) => {
        at.push(ms);
        return new Promise((resolve) => (wake = resolve));
      },
    });
    return {
      given,
      at,
      wake: async () => {
        given.time.now += at.at(-1)!;
        wake();
        await new Promise((resolve) => setTimeout(resolve, 200));
      },
    };
  };

  test.each([
    [null, [], HOUR_MS],
    [null, ['REFRESH-INTERVAL;VALUE=DURATION:PT12H'], 12 * HOUR_MS],
    [null, ['X-PUBLISHED-TTL:PT1M'], 5 * MINUTE_MS],
    [null, ['X-PUBLISHED-TTL:P4W'], 24 * HOUR_MS],
    [600, ['X-PUBLISHED-TTL:PT12H'], 10 * MINUTE_MS],
  ])('with %j and %j is every so often', async (refreshSeconds, lines, ms) => {
    const { given, at, wake } = waits();
    const { registry, web } = await started([...lines, ...anEvent()], { refreshSeconds }, given);
    registry.start();
    expect(at).toEqual([ms]);
    await wake();
    expect(web.requests).toHaveLength(2);
    expect(at).toEqual([ms, ms]);
    await registry.stop();
  });

  test('of 0 is on request only, but for a second look', async () => {
    const { given, at, wake } = waits();
    const { registry, id, web, source } = await started(events(20), { refreshSeconds: 0 }, given);
    registry.start();
    expect(at).toEqual([]);
    given.time.now += 1000 * HOUR_MS;
    expect(registry.status(id).freshUntil).toBe(Infinity);
    web.respond = calendar([]);
    await source.refresh(true);
    expect(at).toEqual([5 * MINUTE_MS]);
    await wake();
    expect(uidsOf(registry, id)).toEqual([]);
    await registry.stop();
  });
});

test('a trial says what a calendar has, and stores nothing', async () => {
  const lines = [
    ...anEvent('single'),
    ...anEvent('series', ['DTSTART:20260105T090000Z', 'DTEND:20260105T100000Z', 'RRULE:FREQ=WEEKLY;COUNT=10']),
    ...anEvent('zoned', ['DTSTART;TZID=Nowhere:20270101T090000', 'DTEND;TZID=Nowhere:20270101T100000']),
    ...anEvent('broken', ['DTSTART:tomorrow']),
    'BEGIN:VFREEBUSY',
    'UID:x',
    'END:VFREEBUSY',
  ];
  const web = await aWebServer(calendar(lines));
  const given = tools();
  const registry = await aRegistry(given);
  expect(await registry.test(request(web))).toMatchObject({
    components: 3,
    instances: 12,
    recurring: 1,
    first: '2026-01-05',
    last: '2027-01-01',
    zones: { known: [], guessed: [], unknown: ['Nowhere'] },
    dropped: expect.arrayContaining([{ line: expect.any(Number), reason: expect.stringContaining('VFREEBUSY') }]),
  });
  expect([...given.kept.records, ...given.cache.records]).toEqual([]);
});
