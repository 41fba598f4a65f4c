import { describe, expect, test } from '@jest/globals';
import { accessOf, aCalendar, aTimesheet, event, ics, NOVEMBER, projectId } from './fixture.ts';

const KEY = { source: 'cal-a', uid: 'a', instance: null };
const SERIES = event('s', 'SUMMARY:Daily', 'DTEND:20261102T093000Z', 'RRULE:FREQ=DAILY;COUNT=3');

type Fixture = ReturnType<typeof aTimesheet>;

async function matchesOf({ timesheet }: Fixture): Promise<string[]> {
  const { entries } = await timesheet.read(NOVEMBER);
  return entries.map(({ project, item, matchedBy }) => `${matchedBy}: ${item?.key ?? project?.identifier}`);
}

const aDay = (): Fixture => aTimesheet(aCalendar(ics(event('a', 'SUMMARY:WEB-12'))));

describe('a correction', () => {
  test.each([
    [{ project: 'ops' }, 'correction: OPS'],
    [{ project: 'Website Relaunch' }, 'correction: WEB2'],
    [{ project: projectId(2) }, 'correction: OPS'],
    [{ item: 'ops-7' }, 'correction: OPS-7'],
    [{ item: 'https://plane.example.com/acme/browse/OPS-7/' }, 'correction: OPS-7'],
    [{ item: '20000000-0000-4000-8000-000000002007' }, 'correction: OPS-7'],
  ])('%j decides, even against a key', async (match, expected) => {
    const fixture = aDay();
    expect(await fixture.timesheet.correct({ ...KEY, match, viewer: null })).toEqual({ rule: null });
    expect(await matchesOf(fixture)).toEqual([expected]);
    await fixture.timesheet.correct({ ...KEY, match: null, viewer: null });
    expect(await matchesOf(fixture)).toEqual(['key: WEB-12']);
  });

  test.each([
    [{ project: 'nothing' }, 'not_found'],
    [{ item: 'OPS-99' }, 'not_found'],
    [{ item: 'https://other.example.com/acme/browse/OPS-7/' }, 'invalid'],
    [{ item: 'seven' }, 'invalid'],
  ])('to %j is refused: %s', async (match, code) => {
    const fixture = aDay();
    await expect(fixture.timesheet.correct({ ...KEY, match, viewer: null })).rejects.toMatchObject({ code });
    expect(await matchesOf(fixture)).toEqual(['key: WEB-12']);
  });

  test.each([{ uid: 'b' }, { source: 'cal-b' }, { instance: '2026-11-02T09:00:00Z' }])(
    'of %j, which is no entry, is refused',
    async (other) => {
      const { timesheet, store } = aDay();
      const task = timesheet.correct({ ...KEY, ...other, match: { project: 'OPS' }, viewer: null });
      await expect(task).rejects.toMatchObject({ code: 'not_found' });
      expect(store.records.size).toBe(0);
    },
  );

  test('of one instance of a series leaves the others as they are', async () => {
    const fixture = aTimesheet(aCalendar(ics(SERIES)));
    const instance = '2026-11-03T09:00:00Z';
    await fixture.timesheet.correct({ ...KEY, uid: 's', instance, match: { item: 'WEB-12' }, viewer: null });
    expect(await matchesOf(fixture)).toEqual(['null: undefined', 'correction: WEB-12', 'null: undefined']);
  });

  test('stays when a single event becomes a series', async () => {
    const fixture = aTimesheet(aCalendar(ics(event('s'))));
    await fixture.timesheet.correct({ ...KEY, uid: 's', match: { item: 'WEB-12' }, viewer: null });
    fixture.calendars = [aCalendar(ics(SERIES))];
    expect((await matchesOf(fixture))[0]).toBe('correction: WEB-12');
    const instance = '2026-11-02T09:00:00Z';
    await fixture.timesheet.correct({ ...KEY, uid: 's', instance, match: null, viewer: null });
    expect(fixture.store.records.size).toBe(0);
  });

  test('to something that is no longer published matches nothing, rather than something else', async () => {
    const fixture = aDay();
    await fixture.timesheet.correct({ ...KEY, match: { project: 'OPS' }, viewer: null });
    fixture.plane.removed.set(projectId(2), { reason: 'unpublished', since: 0 });
    const { entries } = await fixture.timesheet.read(NOVEMBER);
    expect(entries).toMatchObject([
      { project: null, reason: 'Was set manually to something that Plane no longer shows' },
    ]);
  });

  test('can say that an entry is no work', async () => {
    const fixture = aDay();
    await fixture.timesheet.correct({ ...KEY, match: { ignore: true }, viewer: null });
    const { entries, ignored } = await fixture.timesheet.read(NOVEMBER);
    expect([entries, ignored]).toMatchObject([[], [{ uid: 'a', kind: 'excluded', reason: 'Marked as not work' }]]);
  });

  test('saves a rule for the person whose entry it is', async () => {
    const fixture = aTimesheet(
      aCalendar(ics(event('a', 'SUMMARY:Triage'), event('b', 'SUMMARY:Triage 2'))),
      aCalendar(ics(event('c', 'SUMMARY:Triage')), { id: 'cal-b', settings: { memberId: 'ben' } }),
    );
    const when = { word: 'triage' };
    const { rule } = await fixture.timesheet.correct({ ...KEY, match: { item: 'OPS-7' }, rule: when, viewer: null });
    expect(rule).toMatchObject({ when, item: { key: 'OPS-7' }, member: { name: 'Anna' } });
    expect((await matchesOf(fixture)).sort()).toEqual(['correction: OPS-7', 'null: undefined', 'rule: OPS-7']);
  });

  test.each([null, { ignore: true } as const])('to %j can not save a rule', async (match) => {
    const task = aDay().timesheet.correct({ ...KEY, match, rule: { word: 'x' }, viewer: null });
    await expect(task).rejects.toMatchObject({ code: 'invalid' });
  });

  test('is refused while the items of its project can not be loaded', async () => {
    const fixture = aDay();
    fixture.plane.unread.add(projectId(2));
    const task = fixture.timesheet.correct({ ...KEY, match: { item: 'OPS-7' }, viewer: null });
    await expect(task).rejects.toMatchObject({ code: 'not_ready' });
  });
});

