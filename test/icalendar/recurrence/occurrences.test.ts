import { describe, expect, test } from '@jest/globals';
import { knownZone } from '../../../src/icalendar/foreign/known-zones.ts';
import { occurrencesOf } from '../../../src/icalendar/recurrence/occurrences.ts';
import { groupNamed, groupOf, OPTIONS, startsOf } from './events.ts';

describe('a rule', () => {
  test.each<[what: string, event: string, starts: string]>([
    [
      'counts',
      'DTSTART:20260101T090000Z\nRRULE:FREQ=DAILY;COUNT=3',
      '2026-01-01T09:00Z 2026-01-02T09:00Z 2026-01-03T09:00Z',
    ],
    [
      'counts DTSTART as the first instance, even if it is none',
      'DTSTART:20260101T090000Z\nRRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=3',
      '2026-01-01T09:00Z 2026-01-05T09:00Z 2026-01-12T09:00Z',
    ],
    [
      'counts instances that EXDATE leaves out',
      'DTSTART:20260101T090000Z\nRRULE:FREQ=DAILY;COUNT=3\nEXDATE:20260102T090000Z',
      '2026-01-01T09:00Z 2026-01-03T09:00Z',
    ],
    [
      'that ends on a day includes all of it',
      'DTSTART:20260101T230000Z\nRRULE:FREQ=DAILY;UNTIL=20260102',
      '2026-01-01T23:00Z 2026-01-02T23:00Z',
    ],
    [
      'of days that ends at an instant ends on its day',
      'DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=DAILY;UNTIL=20260103T000000Z',
      '2026-01-01 2026-01-02 2026-01-03',
    ],
    [
      'that ends in UTC ends at that instant',
      'DTSTART;TZID=America/New_York:20260307T200000\nRRULE:FREQ=DAILY;UNTIL=20260309T000000Z',
      '2026-03-08T01:00Z 2026-03-09T00:00Z',
    ],
    [
      'by the last of several weekdays takes one of each month',
      'DTSTART:20260130T090000Z\nRRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=3',
      '2026-01-30T09:00Z 2026-02-27T09:00Z 2026-03-31T09:00Z',
    ],
    [
      'with a position that no week has, has no more instances',
      'DTSTART:20260105T090000Z\nRRULE:FREQ=WEEKLY;BYDAY=MO,TU;BYSETPOS=-3',
      '2026-01-05T09:00Z',
    ],
    [
      'counts positions of the first week from its start',
      'DTSTART:20260107T090000Z\nRRULE:FREQ=WEEKLY;BYDAY=MO,WE;BYSETPOS=2;COUNT=2',
      '2026-01-07T09:00Z 2026-01-14T09:00Z',
    ],
    [
      'by weeks numbers those of a year with 53',
      'DTSTART;VALUE=DATE:20261228\nRRULE:FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO',
      '2026-12-28',
    ],
    [
      'by weeks without a day takes the day of DTSTART',
      'DTSTART;VALUE=DATE:20260513\nRRULE:FREQ=YEARLY;BYWEEKNO=20,21',
      '2026-05-13 2026-05-20',
    ],
    [
      'with INTERVAL=2 and another first day of the week (RFC 5545, page 44)',
      'DTSTART;VALUE=DATE:20260804\nRRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO',
      '2026-08-04 2026-08-09 2026-08-18 2026-08-23',
    ],
    [
      'with the week starting on Sunday',
      'DTSTART;VALUE=DATE:20260804\nRRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU',
      '2026-08-04 2026-08-16 2026-08-18 2026-08-30',
    ],
    [
      'with weekdays with and without numbers has both',
      'DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=MONTHLY;BYDAY=TH,1FR;UNTIL=20260116',
      '2026-01-01 2026-01-02 2026-01-08 2026-01-15',
    ],
    [
      'skips months without that day',
      'DTSTART;VALUE=DATE:20260131\nRRULE:FREQ=MONTHLY;COUNT=3',
      '2026-01-31 2026-03-31 2026-05-31',
    ],
    [
      'sorts times of day',
      'DTSTART:20260101T090000Z\nRRULE:FREQ=DAILY;BYHOUR=17,9;COUNT=3',
      '2026-01-01T09:00Z 2026-01-01T17:00Z 2026-01-02T09:00Z',
    ],
    [
      'by hours on an odd hour that its interval never meets has no more instances',
      'DTSTART:20260101T000000Z\nRRULE:FREQ=HOURLY;INTERVAL=2;BYHOUR=1',
      '2026-01-01T00:00Z',
    ],
    [
      'by minutes finds one day a week',
      'DTSTART:20260105T090000Z\nRRULE:FREQ=MINUTELY;INTERVAL=60;BYDAY=MO;BYHOUR=9;COUNT=3',
      '2026-01-05T09:00Z 2026-01-12T09:00Z 2026-01-19T09:00Z',
    ],
    [
      'by hours takes the last minute of a set',
      'DTSTART:20260101T094500Z\nRRULE:FREQ=HOURLY;BYMINUTE=15,45;BYSETPOS=-1;COUNT=2',
      '2026-01-01T09:45Z 2026-01-01T10:45Z',
    ],
    [
      'in lower case is one too',
      'DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=DAILY;COUNT=2;BYDAY=TH,FR',
      '2026-01-01 2026-01-02',
    ],
  ])('%s', (_what, event, starts) => {
    expect(startsOf(groupOf(event))).toBe(starts);
  });

  test('keeps the wall-clock time over a change of the clocks', () => {
    const group = groupOf('DTSTART;TZID=Europe/Berlin:20260328T090000\nRRULE:FREQ=DAILY;COUNT=2');
    expect(startsOf(group)).toBe('2026-03-28T08:00Z 2026-03-29T07:00Z');
  });

  test('moves a time that does not exist to after the gap, and takes the first of one that occurs twice', () => {
    const gap = groupOf('DTSTART;TZID=Europe/Berlin:20260328T023000\nRRULE:FREQ=DAILY;COUNT=3');
    expect(startsOf(gap)).toBe('2026-03-28T01:30Z 2026-03-29T01:30Z 2026-03-30T00:30Z');
    const overlap = groupOf('DTSTART;TZID=Europe/Berlin:20261024T023000\nRRULE:FREQ=DAILY;COUNT=3');
    expect(startsOf(overlap)).toBe('2026-10-24T00:30Z 2026-10-25T00:30Z 2026-10-26T01:30Z');
  });

  test('has no instance twice where the clocks skip an hour', () => {
    const group = groupOf('DTSTART;TZID=Europe/Berlin:20260329T010000\nRRULE:FREQ=HOURLY;COUNT=4');
    expect(startsOf(group)).toBe('2026-03-29T00:00Z 2026-03-29T01:00Z 2026-03-29T02:00Z');
  });

  test('that excludes instances does so', () => {
    const group = groupOf('DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=DAILY;COUNT=4\nEXRULE:FREQ=DAILY;INTERVAL=2');
    expect(startsOf(group)).toBe('2026-01-02 2026-01-04');
  });

  test.each(['RSCALE=HEBREW;FREQ=YEARLY', 'FREQ=MONTHLY;BYMONTHDAY=31;RSCALE=GREGORIAN;SKIP=BACKWARD'])(
    '%s is refused, since it can not be worked out',
    (rule) => {
      expect(() => startsOf(groupOf(`DTSTART;VALUE=DATE:20260101\nRRULE:${rule}`))).toThrow("can't be read");
    },
  );
});

