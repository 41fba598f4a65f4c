import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { makeCalendar } from '../../src/caldav/calendar.ts';
import { openCollection } from '../../src/caldav/collection.ts';
import { discover } from '../../src/caldav/discovery.ts';
import type { Collection } from '../../src/domain/collection.ts';
import { eventually } from '../support/processes.ts';
import { createScratch } from '../support/scratch.ts';
import { caldavNeeds, startCalDav, type CalDavServer, type ServerKind } from './support/caldav-server.ts';
import { needs } from './support/clients.ts';
import { accountAt } from './support/mirror.ts';
import { startSite, TOKEN } from './support/site.ts';

/** A calendar of a real CalDAV server as a source: in a link, in a mirror, in a backup and restored from it. */

const scratch = createScratch();
const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

const ZONE = [
  'BEGIN:VTIMEZONE',
  'TZID:Europe/Berlin',
  'BEGIN:STANDARD',
  'DTSTART:19961027T030000',
  'TZOFFSETFROM:+0200',
  'TZOFFSETTO:+0100',
  'RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU',
  'END:STANDARD',
  'BEGIN:DAYLIGHT',
  'DTSTART:19810329T020000',
  'TZOFFSETFROM:+0100',
  'TZOFFSETTO:+0200',
  'RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU',
  'END:DAYLIGHT',
  'END:VTIMEZONE',
];
const event = (uid: string, ...lines: string[]): string[] => [
  'BEGIN:VEVENT',
  `UID:${uid}`,
  'DTSTAMP:20261001T000000Z',
  ...lines,
  'END:VEVENT',
];
const object = (...lines: string[]): string =>
  ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Team//Planner//EN', ...lines, 'END:VCALENDAR', ''].join('\r\n');

const SERIES = object(
  ...ZONE,
  ...event('series', 'DTSTART;TZID=Europe/Berlin:20991005T100000', 'RRULE:FREQ=WEEKLY;COUNT=9', 'SUMMARY:Planning'),
  ...event(
    'series',
    'RECURRENCE-ID;TZID=Europe/Berlin:20991012T100000',
    'DTSTART;TZID=Europe/Berlin:20991013T150000',
    'SUMMARY:Planning\\, moved',
  ),
);
const HOLIDAY = object(...event('holiday', 'DTSTART;VALUE=DATE:20991225', 'SUMMARY:Holiday', 'X-TEAM;A="b:c":kept'));
const OVER = object(...event('over', 'DTSTART:20200101T090000Z', 'SUMMARY:Over'));

interface Stage {
  readonly server: CalDavServer;
  readonly team: Collection;
  readonly copy: Collection;
  readonly folder: string;
  /** Also returns the answer of what failed. */
  api(method: string, path: string, body?: object): Promise<Record<string, unknown>>;
  feed(url: unknown): Promise<string>;
}

async function aStage(kind: ServerKind): Promise<Stage> {
  const server = await startCalDav(kind, scratch);
  const user = accountAt(server, server.url, scratch);
  const { homes } = await discover(user);
  const calendar = async (slug: string): Promise<Collection> => {
    const wanted = { slug, displayName: slug, components: ['VEVENT'] };
    return openCollection(user, (await makeCalendar(user, homes[0]!, wanted)).url);
  };
  const [team, copy] = [await calendar('team'), await calendar('copy')];
  await put(team, { 'series.ics': SERIES, 'holiday.ics': HOLIDAY, 'over.ics': OVER });
  const folder = await scratch.folder();
  const site = await startSite(folder, { ADMIN_TOKEN: TOKEN, SOURCE_ALLOW: '127.0.0.1' });
  scratch.defer(site.stop);
  const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
  return {
    server,
    team,
    copy,
    folder,
    api: async (method, path, body) => {
      const init = { method, headers, ...(body && { body: JSON.stringify(body) }) };
      return (await (await fetch(`${site.origin}/api/v1/${path}`, init)).json()) as Record<string, unknown>;
    },
    feed: async (url) => (await fetch(new URL(new URL(String(url)).pathname, site.origin))).text(),
  };
}

async function put(calendar: Collection, objects: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(objects))
    expect(await calendar.put(name, text, { ifNoneMatch: true }, () => false)).toMatchObject({ kind: 'done' });
}

const textsIn = async (calendar: Collection): Promise<string[]> =>
  [...(await calendar.read([...(await calendar.list()).values()])).values()].map(({ text }) => text);

const login = ({ username, password }: CalDavServer) => ({ username, password });

