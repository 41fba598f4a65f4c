import { expect, test } from '@jest/globals';
import type { CalendarState } from '../../../../src/sources/calendars/state/calendar-state.ts';
import { createCalendarStore, NO_MARKS } from '../../../../src/sources/calendars/state/store.ts';
import { aMemoryStore } from '../../../support/memory-store.ts';

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
});