describe('a rule from long ago', () => {
  test.each(['', ';COUNT=5900', ';COUNT=9999', ';UNTIL=20991231'])(
    'with "%s" has the same instances as one that is counted through',
    (end) => {
      const skipped = groupOf(
        `DTSTART;TZID=Europe/Berlin:19700101T090000\nRRULE:FREQ=WEEKLY;BYDAY=TU,TH;WKST=SU${end}`,
      );
      // A day of the year that is always one makes it too irregular to be skipped.
      const counted = groupOf(
        `DTSTART;TZID=Europe/Berlin:19700101T090000\nRRULE:FREQ=WEEKLY;BYMONTH=1,2,3,4,5,6,7,8,9,10,11,12;BYDAY=TU,TH;WKST=SU${end}`,
      );
      expect(startsOf(skipped)).toBe(startsOf(counted));
      expect(startsOf(skipped)).not.toBe('');
    },
  );
});

describe('dates of other types', () => {
  test('an excluded day leaves out all of its instances, on the clock of the event', () => {
    const group = groupOf(
      'DTSTART;TZID=Australia/Lord_Howe:20260712T023000\nRRULE:FREQ=DAILY;COUNT=3\nEXDATE;VALUE=DATE:20260713',
    );
    expect(startsOf(group)).toBe('2026-07-11T16:00Z 2026-07-13T16:00Z');
  });

  test('an excluded time means its day in a series of days, also midnight of the calendar written in UTC', () => {
    const group = groupOf(
      'DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=DAILY;COUNT=5\nEXDATE:20260102T000000Z,20260103T230000Z\nEXDATE;TZID=Europe/Berlin:20260105T000000',
    );
    const options = { ...OPTIONS, floatingZone: knownZone('Europe/Berlin') };
    expect(startsOf(group, '2026-01-01', '2026-12-31', options)).toBe('2026-01-01 2026-01-03');
  });

  test('an exception in another zone, or without one, is the same instant', () => {
    const group = groupOf(
      'DTSTART;TZID=Europe/Berlin:20260601T090000\nRRULE:FREQ=DAILY;COUNT=4\nEXDATE:20260602T070000Z\nEXDATE:20260603T090000',
    );
    expect(startsOf(group)).toBe('2026-06-01T07:00Z 2026-06-04T07:00Z');
  });

  test('additional dates and periods are instances, periods with their own length', () => {
    const group = groupOf(
      'DTSTART;TZID=Europe/Berlin:20260601T090000\nDURATION:PT1H\nRDATE;VALUE=DATE:20260603\nRDATE;TZID=Europe/Berlin;VALUE=PERIOD:20260602T100000/PT3H,20260604T100000/20260604T103000\nRRULE:FREQ=WEEKLY;COUNT=2',
    );
    const found = [...occurrencesOf(group, OPTIONS, '2026-01-01', '2026-12-31')].map(
      ({ start, end }) => `${start}/${end.slice(11)}`,
    );
    expect(found).toEqual([
      '2026-06-01T07:00:00Z/08:00:00Z',
      '2026-06-02T08:00:00Z/11:00:00Z',
      '2026-06-03T07:00:00Z/08:00:00Z',
      '2026-06-04T08:00:00Z/08:30:00Z',
      '2026-06-08T07:00:00Z/08:00:00Z',
    ]);
  });
});

