import { describe, expect, test } from '@jest/globals';
import { createYieldPoint, runInSlices, runToEnd } from '../../../src/lib/cooperative.ts';
import { createCount, expandCalendar, locateInstance } from '../../../src/timesheet/instances/expand.ts';
import { NO_MENTIONS } from '../../../src/timesheet/matching/mentions.ts';
import { assemble } from '../../../src/timesheet/assemble.ts';
import { openCatalog } from '../../../src/timesheet/catalog.ts';
import { accessOf, aCalendar, aPlane, aTimesheet, event, ics, NOVEMBER, PLANE } from '../fixture.ts';

const DAILY = 'RRULE:FREQ=DAILY;COUNT=3';

describe('events that do not count', () => {
  const declined = (person: string): string => `ATTENDEE;CN=X;PARTSTAT=DECLINED:${person}`;

  test.each([
    ['cancelled', 'Cancelled', ['STATUS:CANCELLED']],
    ['declined', 'Declined', [declined('MAILTO:Anna@Example.com')]],
    ['declined', 'Declined', ['ATTENDEE;PARTSTAT=declined;EMAIL=anna@example.com:urn:uuid:1']],
    ['all_day', 'All-day event', ['DTSTART;VALUE=DATE:20261102']],
    [
      'all_day',
      'Lasts 24 hours or longer, like an all-day event',
      ['DTSTART:20261102T090000Z', 'DTEND:20261103T090000Z'],
    ],
    ['transparent', 'Shown as free (transparent)', ['TRANSP:TRANSPARENT']],
    ['private', 'Private', ['CLASS:PRIVATE']],
    ['private', 'Private', ['CLASS:CONFIDENTIAL']],
    ['private', 'Private', ['CLASS:X-SECRET']],
    ['no_length', 'Has no length', ['DTSTART:20261102T090000Z']],
    ['no_length', 'Has no length', ['DTSTART:20261102T090000Z', 'DTEND:20261102T080000Z']],
    ['cancelled', 'Cancelled', ['STATUS:CANCELLED', declined('mailto:anna@example.com'), 'TRANSP:TRANSPARENT']],
    ['declined', 'Declined', [declined('mailto:anna@example.com'), 'DTSTART;VALUE=DATE:20261102']],
  ])('%s: "%s"', async (kind, reason, lines) => {
    const { entries, ignored } = await aTimesheet(aCalendar(ics(event('a', ...lines)))).timesheet.read(NOVEMBER);
    expect({ entries, ignored: ignored.map((one) => [one.kind, one.reason]) }).toEqual({
      entries: [],
      ignored: [[kind, reason]],
    });
  });

  test.each([
    ['tentative', ['STATUS:TENTATIVE']],
    ['accepted', ['ATTENDEE;PARTSTAT=ACCEPTED:mailto:anna@example.com']],
    ['declined by someone else', [declined('mailto:joanna@example.com')]],
    ['public', ['CLASS:PUBLIC']],
    ['one minute shorter than a day', ['DTSTART:20261102T090000Z', 'DTEND:20261103T085900Z']],
  ])('an event that is %s counts', async (_what, lines) => {
    const { entries } = await aTimesheet(aCalendar(ics(event('a', ...lines)))).timesheet.read(NOVEMBER);
    expect(entries).toHaveLength(1);
  });

  test('to-dos and journals are no hours', async () => {
    const todo = event('t', 'DTSTART:20261102T090000Z').replaceAll('VEVENT', 'VTODO');
    const { entries, ignored } = await aTimesheet(aCalendar(ics(todo))).timesheet.read(NOVEMBER);
    expect([...entries, ...ignored]).toEqual([]);
  });

  test('a private event is shown by its length alone where the calendar says so, and only the default project matches it', async () => {
    const text = ics(
      event('a', 'CLASS:PRIVATE', 'SUMMARY:Therapy WEB-12', 'CATEGORIES:Secret', 'ORGANIZER:mailto:dr@example.com'),
    );
    const shown = aTimesheet(aCalendar(text, { settings: { private: 'show' } }));
    const sheet = await shown.timesheet.read(NOVEMBER);
    expect(sheet.entries).toMatchObject([{ title: 'Private', isPrivate: true, project: null, minutes: 60 }]);
    expect(JSON.stringify(sheet)).not.toMatch(/Therapy|Secret|dr@/);
  });

  test.each([
    ['categories', `CATEGORIES:${'a,'.repeat(300_000)}`],
    ['backslashes in categories', `CATEGORIES:${'\\'.repeat(1_000_000)}`],
    ['a description', `DESCRIPTION:${'\\n'.repeat(1_000_000)}`],
    ['a title without a space', `SUMMARY:${'x'.repeat(1_000_000)}`],
  ])('an event with a huge line of %s costs no other event', async (_what, line) => {
    const text = ics(event('a', line), event('b', 'SUMMARY:WEB-1'));
    const { entries } = await aTimesheet(aCalendar(text)).timesheet.read(NOVEMBER);
    expect(entries.map(({ uid, item }) => [uid, item?.key])).toEqual([
      ['a', undefined],
      ['b', 'WEB-1'],
    ]);
    expect(entries[0]?.categories.length).toBeLessThanOrEqual(100);
  });

  test('a key that a limit cuts is none, also in a huge text of which only a part is read', async () => {
    const zeros = '\\n'.repeat(19_997);
    const text = ics(event('a', `DESCRIPTION:${zeros}WEB-12${'3'.repeat(40_000)}`));
    const { entries } = await aTimesheet(aCalendar(text)).timesheet.read(NOVEMBER);
    expect(entries).toMatchObject([{ item: null }]);
  });

  test('the title of an ignored private event is not shown', async () => {
    const text = ics(event('a', 'CLASS:PRIVATE', 'STATUS:CANCELLED', 'SUMMARY:Therapy'));
    const sheet = await aTimesheet(aCalendar(text)).timesheet.read(NOVEMBER);
    expect(sheet.ignored).toMatchObject([{ title: 'Private', kind: 'cancelled' }]);
  });

  test.each([
    ['a change that says nothing of it', ['CLASS:PRIVATE'], []],
    ['two classes', ['CLASS:PUBLIC', 'CLASS:PRIVATE'], ['CLASS:PUBLIC', 'CLASS:CONFIDENTIAL']],
  ])('an event is private also with %s', async (_what, series, change) => {
    const text = ics(
      event(
        's',
        'RECURRENCE-ID:20261103T090000Z',
        'DTSTART:20261103T100000Z',
        'DURATION:PT1H',
        'SUMMARY:Therapy',
        ...change,
      ),
      event('s', DAILY, 'SUMMARY:Therapy', ...series),
    );
    const sheet = await aTimesheet(aCalendar(text)).timesheet.read(NOVEMBER);
    expect(sheet.ignored.map(({ title, kind }) => [title, kind])).toEqual(Array(3).fill(['Private', 'private']));
    expect(JSON.stringify(sheet)).not.toContain('Therapy');
  });

  test('a change of a private series may be public', async () => {
    const change = event(
      's',
      'RECURRENCE-ID:20261103T090000Z',
      'DTSTART:20261103T100000Z',
      'DURATION:PT1H',
      'CLASS:PUBLIC',
    );
    const { entries, ignored } = await aTimesheet(
      aCalendar(ics(event('s', DAILY, 'CLASS:PRIVATE'), change)),
    ).timesheet.read(NOVEMBER);
    expect([entries.length, ignored.length]).toEqual([1, 2]);
  });

  test('an event in two calendars of one person counts once, and in those of two people twice', async () => {
    const text = ics(event('a', 'SUMMARY:WEB-1'));
    const { timesheet } = aTimesheet(
      aCalendar(text, { id: 'cal-b', name: 'Copy' }),
      aCalendar(text),
      aCalendar(text, { id: 'cal-c', settings: { memberId: 'ben' } }),
    );
    const { entries, ignored } = await timesheet.read(NOVEMBER);
    expect(entries.map(({ source }) => source).sort()).toEqual(['cal-a', 'cal-c']);
    expect(ignored).toMatchObject([{ source: 'cal-b', kind: 'duplicate', reason: 'Also in “Anna”' }]);
  });

  test.each([
    ['cal-b', 'cal-a'],
    ['cal-a', 'cal-b'],
  ])(
    'an instance of a series that is a single event in the other calendar counts once: %s, %s',
    async (ofSeries, other) => {
      const single = event('s', 'DTSTART:20261103T090000Z', 'DTEND:20261103T100000Z', 'SUMMARY:WEB-1');
      const { timesheet } = aTimesheet(
        aCalendar(ics(event('s', DAILY, 'SUMMARY:WEB-1')), { id: ofSeries }),
        aCalendar(ics(single), { id: other }),
      );
      const { entries, ignored } = await timesheet.read(NOVEMBER);
      expect(entries.map(({ day }) => day)).toEqual(['2026-11-02', '2026-11-03', '2026-11-04']);
      expect(ignored).toMatchObject([{ source: 'cal-b', day: '2026-11-03', kind: 'duplicate' }]);
    },
  );

  test('a rule that takes too long to work out is listed, and costs no other event', async () => {
    const rule = 'RRULE:FREQ=MINUTELY;COUNT=99999999';
    const hostile = event('h', 'SUMMARY:Never', 'DTSTART:20200101T000000Z', rule);
    const { entries, ignored } = await aTimesheet(aCalendar(ics(hostile, event('a')))).timesheet.read(NOVEMBER);
    expect(entries.map(({ uid }) => uid)).toContain('a');
    expect(ignored).toMatchObject([{ uid: 'h', instance: null, title: 'Never', kind: 'unreadable' }]);
    expect(ignored[0]?.reason).toMatch(/^Its dates can't be worked out: .*[^.]$/);
  });
});

test.each([
  ['20260329T000000', '20260330T000000', 0],
  ['20261025T000000', '20261026T000000', 0],
  ['20260329T000000', '20260329T230000', 1],
  ['20260328T223000', '20260329T223000', 1],
])(
  'on the days on which clocks change, an event from midnight to midnight is of all day: %s to %s',
  async (start, end, count) => {
    const lines = [`DTSTART;TZID=Europe/Berlin:${start}`, `DTEND;TZID=Europe/Berlin:${end}`];
    const { timesheet } = aTimesheet(aCalendar(ics(event('a', ...lines)), { timezone: 'Europe/Berlin' }));
    const { entries, ignored } = await timesheet.read({ from: '2026-03-01', to: '2026-11-01', viewer: null });
    expect(entries).toHaveLength(count);
    expect(ignored.map(({ kind }) => kind)).toEqual(count === 0 ? ['all_day'] : []);
  },
);

describe('days', () => {
  const times = (start: string, end: string): string => event(start, `DTSTART:${start}Z`, `DTEND:${end}Z`);

  test('an entry belongs to the day on which it starts in the zone of its calendar', async () => {
    const text = ics(times('20261102T223000', '20261103T003000'), times('20261102T233000', '20261103T003000'));
    const days = async (timezone: string): Promise<string[]> => {
      const { entries } = await aTimesheet(aCalendar(text, { timezone })).timesheet.read(NOVEMBER);
      return entries.map(({ day }) => day);
    };
    expect(await days('UTC')).toEqual(['2026-11-02', '2026-11-02']);
    expect(await days('Europe/Berlin')).toEqual(['2026-11-02', '2026-11-03']);
    expect(await days('Pacific/Kiritimati')).toEqual(['2026-11-03', '2026-11-03']);
    expect(await days('Pacific/Pago_Pago')).toEqual(['2026-11-02', '2026-11-02']);
  });

  test.each(['Pacific/Kiritimati', 'Pacific/Pago_Pago', 'Europe/Berlin'])(
    'the first and the last minute of the days asked for are in it, in %s, and their neighbours are not',
    async (timezone) => {
      const local = (at: string, end: string): string =>
        event(at, `DTSTART;TZID=${timezone}:${at}`, `DTEND;TZID=${timezone}:${end}`);
      const text = ics(
        local('20261101T235900', '20261102T000000'),
        local('20261102T000000', '20261102T000100'),
        local('20261103T235900', '20261104T000000'),
        local('20261104T000000', '20261104T000100'),
      );
      const query = { from: '2026-11-02', to: '2026-11-03', viewer: null };
      const { entries } = await aTimesheet(aCalendar(text, { timezone })).timesheet.read(query);
      expect(entries.map(({ uid }) => uid)).toEqual(['20261102T000000', '20261103T235900']);
    },
  );

  test('without days, the last 90 are read, today included', async () => {
    const { from, to } = await aTimesheet().timesheet.read({ viewer: null });
    expect([from, to]).toEqual(['2026-08-23', '2026-11-20']);
  });

  test.each([
    [{ from: '2026-11-31' }, /is not a day/],
    [{ from: '2026-11-03', to: '2026-11-02' }, /is after the last/],
    [{ from: '2025-01-01', to: '2026-02-05' }, /at most 400/],
  ])('%j is refused', async (query, message) => {
    const task = aTimesheet().timesheet.read({ ...query, viewer: null });
    await expect(task).rejects.toMatchObject({ code: 'invalid', message: expect.stringMatching(message) });
  });

  test('400 days are accepted, also to come', async () => {
    await expect(
      aTimesheet().timesheet.read({ from: '2026-01-01', to: '2027-02-04', viewer: null }),
    ).resolves.toMatchObject({ entries: [] });
  });

  test.each([
    [{ source: 'nobody' }],
    [{ member: 'nobody' }],
    [{ source: 'cal-b', viewer: accessOf('anna', 1) }],
    [{ member: 'Ben', viewer: accessOf('anna', 1) }],
  ])('%j is not found', async (query) => {
    const text = ics(event('a'));
    const { timesheet } = aTimesheet(aCalendar(text), aCalendar(text, { id: 'cal-b', settings: { memberId: 'ben' } }));
    await expect(timesheet.read({ ...NOVEMBER, ...query })).rejects.toMatchObject({ code: 'not_found' });
  });

  test('a member sees their own hours alone', async () => {
    const text = ics(event('a'));
    const { timesheet } = aTimesheet(aCalendar(text), aCalendar(text, { id: 'cal-b', settings: { memberId: 'ben' } }));
    const sheet = await timesheet.read({ ...NOVEMBER, viewer: accessOf('ben', 1) });
    expect([sheet.entries.map(({ source }) => source), sheet.sources.map(({ id }) => id)]).toEqual([
      ['cal-b'],
      ['cal-b'],
    ]);
  });
});

describe('overlaps', () => {
  const at = (uid: string, from: string, to: string): string =>
    event(uid, `DTSTART:20261102T${from}00Z`, `DTEND:20261102T${to}00Z`);

  test('entries of one person that share time are all marked, those that only touch are not', async () => {
    const text = ics(
      at('long', '0900', '1200'),
      at('inside', '0930', '1000'),
      at('later', '1130', '1230'),
      at('touches', '1230', '1300'),
      at('alone', '1400', '1500'),
    );
    const other = ics(at('ben', '1400', '1500'));
    const { timesheet } = aTimesheet(aCalendar(text), aCalendar(other, { id: 'cal-b', settings: { memberId: 'ben' } }));
    const { entries } = await timesheet.read(NOVEMBER);
    expect(entries.filter(({ overlaps }) => overlaps).map(({ uid }) => uid)).toEqual(['long', 'inside', 'later']);
  });

  test('an entry of the day before that lasts over midnight counts too, though it is not shown', async () => {
    const text = ics(
      event('night', 'DTSTART:20261101T230000Z', 'DTEND:20261102T010000Z'),
      event('early', 'DTSTART:20261102T003000Z', 'DTEND:20261102T013000Z'),
    );
    const query = { from: '2026-11-02', to: '2026-11-02', viewer: null };
    const { entries } = await aTimesheet(aCalendar(text)).timesheet.read(query);
    expect(entries).toMatchObject([{ uid: 'early', overlaps: true }]);
  });
});

describe('one instance', () => {
  const moved = [
    event('s', DAILY, 'SUMMARY:S'),
    event('s', 'RECURRENCE-ID:20261103T090000Z', 'DTSTART:20261215T090000Z', 'DTEND:20261215T100000Z'),
  ];

  test('is found where it was moved to', () => {
    const calendar = aCalendar(ics(...moved));
    expect(locateInstance(calendar, 's', '2026-11-03T09:00:00Z')).toMatchObject({ day: '2026-12-15' });
    expect(locateInstance(calendar, 's', '2026-11-04T09:00:00Z')).toMatchObject({ day: '2026-11-04' });
  });

  test('is not found where the series has none', () => {
    const calendar = aCalendar(ics(...moved, event('single')));
    expect(locateInstance(calendar, 's', '2026-11-09T09:00:00Z')).toBeNull();
    expect(locateInstance(calendar, 's', null)).toBeNull();
    expect(locateInstance(calendar, 'single', '2026-11-02T09:00:00Z')).toBeNull();
    expect(locateInstance(calendar, 'single', null)).toMatchObject({ uid: 'single' });
    expect(locateInstance(calendar, 'other', null)).toBeNull();
  });

  test.each([
    '',
    'x',
    '2026',
    '2026-11-03',
    '2026-13-45',
    '2026-11-03T09:00Z',
    '+020000-01-01',
    '9999-12-31T00:00:00Z',
    '\0',
  ])('is not found by %j, which is no original start', async (instance) => {
    const calendar = aCalendar(ics(...moved));
    expect(locateInstance(calendar, 's', instance)).toBeNull();
    const { timesheet } = aTimesheet(calendar);
    const entry = { source: 'cal-a', uid: 's', instance };
    await expect(timesheet.settle(entry)).rejects.toMatchObject({ code: 'not_found' });
    await expect(timesheet.correct({ ...entry, match: null, viewer: null })).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  test.each([
    ['a series', 'DTSTART;TZID=Europe/Berlin:20260326T023000', 'RRULE:FREQ=DAILY;COUNT=9'],
    [
      'one with a gap and exceptions',
      'DTSTART;TZID=Europe/Berlin:20260326T023000',
      'RRULE:FREQ=HOURLY;COUNT=99',
      'EXDATE;TZID=Europe/Berlin:20260328T023000',
    ],
    ['added times', 'DTSTART:20260326T090000Z', 'RDATE:20260327T100000Z,20260401T120000Z'],
    ['days', 'DTSTART;VALUE=DATE:20260326', 'RRULE:FREQ=DAILY;COUNT=9'],
    ['a single event', 'DTSTART:20260326T090000Z'],
    ['no instance', 'DTSTART:20260326T090000Z', 'EXDATE:20260326T090000Z'],
  ])('is the same that an expansion has, of %s', (_what, ...lines) => {
    const [start = ''] = lines;
    const change = (range: string, day: string, ...others: readonly string[]): string =>
      event(
        's',
        `RECURRENCE-ID${range}:202603${day}T090000Z`,
        `DTSTART:202604${day}T100000Z`,
        'DURATION:PT2H',
        ...others,
      );
    for (const changes of [[], [change('', '26')], [change(';RANGE=THISANDFUTURE', '27'), change('', '28')]]) {
      const duration = start.includes('DATE:') ? 'DURATION:P1D' : 'DURATION:PT30M';
      const calendar = aCalendar(ics(event('s', ...lines, duration), ...changes));
      const options = { readMentions: () => NO_MENTIONS, count: createCount() };
      const all = runToEnd(expandCalendar(calendar, { from: '2026-03-01', to: '2026-06-01', ...options }));
      for (const one of all) expect(locateInstance(calendar, 's', one.instance)).toEqual(one);
    }
  });

  test.each([
    ['every hour since 1970', 'DTSTART:19700101T000000Z', 'RRULE:FREQ=HOURLY'],
    ['every second since 1970', 'DTSTART:19700101T000000Z', 'RRULE:FREQ=SECONDLY'],
  ])(
    'is found without a walk through a series that takes place %s, which takes longer than a test may',
    (_what, ...lines) => {
      const change = event('s', 'RECURRENCE-ID:20261103T093000Z', 'DTSTART:20271103T093000Z', 'DURATION:PT1M');
      const calendar = aCalendar(ics(event('s', ...lines, 'DURATION:PT1S'), change));
      expect(locateInstance(calendar, 's', '2026-11-03T09:00:00Z')).toMatchObject({ day: '2026-11-03' });
      expect(locateInstance(calendar, 's', '2026-11-03T09:30:00Z')).toMatchObject({ day: '2027-11-03' });
      expect(locateInstance(calendar, 's', '1969-11-03T09:00:00Z')).toBeNull();
    },
  );
});

describe('large calendars', () => {
  const DAYS = 1_000;

  test('10,000 instances are read one in each step, and the event loop is free in between', async () => {
    const daily = Array.from({ length: 10 }, (_, n) =>
      event(`s${n}`, 'DTSTART:20261101T090000Z', 'DTEND:20261101T091000Z', `RRULE:FREQ=DAILY;COUNT=${DAYS}`),
    );
    const calendar = aCalendar(ics(...daily));
    const work = expandCalendar(calendar, {
      from: '2026-11-01',
      to: '2030-01-01',
      readMentions: () => NO_MENTIONS,
      count: createCount(),
    });
    let steps = 0;
    const yieldPoint = createYieldPoint();
    const found = await runInSlices(work, () => {
      steps++;
      return yieldPoint();
    });
    expect(found).toHaveLength(10 * DAYS);
    expect(steps).toBe(10 * DAYS + 10);
    // What an event says is read once, and shared by its instances.
    expect(new Set(found.map(({ info }) => info)).size).toBe(10);
  });

  test('10,000 instances are assembled in steps, and each event is matched once', async () => {
    const daily = Array.from({ length: 30 }, (_, n) =>
      event(
        `s${n}`,
        'SUMMARY:WEB-12',
        'DTSTART:20260101T090000Z',
        'DTEND:20260101T091000Z',
        'RRULE:FREQ=DAILY;COUNT=400',
      ),
    );
    const { source } = aPlane();
    const catalog = await openCatalog({ source, clock: () => 0, delay: () => Promise.resolve() }, null);
    let lookups = 0;
    let steps = 0;
    const { entries } = await assemble({
      calendars: [aCalendar(ics(...daily))],
      from: '2026-01-01',
      to: '2027-02-04',
      catalog: {
        ...catalog,
        lookUp: (...which) => {
          lookups++;
          return catalog.lookUp(...which);
        },
      },
      address: PLANE,
      rules: [],
      corrections: { find: () => undefined },
      pause: () => {
        steps++;
        return undefined;
      },
    });
    expect([entries.length, lookups]).toEqual([12_000, 30]);
    // To expand, to find duplicates, to sort out and to match.
    expect(steps).toBeGreaterThanOrEqual(4 * 12_000);
  });

  test('events on other days are not expanded: of 10,000 over years, those of a month are read', () => {
    const day = (n: number): string =>
      new Date(Date.UTC(2010, 0, 1) + n * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '');
    const events = Array.from({ length: 10_000 }, (_, n) =>
      event(`e${n}`, `DTSTART:${day(n)}T090000Z`, `DTEND:${day(n)}T100000Z`),
    );
    let read = 0;
    const found = runToEnd(
      expandCalendar(aCalendar(ics(...events)), {
        from: '2026-11-01',
        to: '2026-11-30',
        readMentions: () => {
          read++;
          return NO_MENTIONS;
        },
        count: createCount(),
      }),
    );
    // November, and two days around.
    expect([found.length, read]).toEqual([34, 34]);
  });

  test('more instances than allowed are refused', async () => {
    const many = event('m', 'DTSTART:20261101T000000Z', 'DTEND:20261101T000100Z', 'RRULE:FREQ=MINUTELY');
    const calendars = Array.from({ length: 2 }, (_, n) => aCalendar(ics(many), { id: `cal-${n}` }));
    const task = aTimesheet(...calendars).timesheet.read(NOVEMBER);
    await expect(task).rejects.toMatchObject({
      code: 'invalid',
      message: 'There are more than 50000 events in these days. Choose fewer days, one source or one person.',
    });
  });
});
