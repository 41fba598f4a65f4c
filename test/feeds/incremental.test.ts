import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DEFAULT_OPTIONS, parseOptions } from '../../src/views/options/options.ts';
import type { CalendarDate } from '../../src/domain/calendar.ts';
import type { Scope } from '../../src/domain/feed.ts';
import type { Snapshot, WorkItem } from '../../src/domain/plane.ts';
import type { Before } from '../../src/feeds/renderer.ts';
import { aCycle, aModule, aProject, aSnapshot, aWorkItem, PROJECT_ID, uuid } from '../support/make.ts';
import { aMemoryStore } from '../support/memory-store.ts';
import { aFeed, aRenderer, partsOf } from '../support/render.ts';
import { runs } from '../support/runs.ts';

/** A calendar rendered from the last one is the calendar rendered from scratch, whatever changed in between. */

const WEB = aProject();
const APP = aProject({ id: '10000000-0000-4000-8000-000000000002', identifier: 'APP', name: 'App' });
const ADA = uuid(801);
const SCOPES: readonly Scope[] = [
  { kind: 'projects', projectIds: [PROJECT_ID] },
  { kind: 'projects', projectIds: [PROJECT_ID, APP.id] },
  { kind: 'all' },
  { kind: 'person', memberId: ADA },
];
const QUERIES = [
  '',
  'as=todo&undated=keep&done=keep',
  'mode=both&done=keep&cancelled=keep',
  'show=items,cycles,modules&detail=brief',
  'show=modules,cycles&detail=private',
  'label=bug&done=3d&past=5&ahead=20',
  'cycle=Sprint 1,none&assignee=none,Ada',
  'overdue=today&title={name} {state} {assignees}',
  'overdue=today&detail=private&label=bug&mode=span',
  'module=Launch&alarm=-PT15H&title={name} {state} {assignees}',
];

/** One thing that happens in one of two projects; the numbers choose among what there is. */
type Event = readonly [kind: (typeof KINDS)[number], project: number, item: number, value: number];
const KINDS = ['put', 'drop', 'label', 'cycle', 'module', 'project', 'leave', 'day', 'nothing'] as const;

const anEvent = fc.tuple(fc.constantFrom(...KINDS), fc.nat(1), fc.nat(7), fc.nat(999));
const STATE_IDS = ['todo', 'doing', 'done', 'cancelled', null];

function someItem(number: number, value: number): WorkItem {
  const day = `2026-03-${String(1 + (value % 28)).padStart(2, '0')}`;
  return aWorkItem({
    id: uuid(number),
    number,
    name: `Item ${value}`,
    stateId: STATE_IDS[value % 5] ?? null,
    startDate: value % 3 === 0 ? '2026-03-02' : null,
    targetDate: value % 7 === 0 ? null : day,
    parentId: value % 2 === 0 ? uuid(((value >> 3) % 8) + (number < 8 ? 0 : 8)) : null,
    labelIds: value % 4 === 0 ? ['bug'] : [],
    assigneeIds: value % 3 === 1 ? [ADA] : [],
    completedAt: value % 5 === 2 ? Date.UTC(2026, 1, 20) : null,
  });
}

/** Two projects that change; unchanged parts stay the same objects, as in `sources/plane/sync/`. */
class Workspace {
  web = aSnapshot({ project: WEB, labels: [{ id: 'bug', name: 'bug' }], members: [{ id: ADA, displayName: 'Ada' }] });
  app = aSnapshot({ project: APP });
  hasApp = true;
  day: CalendarDate = '2026-03-02';

  apply([kind, project, item, value]: Event): void {
    const name = project === 0 ? 'web' : 'app';
    const old = this[name];
    // Items of the second project have the ids after those of the first.
    const id = item + 8 * project;
    const itemIds = [uuid(id), uuid((value % 8) + 8 * project)];
    const next: { -readonly [K in keyof Snapshot]?: Snapshot[K] } = {};
    if (kind === 'put') next.items = new Map(old.items).set(uuid(id), someItem(id, value));
    if (kind === 'drop') next.items = without(old.items, uuid(id));
    if (kind === 'label') next.labels = new Map([['bug', { id: 'bug', name: value % 2 ? 'bug' : `bug ${value}` }]]);
    if (kind === 'cycle')
      next.cycles = new Map([
        [uuid(901 + project), aCycle({ id: uuid(901 + project), itemIds, completed: value % 3 })],
      ]);
    if (kind === 'module')
      next.modules = new Map([[uuid(951 + project), aModule({ id: uuid(951 + project), itemIds })]]);
    if (kind === 'project') next.project = { ...old.project, name: `Project ${value}` };
    if (kind === 'leave') this.hasApp = !this.hasApp;
    if (kind === 'day') this.day = `2026-03-${String(1 + (value % 28)).padStart(2, '0')}`;
    if (Object.keys(next).length > 0) this[name] = { ...old, ...next };
  }

  snapshots(scope: Scope): Snapshot[] {
    const both = this.hasApp ? [this.app, this.web] : [this.web];
    return scope.kind === 'projects' ? both.filter(({ project }) => scope.projectIds.includes(project.id)) : both;
  }
}

function without(items: ReadonlyMap<string, WorkItem>, id: string): Map<string, WorkItem> {
  return new Map([...items].filter(([one]) => one !== id));
}

test('an incremental rendering gives the same bytes as a full one', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...SCOPES),
      fc.constantFrom(...QUERIES),
      fc.array(anEvent, { minLength: 20, maxLength: 60 }),
      async (scope, query, events) => {
        const workspace = new Workspace();
        const clock = { now: Date.UTC(2026, 2, 1) };
        const options = { ...DEFAULT_OPTIONS, ...parseOptions(new URLSearchParams(query)) };
        const feed = aFeed({ scope, options });
        const [incremental, full] = [0, 1].map(() => aRenderer(aMemoryStore(), () => clock.now));
        let before: Before | null = null;
        for (const event of events) {
          workspace.apply(event);
          clock.now += 2_000;
          const parts = partsOf(feed, workspace.snapshots(scope), workspace.day);
          const next = await incremental!.render(parts, before);
          const whole = await full!.render(parts);
          expect(next.identity.toString()).toBe(whole.identity.toString());
          expect([next.events, next.eventsByProject]).toEqual([whole.events, whole.eventsByProject]);
          before = { parts, body: next.body, overdue: next.overdue };
        }
      },
    ),
    runs(15),
  );
});

test('unchanged components are not rendered again', async () => {
  const items = Array.from({ length: 50 }, (_, index) => someItem(index + 1, 1));
  const old = aSnapshot({ items });
  const renderer = aRenderer();
  const feed = aFeed();
  const parts = partsOf(feed, [old], '2026-03-02');
  const { body } = await renderer.render(parts);
  const next = { ...old, items: new Map(old.items).set(uuid(7), someItem(7, 6)) };
  const { body: changed } = await renderer.render(partsOf(feed, [next], '2026-03-02'), { parts, body });
  const kept = changed.places.filter((place) => body.places.includes(place));
  expect([changed.places.length, kept.length]).toEqual([50, 49]);
});
