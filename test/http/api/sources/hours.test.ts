import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { AppError } from '../../../../src/domain/errors.ts';
import type { Source } from '../../../../src/domain/ports.ts';
import { createHoursJson } from '../../../../src/http/api/sources/hours.ts';
import { sourceAnswer, sourcesAnswer } from '../../../../src/http/api/sources/responses.ts';
import { aWebServer, calendar, events, type WebServer } from '../../../sources/calendars/fixture.ts';
import { ALPHA } from '../../../support/acme.ts';
import { aTestApp, type TestApp } from '../../../support/app.ts';
import { api, type ApiAnswer, type Json } from '../../ask.ts';

/** Whose hours a source holds, over the API. */

const ADA = 'ada';
const BOB = { id: '7c4495b4-0043-4b8c-8401-9fede0d4d380', name: 'bob' };
const PROJECT = { id: ALPHA, identifier: 'ALPHA', name: 'Alpha' };
const SETTINGS = { memberId: BOB.id, address: null, projectId: ALPHA, private: 'ignore' } as const;
const BIG = { identifier: 'BIG', name: 'Bigger' };

let site: TestApp;
let web: WebServer;
let folder: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'plane-ics-'));
  web = await aWebServer(calendar(events(1)));
  site = await aTestApp({ dataDir: folder, sourceAllow: ['127.0.0.1'] });
});
afterEach(async () => {
  await site.close();
  rmSync(folder, { recursive: true });
});

const add = (timesheet?: unknown): Promise<ApiAnswer> =>
  api(site, 'POST', 'sources', { name: 'Hours', kind: 'ics', url: `${web.url}/a.ics`, timesheet });
const patch = (timesheet: unknown): Promise<ApiAnswer> => api(site, 'PATCH', 'sources/hours', { timesheet });

/** Its answer, which has no more than described. */
function read(answer: ApiAnswer): Json | null {
  expect([answer.text, sourceAnswer.safeParse(answer.json).error?.issues]).toEqual([expect.any(String), undefined]);
  return answer.json.timesheet as Json | null;
}

describe('the hours of a source', () => {
  test('are nobody’s unless that is said', async () => {
    expect(read(await add())).toBe(null);
  });

  test.each([
    ['names in any letter case', { member: 'BOB', project: 'alpha' }, PROJECT],
    ['ids', { member: BOB.id, project: ALPHA }, PROJECT],
    ['the name of a project', { member: ' bob ', project: 'bigger' }, expect.objectContaining(BIG)],
  ])('are given with %s', async (_what, given, project) => {
    const expected = { member: BOB, address: 'bob@example.com', project, private: 'show' };
    expect(read(await add({ ...given, address: 'Bob@Example.com', private: 'show' }))).toEqual(expected);
    expect((await api(site, 'GET', 'sources')).json).toMatchObject({ sources: [{ timesheet: expected }] });
    expect(sourcesAnswer.safeParse((await api(site, 'GET', 'sources')).json).error?.issues).toBe(undefined);
    site = await site.restart();
    expect(read(await api(site, 'GET', 'sources/hours'))).toEqual(expected);
  });

  test('change field by field, without the calendar being read', async () => {
    expect(read(await add({ member: 'bob' }))).toEqual({
      member: BOB,
      address: null,
      project: null,
      private: 'ignore',
    });
    const requests = web.requests.length;
    expect(read(await patch({ address: 'bob@example.com', project: 'ALPHA' }))).toMatchObject({
      member: BOB,
      address: 'bob@example.com',
      project: PROJECT,
    });
    expect(read(await patch({ project: null, private: 'show' }))).toMatchObject({
      address: 'bob@example.com',
      project: null,
      private: 'show',
    });
    // The address is that of a person.
    expect(read(await patch({ member: ADA }))).toMatchObject({
      member: { name: 'ada' },
      address: null,
      private: 'show',
    });
    const { json } = await api(site, 'PATCH', 'sources/hours', { name: 'hours', color: '#102030' });
    expect(json).toMatchObject({ timesheet: { member: { name: 'ada' } }, state: 'ok', components: 1 });
    expect(read(await patch(null))).toBe(null);
    expect(web.requests.length).toBe(requests);
  });

  test('have ids in place of names while Plane can’t be asked', async () => {
    const fail = (): Promise<never> => Promise.reject(new AppError('plane_unavailable', 'No answer.'));
    const json = await createHoursJson([SETTINGS], { members: fail, projects: fail } as unknown as Source);
    expect(json(SETTINGS)).toEqual({
      member: { id: BOB.id, name: BOB.id },
      address: null,
      project: { id: ALPHA, identifier: ALPHA, name: ALPHA },
      private: 'ignore',
    });
    expect(json(null)).toBe(null);
  });

  test.each([
    [{ member: 'nobody' }, 'There is no person "nobody". There are: ada, bob'],
    [{ member: 'bob', project: 'NOPE' }, 'There is no project "NOPE". There are: ALPHA'],
    [{ member: 'bob', address: 'bob' }, '"timesheet.address" must be an e-mail address.'],
    [{ member: 'bob', private: 'maybe' }, '"timesheet.private" must be ignore or show.'],
    [{ member: 'bob', rate: 3 }, '"timesheet" has no field "rate".'],
    [{ project: 'ALPHA' }, '"timesheet.member" is missing.'],
    ['bob', '"timesheet" must be an object.'],
  ])('are refused with %j', async (given, message) => {
    const { status, json } = await add(given);
    expect([status, json.message]).toEqual([400, expect.stringContaining(message)]);
    expect((await api(site, 'GET', 'sources')).json).toEqual({ sources: [] });
    expect(web.requests).toEqual([]);
  });

  test('need a member before anything else of them can change', async () => {
    await add();
    const { status, json } = await patch({ project: 'ALPHA' });
    expect([status, json.message]).toEqual([400, expect.stringContaining('"timesheet.member" is missing')]);
  });

  test('are checked when a calendar is tried', async () => {
    const body = { kind: 'ics', url: `${web.url}/a.ics`, timesheet: { member: 'nobody' } };
    expect((await api(site, 'POST', 'sources/test', body)).status).toBe(400);
    const tried = await api(site, 'POST', 'sources/test', { ...body, timesheet: { member: 'bob' } });
    expect([tried.status, tried.json]).toEqual([200, expect.objectContaining({ components: 1 })]);
  });
});
