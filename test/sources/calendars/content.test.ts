import { expect, test } from '@jest/globals';
import { parseCalendarFile } from '../../../src/icalendar/foreign/parse.ts';
import type { ForeignGroup } from '../../../src/icalendar/foreign/types.ts';
import { runToEnd } from '../../../src/lib/cooperative.ts';
import { contentOf, type ContentSettings } from '../../../src/sources/calendars/content.ts';
import { aboutOf, type CalendarState } from '../../../src/sources/calendars/state/calendar-state.ts';
import { anEvent, ics } from './fixture.ts';

const SETTINGS: ContentSettings = {
  info: { id: 'cal-a', identifier: 'A', name: 'A', color: null, timezone: 'UTC', createdAt: 0, archived: false },
  color: null,
  keepAttendees: false,
};

function aState(...events: readonly (readonly string[])[]): CalendarState {
  const bytes = Buffer.from(ics(events.flat()));
  const file = runToEnd(parseCalendarFile(bytes, { charset: null, timezone: null }));
  const { groups, zones } = file;
  return { groups, zones, revisions: new Map(), about: aboutOf(file, [], { from: 2026, to: 2026 }) };
}

const [A, B] = [anEvent('a', ['SUMMARY:Lunch']), anEvent('b', ['SUMMARY:Dinner'])];
const STATE = aState(A, B);
const digestOf = (state: CalendarState, settings = SETTINGS): Promise<string> => contentOf(state, settings).digest();

test('what was read again has the same digest, in any order', async () => {
  expect(await digestOf(aState(A, B))).toBe(await digestOf(STATE));
  const restored = JSON.parse(JSON.stringify([...STATE.groups].reverse())) as [string, ForeignGroup][];
  expect(await digestOf({ ...STATE, groups: new Map(restored) })).toBe(await digestOf(STATE));
});

test('whatever shapes a component gives another digest', async () => {
  const digests = await Promise.all([
    digestOf(STATE),
    digestOf(aState(A)),
    digestOf(aState(A, anEvent('b', ['SUMMARY:Dinners']))),
    digestOf({ ...STATE, revisions: new Map([['a', 1]]) }),
    digestOf({ ...STATE, zones: new Map([['Here', { tzid: 'Here', text: 'BEGIN:VTIMEZONE\r\nEND:VTIMEZONE\r\n' }]]) }),
    digestOf(STATE, { ...SETTINGS, keepAttendees: true }),
    digestOf(STATE, { ...SETTINGS, color: '#ff0000' }),
    digestOf(STATE, { ...SETTINGS, info: { ...SETTINGS.info, name: 'B' } }),
    contentOf(STATE, SETTINGS).forGuest('m').digest(),
  ]);
  expect(new Set(digests).size).toBe(digests.length);
});
