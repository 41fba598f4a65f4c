import { describe, expect, test } from '@jest/globals';
import { calendar, component, event, linesOf, read, reasonsIn, STAMP, uidsIn } from './read.ts';

/** What is wrong in one component, and what becomes of it. */

const START = 'DTSTART:20261201T090000Z';
const between = (...lines: readonly string[]) =>
  read(calendar(event('before'), component('VEVENT', ...lines), event('after')));

describe('a component keeps its last good version, and costs no other, when', () => {
  test.each<[string, readonly string[], string]>([
    ['its start is no day', ['DTSTART:20260231T090000Z'], 'DTSTART can\'t be read: "20260231T090000Z".'],
    ['its start is no time', ['DTSTART:20260228T250000Z'], 'DTSTART can\'t be read: "20260228T250000Z".'],
    ['its start is text', ['DTSTART:tomorrow'], 'DTSTART can\'t be read: "tomorrow".'],
    ['its start has no value', ['DTSTART;VALUE=DATE'], 'DTSTART can\'t be read: "DTSTART;VALUE=DATE".'],
    [
      'its start has a broken parameter',
      ['DTSTART;TZID="x:20260228'],
      'DTSTART can\'t be read: "DTSTART;TZID="x:20260228".',
    ],
    ['its start stands for none', ['DTSTART;VALUE=DATE:00010101'], 'DTSTART can\'t be read: "00010101".'],
    ['it has no start', [], 'DTSTART is missing.'],
    ['it has two starts', [START, 'DTSTART:20261202T090000Z'], 'There is more than one DTSTART.'],
    ['its end is empty', [START, 'DTEND:'], 'DTEND can\'t be read: "".'],
    ['its end is text', [START, 'dtend:later'], 'DTEND can\'t be read: "later".'],
    ['its due time is text', [START, 'DUE:later'], 'DUE can\'t be read: "later".'],
    ['its duration is text', [START, 'DURATION:1 hour'], 'DURATION can\'t be read: "1 hour".'],
    ['its duration is nothing', [START, 'DURATION:PT'], 'DURATION can\'t be read: "PT".'],
    ['its rule has no frequency', [START, 'RRULE:COUNT=3'], 'RRULE can\'t be read: "COUNT=3".'],
    ['its rule has an unknown frequency', [START, 'RRULE:FREQ=OFTEN'], 'RRULE can\'t be read: "FREQ=OFTEN".'],
    [
      'its rule has an unknown day',
      [START, 'RRULE:FREQ=WEEKLY;BYDAY=XX'],
      'RRULE can\'t be read: "FREQ=WEEKLY;BYDAY=XX".',
    ],
    [
      'its rule ends on no day',
      [START, 'RRULE:FREQ=DAILY;UNTIL=20260231'],
      'RRULE can\'t be read: "FREQ=DAILY;UNTIL=20260231".',
    ],
    ['its rule is text', [START, 'RRULE:every day'], 'RRULE can\'t be read: "every day".'],
    ['one of its dates is text', [START, 'RDATE:20261202T090000Z,x'], 'RDATE can\'t be read: "20261202T090000Z,x".'],
    ['one of its exceptions is text', [START, 'EXDATE:x'], 'EXDATE can\'t be read: "x".'],
    ['the occurrence it overrides is text', [START, 'RECURRENCE-ID:x'], 'RECURRENCE-ID can\'t be read: "x".'],
    ['its status is no word', [START, 'STATUS:'], 'STATUS can\'t be read: "".'],
  ])('%s', (_what, lines, reason) => {
    const file = between('UID:bad', STAMP, ...lines);
    expect(uidsIn(file)).toEqual(['before', 'after']);
    expect([...file.unreadable]).toEqual(['bad']);
    expect(file.dropped.map((one) => one.reason)).toEqual([reason]);
  });

  test('its UID has no value', () => {
    const file = between('UID;X="y:bad', STAMP, START);
    expect(uidsIn(file)).toEqual(['before', 'after']);
    expect([...file.unreadable]).toEqual(['bad']);
  });

  test('only one of its overrides is unreadable', () => {
    const good = event('a', 'RRULE:FREQ=DAILY;COUNT=3');
    const file = read(calendar(good, event('a', 'RECURRENCE-ID:never'), event('b')));
    expect(uidsIn(file)).toEqual(['b']);
    expect([...file.unreadable]).toEqual(['a']);
  });

  test.each<[string, (text: string) => string, readonly string[]]>([
    ['its END is missing', (text) => text.replace('SUMMARY:b\r\nEND:VEVENT\r\n', ''), ['b']],
    ['its END is misspelt', (text) => text.replace('SUMMARY:b\r\nEND:VEVENT', 'END:VEVEMT'), ['b']],
    ['its BEGIN is misspelt', (text) => text.replace('BEGIN:VEVENT\r\nUID:b', 'BEGIM:VEVENT\r\nUID:b'), ['b']],
    ['its BEGIN is missing', (text) => text.replace('BEGIN:VEVENT\r\nUID:b', 'UID:b'), ['b']],
    ['its BEGIN is another', (text) => text.replace('BEGIN:VEVENT\r\nUID:b', 'BEGIN:VEVEMT\r\nUID:b'), ['b']],
    ['it begins twice', (text) => text.replace('UID:b', 'UID:b\r\nBEGIN:VEVENT\r\nUID:b'), ['b']],
  ])('%s', (_what, change, unreadable) => {
    const file = read(change(calendar(event('a'), event('b', 'SUMMARY:b'), event('c'))));
    expect(uidsIn(file)).toEqual(['a', 'c']);
    expect([...file.unreadable]).toEqual(unreadable);
    expect(file.dropped.length).toBeGreaterThan(0);
  });

  test('an alarm without an end may contain what follows it', () => {
    const alarm = ['BEGIN:VALARM', 'ACTION:DISPLAY', 'TRIGGER:-PT5M'];
    const file = between('UID:bad', STAMP, START, ...alarm, 'RRULE:FREQ=DAILY');
    expect(uidsIn(file)).toEqual(['before', 'after']);
    expect([...file.unreadable]).toEqual(['bad']);
  });
});

