import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { entryKey } from '../../../src/timesheet/identity.ts';
import type { Timesheet } from '../../../src/timesheet/timesheet.ts';
import type { HoursCalendar } from '../../../src/views/calendar/hours.ts';
import { aCalendar, aTimesheet, event, ics, NOVEMBER } from '../fixture.ts';
import { runs } from '../../support/runs.ts';

/** Whatever happens to calendars, nothing is exported twice, and nothing is lost. */

interface Event {
  readonly day: number;
  readonly minutes: number;
  readonly title: string;
  readonly lines: readonly string[];
}

const TITLES = ['Website', 'Operations', 'WEB-12', 'WEB-12 and WEB-13', 'Lunch', 'OPS-7 Website'];
const LINES = [
  [],
  [],
  [],
  ['STATUS:CANCELLED'],
  ['TRANSP:TRANSPARENT'],
  ['CLASS:PRIVATE'],
  ['RRULE:FREQ=DAILY;COUNT=3'],
  ['RRULE:FREQ=WEEKLY;COUNT=3', 'EXDATE:20261109T090000Z'],
];
const anEvent: fc.Arbitrary<Event> = fc.record({
  day: fc.integer({ min: 1, max: 30 }),
  minutes: fc.integer({ min: 0, max: 300 }),
  title: fc.constantFrom(...TITLES),
  lines: fc.constantFrom(...LINES),
});

const UIDS = ['a', 'b', 'c', 'd'];
const SOURCES = ['cal-1', 'cal-2', 'cal-3'];
const ROUNDS = ['off', 'up', 'nearest'] as const;

type Step =
  | { readonly kind: 'set'; readonly source: string; readonly uid: string; readonly event: Event }
  | { readonly kind: 'delete'; readonly source: string; readonly uid: string }
  | { readonly kind: 'remove' | 'empty'; readonly source: string }
  | { readonly kind: 'correct' | 'settle'; readonly pick: number }
  | { readonly kind: 'export'; readonly round: (typeof ROUNDS)[number]; readonly include: boolean }
  | { readonly kind: 'unexport'; readonly pick: number };

const source = fc.constantFrom(...SOURCES);
const uid = fc.constantFrom(...UIDS);
const pick = fc.nat();
const aStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('set' as const), source, uid, event: anEvent }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete' as const), source, uid }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('remove' as const, 'empty' as const), source }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('correct' as const, 'settle' as const), pick }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('export' as const),
      round: fc.constantFrom(...ROUNDS),
      include: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('unexport' as const), pick }) },
);

type Calendars = Map<string, Map<string, Event>>;

function toCalendars(calendars: Calendars): HoursCalendar[] {
  return [...calendars].map(([id, events]) => {
    const texts = [...events].map(([uidOf, { day, minutes, title, lines }]) =>
      event(
        uidOf,
        `DTSTART:202611${String(day).padStart(2, '0')}T090000Z`,
        `DURATION:PT${minutes}M`,
        `SUMMARY:${title}`,
        ...lines,
      ),
    );
    // The first and the second are of one person, so that events are there twice.
    return aCalendar(ics(...texts), { id, name: id, settings: { memberId: id === 'cal-3' ? 'ben' : 'anna' } });
  });
}

async function act(step: Step, calendars: Calendars, timesheet: Timesheet): Promise<void> {
  switch (step.kind) {
    case 'set': {
      const events = calendars.get(step.source) ?? new Map<string, Event>();
      calendars.set(step.source, events.set(step.uid, step.event));
      return;
    }
    case 'delete':
      calendars.get(step.source)?.delete(step.uid);
      return;
    case 'remove':
      calendars.delete(step.source);
      return;
    case 'empty':
      calendars.get(step.source)?.clear();
      return;
    case 'correct': {
      const { entries } = await timesheet.read(NOVEMBER);
      const entry = entries[step.pick % Math.max(1, entries.length)];
      const match = step.pick % 2 === 0 ? { project: 'OPS' } : ({ ignore: true } as const);
      const { source: of, uid: uidOf, instance } = entry ?? { source: '', uid: '', instance: null };
      if (entry) await timesheet.correct({ source: of, uid: uidOf, instance, match, viewer: null });
      return;
    }
    case 'settle': {
      const { entries, gone } = await timesheet.read(NOVEMBER);
      const all = [...entries.filter(({ state }) => state === 'changed'), ...gone];
      const one = all[step.pick % Math.max(1, all.length)];
      if (one) await timesheet.settle({ source: one.source, uid: one.uid, instance: one.instance });
      return;
    }
    case 'export':
      await timesheet.createExport({
        ...NOVEMBER,
        round: step.round,
        unmatched: step.include ? 'include' : 'leave_out',
      });
      return;
    case 'unexport': {
      const all = await timesheet.exports();
      const one = all[step.pick % Math.max(1, all.length)];
      if (one) await timesheet.removeExport(one.id);
    }
  }
}

