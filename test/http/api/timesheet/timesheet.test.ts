import { describe, expect, test } from '@jest/globals';
import { correctionAnswer, ruleAnswer, rulesAnswer } from '../../../../src/http/api/timesheet/responses.ts';
import { status } from '../../../sources/calendars/fixture.ts';
import { ALPHA } from '../../../support/acme.ts';
import { IDS } from '../members/fixture.ts';
import { aTimesheetSite, hours, RANGE } from './fixture.ts';

/** The timesheet over the API, with the whole program before a real web server. */

const on = aTimesheetSite();
const WHO = { member: 'bob', member_id: IDS.member };

describe('the hours', () => {
  test('have every field that is described, matched and ignored with their reasons', async () => {
    await on.serve([
      ...hours(
        'key',
        0,
        [9, 11],
        ['SUMMARY:Fix ALPHA-1', 'CATEGORIES:Website,Bugs', 'ORGANIZER:mailto:Ada@example.com'],
      ),
      ...hours('none', 1, [9, 10], ['SUMMARY:Call']),
      ...hours('off', 2, [9, 10], ['SUMMARY:Lunch', 'TRANSP:TRANSPARENT']),
    ]);
    const { entries, ignored, totals, sources, projects, ...rest } = await on.sheet();
    expect(entries).toEqual([
      {
        source: sources[0]?.id,
        uid: 'key',
        instance: null,
        start: '2026-11-16T09:00:00Z',
        end: '2026-11-16T11:00:00Z',
        minutes: 120,
        rounded_minutes: 120,
        day: '2026-11-16',
        title: 'Fix ALPHA-1',
        project: 'ALPHA',
        project_id: ALPHA,
        project_name: 'Alpha',
        item: 'ALPHA-1',
        item_name: expect.any(String),
        ...WHO,
        reason: expect.stringContaining('ALPHA-1'),
        matched_by: 'key',
        overlaps: false,
        state: 'new',
        exported: null,
        private: false,
        categories: ['Website', 'Bugs'],
        organizer: 'ada@example.com',
      },
      expect.objectContaining({ uid: 'none', project: null, project_id: null, item: null, matched_by: null }),
    ]);
    expect(ignored).toEqual([
      expect.objectContaining({ uid: 'off', kind: 'transparent', reason: expect.any(String), title: 'Lunch', ...WHO }),
    ]);
    expect(totals).toEqual(
      expect.arrayContaining([
        { day: '2026-11-16', ...WHO, project: 'ALPHA', project_id: ALPHA, minutes: 120, rounded_minutes: 120 },
        { day: '2026-11-17', ...WHO, project: null, project_id: null, minutes: 60, rounded_minutes: 60 },
      ]),
    );
    expect(sources).toEqual([
      expect.objectContaining({
        name: 'Work',
        ...WHO,
        timezone: 'UTC',
        error: null,
        last_check: '2026-11-20T12:00:00Z',
      }),
    ]);
    expect(projects).toContainEqual({ id: ALPHA, identifier: 'ALPHA', name: 'Alpha' });
    expect(rest).toEqual({ from: '2026-11-16', to: '2026-11-22', warnings: [], gone: [] });
  });

  test('are of the last 90 days where none are named', async () => {
    expect(await on.sheet('')).toMatchObject({ from: '2026-08-23', to: '2026-11-20' });
  });

  test('are rounded, and of one source or person', async () => {
    await on.serve(
      hours('a', 0, [9, 10], ['DTEND:20261116T091000Z', 'SUMMARY:ALPHA-1']).filter(
        (line) => line !== 'DTEND:20261116T100000Z',
      ),
    );
    await on.add('Ada', 'ada', hours('b', 0, [9, 10]));
    expect((await on.sheet(`${RANGE}&member=BOB&round=up&round_minutes=30`)).entries).toMatchObject([
      { uid: 'a', minutes: 10, rounded_minutes: 30 },
    ]);
    expect((await on.sheet(`${RANGE}&source=ada`)).entries).toMatchObject([{ uid: 'b' }]);
    expect((await on.sheet()).entries.length).toBe(2);
  });

  test('are CSV, too', async () => {
    await on.serve(hours('key', 0, [9, 11], ['SUMMARY:=Fix ALPHA-1']));
    const { text, headers } = await on.ask('GET', `timesheet?${RANGE}&format=csv`);
    expect(headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': 'attachment; filename="timesheet-2026-11-16-2026-11-22.csv"',
      'cache-control': 'no-store',
      'content-length': String(Buffer.byteLength(text)),
    });
    const [head, row, end] = text.split('\r\n');
    expect(head).toBe('description,billable,client,project,tags,start,end,task,user_name,user_email');
    expect(row).toContain("'=Fix ALPHA-1");
    expect(row).toContain(',true,,Alpha,,2026-11-16T09:00:00Z,2026-11-16T11:00:00Z,');
    expect(row).toMatch(/,bob,[^,]+@example\.com$/);
    expect(end).toBe('');
  });

  test('stay, with a warning, while a calendar can’t be read', async () => {
    await on.serve(hours('a', 0, [9, 10]));
    on.web().respond = status(500);
    await on.ask('POST', 'sources/work/sync');
    const { entries, warnings, sources } = await on.sheet();
    expect(entries.length).toBe(1);
    expect(warnings).toEqual([expect.stringContaining('Work')]);
    expect(sources).toMatchObject([{ error: expect.stringContaining('500') }]);
  });

  test.each([
    ['from=2026-02-30', '"from" must be a day such as 2026-11-01.'],
    ['to=tomorrow', '"to" must be a day such as 2026-11-01.'],
    ['from=2026-11-20&to=2026-11-01', 'The first day (2026-11-20) is after the last (2026-11-01).'],
    ['from=2020-01-01&to=2026-11-01', '400'],
    ['round=down', '"round" must be one of: off, up, nearest.'],
    ['round=up&round_minutes=7', '"round_minutes" must be one of: 5, 6, 10, 15, 30, 60.'],
    ['format=xml', '"format" must be json or csv.'],
    ['form=2026-11-01', 'There is no parameter "form"; there are: from, to, source'],
  ])('are refused for %s', async (query, message) => {
    const { status: code, json } = await on.ask('GET', `timesheet?${query}`);
    expect([code, json.message]).toEqual([400, expect.stringContaining(message)]);
  });

  test.each(['source=none', 'member=nobody'])('of an unknown %s are not found', async (query) => {
    expect((await on.ask('GET', `timesheet?${query}`)).status).toBe(404);
  });
});