describe('a member', () => {
  const anna = accessOf('anna', 1);
  const both = (): Fixture =>
    aTimesheet(
      aCalendar(ics(event('a', 'SUMMARY:Triage'))),
      aCalendar(ics(event('b', 'SUMMARY:Triage')), { id: 'cal-b', settings: { memberId: 'ben' } }),
    );

  test('corrects their own entries alone, to what they may see', async () => {
    const { timesheet } = both();
    await timesheet.correct({ ...KEY, match: { project: 'WEB' }, viewer: anna });
    for (const change of [
      { ...KEY, source: 'cal-b', uid: 'b', match: { project: 'WEB' } },
      { ...KEY, match: { project: 'OPS' } },
      { ...KEY, match: { item: 'OPS-7' } },
    ])
      await expect(timesheet.correct({ ...change, viewer: anna })).rejects.toMatchObject({ code: 'not_found' });
  });

  test('saves rules for themselves, sees general ones, and removes only their own', async () => {
    const { timesheet } = both();
    const own = await timesheet.addRule({ when: { word: 'triage' }, project: 'WEB', viewer: anna });
    expect(own.member).toEqual({ id: 'anna', name: 'Anna' });
    const general = await timesheet.addRule({ when: { word: 'site' }, project: 'WEB', viewer: null });
    const hidden = await timesheet.addRule({ when: { word: 'ops' }, project: 'OPS', viewer: null });
    const bens = await timesheet.addRule({ when: { word: 'x' }, project: 'OPS', member: 'Ben', viewer: null });
    const rules = await timesheet.rules(anna);
    expect(rules.map(({ id }) => id).sort()).toEqual([own.id, general.id].sort());
    for (const id of [general.id, hidden.id, bens.id, 'rule-none'])
      await expect(timesheet.removeRule(id, anna)).rejects.toMatchObject({ code: 'not_found' });
    await timesheet.removeRule(own.id, anna);
    expect(await timesheet.rules(null)).toHaveLength(3);
  });

  test('can not save a rule for someone else', async () => {
    const task = both().timesheet.addRule({ when: { word: 'x' }, project: 'WEB', member: 'Ben', viewer: anna });
    await expect(task).rejects.toMatchObject({ code: 'not_found' });
  });

  test('sees nothing of exports', async () => {
    const fixture = both();
    await fixture.timesheet.correct({ ...KEY, match: { project: 'OPS' }, viewer: null });
    await fixture.timesheet.createExport(NOVEMBER);
    fixture.calendars = [aCalendar(ics(event('a', 'SUMMARY:Other')))];
    const sheet = await fixture.timesheet.read({ ...NOVEMBER, viewer: anna });
    expect(sheet.entries).toMatchObject([{ state: 'new', exported: null, project: null }]);
    expect(sheet.gone).toEqual([]);
  });
});