async function addSource({ api, server, team }: Stage): Promise<string> {
  const answer = await api('POST', 'sources', { name: 'Team', kind: 'caldav', url: team.url, ...login(server) });
  expect(answer).toMatchObject({ name: 'Team', kind: 'caldav', state: 'ok' });
  return String(answer.id);
}

describe.each<ServerKind>(['radicale', 'xandikos'])('a calendar on %s', (kind) => {
  needs(caldavNeeds(kind), kind, () => {
    test('is in a link as it is, and follows', async () => {
      const stage = await aStage(kind);
      const { api, feed, team } = stage;
      const source = await addSource(stage);
      const { url } = await api('POST', 'links', { name: 'Team', scope: { calendars: ['team'] } });
      const before = await feed(url);
      for (const line of [
        'RRULE:FREQ=WEEKLY;COUNT=9',
        'SUMMARY:Planning\\, moved',
        'X-TEAM;A="b:c":kept',
        'SUMMARY:Over',
      ])
        expect(before).toContain(`${line}\r\n`);
      expect(before.match(/^BEGIN:VTIMEZONE/gm)).toHaveLength(1);

      await put(team, { 'late.ics': object(...event('late', 'DTSTART:20991231T220000Z', 'SUMMARY:New Year')) });
      const holiday = (await team.list()).get('holiday.ics')!;
      await team.remove(holiday);
      expect(await api('POST', `sources/${source}/sync`)).toMatchObject({ state: 'ok' });
      const after = await feed(url);
      expect(after).toContain('SUMMARY:New Year\r\n');
      expect(after).not.toContain('SUMMARY:Holiday');
    });

    test('is mirrored into another one, and nothing of others is touched', async () => {
      const stage = await aStage(kind);
      const { api, copy, server } = stage;
      await addSource(stage);
      const foreign = object(...event('mine', 'DTSTART:20991101T100000Z', 'SUMMARY:Mine'));
      await put(copy, { 'mine.ics': foreign });
      const mirror = { name: 'Copy', scope: { calendars: ['Team'] }, server: { url: copy.url, ...login(server) } };
      const made = await api('POST', 'mirrors', { ...mirror, calendar: { url: copy.url } });
      const path = `mirrors/${String(made.id)}`;
      const ended = async (): Promise<unknown> => {
        const mirror = await eventually(
          () => api('GET', path),
          ({ state, last_run: last }) => state !== 'running' && last !== null,
        );
        return mirror.last_run;
      };
      expect(await ended()).toMatchObject({ ok: true, created: 2, changed: 0, errors: [] });
      expect(await api('POST', `${path}/run`)).not.toHaveProperty('error');
      expect(await ended()).toMatchObject({ ok: true, created: 0, changed: 0, deleted: 0, unchanged: 2 });
      const texts = await textsIn(copy);
      expect(texts.filter((text) => text.includes('X-PLANE-MIRROR'))).toHaveLength(2);
      const series = texts.find((text) => text.includes('SUMMARY:Planning'));
      expect(series).toMatch(/RECURRENCE-ID;TZID=Europe\/Berlin:20991012T100000/);
      expect(series).toContain('BEGIN:VTIMEZONE');
      expect(texts.join('')).not.toContain('SUMMARY:Over');
      expect(texts.find((text) => text.includes('SUMMARY:Mine'))).toContain('UID:mine\r\n');
    });

    test('is saved, checked and restored event by event', async () => {
      const stage = await aStage(kind);
      const { server, team, copy, folder } = stage;
      await addSource(stage);
      const run = (...args: string[]) => {
        const env = { PATH: process.env.PATH, DOTENV_CONFIG_PATH: '/dev/null', BACKUP_PASSWORD: server.password };
        const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
          cwd: folder,
          env,
          encoding: 'utf8',
        });
        return [status, stdout, stderr];
      };
      expect(run('backup', 'Team', '-o', 'saved')).toEqual([0, expect.stringMatching(/^Saved 3 events /), '']);
      expect(run('verify', 'saved')).toEqual([0, '1 snapshot, 3 different events: valid.\n', '']);
      const to = ['--to', server.url, '--username', server.username, '--calendar', copy.url];
      expect(run('restore', 'saved', ...to)).toEqual([0, '3 restored, 0 replaced, 0 unchanged.\n', '']);
      expect(run('restore', 'saved', ...to)).toEqual([0, '0 restored, 0 replaced, 3 unchanged.\n', '']);
      expect((await textsIn(copy)).sort()).toEqual((await textsIn(team)).sort());
    });
  });
});
