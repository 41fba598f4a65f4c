import { describe, expect, test } from '@jest/globals';
import { knownZone } from '../../../src/icalendar/foreign/known-zones.ts';
import type { CalendarFile } from '../../../src/icalendar/foreign/types.ts';
import { createZoneClock } from '../../../src/icalendar/foreign/zone-clock.ts';
import { calendar, component, europeanZone, event, fixedZone, linesOf, read, reasonsIn, uidsIn } from './read.ts';

/** Where the time zones of a file come from, and what they are called. */

const at = (tzid: string, time = '20260701T120000'): string => `X-AT;TZID=${tzid}:${time}`;
const zoneNames = (file: CalendarFile): string[] => [...file.zones.keys()];
/** Hours east of UTC in a July. */
const summerHours = (file: CalendarFile, tzid: string): number => {
  const zone = file.zones.get(tzid)!;
  return (
    (Date.UTC(2026, 6, 1, 12) -
      createZoneClock(zone).toInstant({ year: 2026, month: 7, day: 1, hour: 12, minute: 0, second: 0 })) /
    3_600_000
  );
};

describe('a zone of the file', () => {
  test('stays as it is, if it is used', () => {
    const zone = europeanZone('Work').replace(
      'TZID:Work',
      'TZID:Work\r\nX-MICROSOFT-CDO-TZID:4\r\nLAST-MODIFIED:20200101T000000Z',
    );
    const file = read(calendar(zone, europeanZone('Unused'), event('a', at('Work'))));
    expect(zoneNames(file)).toEqual(['Work']);
    expect(file.zones.get('Work')).toEqual({ tzid: 'Work', text: `${zone}\r\n`, origin: 'file' });
    expect(file.groups.get('a')?.tzids).toEqual(['Work']);
  });

  test('may follow what uses it, and be used in an alarm, by any spelling of the parameter', () => {
    const alarm = component('VALARM', 'X-AT;X-A="b;c";tzid="Work":20260701T120000');
    expect(zoneNames(read(calendar(event('a', alarm), europeanZone('Work'))))).toEqual(['Work']);
  });

  test('is found by its name without escapes', () => {
    const file = read(
      calendar(europeanZone('(UTC+01:00) Amsterdam\\, Berlin'), event('a', at('"(UTC+01:00) Amsterdam, Berlin"'))),
    );
    expect(file.zones.get('(UTC+01:00) Amsterdam, Berlin')?.origin).toBe('file');
    expect(file.dropped).toEqual([]);
  });

  test('that is none is listed, and its name is looked up', () => {
    const broken = component('VTIMEZONE', 'TZID:Europe/Berlin', component('STANDARD', 'TZOFFSETTO:+0100'));
    const nameless = component('VTIMEZONE', component('STANDARD', 'TZOFFSETTO:+0100'));
    const file = read(calendar(broken, nameless, event('a', at('Europe/Berlin'))));
    expect(file.zones.get('Europe/Berlin')?.origin).toBe('known');
    expect(reasonsIn(file)).toEqual([
      '3: A VTIMEZONE can\'t be read: "Europe/Berlin".',
      "9: A VTIMEZONE can't be read: it has no TZID.",
    ]);
  });
});

