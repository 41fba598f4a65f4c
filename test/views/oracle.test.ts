import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import ICAL from 'ical.js';
import { withPins } from '../../src/views/filter.ts';
import { joinList } from '../../src/views/options/list.ts';
import { parseOptions } from '../../src/views/options/options.ts';
import { seedDemo } from '../../src/demo/seed.ts';
import type { ItemRow, Tables } from '../../src/demo/rows.ts';
import type { Scope } from '../../src/domain/feed.ts';
import { createLoader, type Loader } from '../../src/feeds/loader.ts';
import type { Renderer } from '../../src/feeds/renderer.ts';
import { createResolver, type Resolver } from '../../src/feeds/resolver.ts';
import { createProjectDirectory } from '../../src/sources/plane/sync/projects.ts';
import { createProbeIntervals } from '../../src/sources/plane/sync/probe-intervals.ts';
import { createSnapshots } from '../../src/sources/plane/sync/snapshots.ts';
import { createSource } from '../../src/sources/plane/source.ts';
import { ACME_KEY } from '../support/acme.ts';
import { lint } from '../support/linter.ts';
import { aMemoryStore } from '../support/memory-store.ts';
import { createPlaneFixture, type PlaneFixture } from '../support/plane.ts';
import { aPause, delay } from '../support/time.ts';
import { aFeed, aRenderer, LINKS } from '../support/render.ts';
import { expected, type Asked, type Shown, type Whose } from './expected.ts';
import { apart } from '../../src/feeds/calendars/merge.ts';
import { planeAlone } from '../support/calendars.ts';
import { runs } from '../support/runs.ts';

/** Feeds of the demo, read from its Plane, against what its rows and the contract say. */

/** In this month summer time begins on both sides of the Atlantic, and cycles lie across it. */
const NOON = Date.UTC(2026, 2, 10, 12);
const TODAY = '2026-03-10';
/** Requires every part of every project. */
const EVERYTHING = aFeed({ scope: { kind: 'all' }, options: { show: ['items', 'cycles', 'modules'] } });

let bench: PlaneFixture;
let tables: Tables;
let loader: Loader;
let resolver: Resolver;
let renderer: Renderer;

/** What the demo's rows happen not to have. */
const STRANGE: Partial<ItemRow>[] = [
  { labels: [] },
  { start_date: '2026-03-12', target_date: null },
  { start_date: '2026-03-01', target_date: null },
  { start_date: '2026-03-15', target_date: '2026-03-05' },
  { start_date: '2026-03-10', target_date: '2026-03-10' },
  { start_date: '2026-02-01', target_date: '2026-04-20' },
  { target_date: '9999-12-30' },
];

beforeAll(async () => {
  const demo = seedDemo(NOON);
  for (const { items } of demo.projects.values())
    [...items.values()].slice(0, 28).forEach((row, at) => items.set(row.id, { ...row, ...STRANGE[at % 7] } as ItemRow));
  const [ada] = demo.people.keys();
  tables = { ...demo, workspace: { ...demo.workspace, slug: 'acme' }, keys: new Map([[ACME_KEY, ada!]]) };
  const now = (): number => NOON;
  bench = await createPlaneFixture({ tables, now });
  const { reader, log } = bench;
  const store = aMemoryStore();
  const times = { freshMs: () => 600_000, reconcileMs: () => 21_600_000, requestsPerMinute: () => 100_000 };
  const directory = createProjectDirectory({ reader, only: () => null, store, now, log, ...times });
  const intervals = createProbeIntervals({ now, ...times });
  const snapshots = createSnapshots({ reader, directory, store, intervals, isPaused: () => false, now, log, ...times });
  const source = createSource({ reader, directory, snapshots, pause: aPause(now), links: () => LINKS, delay });
  loader = createLoader({ source, merge: apart, now, delay });
  resolver = createResolver(planeAlone(source), loader);
  renderer = aRenderer(aMemoryStore(), now);
  await loader.load(EVERYTHING);
});

afterAll(() => bench.close());

function queryOf(asked: Asked): [string, string][] {
  return Object.entries(asked).map(([name, value]: [string, string | number | readonly string[]]) => {
    if (!Array.isArray(value)) return [name, String(value)];
    return [name, value.map((one: string) => (one === 'none' ? one : joinList([one]))).join(',')];
  });
}

async function scopeOf(whose: Whose): Promise<Scope> {
  if (whose === 'all') return resolver.scope({ all: true });
  return resolver.scope('person' in whose ? { person: whose.person } : { projects: whose });
}

/** Every component that is no note, by UID, as ical.js reads it. */
function shown(calendar: string): Shown[] {
  const root = new ICAL.Component(ICAL.parse(calendar) as unknown[]);
  const components = [...root.getAllSubcomponents('vevent'), ...root.getAllSubcomponents('vtodo')];
  const read = components.map((one): Shown => {
    const value = (name: string): string => String(one.getFirstPropertyValue(name) ?? '');
    return {
      uid: value('uid'),
      days: [value('dtstart'), one.name === 'vtodo' ? value('due') : value('dtend')],
      summary: value('summary'),
      categories: (one.getFirstProperty('categories')?.getValues() ?? []).map(String),
      status: value('status'),
      alarms: one.getAllSubcomponents('valarm').length,
    };
  });
  const isNote = ({ uid }: Shown): boolean => uid.startsWith('plane-note-');
  // A note stands alone, and never nothing does.
  if (read.length === 0 || (read.length > 1 && read.some(isNote))) throw new Error(calendar);
  return read.filter((one) => !isNote(one)).sort((a, b) => (a.uid < b.uid ? -1 : 1));
}