describe('an override', () => {
  const master =
    'DTSTART;TZID=Europe/Berlin:20260601T090000\nDTEND;TZID=Europe/Berlin:20260601T100000\nSUMMARY:Stand-up\nRRULE:FREQ=DAILY;COUNT=4';
  const show = (...components: readonly string[]): string[] =>
    [...occurrencesOf(groupOf(...components), OPTIONS, '2026-01-01', '2026-12-31')].map(
      ({ recurrenceId, start, component, summary }) =>
        `${recurrenceId?.slice(5, 16)} ${start.slice(5, 16)} ${component} ${summary}`,
    );

  test.each([
    ['with the same zone', 'RECURRENCE-ID;TZID=Europe/Berlin:20260602T090000'],
    ['in UTC', 'RECURRENCE-ID:20260602T070000Z'],
    ['without a zone', 'RECURRENCE-ID:20260602T090000'],
    ['by day', 'RECURRENCE-ID;VALUE=DATE:20260602'],
  ])('%s takes the place of its instance', (_how, id) => {
    expect(show(master, `${id}\nDTSTART:20260605T120000Z\nSUMMARY:Moved\\, once`)).toEqual([
      '06-01T07:00 06-01T07:00 0 Stand-up',
      '06-03T07:00 06-03T07:00 0 Stand-up',
      '06-04T07:00 06-04T07:00 0 Stand-up',
      '06-02T07:00 06-05T12:00 1 Moved, once',
    ]);
  });

  test('of an instance that the series has not, or excludes, is shown all the same', () => {
    const shown = show(
      `${master}\nEXDATE:20260602T070000Z`,
      'RECURRENCE-ID:20260602T070000Z\nDTSTART:20260602T110000Z',
      'RECURRENCE-ID:20260701T070000Z\nDTSTART:20260702T110000Z',
    );
    expect(shown.map((one) => one.slice(0, 25).trim())).toEqual([
      '06-01T07:00 06-01T07:00 0',
      '06-02T07:00 06-02T11:00 1',
      '06-03T07:00 06-03T07:00 0',
      '06-04T07:00 06-04T07:00 0',
      '07-01T07:00 07-02T11:00 2',
    ]);
  });

  test('without its series stands alone', () => {
    expect(show('RECURRENCE-ID:20260602T070000Z\nDTSTART:20260602T110000Z\nSUMMARY:Alone')).toEqual([
      '06-02T07:00 06-02T11:00 0 Alone',
    ]);
  });

  test('of this and all later ones moves them by the wall clock, and a single one still wins', () => {
    const shown = show(
      master,
      'RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20260602T090000\nDTSTART;TZID=Europe/Berlin:20260603T140000\nDURATION:PT2H\nSUMMARY:Later',
      'RECURRENCE-ID;TZID=Europe/Berlin:20260604T090000\nDTSTART;TZID=Europe/Berlin:20260601T060000\nSUMMARY:Early',
    );
    expect(shown).toEqual([
      '06-04T07:00 06-01T04:00 2 Early',
      '06-01T07:00 06-01T07:00 0 Stand-up',
      '06-02T07:00 06-03T12:00 1 Later',
      '06-03T07:00 06-04T12:00 1 Later',
    ]);
  });
});

