import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import ICAL from 'ical.js';
import { oneLine, sanitize } from '../../src/icalendar/text.ts';
import type { Priority, WorkItem } from '../../src/domain/plane.ts';
import { lint } from '../support/linter.ts';
import { aProject, aSnapshot, aWorkItem, uuid } from '../support/make.ts';
import { render } from '../support/render.ts';
import { runs } from '../support/runs.ts';
import { unicodeText } from '../support/unicode-text.ts';

test('a whole calendar, to the byte', async () => {
  const snapshot = aSnapshot({
    items: [
      aWorkItem({
        number: 42,
        name: 'Fix login, again',
        startDate: '2026-03-02',
        priority: 'high',
        stateId: 'doing',
        assigneeIds: ['b', 'a'],
        labelIds: ['x', 'y'],
        text: 'Line one\nline; two',
      }),
      aWorkItem({
        id: uuid(2),
        number: 43,
        name: 'Ship it',
        targetDate: '2026-03-01',
        stateId: 'done',
        completedAt: Date.UTC(2026, 2, 1),
      }),
    ],
    labels: [
      { id: 'x', name: 'login' },
      { id: 'y', name: 'bug' },
    ],
    members: [
      { id: 'a', displayName: 'Ada' },
      { id: 'b', displayName: 'Bob' },
    ],
  });
  const { identity, events } = await render(snapshot, { mode: 'span' });
  expect(events).toBe(2);
  expect(lint(identity)).toEqual([]);
  expect(identity.toString().replaceAll('\r\n', '\n')).toBe(`BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//plane-ics//plane-ics//EN
CALSCALE:GREGORIAN
NAME:Website
X-WR-CALNAME:Website
DESCRIPTION:Work items of Website (WEB) in Plane\\, from start to target dat
 e\\; completed items are kept for 30 days and marked ✓\\, cancelled ones l
 eft out. Read-only.
X-WR-CALDESC:Work items of Website (WEB) in Plane\\, from start to target da
 te\\; completed items are kept for 30 days and marked ✓\\, cancelled ones 
 left out. Read-only.
COLOR:royalblue
X-APPLE-CALENDAR-COLOR:#3e63dd
REFRESH-INTERVAL;VALUE=DURATION:PT1H
X-PUBLISHED-TTL:PT1H
URL:https://plane.example.com/acme/projects/10000000-0000-4000-8000-0000000
 00001/issues
BEGIN:VEVENT
UID:plane-issue-20000000-0000-4000-8000-000000000002@plane-ics
DTSTAMP:20260301T101500Z
LAST-MODIFIED:20260301T101500Z
SEQUENCE:194523300
DTSTART;VALUE=DATE:20260301
DTEND;VALUE=DATE:20260302
X-MICROSOFT-CDO-ALLDAYEVENT:TRUE
SUMMARY:✓ [WEB-43] Ship it
TRANSP:TRANSPARENT
DESCRIPTION:State: Done\\n\\nhttps://plane.example.com/acme/browse/WEB-43/
URL;VALUE=URI:https://plane.example.com/acme/browse/WEB-43/
STATUS:CONFIRMED
X-MICROSOFT-CDO-BUSYSTATUS:FREE
CREATED:20260220T080000Z
END:VEVENT
BEGIN:VEVENT
UID:plane-issue-20000000-0000-4000-8000-000000000001@plane-ics
DTSTAMP:20260301T101500Z
LAST-MODIFIED:20260301T101500Z
SEQUENCE:194523300
DTSTART;VALUE=DATE:20260302
DTEND;VALUE=DATE:20260305
X-MICROSOFT-CDO-ALLDAYEVENT:TRUE
SUMMARY:[WEB-42] Fix login\\, again
TRANSP:TRANSPARENT
DESCRIPTION:State: In Progress\\nPriority: High\\nAssignees: Ada\\, Bob\\nLabel
 s: bug\\, login\\n\\nLine one\\nline\\; two\\n\\nhttps://plane.example.com/acme/b
 rowse/WEB-42/
CATEGORIES:bug,login
URL;VALUE=URI:https://plane.example.com/acme/browse/WEB-42/
STATUS:CONFIRMED
X-MICROSOFT-CDO-BUSYSTATUS:FREE
PRIORITY:3
CREATED:20260220T080000Z
COLOR:orange
END:VEVENT
END:VCALENDAR
`);
});

test('a calendar without events has one quiet note, the same for ever', async () => {
  const { identity, events } = await render(aSnapshot());
  expect(events).toBe(0);
  expect(lint(identity)).toEqual([]);
  const note = ICAL.Component.fromString(identity.toString()).getFirstSubcomponent('vevent')!;
  expect(note.getFirstPropertyValue('summary')).toBe('Nothing planned in Website');
  expect(String(note.getFirstPropertyValue('dtstart'))).toBe('2026-01-05');
  expect(String(note.getFirstPropertyValue('uid'))).toMatch(/^plane-note-[0-9a-f]{32}@plane-ics$/);
  expect((await render(aSnapshot(), {}, '2027-01-01')).etag).toBe((await render(aSnapshot())).etag);
});

