import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseCalendarFile } from '../../../src/icalendar/foreign/parse.ts';
import { writeGroup } from '../../../src/icalendar/foreign/write.ts';
import type { ForeignGroup } from '../../../src/icalendar/foreign/types.ts';
import { runToEnd } from '../../../src/lib/cooperative.ts';
import { renameGroup, renameZone } from '../../../src/sources/calendars/rename.ts';
import { anEvent, ics } from './fixture.ts';

const groupOf = (lines: readonly string[], uid = 'a'): ForeignGroup => {
  const file = runToEnd(parseCalendarFile(Buffer.from(ics(lines)), { charset: null, timezone: null }));
  return file.groups.get(uid)!;
};
const names = (...pairs: [string, string][]): ReadonlyMap<string, string> => new Map(pairs);

test('a UID is renamed, and what relates to it; alarms keep theirs', () => {
  const group = groupOf(
    anEvent('a', [
      'RELATED-TO;RELTYPE=PARENT:b',
      'related-to:c',
      'DESCRIPTION:UID:a',
      'BEGIN:VALARM',
      'UID:a',
      'ACTION:DISPLAY',
      'TRIGGER:-PT5M',
      'END:VALARM',
    ]),
  );
  const renamed = renameGroup(group, { uids: names(['a', 'x;y'], ['b', 'z']), zones: names() });
  expect(renamed.uid).toBe('x;y');
  const text = writeGroup(renamed);
  expect(text).toContain('UID:x\\;y\r\n');
  expect(text).toContain('RELATED-TO;RELTYPE=PARENT:z\r\n');
  expect(text).toContain('related-to:c\r\n');
  expect(text).toContain('DESCRIPTION:UID:a\r\n');
  expect(text).toContain('BEGIN:VALARM\r\nUID:a\r\n');
});

test('a zone is renamed where times refer to it, and in its definition', () => {
  const group = groupOf(
    anEvent('a', [
      'DTSTART;TZID=Europe/Berlin:20261201T090000',
      'DTEND;TZID="Europe/Berlin":20261201T100000',
      'LOCATION:;TZID=Europe/Berlin:',
    ]),
  );
  const renamed = renameGroup(group, { uids: names(), zones: names(['Europe/Berlin', 'zone:2']) });
  expect(renamed.tzids).toEqual(['zone:2']);
  const text = writeGroup(renamed);
  expect(text).toContain('DTSTART;TZID="zone:2":20261201T090000');
  expect(text).toContain('DTEND;TZID="zone:2":20261201T100000');
  expect(text).toContain('LOCATION:;TZID=Europe/Berlin:');
  const zone = { tzid: 'A', text: 'BEGIN:VTIMEZONE\r\nTZID:A-lo\r\n ng name\r\nX-A:TZID:A\r\nEND:VTIMEZONE\r\n' };
  expect(renameZone(zone, 'B')).toEqual({
    tzid: 'B',
    text: 'BEGIN:VTIMEZONE\r\nTZID:B\r\nX-A:TZID:A\r\nEND:VTIMEZONE\r\n',
  });
  expect(renameZone(zone, undefined)).toBe(zone);
});

test('what is not concerned stays the same object, and the rest is made once', () => {
  const group = groupOf(anEvent('a'));
  expect(renameGroup(group, { uids: names(['b', 'x']), zones: names(['Z', 'Y']) })).toBe(group);
  const renames = () => ({ uids: names(['a', 'x']), zones: names() });
  expect(renameGroup(group, renames())).toBe(renameGroup(group, renames()));
});

test('whatever a line says, only names change', () => {
  const line = fc.string({
    unit: fc.constantFrom(':', ';', '=', '"', ',', '\\', 'a', 'b', 'TZID', 'UID', '-', ' '),
    maxLength: 60,
  });
  fc.assert(
    fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
      const group = groupOf(
        anEvent(
          'a',
          lines.map((text) => `X-${text}`),
        ),
      );
      const there = renameGroup(group, { uids: names(['a', 'renamed']), zones: names(['b', 'c']) });
      const back = renameGroup(there, { uids: names(['renamed', 'a']), zones: names(['c', 'b']) });
      const without = (text: string): string => text.replaceAll('"', '').replaceAll('TZID=b', 'TZID=c');
      expect(without(writeGroup(back))).toBe(without(writeGroup(group)));
    }),
  );
});