describe('what does not matter is left out, and the rest of a component stays:', () => {
  const good = ['BEGIN:VEVENT', 'UID:a', STAMP, START, 'SUMMARY:b', 'END:VEVENT'];

  test.each<[string, readonly string[], string]>([
    ['a line that is none', ['garbage'], 'A line can\'t be read: "garbage".'],
    ['a line without a name', [':x'], 'A line can\'t be read: ":x".'],
    ['a line with an open quote', ['ORGANIZER;CN="x:mailto:y'], 'A line can\'t be read: "ORGANIZER;CN="x:mailto:y".'],
    ['a parameter without a value', ['ATTENDEE;RSVP:mailto:y'], 'A line can\'t be read: "ATTENDEE;RSVP:mailto:y".'],
    ['an empty list of exceptions', ['EXDATE:'], 'EXDATE is empty.'],
    ['the same start again', [START], 'There is more than one DTSTART.'],
    ['a sequence that is no number', ['SEQUENCE:one'], 'SEQUENCE can\'t be read: "one".'],
    ['a date of creation that is none', ['CREATED:once'], 'CREATED can\'t be read: "once".'],
    ['what looks like a beginning', ['BEGIN:foo bar'], 'A line can\'t be read: "BEGIN:foo bar".'],
    ['a beginning of nothing', ['begin:'], 'A line can\'t be read: "begin:".'],
    ['what looks like an end', ['END:foo bar'], 'A line can\'t be read: "END:foo bar".'],
    ['an end with a parameter', ['END;X=1:VEVENT'], 'A line can\'t be read: "END;X=1:VEVENT".'],
    ['a rule of exceptions that is none', ['EXRULE:freq=often'], 'EXRULE can\'t be read: "freq=often".'],
    ['a type that is not that of its value', ['X-A;VALUE=PERIOD:b'], 'A line can\'t be read: "X-A;VALUE=PERIOD:b".'],
    ['the end of what has not begun', ['END:VALARM'], 'The beginning of a VALARM is missing.'],
    ['an alarm without an end', ['BEGIN:VALARM', 'TRIGGER:-PT5M'], 'A VALARM has no end.'],
    ['a long line', ['?'.repeat(50)], `A line can't be read: "${'?'.repeat(40)}…".`],
  ])('%s', (_what, lines, reason) => {
    const file = read(calendar(component('VEVENT', 'UID:a', STAMP, START, 'SUMMARY:b', ...lines)));
    expect(linesOf(file, 'a')).toEqual(good);
    expect(file.dropped.map((one) => one.reason)).toEqual([reason]);
    expect(file.unreadable.size).toBe(0);
  });

  test('a line that has no name, but the parameters of the one before', () => {
    const parameters = ';TZID=Europe/Berlin:20261201T090000';
    const file = read(calendar(event('a', `X-A${parameters}`, parameters)));
    expect(linesOf(file, 'a').slice(-2)).toEqual([`X-A${parameters}`, 'END:VEVENT']);
    expect(reasonsIn(file)).toEqual([expect.stringContaining(`A line can't be read: "${parameters}".`)]);
  });

  test('the inner of two alarms without an end', () => {
    const alarm = ['BEGIN:VALARM', 'TRIGGER:-PT5M', 'BEGIN:X-A', 'X-B:1', 'END:VALARM'];
    const file = read(calendar(component('VEVENT', 'UID:a', STAMP, START, 'SUMMARY:b', ...alarm)));
    expect(linesOf(file, 'a')).toEqual([
      ...good.slice(0, -1),
      'BEGIN:VALARM',
      'TRIGGER:-PT5M',
      'END:VALARM',
      'END:VEVENT',
    ]);
  });
});