test('the last day there is has an event without an end', async () => {
  const { identity } = await render(aSnapshot({ items: [aWorkItem({ targetDate: '9999-12-31' })] }));
  expect(lint(identity)).toEqual([]);
  expect(identity.toString()).not.toContain('DTEND');
});

/** Any text, with more of the characters that hurt than chance would bring. */
const hostile = fc.string({
  maxLength: 60,
  unit: fc.oneof(
    { weight: 4, arbitrary: unicodeText({ minLength: 1, maxLength: 1 }) },
    { weight: 1, arbitrary: fc.integer({ min: 0xd800, max: 0xdfff }).map((code) => String.fromCharCode(code)) },
    {
      weight: 3,
      arbitrary: fc.constantFrom(
        '\0',
        '\r',
        '\n',
        '\u2028',
        '\u0085',
        '\\',
        ';',
        ',',
        ':',
        '"',
        '\\n',
        '\ufeff',
        '\ufffe',
        'BEGIN:VEVENT',
        '👩🏽‍🚀',
        'مر',
        '\t',
        '<b>',
        '{key}',
      ),
    },
  ),
});
const hostileItem = fc.record({
  name: hostile,
  text: hostile.map((text) => sanitize(text).trim()),
  priority: fc.constantFrom<Priority>('urgent', 'high', 'medium', 'low', 'none'),
  stateId: fc.constantFrom('todo', 'doing', 'done', 'gone'),
  labelIds: fc.subarray(['l0', 'l1', 'l2', 'gone']),
  assigneeIds: fc.subarray(['m0', 'm1', 'gone']),
  targetDate: fc.constantFrom('2026-03-04', '1000-01-01', '9999-12-31', '2028-02-29'),
});

describe('whatever is typed in Plane', () => {
  test('the linter is clean, and ical.js reads exactly the cleaned text', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(hostileItem, { maxLength: 4 }),
        fc.record({ name: hostile, identifier: hostile.filter((text) => text !== '') }),
        // ical.js takes the comma behind an escaped backslash for an escaped comma, so no name here ends with one.
        fc.array(
          hostile.filter((text) => !oneLine(text).endsWith('\\')),
          { minLength: 5, maxLength: 5 },
        ),
        async (fields, projectFields, names) => {
          const items = fields.map((one, index) => aWorkItem({ ...one, id: uuid(index), number: index }));
          const labels = names.slice(0, 3).map((name, index) => ({ id: `l${index}`, name }));
          const members = names.slice(3).map((displayName, index) => ({ id: `m${index}`, displayName }));
          const project = aProject(projectFields);
          const { identity } = await render(aSnapshot({ project, items, labels, members }), { done: 'keep' });
          expect(lint(identity)).toEqual([]);

          const calendar = ICAL.Component.fromString(identity.toString());
          // ical.js does not unescape NAME, which it does not know; DESCRIPTION repeats it.
          const name = oneLine(project.name) || oneLine(project.identifier) || 'Plane';
          expect(String(calendar.getFirstPropertyValue('description'))).toContain(`Work items of ${name} (`);
          const read = calendar.getAllSubcomponents('vevent');
          for (const item of items) {
            const event = read.find((one) => String(one.getFirstPropertyValue('uid')).includes(item.id))!;
            const mark = item.stateId === 'done' ? '✓ ' : '';
            expect(event.getFirstPropertyValue('summary')).toBe(
              `${mark}${oneLine(`[${project.identifier}-${item.number}] ${item.name}`)}`,
            );
            expect(String(event.getFirstPropertyValue('description'))).toContain(item.text);
            const expected = new Set(
              labels
                .filter(({ id }) => item.labelIds.includes(id))
                .map(({ name }) => oneLine(name))
                .filter((name) => name !== ''),
            );
            expect(event.getFirstProperty('categories')?.getValues() ?? []).toEqual([...expected].sort());
          }
        },
      ),
      runs(75),
    );
  });
});

test('shuffled input gives identical bytes', async () => {
  const labels = ['b', 'a', 'c'].map((name) => ({ id: name, name }));
  const items = Array.from({ length: 40 }, (_, index): WorkItem =>
    aWorkItem({
      id: uuid(index),
      number: index,
      targetDate: `2026-03-${String((index % 5) + 1).padStart(2, '0')}`,
      labelIds: ['c', 'a', 'b'],
    }),
  );
  const { etag } = await render(aSnapshot({ items, labels }));
  await fc.assert(
    fc.asyncProperty(
      fc.shuffledSubarray(items, { minLength: 40 }),
      fc.shuffledSubarray(['a', 'b', 'c'], { minLength: 3 }),
      async (order, labelIds) => {
        const shuffled = order.map((item) => ({ ...item, labelIds }));
        expect((await render(aSnapshot({ items: shuffled, labels: [...labels].reverse() }))).etag).toBe(etag);
      },
    ),
    runs(15),
  );
});
