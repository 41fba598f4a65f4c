import { expect, test } from '@jest/globals';
import { sheetAnswer, type SheetJson } from '../../../../src/http/api/timesheet/responses.ts';
import { IDS } from '../members/fixture.ts';
import { aTimesheetSite, hours, RANGE } from './fixture.ts';

/** What members see and may do in the timesheet. */

const on = aTimesheetSite();

async function sheetOf(cookie: string, query = RANGE): Promise<SheetJson> {
  const { status, json, text } = await on.site().as(cookie, 'GET', `/api/v1/timesheet?${query}`);
  expect([status, text]).toEqual([200, expect.any(String)]);
  expect(sheetAnswer.safeParse(json).error?.issues).toBe(undefined);
  return json as SheetJson;
}

test('a member sees and corrects their own hours alone', async () => {
  await on.serve(hours('bobs', 0, [9, 10], ['SUMMARY:Call']));
  await on.add('Secret plans', 'ada', hours('adas', 0, [9, 10], ['SUMMARY:Hire Mallory']));
  const all = await on.sheet();
  expect(all.entries.length).toBe(2);
  const site = on.site();
  const cookie = await site.signIn('member');
  const own = await sheetOf(cookie);
  expect(own.entries).toMatchObject([{ uid: 'bobs', member: 'bob' }]);
  expect(own.sources).toMatchObject([{ name: 'Work' }]);
  expect(JSON.stringify(own)).not.toMatch(/Mallory|Secret plans|"ada"/);
  expect(own.projects.map(({ identifier }) => identifier)).toEqual(['ALPHA']);

  for (const query of [
    'member=ada',
    `member=${all.entries.find(({ uid }) => uid === 'adas')?.member_id}`,
    'source=Secret%20plans',
  ])
    expect((await site.as(cookie, 'GET', `/api/v1/timesheet?${query}`)).status).toBe(404);
  const correct = (uid: string): Promise<{ readonly status: number }> => {
    const { source } = all.entries.find((entry) => entry.uid === uid)!;
    return site.as(cookie, 'POST', '/api/v1/timesheet/corrections', { source, uid, match: { project: 'ALPHA' } });
  };
  expect((await correct('adas')).status).toBe(404);
  expect((await correct('bobs')).status).toBe(200);
  expect((await on.sheet()).entries).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ uid: 'bobs', project: 'ALPHA' }),
      expect.objectContaining({ uid: 'adas', project: null }),
    ]),
  );
});

test('rules of a member are for them, and they remove no others', async () => {
  const site = on.site();
  const cookie = await site.signIn('member');
  const rule = (word: string) => ({ when: { word }, project: 'ALPHA' });
  const general = await on.ask('POST', 'timesheet/rules', rule('all'));
  await on.ask('POST', 'timesheet/rules', { ...rule('adas'), member: 'ada' });
  const own = await site.as(cookie, 'POST', '/api/v1/timesheet/rules', rule('mine'));
  expect([own.status, own.json]).toEqual([201, expect.objectContaining({ member_id: IDS.member })]);
  const listed = await site.as(cookie, 'GET', '/api/v1/timesheet/rules');
  // Those of one moment are in no order.
  expect(listed.json.rules).toHaveLength(2);
  expect(listed.json.rules).toEqual(expect.arrayContaining([general.json, own.json]));
  const remove = async (id: unknown): Promise<number> =>
    (await site.as(cookie, 'DELETE', `/api/v1/timesheet/rules/${String(id)}`)).status;
  expect(await remove(general.json.id)).toBe(404);
  expect(await remove(own.json.id)).toBe(204);
});

test('a member does not see who was billed for what', async () => {
  await on.serve(hours('bobs', 0, [9, 10], ['SUMMARY:ALPHA-1']));
  await on.export();
  const cookie = await on.site().signIn('member');
  expect((await sheetOf(cookie)).entries).toMatchObject([{ state: 'new', exported: null }]);
  for (const [method, path] of [
    ['GET', 'exports'],
    ['POST', 'exports'],
    ['GET', 'exports/exp-0000000000'],
    ['DELETE', 'exports/exp-0000000000'],
    ['POST', 'settle'],
  ] as const)
    expect(
      (await on.site().as(cookie, method, `/api/v1/timesheet/${path}`, method === 'GET' ? undefined : {})).status,
    ).toBe(403);
});

test('nobody who is not signed in sees any of it', async () => {
  for (const path of ['timesheet', 'timesheet/rules', 'timesheet/exports'])
    expect((await on.site().as('', 'GET', `/api/v1/${path}`)).status).toBe(401);
});
