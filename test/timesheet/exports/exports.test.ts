import { describe, expect, test } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { exportCsv, sheetCsv } from '../../../src/timesheet/exports/csv.ts';
import { aCalendar, aTimesheet, event, ics, NOVEMBER, projectId } from '../fixture.ts';

type Fixture = ReturnType<typeof aTimesheet>;

/** An entry of that many minutes from 9 in UTC on a day of November 2026, matched to WEB. */
function work(uid: string, day: number, minutes: number, ...lines: readonly string[]): string {
  const date = `202611${String(day).padStart(2, '0')}`;
  return event(uid, `DTSTART:${date}T090000Z`, `DURATION:PT${minutes}M`, 'SUMMARY:Website', ...lines);
}

const replace = (fixture: Fixture, ...events: readonly string[]): void => {
  fixture.calendars = [aCalendar(ics(...events))];
};

async function statesOf({ timesheet }: Fixture): Promise<Record<string, string>> {
  const { entries, gone } = await timesheet.read(NOVEMBER);
  return Object.fromEntries<string>([
    ...entries.map(({ uid, state }) => [uid, state] as const),
    ...gone.map(({ uid, reason }) => [uid, `gone: ${reason}`] as const),
  ]);
}

const text = (lines: Iterable<string>): string => [...lines].join('');

async function rowsOf({ timesheet }: Fixture, id: string): Promise<string[]> {
  return (await timesheet.readExport(id)).rows.map(({ uid, minutes }) => `${uid} ${minutes}`);
}

test('thousands of rows that are gone from one series are all found', async () => {
  const series = (end: string): string =>
    event(
      's',
      'SUMMARY:Website',
      'DTSTART:20260101T000000Z',
      'DURATION:PT10M',
      `RRULE:FREQ=MINUTELY;INTERVAL=30;UNTIL=${end}T000000Z`,
    );
  const fixture = aTimesheet(aCalendar(ics(series('20270101'))));
  await fixture.timesheet.createExport(NOVEMBER);
  replace(fixture, series('20261001'));
  const { gone } = await fixture.timesheet.read(NOVEMBER);
  expect(gone).toHaveLength(30 * 48);
});

test('an instance that is changed twice, in two ways of writing it, is exported once, and does not stop later exports', async () => {
  const change = (id: string, minutes: number): string =>
    event('s', id, 'DTSTART:20261103T110000Z', `DURATION:PT${minutes}M`, 'SUMMARY:Website');
  const calendar = aCalendar(
    ics(
      work('s', 2, 60, 'RRULE:FREQ=DAILY;COUNT=3'),
      change('RECURRENCE-ID:20261103T090000Z', 20),
      change('RECURRENCE-ID;TZID=Europe/Berlin:20261103T100000', 25),
    ),
  );
  const fixture = aTimesheet(calendar);
  const { entries, ignored } = await fixture.timesheet.read(NOVEMBER);
  expect(entries).toHaveLength(3);
  expect(ignored).toMatchObject([{ instance: '2026-11-03T09:00:00Z', kind: 'duplicate' }]);
  expect(await fixture.timesheet.createExport(NOVEMBER)).toMatchObject({ entries: 3 });
  expect(await fixture.timesheet.createExport(NOVEMBER)).toMatchObject({ entries: 0, changed: 0, gone: 0 });
});

