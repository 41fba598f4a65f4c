import { expect, test } from '@jest/globals';
import type { Zone } from '../../../src/domain/calendar.ts';
import type { Scope } from '../../../src/domain/feed.ts';
import type { CalendarContent, ProjectContent, Renames } from '../../../src/domain/ports.ts';
import { createMerge } from '../../../src/feeds/calendars/merge.ts';
import { aSnapshot } from '../../support/make.ts';
import { aMemoryStore } from '../../support/memory-store.ts';
import { aContent } from '../../support/render.ts';

const YEARS = { from: 2025, to: 2027 };

const fixed = (tzid: string, offset: string): Zone => ({
  tzid,
  text: [
    'BEGIN:VTIMEZONE',
    `TZID:${tzid}`,
    'BEGIN:STANDARD',
    'DTSTART:19700101T000000',
    `TZOFFSETFROM:${offset}`,
    `TZOFFSETTO:${offset}`,
    'END:STANDARD',
    'END:VTIMEZONE',
    '',
  ].join('\r\n'),
});

interface Fake extends ProjectContent {
  readonly renames: Renames | null;
}

/** A calendar with these UIDs and zones, which remembers how it was renamed. */
function aCalendar(id: string, uids: readonly string[], zones: readonly Zone[] = []): Fake {
  const plain = aContent(aSnapshot());
  const make = (renames: Renames | null): Fake => ({
    ...plain,
    info: { ...plain.info, id, identifier: id },
    renames,
    calendar: content,
  });
  const content: CalendarContent = {
    uids: new Set(uids),
    zones: new Map(zones.map((zone) => [zone.tzid, zone])),
    years: YEARS,
    renamed: (renames) => Promise.resolve(make(renames)),
  };
  return make(null);
}

const scopeOf = (...calendarIds: string[]): Scope => ({ kind: 'projects', projectIds: [], calendarIds });
const renamesOf = (content: ProjectContent | undefined) => (content as Fake).renames;

test('what collides with nothing is as it was', async () => {
  const merge = createMerge(aMemoryStore());
  const contents = [aCalendar('cal-a', ['1']), aCalendar('cal-b', ['2'])];
  const { contents: merged } = await merge('link', scopeOf('cal-a', 'cal-b'), contents);
  expect(merged[0]).toBe(contents[0]);
  expect(merged[1]).toBe(contents[1]);
});

test('of two calendars with one UID, the one that came later is renamed, whatever the order by name', async () => {
  const merge = createMerge(aMemoryStore());
  const [a, b] = [aCalendar('cal-a', ['1', '2']), aCalendar('cal-b', ['2', '3'])];
  const { contents } = await merge('link', scopeOf('cal-b', 'cal-a'), [a, b]);
  expect(contents[1]).toBe(b);
  expect([...(renamesOf(contents[0])?.uids.keys() ?? [])]).toEqual(['2']);
  expect(renamesOf(contents[0])?.uids.get('2')).toMatch(/^[0-9a-f]{32}@plane-ics$/);
});

test('a UID that was renamed once stays so, after a restart and when the other one is gone', async () => {
  const store = aMemoryStore();
  const scope = scopeOf('cal-a', 'cal-b');
  const first = await createMerge(store)('link', scope, [aCalendar('cal-a', ['1']), aCalendar('cal-b', ['1'])]);
  await first.saved;
  const renamed = renamesOf(first.contents[1])?.uids.get('1');
  expect(renamed).toBeDefined();
  const later = await createMerge(store)('link', scope, [aCalendar('cal-a', []), aCalendar('cal-b', ['1'])]);
  expect(renamesOf(later.contents[1])?.uids.get('1')).toBe(renamed);
  const other = await createMerge(store)('another link', scope, [aCalendar('cal-a', []), aCalendar('cal-b', ['1'])]);
  expect(renamesOf(other.contents[1])).toBeNull();
});

test('what is renamed by two requests at once stays so, of both', async () => {
  const store = aMemoryStore();
  const merge = createMerge(store);
  const scope = scopeOf('cal-a', 'cal-b');
  const both = (uid: string): Fake[] => [aCalendar('cal-a', [uid]), aCalendar('cal-b', [uid])];
  await Promise.all(['1', '2'].map((uid) => merge('link', scope, both(uid))));
  const later = await createMerge(store)('link', scope, [aCalendar('cal-b', ['1', '2'])]);
  expect([...renamesOf(later.contents[0])!.uids.keys()].sort()).toEqual(['1', '2']);
});

test('ten thousand UIDs that collide are renamed without a pause', async () => {
  const uids = Array.from({ length: 10_000 }, (_, index) => `u${index}`);
  const contents = [aCalendar('cal-a', uids), aCalendar('cal-b', uids)];
  let turns = 0;
  let isOver = false;
  const count = (): void => {
    turns++;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  const { contents: merged } = await createMerge(aMemoryStore())('link', scopeOf('cal-a', 'cal-b'), contents);
  isOver = true;
  expect(turns).toBeGreaterThan(1);
  expect(renamesOf(merged[1])?.uids.size).toBe(10_000);
});

test('beside Plane, a UID of ours is renamed, and elsewhere it stays', async () => {
  const uid = 'plane-issue-6f9c1c2e-1111-4222-8333-444455556666@plane-ics';
  const calendar = aCalendar('cal-a', [uid]);
  const merge = createMerge(aMemoryStore());
  const alone = await merge('alone', scopeOf('cal-a'), [calendar]);
  expect(alone.contents[0]).toBe(calendar);
  const plane = aContent(aSnapshot());
  const scope: Scope = { kind: 'all', calendarIds: ['cal-a'] };
  const beside = await merge('beside', scope, [plane, calendar]);
  expect(beside.contents[0]).toBe(plane);
  expect(renamesOf(beside.contents[1])?.uids.has(uid)).toBe(true);
});

test('a zone of the same name is renamed only where its offsets differ', async () => {
  const merge = createMerge(aMemoryStore());
  const commented = { ...fixed('Office', '+0100') };
  const equal = {
    ...commented,
    text: commented.text.replace('TZID:Office', 'TZID:Office\r\nX-LIC-LOCATION:Europe/Paris'),
  };
  const contents = [
    aCalendar('cal-a', [], [commented]),
    aCalendar('cal-b', [], [equal]),
    aCalendar('cal-c', [], [fixed('Office', '-0500')]),
  ];
  const { contents: merged } = await merge('link', scopeOf('cal-a', 'cal-b', 'cal-c'), contents);
  expect(merged[1]).toBe(contents[1]);
  expect([...(renamesOf(merged[2])?.zones ?? [])]).toEqual([['Office', 'Office cal-c']]);
});

test('the same contents give the same result, so that nothing is rendered again', async () => {
  const merge = createMerge(aMemoryStore());
  const contents = [aCalendar('cal-a', ['1']), aCalendar('cal-b', ['1'])];
  const [first, second] = [
    await merge('link', scopeOf('cal-a', 'cal-b'), contents),
    await merge('link', scopeOf('cal-a', 'cal-b'), [...contents]),
  ];
  expect(second.contents[1]).toBe(first.contents[1]);
});
