import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import ICAL from 'ical.js';
import { createBlockWriter } from '../../src/icalendar/block.ts';
import { addDays } from '../../src/icalendar/date.ts';
import { escapeText, oneLine, sanitize } from '../../src/icalendar/text.ts';
import type { CalendarTodo } from '../../src/domain/calendar.ts';
import { lint } from '../support/linter.ts';
import { documentOf } from '../support/render.ts';
import { runs } from '../support/runs.ts';
import { unicodeText } from '../support/unicode-text.ts';
import { webUrl } from '../support/web-address.ts';

const TODO: CalendarTodo = {
  kind: 'todo',
  uid: 'plane-issue-01@plane-ics',
  start: null,
  due: null,
  summary: '[WEB-1] Fix login',
  description: '',
  url: null,
  categories: [],
  priority: null,
  color: null,
  createdAt: null,
  alarms: [],
  status: 'NEEDS-ACTION',
  percent: null,
  completedAt: null,
  parentUid: null,
};
const REVISION = Date.UTC(2026, 2, 1, 10, 15) / 1000;

/** A calendar of to-dos, found clean by the linter, which also counts the octets of each line. */
function written(todos: readonly CalendarTodo[]): string {
  const bytes = documentOf(todos.map(createBlockWriter()), REVISION);
  expect(lint(bytes)).toEqual([]);
  return bytes.toString();
}

/** The lines of a calendar's one to-do, unfolded. */
function linesOf(todo: CalendarTodo): string[] {
  const text = written([todo]).replaceAll('\r\n ', '');
  return text.slice(text.indexOf('BEGIN:VTODO'), text.indexOf('END:VCALENDAR')).trimEnd().split('\r\n');
}

describe('a to-do', () => {
  test('with everything, to the byte', () => {
    const todo: CalendarTodo = {
      ...TODO,
      start: '2026-03-02',
      due: '2026-03-04',
      summary: '✓ [WEB-1] Fix "login", again; C:\\',
      description: 'State: Done\n\nOne, two',
      url: 'https://plane.example.com/acme/browse/WEB-1/',
      categories: ['a,b', 'c'],
      priority: 3,
      color: 'orange',
      createdAt: Date.UTC(2026, 1, 20, 8, 0, 0, 999),
      alarms: ['-PT15H', 'PT24H'],
      status: 'COMPLETED',
      percent: 100,
      completedAt: Date.UTC(2026, 2, 1, 23, 59, 59, 999),
      parentUid: 'plane-issue-02@plane-ics',
    };
    const alarm = (trigger: string): string[] => [
      'BEGIN:VALARM',
      'ACTION:DISPLAY',
      'DESCRIPTION:✓ [WEB-1] Fix "login"\\, again\\; C:\\\\',
      `TRIGGER;RELATED=END:${trigger}`,
      'END:VALARM',
    ];
    expect(linesOf(todo)).toEqual([
      'BEGIN:VTODO',
      'UID:plane-issue-01@plane-ics',
      'DTSTAMP:20260301T101500Z',
      'LAST-MODIFIED:20260301T101500Z',
      'SEQUENCE:194523300',
      'CREATED:20260220T080000Z',
      'DUE;VALUE=DATE:20260304',
      'DTSTART;VALUE=DATE:20260302',
      'SUMMARY:✓ [WEB-1] Fix "login"\\, again\\; C:\\\\',
      'DESCRIPTION:State: Done\\n\\nOne\\, two',
      'URL;VALUE=URI:https://plane.example.com/acme/browse/WEB-1/',
      'CATEGORIES:a\\,b,c',
      'PRIORITY:3',
      'STATUS:COMPLETED',
      'PERCENT-COMPLETE:100',
      'COMPLETED:20260301T235959Z',
      'RELATED-TO:plane-issue-02@plane-ics',
      'COLOR:orange',
      ...alarm('-PT15H'),
      ...alarm('PT24H'),
      'END:VTODO',
    ]);
  });

  test('says no more than is known of it, and has no alarm without a due day', () => {
    expect(linesOf({ ...TODO, alarms: ['PT9H'] })).toEqual([
      'BEGIN:VTODO',
      'UID:plane-issue-01@plane-ics',
      'DTSTAMP:20260301T101500Z',
      'LAST-MODIFIED:20260301T101500Z',
      'SEQUENCE:194523300',
      'SUMMARY:[WEB-1] Fix login',
      'PRIORITY:0',
      'STATUS:NEEDS-ACTION',
      'END:VTODO',
    ]);
  });

  test('is sorted by its due day, else by its start, else first', () => {
    const days = [
      ['2026-03-04', '2026-03-05'],
      [null, '2026-03-06'],
      ['2026-03-07', null],
      [null, null],
    ] as const;
    const todos = days.map(([start, due], index) => ({ ...TODO, uid: `plane-issue-0${index}@plane-ics`, start, due }));
    expect(todos.map((todo) => createBlockWriter()(todo).start)).toEqual([
      '2026-03-05',
      '2026-03-06',
      '2026-03-07',
      '',
    ]);
    expect([...written(todos).matchAll(/UID:plane-issue-0(\d)/g)].map((match) => match[1])).toEqual([
      '3',
      '0',
      '1',
      '2',
    ]);
  });

  test.each(['1000-01-01', '2028-02-29', '9999-12-31'])('is due on %s', (due) => {
    expect(linesOf({ ...TODO, due })).toContain(`DUE;VALUE=DATE:${due.replaceAll('-', '')}`);
  });
});