describe('corrections', () => {
  const correct = async (body: object, code = 200) => {
    const { sources } = await on.sheet();
    const answer = await on.ask('POST', 'timesheet/corrections', { source: sources[0]?.id, uid: 'a', ...body });
    expect([answer.status, answer.text]).toEqual([code, expect.any(String)]);
    if (code === 200) expect(correctionAnswer.safeParse(answer.json).error?.issues).toBe(undefined);
    return answer.json;
  };

  test('match an entry, take it out, and can be undone', async () => {
    await on.serve(hours('a', 0, [9, 10], ['SUMMARY:Call']));
    expect(await correct({ instance: null, match: { project: 'alpha' } })).toEqual({ rule: null });
    expect((await on.sheet()).entries).toMatchObject([{ project: 'ALPHA', item: null, matched_by: 'correction' }]);
    await correct({ match: { item: 'ALPHA-1' } });
    expect((await on.sheet()).entries).toMatchObject([{ item: 'ALPHA-1' }]);
    await correct({ match: { ignore: true } });
    expect(await on.sheet()).toMatchObject({ entries: [], ignored: [{ uid: 'a', kind: 'excluded' }] });
    await correct({ match: null });
    expect((await on.sheet()).entries).toMatchObject([{ project: null }]);
  });

  test('save a rule, which can be removed', async () => {
    await on.serve([...hours('a', 0, [9, 10], ['SUMMARY:Call']), ...hours('b', 1, [9, 10], ['SUMMARY:Call'])]);
    const { rule } = await correct({ match: { project: 'ALPHA' }, rule: { word: 'call' } });
    expect(rule).toMatchObject({ when: { word: 'call' }, project: 'ALPHA', item: null });
    expect((await on.sheet()).entries).toMatchObject([{ matched_by: 'correction' }, { matched_by: 'rule' }]);
    const listed = await on.ask('GET', 'timesheet/rules');
    expect(rulesAnswer.safeParse(listed.json).error?.issues).toBe(undefined);
    expect(listed.json).toEqual({ rules: [rule] });
    const { id } = rule as { id: string };
    expect((await on.ask('DELETE', `timesheet/rules/${id}`)).status).toBe(204);
    expect((await on.ask('DELETE', `timesheet/rules/${id}`)).status).toBe(404);
    expect((await on.sheet()).entries).toMatchObject([{ matched_by: 'correction' }, { matched_by: null }]);
  });

  test('and rules say what is wrong with them', async () => {
    await on.serve(hours('a', 0, [9, 10]));
    expect(await correct({ match: { project: 'NOPE' } }, 404)).toMatchObject({
      message: expect.stringContaining('no published project'),
    });
    expect(await correct({ match: { item: 'ALPHA-999' } }, 404)).toMatchObject({
      message: expect.stringContaining('no work item with this key'),
    });
    expect(await correct({ uid: 'zzz', match: { project: 'ALPHA' } }, 404)).toMatchObject({
      message: 'There is no such entry in the calendar.',
    });
    expect(await correct({}, 400)).toMatchObject({ message: '"match" is missing.' });
    expect(await correct({ match: { ignore: false } }, 400)).toMatchObject({
      message: expect.stringContaining('"match" must be {"project"'),
    });
    const rule = await on.ask('POST', 'timesheet/rules', { when: { word: 'x' } });
    expect([rule.status, rule.json.message]).toEqual([400, expect.stringContaining('The body must be {"when"')]);
  });

  test('rules are for everyone, or for one person', async () => {
    const rule = { when: { category: 'Website' }, item: 'ALPHA-1', member: 'bob' };
    const made = await on.ask('POST', 'timesheet/rules', rule);
    expect([made.status, ruleAnswer.safeParse(made.json).error?.issues]).toEqual([201, undefined]);
    expect(made.json).toMatchObject({ when: rule.when, item: 'ALPHA-1', project: 'ALPHA', ...WHO });
    const general = await on.ask('POST', 'timesheet/rules', {
      when: { organizer: 'Ada@Example.com' },
      project: 'ALPHA',
    });
    expect(general.json).toMatchObject({ member: null, member_id: null });
    await on.serve([
      ...hours('a', 0, [9, 10], ['CATEGORIES:website']),
      ...hours('b', 1, [9, 10], ['ORGANIZER:mailto:ada@example.com']),
    ]);
    expect((await on.sheet()).entries).toMatchObject([{ item: 'ALPHA-1' }, { project: 'ALPHA', item: null }]);
  });
});