describe('a zone that would be a burden', () => {
  const numbers = (count: number): string => Array.from({ length: count }, (_, index) => index + 1).join(',');
  const observance = (...lines: readonly string[]): string =>
    component('STANDARD', 'DTSTART:00010101T000000', 'TZOFFSETFROM:+0100', 'TZOFFSETTO:+0100', ...lines);
  const readZone = (...observances: readonly string[]): CalendarFile =>
    read(calendar(component('VTIMEZONE', 'TZID:Asia/Tokyo', ...observances), event('a', at('Asia/Tokyo'))));

  test.each<[string, readonly string[]]>([
    ['changes every day', [observance(`RRULE:FREQ=YEARLY;BYMONTH=${numbers(12)};BYMONTHDAY=${numbers(31)}`)]],
    ['has hundreds of rules', Array<string>(500).fill(observance('RRULE:FREQ=YEARLY;BYMONTH=1', 'RDATE:20260101'))],
    ['has rules that never apply', Array<string>(500).fill(observance('RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31'))],
    ['has thousands of dates', [observance(`RDATE:${Array<string>(7_000).fill('20260101').join(',')}`)]],
    [
      'takes back what it has',
      [
        observance(`RRULE:FREQ=YEARLY;BYMONTH=${numbers(12)};BYMONTHDAY=${numbers(31)}`),
        observance('RRULE:FREQ=YEARLY;COUNT=-999999'),
      ],
    ],
  ])('since it %s is looked up by its name', (_what, observances) => {
    const file = readZone(...observances);
    expect(file.zones.get('Asia/Tokyo')?.origin).toBe('known');
    expect(reasonsIn(file)).toEqual(['3: A VTIMEZONE can\'t be read: "Asia/Tokyo".']);
  });

  test('is one that repeats its numbers: they count once', () => {
    const rule = `RRULE:FREQ=YEARLY;BYMONTH=${Array<string>(5_000).fill('2').join(',')};BYMONTHDAY=1`;
    expect(readZone(observance(rule)).zones.get('Asia/Tokyo')?.origin).toBe('file');
  });

  test('is each beyond hundreds of different ones', () => {
    const zones = Array.from({ length: 600 }, (_, index) => fixedZone(`Zone/${index}`, '+0100'));
    const file = read(calendar(...zones, ...zones.map((_, index) => event(`u${index}`, at(`Zone/${index}`)))));
    const origins = [...file.zones.values()].map(({ origin }) => origin);
    expect([origins.filter((one) => one === 'file'), file.groups.size]).toEqual([Array(500).fill('file'), 600]);
  });
});

describe('a zone that the file does not define', () => {
  test.each<[string, string, number]>([
    ['Europe/Kyiv', 'known', 3],
    ['Europe/Berlin', 'known', 2],
    ['America/New_York', 'known', -4],
    ['Asia/Kolkata', 'known', 5.5],
    ['Asia/Calcutta', 'known', 5.5],
    ['US/Pacific', 'known', -7],
    ['UTC', 'known', 0],
    ['Etc/GMT+5', 'known', -5],
    ['GMT Standard Time', 'known', 1],
    ['GMT Standard Time 1', 'guessed', 1],
    ['W. Europe Standard Time', 'known', 2],
    ['W. Europe Standard Time 2', 'guessed', 2],
    ['FLE Standard Time', 'known', 3],
    ['Eastern Standard Time', 'known', -4],
    ['pacific standard time', 'known', -7],
    ['europe/berlin', 'guessed', 2],
    ['America/New York', 'guessed', -4],
    ['/mozilla.org/20050126_1/Europe/Berlin', 'guessed', 2],
    ['/freeassociation.sourceforge.net/Tzfile/America/Argentina/Buenos_Aires', 'guessed', -3],
    ['UTC+2', 'guessed', 2],
    ['GMT-0330', 'guessed', -3.5],
  ])('(%s) is %s', (tzid, origin, hours) => {
    const file = read(calendar(event('a', at(tzid))));
    expect(file.zones.get(tzid)).toMatchObject({ tzid, origin });
    expect(file.zones.get(tzid)?.text).toContain(`\r\nTZID:${tzid.slice(0, 40)}`);
    expect(summerHours(file, tzid)).toBe(hours);
    expect(file.dropped).toEqual([]);
  });

  test.each<[string, string | null, readonly string[], number, string]>([
    ['the source says', 'Europe/Kyiv', ['X-WR-TIMEZONE:America/New_York'], 3, 'Europe/Kyiv'],
    ['the file says', null, ['X-WR-TIMEZONE:America/New_York'], -4, 'America/New_York'],
    ['Windows calls it', 'Eastern Standard Time', [], -4, 'Eastern Standard Time'],
    [
      'most of its times have',
      null,
      [event('b', at('Asia/Tokyo')), event('c', at('Asia/Tokyo')), event('d', at('US/Pacific'))],
      9,
      'Asia/Tokyo',
    ],
  ])('and nobody knows is that which %s', (_what, timezone, lines, hours, name) => {
    const file = read(calendar(...lines, event('a', at('Moon/Base'), at('Moon/Base'))), { timezone });
    expect(file.zones.get('Moon/Base')?.origin).toBe('unknown');
    expect(summerHours(file, 'Moon/Base')).toBe(hours);
    expect(file.dropped).toHaveLength(1);
    expect(file.dropped[0]?.reason).toBe(
      `Nobody knows the time zone "Moon/Base": its times are read as in ${name}. The time zone of the source changes that.`,
    );
  });

  test('is that of another calendar in the file', () => {
    const file = read(calendar(event('a', at('Own'))) + calendar(fixedZone('Own', '+0700')));
    expect(file.zones.get('Own')?.origin).toBe('file');
    expect(summerHours(file, 'Own')).toBe(7);
  });
});