describe('an export', () => {
  test('has what was never exported, and nothing a second time', async () => {
    const fixture = aTimesheet(aCalendar(ics(work('a', 2, 60), work('b', 3, 30))));
    const first = await fixture.timesheet.createExport(NOVEMBER);
    expect(first).toMatchObject({ entries: 2, minutes: 90, unmatched: 0, changed: 0, gone: 0 });
    expect(first.id).toMatch(/^exp-[a-z0-9]{10}$/);
    expect(await statesOf(fixture)).toEqual({ a: 'exported', b: 'exported' });
    replace(fixture, work('a', 2, 60), work('b', 3, 30), work('c', 4, 15));
    const second = await fixture.timesheet.createExport(NOVEMBER);
    expect(await rowsOf(fixture, second.id)).toEqual(['c 15']);
    expect((await fixture.timesheet.exports()).map(({ id }) => id).sort()).toEqual([first.id, second.id].sort());
  });

  test('leaves out what nothing matches, unless it is asked for', async () => {
    const fixture = aTimesheet(aCalendar(ics(work('a', 2, 60), event('lunch', 'SUMMARY:Lunch'))));
    expect(await fixture.timesheet.createExport(NOVEMBER)).toMatchObject({ entries: 1, unmatched: 1 });
    const second = await fixture.timesheet.createExport({ ...NOVEMBER, unmatched: 'include' });
    expect(await rowsOf(fixture, second.id)).toEqual(['lunch 60']);
  });

  test('leaves out what can not be matched yet in any case', async () => {
    const fixture = aTimesheet(aCalendar(ics(event('a', 'SUMMARY:OPS-7'))));
    fixture.plane.unread.add(projectId(2));
    const made = await fixture.timesheet.createExport({ ...NOVEMBER, unmatched: 'include' });
    expect(made).toMatchObject({ entries: 0, unmatched: 1 });
  });

  test('waits until people have names, which a tracker would store for good', async () => {
    const fixture = aTimesheet(aCalendar(ics(work('a', 2, 60))));
    const people = fixture.plane.members;
    fixture.plane.members = [];
    await expect(fixture.timesheet.createExport(NOVEMBER)).rejects.toMatchObject({ code: 'not_ready' });
    expect(await fixture.timesheet.exports()).toEqual([]);
    fixture.plane.members = people;
    expect(await fixture.timesheet.createExport(NOVEMBER)).toMatchObject({ entries: 1 });
  });

  test('warns of parts of a calendar that were left out', async () => {
    const { timesheet } = aTimesheet(aCalendar(ics(), { dropped: 2 }));
    const { warnings } = await timesheet.read(NOVEMBER);
    expect(warnings).toEqual(['“Anna” has 2 parts that were left out or read differently; its source lists them.']);
  });

  test('does not change while its project can not be loaded', async () => {
    const fixture = aTimesheet(aCalendar(ics(event('a', 'SUMMARY:OPS-7'))));
    await fixture.timesheet.createExport(NOVEMBER);
    fixture.plane.unread.add(projectId(2));
    expect(await statesOf(fixture)).toEqual({ a: 'exported' });
  });

  test('has the same bytes each time, whatever happens to calendars, projects and people', async () => {
    const fixture = aTimesheet(aCalendar(ics(work('a', 2, 60), work('b', 3, 30))));
    const { id } = await fixture.timesheet.createExport(NOVEMBER);
    const bytes = text(exportCsv(await fixture.timesheet.readExport(id)));
    replace(fixture, work('a', 9, 600));
    fixture.plane.snapshots = [];
    fixture.plane.members = [];
    expect(text(exportCsv(await fixture.timesheet.readExport(id)))).toBe(bytes);
  });

  test('that is removed gives its rows back', async () => {
    const fixture = aTimesheet(aCalendar(ics(work('a', 2, 60), work('b', 3, 30))));
    const { id } = await fixture.timesheet.createExport(NOVEMBER);
    await fixture.timesheet.removeExport(id);
    expect(await statesOf(fixture)).toEqual({ a: 'new', b: 'new' });
    await expect(fixture.timesheet.readExport(id)).rejects.toMatchObject({ code: 'not_found' });
    expect(await fixture.timesheet.exports()).toEqual([]);
    expect(await fixture.timesheet.createExport(NOVEMBER)).toMatchObject({ entries: 2 });
  });

  test('of one source or person has their rows alone', async () => {
    const fixture = aTimesheet(
      aCalendar(ics(work('a', 2, 60))),
      aCalendar(ics(work('b', 2, 60)), { id: 'cal-b', name: 'Ben', settings: { memberId: 'ben' } }),
    );
    const first = await fixture.timesheet.createExport({ ...NOVEMBER, source: 'ben' });
    expect(await rowsOf(fixture, first.id)).toEqual(['b 60']);
    const second = await fixture.timesheet.createExport({ ...NOVEMBER, member: 'ANNA' });
    expect(await rowsOf(fixture, second.id)).toEqual(['a 60']);
  });

  test('made twice at the same time has each row once', async () => {
    const fixture = aTimesheet(aCalendar(ics(work('a', 2, 60), work('b', 3, 30))));
    const made = await Promise.all([1, 2].map(() => fixture.timesheet.createExport(NOVEMBER)));
    expect(made.map(({ entries }) => entries).sort()).toEqual([0, 2]);
  });

  test('made by two servers at the same time fails on one of them', async () => {
    const one = aTimesheet(aCalendar(ics(work('a', 2, 60))));
    const { store } = one;
    // What the other server writes between reading and writing.
    const write = store.write.bind(store);
    let isFirst = true;
    store.write = async (changes) => {
      if (isFirst) {
        isFirst = false;
        await write([{ kind: 'timesheet-ledger', id: 'head', value: { writes: 1 } }]);
      }
      await write(changes);
    };
    await expect(one.timesheet.createExport(NOVEMBER)).rejects.toMatchObject({ code: 'conflict' });
    expect(await one.timesheet.exports()).toEqual([]);
    expect(await statesOf(one)).toEqual({ a: 'new' });
  });
});

