import { expect, test } from '@jest/globals';
import type { ForeignComponent } from '../../../src/domain/calendar.ts';
import type { View } from '../../../src/domain/feed.ts';
import type { ProjectStatus, Source } from '../../../src/domain/ports.ts';
import { createRevisions } from '../../../src/feeds/revisions.ts';
import { createDesiredReader, type DesiredOptions } from '../../../src/mirrors/sync/desired.ts';
import { foreignId, foreignUid } from '../../../src/mirrors/sync/foreign/object.ts';
import { aMemoryStore } from '../../support/memory-store.ts';
import { NOON } from '../../support/make.ts';
import { aFeed } from '../../support/render.ts';
import { aCalendarContent, aCalendarInfo, aCalendarStatus } from '../support/calendars.ts';
import { MIRROR } from '../support/fixture.ts';
import { aForeign, aMeeting, CALENDAR_ID } from '../support/foreign.ts';

/** What a mirror of foreign calendars should contain, and which doubts keep it from deleting. */

const OTHER_ID = 'cal-0123456789';
const GONE_ID = 'cal-9999999999';
const nameOf = (uid: string, id = CALENDAR_ID): string => `${foreignUid(MIRROR, id, uid)}.ics`;
const meetings = (...uids: string[]): ForeignComponent[] => uids.map((uid) => aMeeting({ uid, summary: uid }));

function aReader(options: Partial<DesiredOptions> & { shows?: (one: ForeignComponent, view: View) => boolean } = {}) {
  const infos = [aCalendarInfo(CALENDAR_ID), aCalendarInfo(OTHER_ID, 'On call')];
  const statuses = new Map<string, ProjectStatus>();
  const set = (id: string, components: readonly ForeignComponent[] | null, fields: Partial<ProjectStatus> = {}) => {
    const info = infos.find((one) => one.id === id)!;
    const content = components && aCalendarContent(info, components, options.shows);
    statuses.set(id, aCalendarStatus(content, fields));
  };
  set(CALENDAR_ID, meetings('a', 'b'));
  set(OTHER_ID, meetings('a'));
  const scope = { kind: 'projects' as const, projectIds: [], calendarIds: [CALENDAR_ID, OTHER_ID] };
  const read = createDesiredReader({
    mirrorId: MIRROR,
    view: { ...aFeed(), scope },
    loader: {
      load: () =>
        Promise.resolve({
          projects: [...statuses.values()].flatMap(({ content, removed }) => (content && !removed ? [content] : [])),
          unread: [],
          missingParts: [],
          missingNames: [],
          error: null,
          isLoading: false,
          removedAt: null,
          staleSeconds: null,
          saved: () => Promise.resolve(),
          isLatest: () => Promise.resolve(true),
        }),
      atHand: () => null,
    },
    source: { status: (id: string) => statuses.get(id)!, projects: () => Promise.resolve([]) } as unknown as Source,
    calendars: { all: () => infos },
    revisions: createRevisions(aMemoryStore(), () => NOON),
    now: () => NOON,
    ...options,
  });
  return { read, set, infos };
}

test('each UID of each calendar is one object, all or only those that changed', async () => {
  const { read } = aReader();
  const { objects, total, doubt } = await read();
  expect([...objects.keys()]).toEqual([nameOf('a'), nameOf('b'), nameOf('a', OTHER_ID)]);
  expect([total, doubt]).toEqual([3, null]);
  const changed = await read(new Set([foreignId(CALENDAR_ID, 'b'), foreignId(CALENDAR_ID, 'removed')]));
  expect([...changed.objects.keys()]).toEqual([nameOf('b')]);
  expect(changed.lists(nameOf('a'), CALENDAR_ID)).toBe(true);
  expect(changed.lists(nameOf('removed'), CALENDAR_ID)).toBe(false);
});

test('calendars may show less than the rest, and what is not shown is still listed', async () => {
  const calendarView = { ...aFeed(), name: 'from today on' };
  const { read } = aReader({ calendarView, shows: ({ uid }, { name }) => uid === 'a' || name !== 'from today on' });
  const { objects, lists } = await read();
  expect([...objects.keys()]).toEqual([nameOf('a'), nameOf('a', OTHER_ID)]);
  expect(lists(nameOf('b'), CALENDAR_ID)).toBe(true);
});

test('what can not be written is named, and is no reason to delete what was written of it', async () => {
  const { read, set } = aReader();
  set(CALENDAR_ID, [aForeign(['BEGIN:VEVENT', 'SUMMARY:Lunch', 'END:VEVENT'], { uid: 'a', summary: 'Lunch' })]);
  const { objects, unwritable } = await read();
  expect(objects.has(nameOf('a'))).toBe(false);
  expect([...unwritable!]).toEqual([[nameOf('a'), 'Lunch']]);
});

test.each([
  ['was read', {}, ['a'], null],
  [
    'is stale',
    { freshUntil: 0 },
    ['a'],
    { reason: 'The calendar "Holidays" could not be read just now.', canForce: false },
  ],
  [
    'fails',
    { error: new Error() },
    ['a'],
    { reason: 'The calendar "Holidays" could not be read just now.', canForce: false },
  ],
  ['is empty', {}, [], { reason: 'The calendar "Holidays" is empty.', canForce: true }],
  ['was never read', {}, null, { reason: 'The calendar "Holidays" has not been loaded yet.', canForce: false }],
  ['was removed', { removed: { reason: 'deleted', since: NOON } as const }, ['a'], null],
])(
  'of a calendar that %s, nothing is deleted in doubt; the others are judged by themselves',
  async (_, fields, uids, doubt) => {
    const { read, set } = aReader();
    set(CALENDAR_ID, uids && meetings(...uids), fields);
    const { doubtOf, lists } = await read();
    expect(doubtOf(nameOf('z'), CALENDAR_ID)).toEqual(doubt);
    // An object that doesn't say where it comes from may come from anywhere.
    expect(doubtOf(nameOf('z'), null)).toEqual(doubt);
    expect([doubtOf(nameOf('z'), OTHER_ID), lists(nameOf('z'), CALENDAR_ID)]).toEqual([null, false]);
  },
);

test('a calendar that was removed here is a matter of the deletion guard, one that left the definition is not', async () => {
  const { read, infos } = aReader();
  infos.push(aCalendarInfo(GONE_ID, 'Elsewhere'));
  const left = await read();
  expect([left.lists(nameOf('z', GONE_ID), GONE_ID), left.doubtOf(nameOf('z', GONE_ID), GONE_ID)]).toEqual([
    true,
    null,
  ]);
  infos.pop();
  const { lists, doubtOf } = await read();
  expect([lists(nameOf('z', GONE_ID), GONE_ID), doubtOf(nameOf('z', GONE_ID), GONE_ID)]).toEqual([false, null]);
});
