import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { aTestApp, type TestApp } from '../../../support/app.ts';
import { aCalDav, type CalDav } from '../../../support/caldav.ts';
import { api, type ApiAnswer, type Json } from '../../ask.ts';

/** Calendars that a mirror may not write into, or not have to itself: refused when it is created and when it is changed. */

let site: TestApp;
let dav: CalDav;
let folder: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'plane-ics-'));
  dav = await aCalDav();
  site = await aTestApp({ dataDir: folder, sourceAllow: ['127.0.0.1'] });
});
afterEach(async () => {
  await site.close();
  await dav.close();
  rmSync(folder, { recursive: true });
});

const ask = (method: 'POST' | 'PATCH', path: string, body: Json): Promise<ApiAnswer> => api(site, method, path, body);
const server = (): Json => ({ url: dav.url, username: dav.username, password: dav.password });
const mirror = (more: Json): Json => ({
  name: 'Copy',
  scope: { projects: ['ALPHA'] },
  server: server(),
  calendar: { name: 'Work' },
  paused: true,
  ...more,
});

test('a calendar whose server sends cancellations can not belong to a mirror', async () => {
  const added = await ask('POST', 'mirrors', mirror({}));
  expect(added.json).toMatchObject({ keep_others: true, past_events: false });
  const path = `mirrors/${String(added.json.id)}`;
  dav.announces = '1, calendar-access, calendar-auto-schedule';
  for (const answer of [
    await ask('PATCH', path, { keep_others: false }),
    await ask('POST', 'mirrors', mirror({ mirror_id: 'other1', keep_others: false })),
  ])
    expect([answer.status, answer.json.message]).toEqual([400, expect.stringContaining('calendar-auto-schedule')]);
  dav.announces = '1, calendar-access';
  const changed = await ask('PATCH', path, { keep_others: false, past_events: true });
  expect(changed.json).toMatchObject({ keep_others: false, past_events: true });
});

test('a mirror can not write into a calendar that it shows, itself or through another one', async () => {
  dav.calendars.set('/dav/home/', 'Home');
  const source = async (name: string, calendar: string): Promise<string> =>
    (await ask('POST', 'sources', { ...server(), name, kind: 'caldav', calendar })).json.id as string;
  const [work, home] = [await source('W', 'Work'), await source('H', 'Home')];
  const shows = (id: string, name: string, more: Json = {}): Json =>
    mirror({ scope: { calendars: [id] }, calendar: { name }, ...more });
  const self = await ask('POST', 'mirrors', shows(work, 'Work'));
  expect([self.status, self.json.message]).toEqual([
    400,
    expect.stringMatching(/^This mirror writes into a calendar that it also shows\./),
  ]);
  const there = await ask('POST', 'mirrors', shows(work, 'Home', { name: 'There' }));
  expect(there.status).toBe(201);
  const back = await ask('POST', 'mirrors', shows(home, 'Work', { mirror_id: 'back1' }));
  expect([back.status, back.json.message]).toEqual([400, expect.stringContaining('also shows through "There"')]);
  const edited = await ask('PATCH', `mirrors/${String(there.json.id)}`, { scope: { calendars: [home] } });
  expect(edited.status).toBe(400);
});