describe('an entry that was exported', () => {
  const exported = async (...events: readonly string[]): Promise<Fixture> => {
    const fixture = aTimesheet(aCalendar(ics(...events)));
    await fixture.timesheet.createExport(NOVEMBER);
    return fixture;
  };

  test.each([
    ['is longer', work('a', 2, 90)],
    ['is moved to another day', work('a', 5, 60)],
    ['has another title', work('a', 2, 60).replace('SUMMARY:Website', 'SUMMARY:Website!')],
    ['is of another item', work('a', 2, 60, 'LOCATION:WEB-12')],
  ])('and %s is reported as changed, and is in no second export', async (_what, changed) => {
    const fixture = await exported(work('a', 2, 60));
    replace(fixture, changed);
    const { entries } = await fixture.timesheet.read(NOVEMBER);
    expect(entries).toMatchObject([{ uid: 'a', state: 'changed', exported: { minutes: 60, title: 'Website' } }]);
    const second = await fixture.timesheet.createExport(NOVEMBER);
    expect(second).toMatchObject({ entries: 0, changed: 1, gone: 0 });
    expect((await fixture.timesheet.readExport(second.id)).changedEntries).toMatchObject([
      { uid: 'a', before: { minutes: 60 }, now: { start: entries[0]?.start } },
    ]);
  });

  test('and belongs to another person now is reported as changed', async () => {
    const fixture = await exported(work('a', 2, 60));
    fixture.calendars = [aCalendar(ics(work('a', 2, 60)), { settings: { memberId: 'ben' } })];
    expect(await statesOf(fixture)).toEqual({ a: 'changed' });
  });

  test.each([
    ['deleted', 'No longer in the calendar', []],
    ['cancelled', 'Cancelled', [work('a', 2, 60, 'STATUS:CANCELLED')]],
    ['declined', 'Declined', [work('a', 2, 60, 'ATTENDEE;PARTSTAT=DECLINED:mailto:anna@example.com')]],
    ['moved', 'Moved to 2026-12-03', [work('a', 2, 60).replace('20261102T', '20261203T')]],
    ['moved far', 'Moved to 2029-12-03', [work('a', 2, 60).replace('20261102T', '20291203T')]],
    ['moved and cancelled', 'Cancelled', [work('a', 2, 60, 'STATUS:CANCELLED').replace('20261102T', '20291203T')]],
  ])('and is %s is reported as gone', async (_what, reason, events) => {
    const fixture = await exported(work('a', 2, 60));
    replace(fixture, ...events);
    expect((await statesOf(fixture)).a).toBe(`gone: ${reason}`);
    expect(await fixture.timesheet.createExport(NOVEMBER)).toMatchObject({ entries: 0, gone: 1 });
  });

  test('and moved to another month is changed there', async () => {
    const fixture = await exported(work('a', 2, 60));
    replace(fixture, work('a', 2, 60).replace('20261102T', '20261203T'));
    const december = { from: '2026-12-01', to: '2026-12-31', viewer: null };
    const { entries, gone } = await fixture.timesheet.read(december);
    expect([entries.map(({ state }) => state), gone]).toEqual([['changed'], []]);
    expect(await fixture.timesheet.createExport(december)).toMatchObject({ entries: 0, changed: 1 });
  });

  test('and is marked as not work is reported as gone', async () => {
    const fixture = await exported(work('a', 2, 60));
    await fixture.timesheet.correct({
      source: 'cal-a',
      uid: 'a',
      instance: null,
      match: { ignore: true },
      viewer: null,
    });
    expect(await statesOf(fixture)).toEqual({ a: 'gone: Marked as not work' });
  });

  test.each([
    ['was never read', { checkedAt: null, groups: new Map() }],
    ['can not be read and is empty', { error: 'It is down.', groups: new Map() }],
  ])('is not reported while its calendar %s', async (_what, fields) => {
    const fixture = await exported(work('a', 2, 60));
    fixture.calendars = [aCalendar(ics(), fields)];
    const sheet = await fixture.timesheet.read(NOVEMBER);
    expect(sheet.gone).toEqual([]);
    expect(sheet.warnings).toHaveLength(1);
  });

  test('is not reported when its calendar is no source any more', async () => {
    const fixture = await exported(work('a', 2, 60));
    fixture.calendars = [];
    expect(await statesOf(fixture)).toEqual({});
  });

  test('stays exported when its calendar is removed and added again', async () => {
    const fixture = await exported(work('a', 2, 60), work('s', 3, 60, 'RRULE:FREQ=WEEKLY;COUNT=2'));
    fixture.calendars = [
      aCalendar(ics(work('a', 2, 60), work('s', 3, 60, 'RRULE:FREQ=WEEKLY;COUNT=2')), { id: 'cal-again' }),
    ];
    expect(await statesOf(fixture)).toEqual({ a: 'exported', s: 'exported' });
    expect(await fixture.timesheet.createExport(NOVEMBER)).toMatchObject({ entries: 0, changed: 0 });
  });

  test('stays exported when a copy of its calendar comes to count instead of it', async () => {
    const fixture = aTimesheet(aCalendar(ics(work('a', 2, 60)), { id: 'cal-z' }));
    await fixture.timesheet.createExport(NOVEMBER);
    fixture.calendars = [...fixture.calendars, aCalendar(ics(work('a', 2, 60)), { id: 'cal-a' })];
    const { entries, gone } = await fixture.timesheet.read(NOVEMBER);
    expect(entries).toMatchObject([{ source: 'cal-a', state: 'exported' }]);
    expect(gone).toEqual([]);
  });

  test('is not exported again from an older copy, while its calendar knows that it was moved', async () => {
    const copy = aCalendar(ics(work('a', 2, 60)), { id: 'cal-z' });
    const fixture = await exported(work('a', 2, 60));
    fixture.calendars = [aCalendar(ics(work('a', 2, 60).replace('20261102T', '20261210T'))), copy];
    expect(await fixture.timesheet.createExport(NOVEMBER)).toMatchObject({ entries: 0 });
  });

  test('keeps its state when it becomes a series, and when that becomes a single event again', async () => {
    const fixture = await exported(work('a', 2, 60));
    const series = work('a', 2, 60, 'RRULE:FREQ=WEEKLY;COUNT=2');
    replace(fixture, series);
    const { entries } = await fixture.timesheet.read(NOVEMBER);
    expect(entries.map(({ day, state }) => [day, state])).toEqual([
      ['2026-11-02', 'exported'],
      ['2026-11-09', 'new'],
    ]);
    await fixture.timesheet.createExport(NOVEMBER);
    replace(fixture, work('a', 2, 60));
    const again = await fixture.timesheet.read(NOVEMBER);
    expect(again.entries.map(({ state }) => state)).toEqual(['exported']);
    expect(again.gone).toMatchObject([{ instance: '2026-11-09T09:00:00Z', reason: 'No longer in the calendar' }]);
  });
});

