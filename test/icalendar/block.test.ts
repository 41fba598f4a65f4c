import { expect, test } from '@jest/globals';
import { createBlockWriter, stampBlock } from '../../src/icalendar/block.ts';
import type { CalendarEvent } from '../../src/domain/calendar.ts';
import { lint } from '../support/linter.ts';
import { documentOf } from '../support/render.ts';

const EVENT: CalendarEvent = {
  kind: 'event',
  uid: 'plane-cycle-01@plane-ics',
  start: '2026-03-02',
  end: '2026-03-05',
  summary: 'Sprint 1; "quick", short',
  description: '',
  url: null,
  categories: [],
  priority: null,
  color: null,
  createdAt: null,
  alarms: [],
};

test('an event says no more than is known of it', () => {
  expect(stampBlock(createBlockWriter()(EVENT), Date.UTC(2026, 2, 1, 10, 15) / 1000).split('\r\n')).toEqual([
    'BEGIN:VEVENT',
    'UID:plane-cycle-01@plane-ics',
    'DTSTAMP:20260301T101500Z',
    'LAST-MODIFIED:20260301T101500Z',
    'SEQUENCE:194523300',
    'DTSTART;VALUE=DATE:20260302',
    'DTEND;VALUE=DATE:20260305',
    'X-MICROSOFT-CDO-ALLDAYEVENT:TRUE',
    'SUMMARY:Sprint 1\\; "quick"\\, short',
    'TRANSP:TRANSPARENT',
    'STATUS:CONFIRMED',
    'X-MICROSOFT-CDO-BUSYSTATUS:FREE',
    'END:VEVENT',
    '',
  ]);
});

test('alarms come last, as given and in that order', () => {
  const alarms = ['PT9H', '-PT24H', '-P1W'];
  const block = createBlockWriter()({ ...EVENT, color: 'orange', alarms });
  expect(lint(documentOf([block], 1_800_000_000))).toEqual([]);
  expect(block.after.replaceAll('\r\n', '\n')).toMatch(/COLOR:orange\nBEGIN:VALARM\n[^]*END:VALARM\nEND:VEVENT\n$/);
  expect(block.after.split('BEGIN:VALARM\r\n').slice(1)).toEqual(
    alarms.map((duration, index) =>
      [
        'ACTION:DISPLAY',
        'DESCRIPTION:Sprint 1\\; "quick"\\, short',
        `TRIGGER:${duration}`,
        'END:VALARM',
        ...(index === 2 ? ['END:VEVENT'] : []),
        '',
      ].join('\r\n'),
    ),
  );
});

test('one event leaves nothing for the next', () => {
  const write = createBlockWriter();
  const first = write(EVENT);
  write({ ...EVENT, categories: ['a'], alarms: ['PT9H'], createdAt: 0 });
  expect(write(EVENT)).toEqual(first);
});
