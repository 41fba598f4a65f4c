import { expect, test } from '@jest/globals';
import type { CalendarEvent } from '../../src/domain/calendar.ts';
import type { ProjectContent } from '../../src/domain/ports.ts';
import { addDays } from '../../src/icalendar/date.ts';
import { aSnapshot, aWorkItem, PROJECT_ID } from '../support/make.ts';
import { aContent, aFeed, aRenderer } from '../support/render.ts';

/** The renderer needs nothing of a source but the port: here one that has never heard of Plane. */

const OTHER_ID = 'holidays';
const DAY = '2026-03-02';

function anEvent(id: string, summary: string): CalendarEvent {
  const start = '2026-03-05';
  const text = { summary, description: '', url: null, categories: [], priority: null, color: null };
  return {
    kind: 'event',
    uid: `${id}@holidays.example`,
    start,
    end: addDays(start, 1),
    ...text,
    createdAt: 0,
    alarms: [],
  };
}

/** A calendar of titles by id, which counts how often each component is made. */
function aCalendar(titles: Readonly<Record<string, string>>, made: string[] = []): ProjectContent {
  const entries = new Map(Object.entries(titles));
  return {
    info: {
      id: OTHER_ID,
      identifier: 'HOL',
      name: 'Holidays',
      color: null,
      timezone: 'UTC',
      createdAt: 0,
      archived: false,
    },
    url: null,
    digest: () => Promise.resolve(JSON.stringify([...entries])),
    *components(_view, _today, only) {
      for (const [id, title] of entries) {
        if (only?.has(id) === false) continue;
        made.push(id);
        yield [id, anEvent(id, title)];
      }
    },
    overdue: () => [],
    editsSince: () => new Map<string, number>(),
    item: () => null,
    explain: () => null,
    changedSince: (earlier) => {
      const before = new Map(
        [...(earlier?.components(aFeed(), DAY) ?? [])].flatMap((one) => (one ? [[one[0], one[1].summary]] : [])),
      );
      const ids = new Set([...before.keys(), ...entries.keys()]);
      return new Set([...ids].filter((id) => before.get(id) !== entries.get(id)));
    },
    names: () => [],
    forGuest() {
      return this;
    },
    ids: (kind) => (kind === 'item' ? entries : null),
  };
}

test('a feed merges projects of several sources, and renders again only what changed', async () => {
  const feed = aFeed({ scope: { kind: 'projects', projectIds: [OTHER_ID, PROJECT_ID] } });
  const renderer = aRenderer();
  const plane = aContent(aSnapshot({ items: [aWorkItem()] }));
  const partsWith = (calendar: ProjectContent) =>
    ({ feed, projects: [calendar, plane], day: DAY, tombstone: null, notes: [] }) as const;
  const summaries = (identity: Buffer) => [...identity.toString().matchAll(/^SUMMARY:(.*)\r$/gm)].map(([, one]) => one);

  const first = partsWith(aCalendar({ a: 'Carnival', b: 'Easter' }));
  const before = await renderer.render(first);
  expect(summaries(before.identity)).toEqual(['[WEB-1] Fix login', 'Carnival', 'Easter']);
  expect(before.identity.toString()).toContain('NAME:Holidays\\, Website\r\n');
  expect(Object.fromEntries(before.eventsByProject)).toEqual({ [OTHER_ID]: 2, [PROJECT_ID]: 1 });

  const made: string[] = [];
  const next = partsWith(aCalendar({ a: 'Carnival', c: 'Whitsun' }, made));
  const after = await renderer.render(next, { parts: first, body: before.body });
  expect(summaries(after.identity)).toEqual(['[WEB-1] Fix login', 'Carnival', 'Whitsun']);
  expect(made).toEqual(['c']);
});