describe('an exported series', () => {
  const daily = (hour: string, ...lines: readonly string[]): string =>
    work('s', 2, 60, 'RRULE:FREQ=DAILY;COUNT=2', ...lines).replace('T09', `T${hour}`);

  test('that got another time as a whole has changed, and is not exported twice', async () => {
    const fixture = aTimesheet(aCalendar(ics(daily('09'))));
    await fixture.timesheet.createExport(NOVEMBER);
    replace(fixture, daily('11'));
    const { entries, gone } = await fixture.timesheet.read(NOVEMBER);
    expect(entries.map(({ state }) => state)).toEqual(['changed', 'changed']);
    expect(gone).toEqual([]);
    expect(await fixture.timesheet.createExport(NOVEMBER)).toMatchObject({ entries: 0, changed: 2 });
    for (const { source, uid, instance } of entries) await fixture.timesheet.settle({ source, uid, instance });
    expect(await statesOf(fixture)).toEqual({ s: 'exported' });
    replace(fixture, daily('12'));
    expect(await statesOf(fixture)).toEqual({ s: 'changed' });
  });

  test('with two instances on a day is not compared by its days', async () => {
    const twice = (first: string, second: string): string =>
      work('s', 2, 60, `RDATE:20261102T${second}0000Z`).replace('T09', `T${first}`);
    const fixture = aTimesheet(aCalendar(ics(twice('09', '14'))));
    await fixture.timesheet.createExport(NOVEMBER);
    replace(fixture, twice('10', '15'));
    const { entries, gone } = await fixture.timesheet.read(NOVEMBER);
    expect(entries.map(({ state }) => state)).toEqual(['new', 'new']);
    expect(gone).toHaveLength(2);
  });

  test('whose instance is cancelled does not take another one for it', async () => {
    const fixture = aTimesheet(aCalendar(ics(work('s', 2, 60, 'RRULE:FREQ=DAILY;COUNT=1'))));
    await fixture.timesheet.createExport(NOVEMBER);
    const cancelled = work('s', 2, 60, 'RECURRENCE-ID:20261102T090000Z', 'STATUS:CANCELLED');
    replace(fixture, work('s', 2, 60, 'RRULE:FREQ=DAILY;COUNT=1', 'RDATE:20261102T150000Z'), cancelled);
    const { entries, gone } = await fixture.timesheet.read(NOVEMBER);
    expect(entries).toMatchObject([{ state: 'new', instance: '2026-11-02T15:00:00Z' }]);
    expect(gone).toMatchObject([{ reason: 'Cancelled' }]);
  });
});

