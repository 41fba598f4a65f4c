import { describe, expect, test } from '@jest/globals';
import { isSameContent } from '../../../src/icalendar/foreign/groups.ts';
import type { ForeignGroup } from '../../../src/icalendar/foreign/types.ts';
import { calendar, component, event, linesOf, read, reasonsIn, STAMP, uidsIn } from './read.ts';

/** Which components share a UID, and which of several stays. */

const START = 'DTSTART:20261201T090000Z';
const stamped = (uid: string, ...lines: readonly string[]): string =>
  component('VEVENT', `UID:${uid}`, START, ...lines);
const titles = (text: string): string[] => {
  const file = read(text);
  return uidsIn(file).flatMap((uid) => linesOf(file, uid).filter((line) => line.startsWith('SUMMARY')));
};

describe('a series', () => {
  test('is its master first, then its overrides in the order of the file', () => {
    const overrides = ['20261203', '20261202'].map((day) => event('s', `RECURRENCE-ID:${day}T090000Z`, 'SEQUENCE:4'));
    const master = event('s', 'RRULE:FREQ=DAILY', 'LAST-MODIFIED:20260202T000000Z');
    const { groups } = read(calendar(...overrides, master));
    const group = groups.get('s')!;
    expect(group.components.map(({ line }) => line)).toEqual([17, 3, 10]);
    expect(group.stamps).toEqual({ sequence: 4, lastModified: '20260202T000000Z', dtstamp: '20260101T000000Z' });
  });

  test('without its master is its overrides', () => {
    const file = read(calendar(event('s', 'RECURRENCE-ID:20261202T090000Z')));
    expect(linesOf(file, 's')).toContain('RECURRENCE-ID:20261202T090000Z');
  });

  test('has its parts in several calendars of one file', () => {
    const text = calendar(event('s', 'RRULE:FREQ=DAILY')) + calendar(event('s', 'RECURRENCE-ID:20261202T090000Z'));
    expect(read(text).groups.get('s')?.components).toHaveLength(2);
  });
});

describe('of several versions of one event', () => {
  test.each<[string, readonly string[], readonly string[]]>([
    [
      'the highest SEQUENCE',
      ['SEQUENCE:2', 'LAST-MODIFIED:20260101T000000Z'],
      ['SEQUENCE:10', 'DTSTAMP:20250101T000000Z'],
    ],
    ['a SEQUENCE', [], ['SEQUENCE:1']],
    [
      'the latest LAST-MODIFIED',
      ['LAST-MODIFIED:20260101T000000Z', 'DTSTAMP:20270101T000000Z'],
      ['LAST-MODIFIED:20260102T000000Z'],
    ],
    ['the latest DTSTAMP', ['DTSTAMP:20260101T000000Z'], ['DTSTAMP:20260101T000001Z']],
  ])('%s wins', (_what, older, newer) => {
    const [lost, won] = [stamped('a', ...older, 'SUMMARY:lost'), stamped('a', ...newer, 'SUMMARY:won')];
    expect(titles(calendar(lost, won))).toEqual(['SUMMARY:won']);
    expect(titles(calendar(won, lost))).toEqual(['SUMMARY:won']);
    expect(reasonsIn(read(calendar(lost, won)))).toEqual(['3: There is a newer version of "a".']);
  });

  test('one stays where they are equal', () => {
    const file = read(calendar(event('a', 'SUMMARY:x'), event('a', 'SUMMARY:x')));
    expect(uidsIn(file)).toEqual(['a']);
    expect(file.groups.get('a')?.components).toHaveLength(1);
  });

  test('all stay where nothing says which is newer; the others get UIDs that stay the same', () => {
    const [a, b, c] = [event('a', 'SUMMARY:1'), event('a', 'SUMMARY:2'), event('a', 'SUMMARY:3')];
    const file = read(calendar(a, b, c));
    expect(titles(calendar(a, b, c))).toEqual(['SUMMARY:1', 'SUMMARY:2', 'SUMMARY:3']);
    expect(uidsIn(file)[0]).toBe('a');
    expect(new Set(uidsIn(file)).size).toBe(3);
    expect(uidsIn(read(calendar(event('z'), a, b, c))).slice(1)).toEqual(uidsIn(file));
    for (const uid of uidsIn(file)) expect(linesOf(file, uid)[1]).toBe(`UID:${uid}`);
  });

  test('a UID given for its start does not change with the title', () => {
    const second = (title: string): string => component('VEVENT', 'UID:a', STAMP, 'DTSTART:20270101T090000Z', title);
    const [before, after] = ['SUMMARY:x', 'SUMMARY:y'].map((title) =>
      uidsIn(read(calendar(event('a'), second(title)))),
    );
    expect(before).toEqual(after);
  });

  test('overrides of one occurrence are versions, those of several are not', () => {
    const on = (day: string, ...lines: readonly string[]): string =>
      event('a', `RECURRENCE-ID:${day}T090000Z`, ...lines);
    const file = read(calendar(on('20261202', 'SEQUENCE:1'), on('20261202'), on('20261203'), event('a')));
    expect(file.groups.get('a')?.components).toHaveLength(3);
  });

  test('an event and a to-do are two', () => {
    const todo = component('VTODO', 'UID:a', STAMP, 'SEQUENCE:9');
    const file = read(calendar(event('a'), todo));
    expect(uidsIn(file)).toHaveLength(2);
    expect(file.groups.get('a')?.components[0]?.name).toBe('VEVENT');
  });
});