async function checkExports(timesheet: Timesheet): Promise<void> {
  const infos = await timesheet.exports();
  const all = await Promise.all(infos.map(({ id }) => timesheet.readExport(id)));
  const rows = all.flatMap((one) => one.rows);
  expect(new Set(rows.map(entryKey)).size).toBe(rows.length);
  // Nor under another calendar of the same person.
  const ofPeople = rows.map(({ member, uid: uidOf, instance }) => JSON.stringify([member.id, uidOf, instance]));
  expect(new Set(ofPeople).size).toBe(rows.length);
  for (const one of all) {
    expect(one.rows).toHaveLength(one.entries);
    expect(one.rows.reduce((sum, { minutes }) => sum + minutes, 0)).toBe(one.minutes);
    expect(one.rows.every(({ minutes }) => Number.isInteger(minutes) && minutes >= 0)).toBe(true);
  }
}

async function checkSheet(timesheet: Timesheet, round: (typeof ROUNDS)[number]): Promise<void> {
  const { entries, ignored, totals } = await timesheet.read({ ...NOVEMBER, round });
  const sum = (all: readonly { minutes: number; roundedMinutes: number }[]): number[] => [
    all.reduce((total, { minutes }) => total + minutes, 0),
    all.reduce((total, { roundedMinutes }) => total + roundedMinutes, 0),
  ];
  expect(sum(totals)).toEqual(sum(entries));
  if (round !== 'off') expect(totals.every(({ roundedMinutes }) => roundedMinutes % 15 === 0)).toBe(true);
  expect(new Set([...entries, ...ignored].map(entryKey)).size).toBe(entries.length + ignored.length);
}

/** How many instances of an event start in November. */
function countInstances({ day, lines }: Event): number {
  const [rule] = lines;
  if (!rule?.startsWith('RRULE')) return 1;
  const step = rule.includes('DAILY') ? 1 : 7;
  const days = [day, day + step, day + 2 * step];
  return days.filter((one) => one <= 30 && !(lines.length > 1 && one === 9)).length;
}

test('after any sequence of changes, exports and removals each entry is in at most one CSV, and all are accounted for', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(aStep, { minLength: 5, maxLength: 30 }),
      fc.constantFrom(...ROUNDS),
      async (steps, round) => {
        const fixture = aTimesheet();
        const calendars: Calendars = new Map();
        for (const step of steps) {
          await act(step, calendars, fixture.timesheet);
          fixture.calendars = toCalendars(calendars);
          if (step.kind === 'export' || step.kind === 'settle') await checkExports(fixture.timesheet);
        }
        await checkExports(fixture.timesheet);
        await checkSheet(fixture.timesheet, round);
        const { entries, ignored } = await fixture.timesheet.read(NOVEMBER);
        const events = [...calendars.values()].flatMap((one) => [...one.values()]);
        expect(entries.length + ignored.length).toBe(events.reduce((sum, one) => sum + countInstances(one), 0));
      },
    ),
    runs(15),
  );
});

test('an export leaves nothing new that is matched, and settling leaves nothing changed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(aStep, { minLength: 5, maxLength: 20 }), async (steps) => {
      const fixture = aTimesheet();
      const calendars: Calendars = new Map();
      for (const step of steps) {
        await act(step, calendars, fixture.timesheet);
        fixture.calendars = toCalendars(calendars);
      }
      const { timesheet } = fixture;
      await timesheet.createExport({ ...NOVEMBER, unmatched: 'include' });
      const { entries, gone } = await timesheet.read(NOVEMBER);
      expect(entries.filter(({ state }) => state === 'new')).toEqual([]);
      for (const { source: of, uid: uidOf, instance } of [
        ...entries.filter(({ state }) => state === 'changed'),
        ...gone,
      ])
        await timesheet.settle({ source: of, uid: uidOf, instance });
      const after = await timesheet.read(NOVEMBER);
      expect(after.entries.filter(({ state }) => state !== 'exported')).toEqual([]);
      expect(after.gone).toEqual([]);
    }),
    runs(10),
  );
});
