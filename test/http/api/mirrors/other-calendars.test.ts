import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { anEvent, aWebServer, calendar, type WebServer } from '../../../sources/calendars/fixture.ts';
import { aTestApp, type TestApp } from '../../../support/app.ts';
import { aCalDav, type CalDav } from '../../../support/caldav.ts';
import { eventually } from '../../../support/processes.ts';
import { api, type Json } from '../../ask.ts';

/** A calendar at an address, beside a project of Plane, in a calendar of a CalDAV server. */

let site: TestApp;
let dav: CalDav;
let web: WebServer;
let folder: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'plane-ics-'));
  dav = await aCalDav();
  const over = ['DTSTART:20200101T090000Z', 'DTEND:20200101T100000Z'];
  web = await aWebServer(
    calendar([...anEvent('one'), ...anEvent('two', ['ATTENDEE:mailto:bob@example.com']), ...anEvent('over', over)]),
  );
  site = await aTestApp({ dataDir: folder, sourceAllow: ['127.0.0.1'] });
});
afterEach(async () => {
  await site.close();
  await dav.close();
  rmSync(folder, { recursive: true });
});

const foreign = (): string[] => [...dav.objects.keys()].filter((path) => /\/plane-\w+-e-[0-9a-f]{32}\.ics$/.test(path));
const titles = (): string[] =>
  foreign()
    .map((path) => /^SUMMARY:(.*)\r$/m.exec(dav.objects.get(path)!)![1]!)
    .sort();

async function settled(id: string, runs: number): Promise<Json> {
  return eventually(
    async () => (await api(site, 'GET', `mirrors/${id}`)).json,
    ({ state }) => /ok|error|waiting/.test(String(state)) && foreign().length === runs,
  );
}

test('a mirror has what is to come of a calendar, or all of it, and follows what changes there', async () => {
  const source = (await api(site, 'POST', 'sources', { name: 'Team', kind: 'ics', url: `${web.url}/a.ics` })).json;
  const server = { url: dav.url, username: dav.username, password: dav.password };
  const scope = { projects: ['ALPHA'], calendars: ['Team'] };
  const made = await api(site, 'POST', 'mirrors', { name: 'Copy', scope, server, calendar: { name: 'Work' } });
  expect(made.status).toBe(201);
  const id = String(made.json.id);
  expect(await settled(id, 2)).toMatchObject({ state: 'ok', last_run: { ok: true } });
  expect(titles()).toEqual(['one', 'two']);
  expect(dav.objects.size).toBeGreaterThan(2);
  expect([...dav.objects.values()].join('')).not.toMatch(/ATTENDEE|mailto/);

  expect((await api(site, 'PATCH', `mirrors/${id}`, { past_events: true })).status).toBe(200);
  await settled(id, 3);
  expect(titles()).toEqual(['one', 'over', 'two']);

  web.respond = calendar([...anEvent('one'), ...anEvent('two', ['SUMMARY:Changed']), ...anEvent('over')]);
  dav.writes();
  site.clock.now += 60_000;
  await api(site, 'POST', `sources/${String(source.id)}/sync`);
  await eventually(titles, (all) => all.includes('Changed'));
});
