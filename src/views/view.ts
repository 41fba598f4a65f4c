import { createHash } from 'node:crypto';
import type { CalendarComponent, CalendarDate } from '../domain/calendar.ts';
import type { FeedOptions, Scope, View } from '../domain/feed.ts';
import type { Cycle, Module, Snapshot } from '../domain/plane.ts';
import { addDays, dayOf } from '../icalendar/date.ts';
import { names, SAID_IN_PRIVATE, workItemComponents, type ItemContext } from './work-item.ts';
import { createFilter, membersOf } from './filter.ts';
import type { PlaneLinks } from './plane-links.ts';
import { requiredParts } from './options.ts';
import { cycleToEvent, moduleToEvent } from './cycles-modules.ts';
import { oneLine } from '../icalendar/text.ts';

/**
 * Everything a view shows of one project, in no order, each component with the id of the item, cycle or module it was made of; with `only`,
 * what was made of these. A generator, so that a caller can pause between components.
 */
export function* viewComponents(
  snapshot: Snapshot,
  { scope, options, pins }: View,
  today: CalendarDate,
  links: PlaneLinks,
  only?: ReadonlySet<string>,
): Generator<readonly [id: string, component: CalendarComponent]> {
  const { show } = options;
  const tells = factsOf(options, scope);
  const context: ItemContext = {
    snapshot,
    options,
    today,
    links,
    cycleOf: tells.cycles ? namesByItem(snapshot.cycles) : new Map(),
    modulesOf: tells.modules ? namesByItem(snapshot.modules) : new Map(),
    namesProject: hasSeveralProjects(scope),
  };
  const filter = createFilter(snapshot, options, pins, scope);
  if (show.includes('items')) {
    for (const item of chosen(snapshot.items, only))
      if (filter.item(item)) for (const component of workItemComponents(item, context)) yield [item.id, component];
  }
  if (show.includes('cycles')) {
    for (const cycle of chosen(snapshot.cycles, only))
      if (filter.cycle(cycle.id)) for (const component of cycleToEvent(cycle, context)) yield [cycle.id, component];
  }
  if (show.includes('modules')) {
    for (const module of chosen(snapshot.modules, only))
      if (filter.module(module.id))
        for (const component of moduleToEvent(module, context)) yield [module.id, component];
  }
}

/** The values of a map, or those of these ids. */
function* chosen<T>(map: ReadonlyMap<string, T> | null, ids: ReadonlySet<string> | undefined): Generator<T> {
  if (map === null) return;
  if (ids === undefined) yield* map.values();
  for (const id of ids ?? []) {
    const value = map.get(id);
    if (value !== undefined) yield value;
  }
}

/** Decided by the scope alone, so that titles stay as they are when another project gets its first cycle. */
function hasSeveralProjects(scope: Scope): boolean {
  return scope.kind !== 'projects' || scope.projectIds.length > 1;
}

/** Whether an item's description tells its cycle and its modules: where the feed shows them or chooses by them. */
function factsOf(options: FeedOptions, scope: Scope): { cycles: boolean; modules: boolean } {
  const needs = requiredParts(options, scope);
  return { cycles: needs.includes('cycle_items'), modules: needs.includes('modules') };
}

function namesByItem(groups: ReadonlyMap<string, Cycle | Module> | null): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [itemId, ids] of membersOf(groups))
    found.set(
      itemId,
      names(ids, (id) => groups?.get(id)?.name),
    );
  return found;
}

/**
 * What decides how the text of a component reads, as text; what only chooses components is not in it. Feeds that are equal in it share
 * revisions.
 */
export function shapeOf({ options, scope }: View): string {
  const { as, mode, title, detail, alarm, show } = options;
  const facts = factsOf(options, scope);
  const hasPlans = show.includes('cycles') || show.includes('modules');
  // Left out where it says nothing, as in the shapes of 0.1.0, which feeds keep.
  const namesProject = (hasPlans && hasSeveralProjects(scope)) || undefined;
  return createHash('sha256')
    .update(JSON.stringify({ as, mode: as === 'todo' ? null : mode, title, detail, alarm, facts, namesProject }))
    .digest('base64url')
    .slice(0, 12);
}

/**
 * The one component of a feed that has none: RFC 5545 section 3.6 wants one, and Evolution clears old events only when one is there.
 * It stands on the day the feed was made, and its UID is made from the scope alone. As a to-do it is done, so that it nags nobody.
 */
export function emptyCalendarNote(view: View, name: string, madeAt: number): CalendarComponent {
  return note(
    view,
    madeAt,
    `Nothing planned in ${oneLine(name) || 'Plane'}`,
    'Nothing has a date that this calendar shows. This note goes when something has.',
    'COMPLETED',
  );
}

/** Why a feed has ended. */
export type TombstoneReason = 'unpublished' | 'disabled';

const TOMBSTONES: Readonly<Record<TombstoneReason, readonly [summary: string, description: string]>> = {
  unpublished: [
    'This calendar is no longer published',
    'Its project was deleted in Plane, or is no longer published from there. You can remove this calendar from your program.',
  ],
  disabled: [
    'This calendar link was disabled',
    'Whoever runs this calendar disabled its link or replaced it by another one. Ask there for the new link, or remove this calendar from your program.',
  ],
};

/** Why a feed has ended, as a sentence. */
export function tombstoneTitle(reason: TombstoneReason): string {
  return `${TOMBSTONES[reason][0]}.`;
}

/** The only component of a feed that has ended: Evolution would keep the old events of an empty calendar. */
export function tombstone(view: View, reason: TombstoneReason, since: number): CalendarComponent {
  const [summary, description] = TOMBSTONES[reason];
  return note(view, since, summary, description, 'NEEDS-ACTION');
}

function note(
  { scope, options }: View,
  at: number,
  summary: string,
  description: string,
  status: 'COMPLETED' | 'NEEDS-ACTION',
): CalendarComponent {
  const day = dayOf(at);
  const said = {
    ...SAID_IN_PRIVATE,
    uid: `plane-note-${createHash('sha256').update(scopeKey(scope)).digest('hex').slice(0, 32)}@plane-ics`,
    summary,
    description,
    createdAt: at,
    alarms: [],
  };
  if (options.as === 'event') return { kind: 'event', start: day, end: addDays(day, 1), ...said };
  const isDone = status === 'COMPLETED';
  return {
    kind: 'todo',
    start: null,
    due: day,
    ...said,
    status,
    percent: isDone ? 100 : 0,
    completedAt: isDone ? at : null,
    parentUid: null,
  };
}

/** The scope as one text: equal for equal scopes. */
export function scopeKey(scope: Scope): string {
  if (scope.kind === 'all') return 'all';
  if (scope.kind === 'person') return `person:${scope.memberId}`;
  return `project:${[...scope.projectIds].sort().join(',')}`;
}