async function check(asked: Asked, whose: Whose): Promise<number> {
  const scope = await scopeOf(whose);
  const given = parseOptions(queryOf(asked));
  const pins = await resolver.pins(scope, given);
  const options = withPins(given, pins);
  const { projects } = await loader.load({ ...EVERYTHING, scope });
  const feed = aFeed({ key: JSON.stringify([asked, whose]), scope, options, pins });
  const { identity, events } = await renderer.render({ feed, projects, day: TODAY, tombstone: null, notes: [] });
  expect(lint(identity)).toEqual([]);
  const should = expected(tables, asked, whose, TODAY);
  expect(shown(identity.toString())).toEqual(should);
  expect(events).toBe(should.length);
  return events;
}

const TITLE = '{name} {key} #{number} {project}/{state}: {priority}; {assignees}';
const ALONE: Asked[] = [
  {},
  ...[['items'], ['cycles'], ['modules'], ['items', 'cycles', 'modules']].map((show) => ({ show })),
  { as: 'todo' },
  { as: 'todo', undated: 'keep' },
  { as: 'todo', done: 'keep', cancelled: 'keep' },
  { mode: 'span' },
  { mode: 'both' },
  ...['hide', 'keep', '0d', '7d', '45d'].map((done) => ({ done })),
  { cancelled: 'keep' },
  { undated: 'keep' },
  { assignee: ['ada'] },
  { assignee: ['none', 'bob', 'dana'] },
  { label: ['legal, privacy'] },
  { label: ['none'] },
  { label: ['bug', 'تسويق'] },
  { state: ['Todo'] },
  { state: ['started', 'Done'] },
  { priority: ['urgent', 'none'] },
  { cycle: ['Sprint 8'] },
  { cycle: ['none'] },
  { cycle: ['Sprint 7', 'none'] },
  { module: ['Launch'] },
  { module: ['Quality', 'none'] },
  ...[0, 1, 10].map((past) => ({ past })),
  ...[0, 1, 10].map((ahead) => ({ ahead })),
  { title: TITLE },
  { detail: 'brief' },
  { detail: 'private' },
  { alarm: ['-PT15H'] },
  { alarm: ['-P1D', 'PT9H'] },
];
const EVERYBODY: Whose[] = ['all', ['WEB'], ['APP'], ['APP', 'WEB'], { person: 'ada' }, { person: 'chiyo' }];

test('the demo is read as its rows are', async () => {
  const { projects, unread, missingParts } = await loader.load(EVERYTHING);
  expect([unread, missingParts]).toEqual([[], []]);
  const rows = [...tables.projects.values()].map(({ row, items, cycles, modules }) => [
    row.identifier,
    items.size,
    cycles.size,
    modules.size,
  ]);
  const kinds = ['item', 'cycle', 'module'] as const;
  const read = projects.map((project) => [project.info.identifier, ...kinds.map((kind) => project.ids(kind)?.size)]);
  expect(read).toEqual(rows.reverse());
});

test.each(ALONE)('%j has the components it should, in every scope', async (asked) => {
  const counts = [];
  for (const whose of EVERYBODY) counts.push(await check(asked, whose));
  expect(Math.max(...counts)).toBeGreaterThan(0);
});

const some = (...names: string[]): fc.Arbitrary<string[]> => fc.subarray(names, { minLength: 1 });
const days = fc.oneof(fc.nat(20), fc.constantFrom(0, 60, 99_999));
const anything: fc.Arbitrary<Asked> = fc
  .record(
    {
      show: some('items', 'cycles', 'modules'),
      as: fc.constantFrom('event' as const, 'todo' as const),
      mode: fc.constantFrom('due' as const, 'span' as const, 'both' as const),
      done: fc.oneof(
        fc.constantFrom('hide', 'keep'),
        days.map((count) => `${count}d`),
      ),
      cancelled: fc.constantFrom('hide' as const, 'keep' as const),
      undated: fc.constantFrom('hide' as const, 'keep' as const),
      assignee: some('ada', 'bob', 'chiyo', 'dana', 'none'),
      label: some('bug', 'content', 'design', 'legal, privacy', 'launch', 'تسويق', 'none'),
      state: some('Backlog', 'Todo', 'In Progress', 'Done', 'Cancelled', 'unstarted', 'started', 'completed'),
      priority: some('urgent', 'high', 'medium', 'low', 'none'),
      cycle: some('Sprint 7', 'Sprint 8', 'Sprint 9', 'none'),
      module: some('Launch', 'Quality', 'none'),
      past: days,
      ahead: days,
      title: fc.constantFrom('{name}', '{project} {number}', TITLE),
      detail: fc.constantFrom('full' as const, 'brief' as const, 'private' as const),
      alarm: some('-PT15H', 'PT9H', '-P1W'),
    },
    { requiredKeys: [] },
  )
  .chain((asked) => fc.subarray(Object.keys(asked), { maxLength: 7 }).map((names): Asked => pick(asked, names)));

/** Some of it; what can't go with to-dos gives way. */
function pick(asked: Asked, names: readonly string[]): Asked {
  const kept = Object.entries(asked).filter(([name]) => names.includes(name));
  return Object.fromEntries(kept.filter(([name]) => name !== 'show' || !kept.some(([, value]) => value === 'todo')));
}

test('any options together hold what the contract says', async () => {
  const counts: number[] = [];
  await fc.assert(
    fc.asyncProperty(anything, fc.constantFrom(...EVERYBODY), async (asked, whose) => {
      counts.push(await check(asked, whose));
    }),
    runs(40),
  );
  expect(counts.filter((count) => count > 0).length).toBeGreaterThan(counts.length / 2);
});