/** Any text, with more of the characters that hurt than chance would bring. */
const hostile = fc.string({
  maxLength: 80,
  unit: fc.oneof(
    unicodeText({ minLength: 1, maxLength: 1 }),
    fc.integer({ min: 0xd800, max: 0xdfff }).map((code) => String.fromCharCode(code)),
    fc.constantFrom(...Array.from('\0\r\n\t \u2028\u0085\ufeff\\;,:"^')),
    fc.constantFrom('\\n', 'e\u0301', 'END:VTODO', '👩🏽‍🚀', 'مر', '<b>'),
  ),
});
const line = hostile.map(oneLine).filter((text) => text !== '');
const text = hostile.map((text) => sanitize(text).trim());
const day = fc
  .date({ min: new Date('1000-01-01'), max: new Date('9999-12-30'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));
const second = fc.integer({ min: 0, max: 4_102_444_800 }).map((seconds) => seconds * 1000);
const orNull = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { nil: null });
const days = fc.oneof(
  fc.record({ start: orNull(day), due: fc.constant(null) }),
  fc.record({ start: fc.constant(null), due: day }),
  fc.tuple(day, fc.integer({ min: 1, max: 400 })).map(([start, length]) => ({ start, due: addDays(start, length) })),
);
const anyTodo: fc.Arbitrary<CalendarTodo> = fc
  .record({
    uid: fc.uuid().map((id) => `plane-issue-${id}@plane-ics`),
    summary: line,
    description: text,
    url: orNull(webUrl.map((url) => url.replace(/[,;]/g, '_'))),
    // ical.js takes the comma behind an escaped backslash for an escaped comma, so no name here ends with one.
    categories: fc.uniqueArray(
      line.filter((name) => !name.endsWith('\\')),
      { maxLength: 4 },
    ),
    priority: fc.constantFrom(null, 1, 3, 5, 7),
    color: orNull(fc.constantFrom('red', 'orange')),
    createdAt: orNull(second),
    alarms: fc.subarray(['-PT15H', 'PT24H', '-P1W', 'P1DT2H']),
    done: fc.constantFrom(
      { status: 'NEEDS-ACTION', percent: null },
      { status: 'IN-PROCESS', percent: 50 },
      { status: 'COMPLETED', percent: 100 },
      { status: 'CANCELLED', percent: 0 },
    ),
    completedAt: orNull(second),
    parentUid: orNull(fc.uuid().map((id) => `plane-issue-${id}@plane-ics`)),
    days,
  })
  .map(({ days, done, completedAt, ...fields }) => ({
    kind: 'todo',
    ...fields,
    ...days,
    ...done,
    completedAt: done.status === 'COMPLETED' ? completedAt : null,
  }));

describe('whatever is typed in Plane', () => {
  test('ical.js reads what was written', () => {
    const instant = (ms: number | null): string | null =>
      ms === null ? null : new Date(ms).toISOString().replace('.000', '');
    fc.assert(
      fc.property(anyTodo, (todo) => {
        const read = ICAL.Component.fromString(written([todo])).getFirstSubcomponent('vtodo')!;
        const values = read.getAllProperties().map((one) => [one.name, one.getValues().map(String)] as const);
        const expected = Object.entries({
          uid: todo.uid,
          dtstamp: '2026-03-01T10:15:00Z',
          'last-modified': '2026-03-01T10:15:00Z',
          sequence: '194523300',
          created: instant(todo.createdAt),
          due: todo.due,
          dtstart: todo.start,
          summary: todo.summary,
          description: todo.description || null,
          url: todo.url,
          priority: todo.priority ?? 0,
          status: todo.status,
          'percent-complete': todo.percent,
          completed: instant(todo.completedAt),
          'related-to': todo.parentUid,
          color: todo.color,
        }).flatMap(([name, value]): [string, string[]][] => (value === null ? [] : [[name, [String(value)]]]));
        if (todo.categories.length > 0) expected.push(['categories', [...todo.categories]]);
        expect(new Map(values)).toEqual(new Map(expected));
        const alarms = read.getAllSubcomponents('valarm').map((alarm) => alarm.getFirstPropertyValue('description'));
        expect(alarms).toEqual(todo.due === null ? [] : todo.alarms.map(() => todo.summary));
      }),
      runs(125),
    );
  });

  test('ical.js escapes as we do', () => {
    fc.assert(
      fc.property(line, text, fc.array(line), (summary, description, categories) => {
        const lines = linesOf({ ...TODO, summary, description, categories });
        expect(lines).toContain(`SUMMARY:${escapeText(summary)}`);
        if (description !== '') expect(lines).toContain(`DESCRIPTION:${escapeText(description)}`);
        if (categories.length > 0) expect(lines).toContain(`CATEGORIES:${categories.map(escapeText).join(',')}`);
      }),
      runs(125),
    );
  });
});