test('components inside one another are read to a limit, beyond which theirs can not be', () => {
  const nested = (count: number): readonly string[] => [
    ...Array<string>(count).fill('BEGIN:X-A'),
    ...Array<string>(count).fill('END:X-A'),
  ];
  const file = read(calendar(event('a', ...nested(20)), event('b', ...nested(21)), event('c')));
  expect(uidsIn(file)).toEqual(['a', 'c']);
  expect(linesOf(file, 'a').filter((line) => line === 'END:X-A')).toHaveLength(20);
  expect([...file.unreadable]).toEqual(['b']);
  const reasons = file.dropped.map(({ reason }) => reason);
  expect(reasons).toContain('Too many components are inside one another in a VEVENT.');
});

describe('what many write stays as it is:', () => {
  test.each([
    'DTEND:20261202',
    'DTEND;VALUE=DATE:20261202T000000',
    'DTEND;TZID=Europe/Berlin:20261202T100000Z',
    'DTEND;X-A=a\\nb;X-B="c;d:e,f",g;X-C=;VALUE=DATE:20261202',
    'DURATION:P1W',
    'DURATION:-PT15M',
    'DURATION:P1DT2H3M4S',
    'RRULE:FREQ=MONTHLY;BYDAY=-1FR;BYSETPOS=1;WKST=MO',
    'RRULE:FREQ=DAILY;UNTIL=20271231T235959Z;INTERVAL=2',
    'RRULE:INTERVAL=2;FREQ=YEARLY;BYWEEKNO=1,2;BYDAY=MO;X-OWN=1',
    'RDATE;VALUE=PERIOD:20261202T090000Z/PT1H,20261203T090000Z/20261203T100000Z',
    'EXDATE;VALUE=DATE:20261202,20261203',
    'STATUS:free',
    'summary;language=de:Klein',
    'X-OWN_NAME;X-P=1:a',
    'ATTENDEE;CN=Joe "Big" Smith:mailto:joe@example.com',
    'ATTENDEE;MEMBER="mailto:a@example.com","mailto:b@example.com":mailto:c@example.com',
    'URL:https://example.com/a:b;c,d',
    'DESCRIPTION: two  spaces ',
    'LAST-MODIFIED:20260101T000000',
  ])('%s', (line) => {
    const file = read(calendar(event('a', line)));
    expect(linesOf(file, 'a')).toEqual(['BEGIN:VEVENT', 'UID:a', STAMP, START, line, 'END:VEVENT']);
    expect(file.dropped).toEqual([]);
  });

  test('but a date has no space after it', () => {
    expect(linesOf(read(calendar(event('a', 'DTEND:20261202 '))), 'a')).toContain('DTEND:20261202');
  });

  test('but a name of a zone has quotes where it needs them', () => {
    const line = 'DTEND;TZID=(UTC+01:00) Amsterdam, Berlin:20261202T090000';
    const file = read(calendar(event('a', line)));
    expect(linesOf(file, 'a')).toContain('DTEND;TZID="(UTC+01:00) Amsterdam, Berlin":20261202T090000');
    expect([...file.zones.keys()]).toEqual(['(UTC+01:00) Amsterdam, Berlin']);
  });

  test('components inside components, and alarms', () => {
    const alarm = component(
      'VALARM',
      'UID:alarm',
      'ACTION:AUDIO',
      'DURATION:x',
      'TRIGGER:-PT5M',
      component('X-A', 'B:1'),
    );
    const lines = linesOf(read(calendar(event('a', alarm, 'SUMMARY:after'))), 'a');
    expect(lines.slice(4).join('\r\n')).toBe([alarm, 'SUMMARY:after', 'END:VEVENT'].join('\r\n'));
  });
});