test('what is no work stays so when another calendar of the person has the event too, and that can be undone there', async () => {
  const text = ics(event('a', 'SUMMARY:Website'), event('b', 'SUMMARY:Website'));
  const copy = aCalendar(text, { id: 'cal-b' });
  const fixture = aTimesheet(copy, aCalendar(ics(), { id: 'cal-0', settings: { memberId: 'ben' } }));
  const { timesheet } = fixture;
  const viewer = null;
  await timesheet.correct({ source: 'cal-b', uid: 'a', instance: null, match: { ignore: true }, viewer });
  fixture.calendars = [aCalendar(text), copy];
  const counted = async (): Promise<string[]> => (await timesheet.read(NOVEMBER)).entries.map(({ uid }) => uid);
  expect(await counted()).toEqual(['b']);
  await timesheet.correct({ source: 'cal-a', uid: 'a', instance: null, match: null, viewer });
  expect(await counted()).toEqual(['a', 'b']);
});

describe('what a member stores is limited', () => {
  const viewer = accessOf('anna', 1);
  const limit = { code: 'invalid' };

  test('to 200 rules, of which each can still be changed', async () => {
    const { timesheet } = aDay();
    const add = (word: string, by: typeof viewer | null = viewer) =>
      timesheet.addRule({ when: { word }, project: 'WEB', member: 'anna', viewer: by });
    for (let count = 0; count < 200; count++) await add(`word ${count}`);
    await expect(add('one more')).rejects.toMatchObject({ ...limit, message: expect.stringContaining('200 rules') });
    const rule = { word: 'one more' };
    await expect(timesheet.correct({ ...KEY, match: { project: 'WEB' }, rule, viewer })).rejects.toMatchObject(limit);
    const { id } = await add('Word 7');
    await add('by the administrator', null);
    await expect(add('one more')).rejects.toMatchObject(limit);
    await timesheet.removeRule(id, viewer);
    await expect(add('one more')).rejects.toMatchObject(limit);
    await timesheet.removeRule((await add('word 8')).id, viewer);
    await add('one more');
  });

  test('to 10,000 corrections, of which each can still be changed and undone', async () => {
    const { timesheet, store } = aTimesheet(aCalendar(ics(event('a'), event('b'))));
    const correct = (uid: string, match: { project: string } | null) =>
      timesheet.correct({ ...KEY, uid, match, viewer });
    await correct('a', { project: 'WEB' });
    const [made] = await store.list('timesheet-correction');
    await store.write(
      Array.from({ length: 9_999 }, (_, at) => ({
        kind: 'timesheet-correction',
        id: String(at),
        value: { ...(made?.[1] as object), uid: String(at) },
      })),
    );
    await expect(correct('b', { project: 'WEB' })).rejects.toMatchObject({
      ...limit,
      message: expect.stringContaining('10000 entries'),
    });
    await correct('a', { project: 'WEB' });
    await timesheet.correct({ ...KEY, uid: 'b', match: { project: 'OPS' }, viewer: null });
    await correct('b', { project: 'WEB' });
    await correct('a', null);
  });
});