describe('a length', () => {
  const only = (group: ReturnType<typeof groupOf>): string => {
    const [first] = [...occurrencesOf(group, OPTIONS, '2026-01-01', '2026-12-31')];
    return `${first?.start} ${first?.end}`;
  };

  test.each([
    [
      'of an event without an end is none',
      groupOf('DTSTART:20260601T090000Z'),
      '2026-06-01T09:00:00Z 2026-06-01T09:00:00Z',
    ],
    ['of a day without an end is one day', groupOf('DTSTART;VALUE=DATE:20260601'), '2026-06-01 2026-06-02'],
    [
      'of days ends before DTEND',
      groupOf('DTSTART;VALUE=DATE:20260601\nDTEND;VALUE=DATE:20260603'),
      '2026-06-01 2026-06-03',
    ],
    [
      'is never negative',
      groupOf('DTSTART:20260601T090000Z\nDTEND:20260601T080000Z'),
      '2026-06-01T09:00:00Z 2026-06-01T09:00:00Z',
    ],
    [
      'of a nominal day is 23 hours when the clocks go forward',
      groupOf('DTSTART;TZID=Europe/Berlin:20260328T120000\nDURATION:P1D'),
      '2026-03-28T11:00:00Z 2026-03-29T10:00:00Z',
    ],
    [
      'of a to-do includes its due day',
      groupNamed('VTODO', 'DTSTART;VALUE=DATE:20260601\nDUE;VALUE=DATE:20260603'),
      '2026-06-01 2026-06-04',
    ],
    [
      'of a to-do that is only due is none',
      groupNamed('VTODO', 'DUE:20260601T090000Z'),
      '2026-06-01T09:00:00Z 2026-06-01T09:00:00Z',
    ],
    ['of a journal is its day', groupNamed('VJOURNAL', 'DTSTART;VALUE=DATE:20260601'), '2026-06-01 2026-06-02'],
  ])('%s', (_what, group, span) => {
    expect(only(group)).toBe(span);
  });

  test('decides whether an occurrence overlaps the window', () => {
    const long = groupOf('DTSTART:20260601T220000Z\nDURATION:P9D\nRRULE:FREQ=MONTHLY');
    expect(startsOf(long, '2026-07-10', '2026-07-10')).toBe('2026-07-01T22:00Z');
    expect(startsOf(long, '2026-07-11', '2026-07-31')).toBe('');
    const moment = groupOf('DTSTART:20260601T000000Z');
    expect(startsOf(moment, '2026-06-01', '2026-06-01')).toBe('2026-06-01T00:00Z');
    expect(startsOf(moment, '2026-05-31', '2026-05-31')).toBe('');
  });
});

test('a component without a date never occurs', () => {
  expect(startsOf(groupNamed('VTODO', 'SUMMARY:Some day'))).toBe('');
});

test('a single event has no recurrence ID, and floating times are in the zone of the calendar', () => {
  const group = groupOf('DTSTART:20260601T090000\nSUMMARY:One\\nline');
  const berlin = { ...OPTIONS, floatingZone: knownZone('Europe/Berlin') };
  expect([...occurrencesOf(group, berlin, '2026-06-01', '2026-06-01')]).toEqual([
    {
      recurrenceId: null,
      start: '2026-06-01T07:00:00Z',
      end: '2026-06-01T07:00:00Z',
      allDay: false,
      summary: 'One line',
      component: 0,
    },
  ]);
});
