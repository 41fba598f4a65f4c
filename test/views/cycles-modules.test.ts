import { describe, expect, test } from '@jest/globals';
import type { Scope } from '../../src/domain/feed.ts';
import type { Cycle, Module, Snapshot } from '../../src/domain/plane.ts';
import type { CycleRow } from '../../src/sources/plane/decode/cycles-modules.ts';
import { cycleOf } from '../support/decoded.ts';
import { aCycle, aModule, aProject, aSnapshot, aWorkItem, uuid } from '../support/make.ts';
import { recordedAnswer } from '../support/recorded.ts';
import { eventsOf } from '../support/render.ts';

const SHOW = { options: { show: ['cycles', 'modules'] } } as const;

const daysOf = (snapshot: Snapshot): string[] => eventsOf(snapshot, SHOW).map(({ start, end }) => `${start} ${end}`);
const cycleDays = (fields: Partial<Cycle>, timezone = 'UTC'): string[] =>
  daysOf(aSnapshot({ project: aProject({ timezone }), cycles: [aCycle(fields)] }));
const moduleDays = (fields: Partial<Module>): string[] => daysOf(aSnapshot({ modules: [aModule(fields)] }));

/** What Plane answered for a cycle of 1 to 14 December in New York. */
function recordedCycle(): CycleRow {
  const row = cycleOf(recordedAnswer('cycle-detail-timezone-new-york').response.body);
  if (!row) throw new Error('the recorded cycle could not be read');
  return row;
}

describe('the days of a cycle', () => {
  test('are those of the project’s time zone: as recorded, exactly 1 to 14 December in New York', () => {
    expect(cycleDays(recordedCycle(), 'America/New_York')).toEqual(['2026-12-01 2026-12-15']);
  });

  test.each([
    ['Pacific/Kiritimati', '2026-11-30T10:00:01Z', '2026-12-14T09:59:00Z'],
    ['Europe/Copenhagen', '2026-11-30T23:00:01Z', '2026-12-14T22:59:00Z'],
    ['UTC', '2026-12-01T00:00:01Z', '2026-12-14T23:59:00Z'],
    ['Nowhere/Known', '2026-12-01T00:00:01Z', '2026-12-14T23:59:00Z'],
  ])('are the same days in %s', (zone, starts, ends) => {
    expect(cycleDays({ starts: Date.parse(starts), ends: Date.parse(ends) }, zone)).toEqual(['2026-12-01 2026-12-15']);
  });

  test('begin on the day of saving, where Plane stored the time of saving', () => {
    const starts = Date.parse('2026-12-02T04:30:00Z');
    const ends = Date.parse('2026-12-15T04:59:00Z');
    expect(cycleDays({ starts, ends }, 'America/New_York')).toEqual(['2026-12-01 2026-12-15']);
  });

  test('are as stored where an old Plane stored days', () => {
    expect(cycleDays({ starts: '2026-12-01', ends: '2026-12-14' }, 'Pacific/Kiritimati')).toEqual([
      '2026-12-01 2026-12-15',
    ]);
  });

  test('are none for a draft', () => {
    expect(cycleDays({ starts: null, ends: null })).toEqual([]);
  });
});

describe('the days of a module', () => {
  test.each<[string, Partial<Module>, string[]]>([
    ['both dates', {}, ['2026-03-01 2026-04-01']],
    ['one day', { startDate: '2026-03-31' }, ['2026-03-31 2026-04-01']],
    ['start only', { targetDate: null }, ['2026-03-01 2026-03-02']],
    ['target only', { startDate: null }, ['2026-03-31 2026-04-01']],
    ['reversed: the target', { startDate: '2026-04-02' }, ['2026-03-31 2026-04-01']],
    ['neither', { startDate: null, targetDate: null }, []],
    ['the last day there is', { startDate: '9999-12-31', targetDate: '9999-12-31' }, ['9999-12-31 9999-12-31']],
  ])('%s', (_dates, fields, expected) => {
    expect(moduleDays(fields)).toEqual(expected);
  });
});