describe('METHOD', () => {
  test('is not part of any component', () => {
    expect(linesOf(read(calendar('METHOD:PUBLISH', event('a'))), 'a').join()).not.toContain('METHOD');
  });

  test.each(['CANCEL', 'cancel '])('%j cancels everything in its calendar, whatever that says', (method) => {
    const cancelled = calendar(
      `METHOD:${method}`,
      event('a', 'STATUS:CONFIRMED', component('VALARM', 'STATUS:x')),
      event('b'),
    );
    const file = read(cancelled + calendar(event('c', 'STATUS:CONFIRMED')));
    const statuses = uidsIn(file).map((uid) => linesOf(file, uid).filter((line) => line.startsWith('STATUS')));
    expect(statuses).toEqual([['STATUS:CANCELLED', 'STATUS:x'], ['STATUS:CANCELLED'], ['STATUS:CONFIRMED']]);
  });
});

describe('several calendars in one file', () => {
  test('are one', () => {
    const file = read(calendar('X-WR-CALNAME:A', event('a')) + calendar('X-WR-CALNAME:B', event('b')));
    expect(file).toMatchObject({ name: 'A', isComplete: true });
    expect(uidsIn(file)).toEqual(['a', 'b']);
  });

  test('are incomplete when one has no end', () => {
    const file = read(calendar(event('a')).replace('END:VCALENDAR', '') + calendar(event('b')));
    expect(file.isComplete).toBe(false);
    expect(uidsIn(file)).toEqual(['a', 'b']);
  });

  test('may lack the first BEGIN', () => {
    expect(uidsIn(read(calendar(event('a')).replace('BEGIN:VCALENDAR', 'BEGIN:VCALENDA')))).toEqual(['a']);
  });
});

describe('what a mirror has written', () => {
  test('is skipped, with all that has its UID', () => {
    const file = read(
      calendar(event('m', 'X-PLANE-MIRROR:mir-1'), event('m', 'RECURRENCE-ID:20261202T090000Z'), event('a')),
    );
    expect(uidsIn(file)).toEqual(['a']);
    expect(reasonsIn(file)).toEqual(['3: A mirror of plane-ics has written "m".']);
  });
});
