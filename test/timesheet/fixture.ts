import type { Access } from '../../src/domain/feed.ts';
import type { Member, Snapshot } from '../../src/domain/plane.ts';
import type { ProjectStatus, Source } from '../../src/domain/ports.ts';
import type { TimesheetSettings } from '../../src/domain/timesheet.ts';
import { parseCalendarFile } from '../../src/icalendar/foreign/parse.ts';
import { runToEnd } from '../../src/lib/cooperative.ts';
import { createTimesheet } from '../../src/timesheet/create-timesheet.ts';
import type { Timesheet } from '../../src/timesheet/timesheet.ts';
import type { HoursCalendar } from '../../src/views/calendar/hours.ts';
import { aProject, aSnapshot, aWorkItem, NOON, uuid } from '../support/make.ts';
import { aMemoryStore } from '../support/memory-store.ts';
import { aContent } from '../support/render.ts';

/** A timesheet over made-up calendars and projects. */

/** Where Plane is in these tests. */
export const PLANE = { webUrl: 'https://plane.example.com', workspace: 'acme' };

/** The id of the project with this number. */
export function projectId(number: number): string {
  return `10000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

/** A project with items of these numbers; the id of an item is `uuid(1000 * project + number)`. */
export function aPlaneProject(number: number, identifier: string, name: string, ...items: number[]): Snapshot {
  return aSnapshot({
    project: aProject({ id: projectId(number), identifier, name }),
    items: items.map((one) => aWorkItem({ id: uuid(1000 * number + one), number: one, name: `Item ${one}` })),
  });
}

/** Projects as Plane's. */
export interface FakePlane {
  readonly source: Source;
  snapshots: readonly Snapshot[];
  members: readonly Member[];
  /** Ids of projects that were never read, and can't be. */
  unread: Set<string>;
  /** Ids of projects that are no longer published. */
  removed: Map<string, NonNullable<ProjectStatus['removed']>>;
  readonly refreshed: string[];
}

/** WEB (Website), OPS (Operations) and WEB2 (Website Relaunch). */
export function aPlane(): FakePlane {
  const fake: FakePlane = {
    snapshots: [
      aPlaneProject(1, 'WEB', 'Website', 1, 2, 12, 13),
      aPlaneProject(2, 'OPS', 'Operations', 1, 7),
      aPlaneProject(3, 'WEB2', 'Website Relaunch', 1),
    ],
    members: [
      { id: 'anna', displayName: 'Anna' },
      { id: 'ben', displayName: 'Ben' },
    ],
    unread: new Set(),
    removed: new Map(),
    refreshed: [],
    source: {
      status: (id) => {
        const snapshot = fake.unread.has(id) ? undefined : fake.snapshots.find(({ project }) => project.id === id);
        return {
          content: snapshot ? aContent(snapshot) : null,
          checkedAt: 0,
          freshUntil: Infinity,
          error: fake.unread.has(id) ? new Error('down') : null,
          removed: fake.removed.get(id) ?? null,
          missing: { parts: false, names: false },
          store: () => Promise.resolve(),
        };
      },
      request: () => undefined,
      refresh: (id) => {
        fake.refreshed.push(id);
        return Promise.resolve();
      },
      paused: () => null,
      find: () => Promise.reject(new Error('nobody asks')),
      known: () => undefined,
      projects: () => Promise.resolve(fake.snapshots.map(({ project }) => project)),
      members: () => Promise.resolve(new Map(fake.members.map((one) => [one.id, one]))),
      memberByEmail: () => Promise.resolve(undefined),
    },
  };
  return fake;
}

/** Calendar text as a calendar with hours. */
export function aCalendar(
  text: string,
  fields: Partial<Omit<HoursCalendar, 'settings'>> & { readonly settings?: Partial<TimesheetSettings> } = {},
): HoursCalendar {
  const timezone = fields.timezone ?? 'UTC';
  const file = runToEnd(parseCalendarFile(Buffer.from(text), { charset: 'utf-8', timezone }));
  const { settings, ...others } = fields;
  return {
    id: 'cal-a',
    name: 'Anna',
    timezone,
    groups: file.groups,
    zones: file.zones,
    checkedAt: NOON,
    error: null,
    dropped: 0,
    ...others,
    settings: { memberId: 'anna', address: 'anna@example.com', projectId: null, private: 'ignore', ...settings },
  };
}

/** A calendar of these events. */
export function ics(...events: readonly string[]): string {
  return ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//example//EN', ...events, 'END:VCALENDAR', ''].join('\r\n');
}

/** An event on 2 November 2026 from 9 to 10 in UTC, unless lines say otherwise. */
export function event(uid: string, ...lines: readonly string[]): string {
  const has = (name: string): boolean => lines.some((line) => line.startsWith(name));
  return [
    'BEGIN:VEVENT',
    `UID:${uid}`,
    'DTSTAMP:20261101T000000Z',
    ...(has('DTSTART') ? [] : ['DTSTART:20261102T090000Z']),
    ...(has('DTEND') || has('DURATION') || has('DTSTART') ? [] : ['DTEND:20261102T100000Z']),
    ...lines,
    'END:VEVENT',
  ].join('\r\n');
}

/** A timesheet with its parts, changeable. */
export interface Fixture {
  readonly timesheet: Timesheet;
  readonly plane: FakePlane;
  readonly store: ReturnType<typeof aMemoryStore>;
  readonly time: { now: number };
  calendars: readonly HoursCalendar[];
}

/** A timesheet over these calendars. */
export function aTimesheet(...calendars: readonly HoursCalendar[]): Fixture {
  const plane = aPlane();
  const store = aMemoryStore();
  const time = { now: NOON };
  const fixture: Fixture = {
    plane,
    store,
    time,
    calendars,
    timesheet: createTimesheet({
      calendars: () => fixture.calendars,
      source: plane.source,
      plane: () => PLANE,
      store,
      clock: () => time.now,
      delay: () => Promise.resolve(),
    }),
  };
  return fixture;
}

/** November 2026, for the administrator. */
export const NOVEMBER = { from: '2026-11-01', to: '2026-11-30', viewer: null } as const;

/** What a member may see who is in these projects. */
export function accessOf(memberId: string, ...projects: readonly number[]): Access {
  return { memberId, projectIds: projects.map(projectId), guestProjectIds: [], since: 0 };
}
