import { expect, test } from '@jest/globals';
import {
  createObjectWriter,
  defaultMirrorId,
  isOwnName,
  MIRROR_ID,
  originOf,
} from '../../../src/mirrors/sync/object.ts';
import { emptyCalendarNote } from '../../../src/views/view.ts';
import { aCycle, aModule, aSnapshot, NOON, PROJECT_ID, uuid } from '../../support/make.ts';
import { aFeed, componentsOf } from '../../support/render.ts';
import { anItem, MIRROR, nameOf, objectsOf } from '../support/fixture.ts';

test('an object is one component with its marks, and the stamps of its revision', () => {
  const [object] = objectsOf([anItem(1, { labelIds: [] })], { detail: 'brief' }).values();
  expect(object!.text.split('\r\n')).toEqual([
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//plane-ics//plane-ics//EN',
    'BEGIN:VEVENT',
    `UID:plane-${MIRROR}-${uuid(1)}`,
    `X-PLANE-MIRROR:${MIRROR}`,
    `X-PLANE-PROJECT:${PROJECT_ID}`,
    `X-PLANE-ID:${uuid(1)}`,
    `X-PLANE-FP:${object!.fp}`,
    'DTSTAMP:20261120T120000Z',
    'LAST-MODIFIED:20261120T120000Z',
    expect.stringMatching(/^SEQUENCE:\d+$/),
    ...object!.text.split('\r\n').slice(12, -3),
    'END:VEVENT',
    'END:VCALENDAR',
    '',
  ]);
  expect(object!.text).not.toMatch(/METHOD|ATTENDEE|ORGANIZER/);
  expect(object).toMatchObject({ name: nameOf(1), planeId: uuid(1), title: '[WEB-1] Item 1' });
  expect(object!.fp).toMatch(/^[A-Za-z0-9_-]{22}$/);
});

test('no line is longer than 75 octets, and every one ends in CRLF', () => {
  const objects = objectsOf([anItem(1, { name: 'ü'.repeat(300), text: '🚲'.repeat(400) })], { alarm: ['-PT1H'] });
  for (const { text } of objects.values()) {
    expect(text.split('\r\n').filter((line) => Buffer.byteLength(line) > 75)).toEqual([]);
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
  }
});

test('start events, cycles and modules have names of their own', () => {
  const both = objectsOf([anItem(1, { startDate: '2026-03-01' })], { mode: 'both' });
  expect([...both.keys()].sort()).toEqual([nameOf(1).replace('.ics', '-start.ics'), nameOf(1)]);
  const write = createObjectWriter(MIRROR, () => 0);
  const snapshot = aSnapshot({ cycles: [aCycle({ id: uuid(7) })], modules: [aModule({ id: uuid(8) })] });
  const names = componentsOf(snapshot, { options: { show: ['cycles', 'modules'] } }).map(
    (one) => write(one, PROJECT_ID)?.name,
  );
  expect(names).toEqual([`plane-${MIRROR}-c-${uuid(7)}.ics`, `plane-${MIRROR}-m-${uuid(8)}.ics`]);
  expect(names.map((name) => originOf(name!))).toEqual([
    { kind: 'cycle', planeId: uuid(7) },
    { kind: 'module', planeId: uuid(8) },
  ]);
  expect([...both.keys()].map((name) => originOf(name))).toEqual([
    { kind: 'item', planeId: uuid(1) },
    { kind: 'item', planeId: uuid(1) },
  ]);
});

test('a to-do is related to its parent in the mirror', () => {
  const objects = objectsOf([anItem(1), anItem(2, { parentId: uuid(1) })], { as: 'todo' });
  expect(objects.get(nameOf(2))!.text.replaceAll('\r\n ', '')).toContain(
    `\r\nRELATED-TO:plane-${MIRROR}-${uuid(1)}\r\n`,
  );
});

test('the note of an empty feed is not mirrored', () => {
  expect(createObjectWriter(MIRROR, () => 0)(emptyCalendarNote(aFeed(), 'Website', NOON, []), PROJECT_ID)).toBeNull();
});

test('only names of this mirror are its own', () => {
  expect(isOwnName(nameOf(1), MIRROR)).toBe(true);
  for (const name of [
    nameOf(1, 'abcd'),
    nameOf(1).toUpperCase(),
    `${nameOf(1)}/`,
    `plane-${MIRROR}-../x.ics`,
    '',
    '.ics',
  ])
    expect(isOwnName(name, MIRROR)).toBe(false);
  expect(originOf('plane-abcd-x.ics')).toBeNull();
});

test('a mirror is called after workspace and scope when nobody chose', () => {
  expect(defaultMirrorId('acme', 'all')).toMatch(MIRROR_ID);
  expect(defaultMirrorId('acme', 'all')).not.toBe(defaultMirrorId('acme', 'person:x'));
});