describe('two zones of one name', () => {
  const both = (one: string, other: string, ...lines: readonly string[]): CalendarFile =>
    read(
      calendar(one, event('a', at('Work'), ...lines)) +
        calendar(other, event('b', at('Work'), component('VALARM', at('"Work"')), 'X-B;TZID=Else:1')),
    );

  test('are one where their offsets are equal', () => {
    const file = both(europeanZone('Work'), europeanZone('Work').replace('INTERVAL=1;', ''));
    expect(zoneNames(file)).toEqual(['Work', 'Else']);
  });

  test('are one where they differ only outside the dates in use', () => {
    const other = europeanZone('Work').replaceAll('16010101', '20000101');
    expect(zoneNames(both(europeanZone('Work'), other))).toEqual(['Work', 'Else']);
    expect(zoneNames(both(europeanZone('Work'), other, at('Work', '19900701T120000')))).toHaveLength(3);
  });

  test('keep their offsets: the second is renamed with what refers to it, always alike', () => {
    const file = both(europeanZone('Work'), fixedZone('Work', '+0900'));
    const [, name = ''] = zoneNames(file);
    expect(name).toMatch(/^Work-[\da-f]{8}$/);
    expect([summerHours(file, 'Work'), summerHours(file, name)]).toEqual([2, 9]);
    expect(file.zones.get(name)?.text).toContain(`TZID:${name}\r\n`);
    expect(linesOf(file, 'a')).toContain(at('Work'));
    expect(linesOf(file, 'b').filter((line) => line.includes('TZID='))).toEqual([
      at(name),
      at(name),
      'X-B;TZID=Else:1',
    ]);
    expect(file.groups.get('b')?.tzids).toEqual([name, 'Else']);
    expect(zoneNames(both(fixedZone('Work', '+0300'), fixedZone('Work', '+0900')))[1]).toBe(name);
  });

  test('in one calendar are the first', () => {
    const file = read(calendar(fixedZone('Work', '+0300'), fixedZone('Work', '+0900'), event('a', at('Work'))));
    expect(summerHours(file, 'Work')).toBe(3);
    expect(uidsIn(file)).toEqual(['a']);
  });
});

test('a zone has the name it is asked for, in folded lines', () => {
  const name = `/example.org/${'x'.repeat(90)}/Europe/Berlin`;
  const text = knownZone(name)?.text ?? '';
  expect(text.replaceAll('\r\n ', '')).toContain(`TZID:${name}\r\n`);
  expect(Math.max(...text.split('\r\n').map((line) => line.length))).toBe(75);
  expect(knownZone('Moon/Base')).toBeNull();
  expect(knownZone('')).toBeNull();
});

test('a calendar of thousands of resources, each with the zone as one of three programs writes it, has that zone once', () => {
  const zones = ['x', 'y', 'z'].map((id) => europeanZone('Work').replace('TZID:Work', `TZID:Work\r\nX-BY:${id}`));
  const resource = (index: number): string => calendar(zones[index % 3]!, event(`u${index}`, at('Work')));
  const text = Array.from({ length: 4_000 }, (_, index) => resource(index)).join('');
  const file = read(text);
  expect(zoneNames(file)).toEqual(['Work']);
  expect(uidsIn(file)).toHaveLength(4_000);
});