describe('a change or a disappearance', () => {
  const KEY = { source: 'cal-a', uid: 'a', instance: null };

  test('that is accepted is not reported again, and the next one is', async () => {
    const fixture = aTimesheet(aCalendar(ics(work('a', 2, 60))));
    const { id } = await fixture.timesheet.createExport(NOVEMBER);
    replace(fixture, work('a', 2, 90));
    await fixture.timesheet.settle(KEY);
    expect(await statesOf(fixture)).toEqual({ a: 'exported' });
    expect(await rowsOf(fixture, id)).toEqual(['a 60']);
    replace(fixture, work('a', 2, 60));
    expect(await statesOf(fixture)).toEqual({ a: 'changed' });
    replace(fixture);
    await fixture.timesheet.settle(KEY);
    expect(await statesOf(fixture)).toEqual({});
    replace(fixture, work('a', 2, 60));
    expect(await statesOf(fixture)).toEqual({ a: 'changed' });
    expect(await fixture.timesheet.createExport(NOVEMBER)).toMatchObject({ entries: 0 });
    await fixture.timesheet.settle(KEY);
    expect(await statesOf(fixture)).toEqual({ a: 'exported' });
  });

  test('that is a move to another month is accepted on either side', async () => {
    const fixture = aTimesheet(aCalendar(ics(work('a', 2, 60))));
    await fixture.timesheet.createExport(NOVEMBER);
    replace(fixture, work('a', 2, 60).replace('20261102T', '20261203T'));
    await fixture.timesheet.settle(KEY);
    expect(await statesOf(fixture)).toEqual({});
    const { entries } = await fixture.timesheet.read({ from: '2026-12-01', to: '2026-12-31', viewer: null });
    expect(entries).toMatchObject([{ state: 'exported' }]);
  });

  test('that is a correction is accepted', async () => {
    const fixture = aTimesheet(aCalendar(ics(work('a', 2, 60))));
    await fixture.timesheet.createExport(NOVEMBER);
    await fixture.timesheet.correct({ ...KEY, match: { ignore: true }, viewer: null });
    await fixture.timesheet.settle(KEY);
    expect(await statesOf(fixture)).toEqual({});
  });

  test.each(['before', 'after'])('can not be accepted %s an export where there is none', async (when) => {
    const fixture = aTimesheet(aCalendar(ics(work('a', 2, 60))));
    if (when === 'after') await fixture.timesheet.createExport(NOVEMBER);
    await expect(fixture.timesheet.settle(KEY)).rejects.toMatchObject({ code: 'not_found' });
    await expect(fixture.timesheet.settle({ ...KEY, source: 'cal-x' })).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('rounding', () => {
  const up = { ...NOVEMBER, round: 'up', roundMinutes: 15 } as const;
  const nearest = { ...up, round: 'nearest' } as const;
  const minutesOf = async (query: typeof up | typeof nearest, ...events: readonly string[]): Promise<number[]> => {
    const { entries } = await aTimesheet(aCalendar(ics(...events))).timesheet.read(query);
    return entries.map(({ roundedMinutes }) => roundedMinutes);
  };

  test('is of a day, and its last entry gets the difference', async () => {
    expect(await minutesOf(up, work('a', 2, 7), work('b', 2, 7), work('c', 3, 16))).toEqual([7, 8, 30]);
    expect(await minutesOf(nearest, work('a', 2, 20), work('b', 2, 2))).toEqual([15, 0]);
    expect(await minutesOf(nearest, work('a', 2, 7))).toEqual([0]);
    expect(await minutesOf(nearest, work('a', 2, 22))).toEqual([15]);
    expect(await minutesOf(nearest, work('a', 2, 23))).toEqual([30]);
    expect(await minutesOf(up, work('a', 2, 1))).toEqual([15]);
    expect(await minutesOf(up, work('a', 2, 15))).toEqual([15]);
  });

  test('half a step goes up', async () => {
    const query = { ...nearest, roundMinutes: 10 } as const;
    const { entries } = await aTimesheet(aCalendar(ics(work('a', 2, 5)))).timesheet.read(query);
    expect(entries[0]?.roundedMinutes).toBe(10);
  });

  test('seconds are rounded to minutes for each entry', async () => {
    const short = event('a', 'DTSTART:20261102T090000Z', 'DTEND:20261102T090129Z');
    const long = event('b', 'DTSTART:20261102T100000Z', 'DTEND:20261102T100130Z');
    const { entries } = await aTimesheet(aCalendar(ics(short, long))).timesheet.read(NOVEMBER);
    expect(entries.map(({ minutes }) => minutes)).toEqual([1, 2]);
  });

  test('goes on from what was exported of a day before', async () => {
    const fixture = aTimesheet(aCalendar(ics(work('a', 2, 5))));
    const first = await fixture.timesheet.createExport(up);
    expect(await rowsOf(fixture, first.id)).toEqual(['a 15']);
    replace(fixture, work('a', 2, 5), work('b', 2, 5));
    const second = await fixture.timesheet.createExport(up);
    expect(await rowsOf(fixture, second.id)).toEqual(['b 0']);
    replace(fixture, work('a', 2, 5), work('b', 2, 5), work('c', 2, 10));
    const third = await fixture.timesheet.createExport(up);
    expect(await rowsOf(fixture, third.id)).toEqual(['c 15']);
  });

  test('a change of what was exported is not billed with something else', async () => {
    const fixture = aTimesheet(aCalendar(ics(work('a', 2, 60))));
    await fixture.timesheet.createExport(up);
    replace(fixture, work('a', 2, 90), work('b', 2, 20));
    const second = await fixture.timesheet.createExport(up);
    expect(await rowsOf(fixture, second.id)).toEqual(['b 30']);
  });
});

describe('CSV', () => {
  const read = (text: string): unknown => parse(text, { columns: true, record_delimiter: '\r\n' });

  test('has the columns of solidtime, and is read back as it was meant', async () => {
    const hostile = event('a', 'SUMMARY:=HYPERLINK("https://evil")\\, "quoted"\\; and ümläut', 'LOCATION:WEB-12');
    const { timesheet } = aTimesheet(aCalendar(ics(hostile, work('b', 3, 50), event('c', 'SUMMARY:Lunch'))));
    const bytes = text(sheetCsv(await timesheet.read({ ...NOVEMBER, round: 'up', roundMinutes: 15 })));
    expect(bytes.split('\r\n')[0]).toBe('description,billable,client,project,tags,start,end,task,user_name,user_email');
    expect(bytes.endsWith('\r\n')).toBe(true);
    expect(read(bytes)).toEqual([
      {
        description: `'=HYPERLINK("https://evil"), "quoted"; and ümläut`,
        billable: 'true',
        client: '',
        project: 'Website',
        tags: '',
        start: '2026-11-02T09:00:00Z',
        end: '2026-11-02T10:00:00Z',
        task: 'WEB-12 Item 12',
        user_name: 'Anna',
        user_email: 'anna@example.com',
      },
      expect.objectContaining({ description: 'Lunch', billable: 'false', project: '', task: '' }),
      expect.objectContaining({ start: '2026-11-03T09:00:00Z', end: '2026-11-03T10:00:00Z' }),
    ]);
  });

  test('has an address for everyone, since that is how people are recognized', async () => {
    const { timesheet } = aTimesheet(aCalendar(ics(work('a', 2, 60)), { settings: { address: null, memberId: 'x' } }));
    const { id } = await timesheet.createExport(NOVEMBER);
    expect(read(text(exportCsv(await timesheet.readExport(id))))).toMatchObject([
      { user_name: 'x', user_email: 'x@plane-ics.invalid' },
    ]);
  });
});