describe('a bar', () => {
  const said = (cycle: Partial<Cycle>): string => {
    const [event] = eventsOf(aSnapshot({ cycles: [aCycle(cycle)] }), SHOW);
    return event?.description ?? '';
  };

  test('of a cycle says whose it is and how far it is, by Plane’s own counts', () => {
    const cycle = aCycle({ name: 'Sprint\n7', total: 20, completed: 12, itemIds: [uuid(1)] });
    expect(eventsOf(aSnapshot({ cycles: [cycle], items: [aWorkItem()] }), SHOW)).toEqual([
      {
        kind: 'event',
        uid: `plane-cycle-${cycle.id}@plane-ics`,
        start: '2026-03-01',
        end: '2026-03-15',
        summary: 'Sprint 7',
        description: `Cycle of: Website\nProgress: 12 of 20 done\n\nhttps://plane.example.com/acme/projects/10000000-0000-4000-8000-000000000001/cycles/${cycle.id}`,
        url: `https://plane.example.com/acme/projects/10000000-0000-4000-8000-000000000001/cycles/${cycle.id}`,
        categories: [],
        priority: null,
        color: null,
        createdAt: cycle.createdAt,
        alarms: [],
      },
    ]);
  });

  test('counts cancelled items, and says nothing when there are none', () => {
    expect(said({ total: 20, completed: 12, cancelled: 3 })).toContain('Progress: 12 of 20 done, 3 cancelled\n');
    expect(said({ total: 3, completed: 0 })).toContain('Progress: 0 of 3 done\n');
    expect(said({ total: 0 })).not.toContain('Progress');
  });

  test('of a module counts the items that are listed, by their states', () => {
    const states = ['done', 'done', 'cancelled', 'doing', 'odd', 'gone', null];
    const items = states.map((stateId, index) => aWorkItem({ id: uuid(index), number: index, stateId }));
    const itemIds = [...items.map(({ id }) => id), uuid(500)];
    const [event] = eventsOf(aSnapshot({ items, modules: [aModule({ itemIds, status: 'in-progress' })] }), SHOW);
    expect(event?.uid).toBe(`plane-module-${uuid(951)}@plane-ics`);
    expect(event?.summary).toBe('Launch');
    expect(event?.description).toBe(
      `Module of: Website\nStatus: In progress\nProgress: 2 of 7 done, 1 cancelled\n\n${event?.url}`,
    );
    expect(event?.url).toBe(
      `https://plane.example.com/acme/projects/10000000-0000-4000-8000-000000000001/modules/${uuid(951)}`,
    );
  });

  test('has a title also without a name', () => {
    expect(eventsOf(aSnapshot({ cycles: [aCycle({ name: ' \n' })] }), SHOW)[0]?.summary).toBe('Without a name');
  });

  test('is named with its project in feeds of several projects, whatever is in them, and in no others', () => {
    const snapshot = aSnapshot({ cycles: [aCycle({ name: 'Sprint 8' })], modules: [aModule({ name: ' ' })] });
    const titles = (scope: Scope, detail: 'full' | 'brief' | 'private' = 'full'): string[] =>
      eventsOf(snapshot, { scope, options: { ...SHOW.options, detail } }).map(({ summary }) => summary);
    const { id } = snapshot.project;
    expect(titles({ kind: 'projects', projectIds: [id] })).toEqual(['Sprint 8', 'Without a name']);
    const named = ['WEB: Sprint 8', 'WEB: Without a name'];
    expect(titles({ kind: 'projects', projectIds: [id, uuid(800)] })).toEqual(named);
    expect(titles({ kind: 'all' })).toEqual(named);
    expect(titles({ kind: 'all' }, 'brief')).toEqual(named);
    expect(titles({ kind: 'all' }, 'private')).toEqual(['Planned', 'Planned']);
  });

  test('in brief has no description, and carries the alarms of the feed', () => {
    const options = { show: ['cycles', 'modules'], detail: 'brief', alarm: ['-PT15H'] } as const;
    const events = eventsOf(aSnapshot({ cycles: [aCycle({ total: 3 })], modules: [aModule()] }), { options });
    expect(events.map(({ description, alarms, summary }) => [summary, description, alarms])).toEqual([
      ['Sprint 1', '', ['-PT15H']],
      ['Launch', '', ['-PT15H']],
    ]);
  });
});
