import { expect, test } from '@jest/globals';
import { exportsAnswer } from '../../../../src/http/api/timesheet/responses.ts';
import { aTimesheetSite, hours } from './fixture.ts';

/** Exports over the API: what is recorded, what is reported afterwards, and that a download can be repeated. */

const on = aTimesheetSite();
const FIX = hours('fix', 0, [9, 11], ['SUMMARY:Fix ALPHA-1']);
const PLAN = hours('plan', 1, [9, 10], ['SUMMARY:ALPHA-2 planning']);

test('an export has what was never exported, and is the same each time', async () => {
  await on.serve([...FIX, ...hours('call', 2, [9, 10], ['SUMMARY:Call'])]);
  const first = await on.export();
  expect(first).toMatchObject({
    entries: 1,
    minutes: 120,
    unmatched: 1,
    changed: 0,
    gone: 0,
    source: null,
    member: null,
  });
  expect(first.id).toMatch(/^exp-[a-z0-9]{10}$/);
  const before = await on.csv(first.id);
  expect(before.headers['content-disposition']).toBe('attachment; filename="timesheet-2026-11-16-2026-11-22.csv"');
  expect((await on.sheet()).entries).toMatchObject([
    { uid: 'fix', state: 'exported' },
    { uid: 'call', state: 'new' },
  ]);

  on.site().clock.now += 1000;
  await on.serve([...FIX, ...PLAN]);
  const second = await on.export();
  expect(second).toMatchObject({ entries: 1, minutes: 60 });
  expect((await on.csv(second.id)).text).toContain('ALPHA-2 planning');
  expect((await on.csv(second.id)).text).not.toContain('Fix ALPHA-1');
  const again = await on.csv(first.id);
  expect(again.body.equals(before.body)).toBe(true);
  expect(again.headers['content-length']).toBe(String(before.body.length));
  const listed = await on.ask('GET', 'timesheet/exports');
  expect(exportsAnswer.safeParse(listed.json).error?.issues).toBe(undefined);
  expect(listed.json).toEqual({ exports: [second, first] });
});

test('what changed or is gone afterwards is reported until it is settled, and never exported again', async () => {
  await on.serve([...FIX, ...PLAN]);
  const { id } = await on.export();
  await on.serve(hours('fix', 0, [9, 12], ['SUMMARY:Fix ALPHA-1']));
  const { entries, gone } = await on.sheet();
  expect(entries).toMatchObject([
    { uid: 'fix', state: 'changed', minutes: 180, exported: { minutes: 120, item: 'ALPHA-1', export: id } },
  ]);
  expect(gone).toMatchObject([
    { uid: 'plan', export: id, reason: expect.stringContaining('No longer in the calendar') },
  ]);

  const next = await on.export();
  expect(next).toMatchObject({ entries: 0, minutes: 0, changed: 1, gone: 1 });
  expect((await on.csv(next.id)).text.split('\r\n').length).toBe(2);
  expect(await on.recorded(next.id)).toMatchObject({
    rows: [],
    changed_entries: [{ uid: 'fix', before: { minutes: 120, export: id }, now: { minutes: 180, item: 'ALPHA-1' } }],
    gone_entries: [{ uid: 'plan', export: id }],
  });

  for (const { source, uid, instance } of [...entries, ...gone])
    expect((await on.ask('POST', 'timesheet/settle', { source, uid, instance })).status).toBe(204);
  expect(await on.sheet()).toMatchObject({ entries: [{ uid: 'fix', state: 'exported' }], gone: [] });
  const nothing = { source: entries[0]?.source, uid: 'plan' };
  expect((await on.ask('POST', 'timesheet/settle', nothing)).status).toBe(404);
});

test('an export that is removed gives its rows back', async () => {
  await on.serve(FIX);
  const { id } = await on.export();
  expect(await on.recorded(id)).toMatchObject({ rows: [{ uid: 'fix', minutes: 120, item: 'ALPHA-1', member: 'bob' }] });
  expect((await on.ask('DELETE', `timesheet/exports/${id}`)).status).toBe(204);
  expect((await on.ask('GET', `timesheet/exports/${id}`)).status).toBe(404);
  expect((await on.ask('DELETE', `timesheet/exports/${id}`)).status).toBe(404);
  expect(await on.export()).toMatchObject({ entries: 1 });
});

test('removing a source keeps the exports that have its hours', async () => {
  await on.serve(FIX);
  const { id } = await on.export();
  const { body } = await on.csv(id);
  expect((await on.ask('DELETE', 'sources/work')).status).toBe(204);
  expect((await on.csv(id)).body.equals(body)).toBe(true);
  expect(await on.sheet()).toMatchObject({ entries: [], gone: [], sources: [] });
});

test('unmatched hours can be exported, and rounding too', async () => {
  await on.serve(hours('call', 0, [9, 10], ['SUMMARY:Call']));
  const made = await on.export({ unmatched: 'include', round: 'up', round_minutes: 30, member: 'bob', source: 'work' });
  expect(made).toMatchObject({
    entries: 1,
    unmatched: 0,
    round: 'up',
    round_minutes: 30,
    member: { name: 'bob' },
    source: { name: 'Work' },
  });
  expect((await on.csv(made.id)).text).toContain('Call,false,,,,2026-11-16T09:00:00Z,2026-11-16T10:00:00Z,,bob,');
});

test.each([
  [{ from: undefined }, '"from" is missing.'],
  [{ to: '2026-13-01' }, '"to" must be a day such as 2026-11-01.'],
  [{ round_minutes: 7 }, '"round_minutes" must be one of: 5, 6, 10, 15, 30, 60.'],
  [{ unmatched: true }, '"unmatched" must be include or leave_out.'],
  [{ member_id: 'x' }, 'has no field "member_id"'],
])('an export with %j is refused', async (body, message) => {
  const { status, json } = await on.ask('POST', 'timesheet/exports', { from: '2026-11-16', to: '2026-11-22', ...body });
  expect([status, json.message]).toEqual([400, expect.stringContaining(message)]);
});
