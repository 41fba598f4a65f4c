import { expect, test } from '@jest/globals';
import { parseCalendarFile } from '../../../../src/icalendar/foreign/parse.ts';
import { runToEnd } from '../../../../src/lib/cooperative.ts';
import type { CalendarState } from '../../../../src/sources/calendars/state/calendar-state.ts';
import {
  createCalendarStore,
  GROUP,
  NO_MARKS,
  type StoredGroup,
} from '../../../../src/sources/calendars/state/store.ts';
import { aMemoryStore } from '../../../support/memory-store.ts';
import { anEvent, ics } from '../fixture.ts';

/** A calendar with events that have these UIDs. */
function aState(...uids: string[]): CalendarState {
  const stamps = { sequence: 0, lastModified: '', dtstamp: '' };
  const group = (uid: string) => ({ uid, components: [], stamps, tzids: [] });
  return {
    groups: new Map(uids.map((uid) => [uid, group(uid)])),
    zones: new Map(),
    revisions: new Map(),
    about: { name: null, color: null, timezone: null } as CalendarState['about'],
  };
}

test('an event whose removal could not be stored is removed with the next write', async () => {
  const [kept, cache] = [aMemoryStore(), aMemoryStore()];
  const store = createCalendarStore('a', kept, cache);
  const marks = NO_MARKS;
  const [before, after] = [aState('1', '2'), aState('1')];
  await store.save({ state: before, marks }, null, []);
  cache.isFull = true;
  await expect(store.save({ state: after, marks }, before, [])).rejects.toThrow('no space left');
  cache.isFull = false;
  // Nobody knows what is stored.
  await store.save({ state: after, marks }, null, []);
  const { calendar } = await store.load();
  expect([...calendar!.state.groups.keys()]).toEqual(['1']);
  expect(calendar!.marks).toMatchObject({ changedAt: -Infinity });
});

test('an event that was stored without its days has them again', async () => {
  const [kept, cache] = [aMemoryStore(), aMemoryStore()];
  const store = createCalendarStore('a', kept, cache);
  const bytes = Buffer.from(ics(anEvent('one', ['RRULE:FREQ=DAILY', 'LOCATION:Here'])));
  const { groups } = runToEnd(parseCalendarFile(bytes, { charset: null, timezone: null }));
  const state = { ...aState(), groups };
  await store.save({ state, marks: NO_MARKS }, null, []);
  expect((await store.load()).calendar?.state.groups).toEqual(groups);
  for (const [id, value] of await cache.list(GROUP)) {
    const { components, ...group } = value as StoredGroup;
    const earlier = components.map(({ days: _days, ...component }) => component);
    await cache.write([{ kind: GROUP, id, value: { ...group, components: earlier } }]);
  }
  expect((await store.load()).calendar?.state.groups).toEqual(groups);
});