describe('a component without a UID', () => {
  const bare = (...lines: readonly string[]): string => component('VEVENT', STAMP, START, ...lines);

  test.each(['', 'UID:', 'UID: '])('(%j) gets one that stays while start and title do', (line) => {
    const uidOf = (text: string): string | undefined => uidsIn(read(text)).at(-1);
    const lines = line === '' ? [] : [line];
    const uid = uidOf(calendar(bare(...lines, 'SUMMARY:x')));
    expect(uid).toMatch(/^[\da-f]{32}$/);
    expect(uidOf(calendar(event('z'), bare(...lines, 'SUMMARY:x', 'LOCATION:y')))).toBe(uid);
    expect(uidOf(calendar(bare('SUMMARY:y')))).not.toBe(uid);
    expect(linesOf(read(calendar(bare(...lines))), uidOf(calendar(bare()))!)).toContain(
      `UID:${uidOf(calendar(bare()))}`,
    );
  });

  test('is not the other version of one that begins alike', () => {
    expect(uidsIn(read(calendar(bare('LOCATION:a', 'SEQUENCE:1'), bare('LOCATION:b'))))).toHaveLength(2);
    expect(uidsIn(read(calendar(bare(), bare())))).toHaveLength(1);
  });
});

describe('a component without a DTSTAMP gets', () => {
  test.each([
    ['its LAST-MODIFIED', ['CREATED:20250101T000000Z', 'LAST-MODIFIED:20250102T000000Z'], '20250102T000000Z'],
    ['its CREATED', ['CREATED:20250101T000000Z'], '20250101T000000Z'],
    ['the first there is', [], '19700101T000000Z'],
    ['another for an unreadable one', ['DTSTAMP:now'], '19700101T000000Z'],
  ])('%s', (_what, lines, stamp) => {
    const file = read(calendar(stamped('a', ...lines)));
    expect(linesOf(file, 'a').filter((line) => line.startsWith('DTSTAMP'))).toEqual([`DTSTAMP:${stamp}`]);
    expect(file.groups.get('a')?.stamps.dtstamp).toBe(stamp);
  });
});

describe('the content of two groups is', () => {
  const groupOf = (...blocks: readonly string[]): ForeignGroup => read(calendar(...blocks)).groups.get('a')!;
  const isSame = (some: readonly string[], others: readonly string[]): boolean =>
    isSameContent(groupOf(...some), groupOf(...others));
  const [one = '', two = ''] = ['20261202', '20261203'].map((day) => event('a', `RECURRENCE-ID;VALUE=DATE:${day}`));

  test('the same whatever DTSTAMP says, and in whichever order overrides are', () => {
    expect(isSame([stamped('a', STAMP)], [stamped('a', 'DTSTAMP:20300101T000000Z')])).toBe(true);
    expect(isSame([event('a'), one, two], [two, event('a'), one])).toBe(true);
  });

  test('another where anything else differs', () => {
    expect(isSame([event('a')], [event('a', 'X-A:1')])).toBe(false);
    expect(isSame([event('a', 'X-A:1', 'X-B:1')], [event('a', 'X-B:1', 'X-A:1')])).toBe(false);
    expect(isSame([event('a'), one], [event('a'), one, two])).toBe(false);
    expect(isSame([event('a'), one], [event('a'), two])).toBe(false);
  });
});

test('a UID is what its text says', () => {
  const file = read(calendar(event('a\\,b\\;c\\\\d')));
  expect(uidsIn(file)).toEqual(['a,b;c\\d']);
  expect(linesOf(file, 'a,b;c\\d')).toContain('UID:a\\,b\\;c\\\\d');
});

test('thousands of components may have one UID', () => {
  const many = Array.from({ length: 5_000 }, (_, index) => event('same', `SUMMARY:${index}`));
  expect(read(calendar(...many)).groups.size).toBe(5_000);
  const overrides = Array.from({ length: 5_000 }, (_, index) =>
    event('same', `RECURRENCE-ID:${10_000_101 + (index % 2) + Math.floor(index / 2) * 10_000}`),
  );
  expect(read(calendar(...overrides)).groups.get('same')?.components).toHaveLength(5_000);
});

test('the second of two that differ has a UID of its own, and its alarm keeps the one it has', () => {
  const alarm = component('VALARM', 'UID:alarm', 'ACTION:AUDIO', 'TRIGGER:-PT5M');
  const file = read(calendar(event('a', 'SUMMARY:One', alarm), event('a', 'SUMMARY:Two', alarm)));
  const [first = '', second = ''] = uidsIn(file).sort((a) => (a === 'a' ? -1 : 1));
  expect(first).toBe('a');
  expect(linesOf(file, second).filter((line) => line.startsWith('UID'))).toEqual([`UID:${second}`, 'UID:alarm']);
});
