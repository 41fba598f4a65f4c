import { createHash } from 'node:crypto';
import type { CalendarDate, GeneratedComponent } from '../domain/calendar.ts';
import type { FeedOptions, Scope, View } from '../domain/feed.ts';
import type { Cycle, Module, Snapshot } from '../domain/plane.ts';
import type { OriginatedComponent } from '../domain/ports.ts';
import { addDays, dayOf } from '../icalendar/date.ts';
import { createTitleWriter, PRIVATE_TEXT, workItemComponents, type ItemContext } from './work-item.ts';
import { namesById, sortedNames } from './names.ts';
import { createFilter, membersOf } from './filter.ts';
import type { PlaneLinks } from './plane-links.ts';
import { requiredParts } from './options/options.ts';
import { cycleToEvent, moduleToEvent } from './cycles-modules.ts';
import { oneLine } from '../icalendar/text.ts';

/** What `ProjectContent.components` promises, for a Plane project. */
export function* viewComponents(
  snapshot: Snapshot,
  { scope, options, pins }: View,
  today: CalendarDate,
  links: PlaneLinks,
  only?: ReadonlySet<string>,
): Generator<OriginatedComponent<GeneratedComponent>> {
  const { show } = options;
  const facts = factsOf(options, scope);
  const names = namesById(snapshot);
  const context: ItemContext = {
    snapshot,
    options,
    today,
    links,
    names,
    titleOf: createTitleWriter(options.title, snapshot, names),
    cycleOf: facts.cycles ? namesByItem(snapshot.cycles) : new Map(),
    modulesOf: facts.modules ? namesByItem(snapshot.modules) : new Map(),
    namesProject: hasSeveralProjects(scope),
  };
  const filter = createFilter(snapshot, options, pins, scope);
  if (show.includes('items'))
    yield* made(chosen(snapshot.items, only), filter.item, (item) => workItemComponents(item, context));
  if (show.includes('cycles'))
    yield* made(chosen(snapshot.cycles, only), filter.cycle, (cycle) => cycleToEvent(cycle, context));
  if (show.includes('modules'))
    yield* made(chosen(snapshot.modules, only), filter.module, (module) => moduleToEvent(module, context));
}

function* made<T extends { readonly id: string }>(
  origins: Iterable<T>,
  matches: (origin: T) => boolean,
  componentsOf: (origin: T) => readonly GeneratedComponent[],
): Generator<OriginatedComponent<GeneratedComponent>> {
  for (const origin of origins) {
    if (!matches(origin)) continue;
    for (const component of componentsOf(origin)) yield [origin.id, component];
  }
}

/** The values of a map, or those with these ids. */
export function chosen<T>(map: ReadonlyMap<string, T> | null, ids: ReadonlySet<string> | undefined): Iterable<T> {
  if (map === null) return [];
  return ids === undefined ? map.values() : those(map, ids);
}

function* those<T>(map: ReadonlyMap<string, T>, ids: ReadonlySet<string>): Generator<T> {
  for (const id of ids) {
    const value = map.get(id);
    if (value !== undefined) yield value;
  }
}

/** Depends on the scope alone, so titles stay the same when another project gets its first cycle. */
function hasSeveralProjects(scope: Scope): boolean {
  return scope.kind !== 'projects' || scope.projectIds.length > 1;
}

/** Whether descriptions of items name their cycle and modules: in feeds that show them or filter by them. */
function factsOf(options: FeedOptions, scope: Scope): { cycles: boolean; modules: boolean } {
  const required = requiredParts(options, scope);
  return { cycles: required.includes('cycle_items'), modules: required.includes('modules') };
}

function namesByItem(groups: ReadonlyMap<string, Cycle | Module> | null): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [itemId, ids] of membersOf(groups))
    found.set(
      itemId,
      sortedNames(ids, (id) => oneLine(groups?.get(id)?.name ?? '')),
    );
  return found;
}

/** Digest of the options that shape the text of components, filters not among them. Feeds with the same one share revisions. */
export function shapeOf({ options, scope, audience }: View): string {
  const { as, mode, title, detail, alarm, show } = options;
  const facts = factsOf(options, scope);
  const hasGroups = show.includes('cycles') || show.includes('modules');
  // Left out where false, as in 0.1.0: another digest would give every component a new revision.
  const namesProject = (hasGroups && hasSeveralProjects(scope)) || undefined;
  // A guest doesn't see what others see of the same item, such as its parent.
  const guest = (audience?.guestProjectIds.length ?? 0) > 0 ? audience?.memberId : undefined;
  return createHash('sha256')
    .update(
      JSON.stringify({
        as,
        mode: as === 'todo' ? null : mode,
        title,
        detail,
        alarm: alarm ?? [],
        facts,
        namesProject,
        guest,
      }),
    )
    .digest('base64url')
    .slice(0, 12);
}

/**
 * The component of an otherwise empty feed: RFC 5545 section 3.6 requires one, and Evolution removes old events only when there is one. It
 * is on the day the feed was made, and its UID depends on the scope alone. A to-do is completed, so that it reminds nobody. Where something
 * is missing it does not say that nothing is planned; `missing` are sentences.
 */
export function emptyCalendarNote(
  view: View,
  name: string,
  madeAt: number,
  missing: readonly string[],
): GeneratedComponent {
  const title = oneLine(name) || 'Plane';
  const [summary, description] =
    missing.length === 0
      ? [
          `Nothing planned in ${title}`,
          'Nothing has a date that this calendar shows. This note goes when something has.',
        ]
      : [`${title} is incomplete`, `${missing.join(' ')} This note goes when there is something to show.`];
  return note(view, madeAt, summary, description, 'COMPLETED');
}

/** Why a feed has ended. */
export type TombstoneReason = 'unpublished' | 'disabled' | 'expired' | 'paused';

const TOMBSTONES: Readonly<Record<TombstoneReason, readonly [summary: string, description: string]>> = {
  unpublished: [
    'This calendar is no longer published',
    'Its project was deleted in Plane, or is no longer published from there. You can remove this calendar from your app.',
  ],
  disabled: [
    'This calendar link was disabled',
    'The person who runs this calendar disabled its link, or replaced it by another one. Ask them for the new one, or remove this calendar from your app.',
  ],
  expired: [
    'This calendar link has expired',
    'It had an end date, which has passed. Ask the sender of the link to extend it: the calendar then comes back by itself. Or remove it from your calendar app.',
  ],
  paused: [
    'This calendar link is paused',
    'The access of its owner has ended. If the link is yours, sign in again where you created it: the calendar then comes back by itself. Else ask the sender of the link.',
  ],
};

/** Why a feed has ended, as a sentence. */
export function tombstoneTitle(reason: TombstoneReason): string {
  return `${TOMBSTONES[reason][0]}.`;
}

/** The only component of a feed that has ended: Evolution would keep the old events of an empty calendar. */
export function tombstone(view: View, reason: TombstoneReason, since: number): GeneratedComponent {
  const [summary, description] = TOMBSTONES[reason];
  return note(view, since, summary, description, 'NEEDS-ACTION');
}

function note(
  { scope, options }: View,
  at: number,
  summary: string,
  description: string,
  status: 'COMPLETED' | 'NEEDS-ACTION',
): GeneratedComponent {
  const day = dayOf(at);
  const text = {
    ...PRIVATE_TEXT,
    uid: `plane-note-${createHash('sha256').update(scopeKey(scope)).digest('hex').slice(0, 32)}@plane-ics`,
    summary,
    description,
    createdAt: at,
    alarms: [],
  };
  if (options.as === 'event') return { kind: 'event', start: day, end: addDays(day, 1), ...text };
  const isDone = status === 'COMPLETED';
  return {
    kind: 'todo',
    start: null,
    due: day,
    ...text,
    status,
    percent: isDone ? 100 : 0,
    completedAt: isDone ? at : null,
    parentUid: null,
  };
}

/** The scope as text: equal for equal scopes. */
export function scopeKey(scope: Scope): string {
  const plane = planeKey(scope);
  if (!scope.calendarIds?.length) return plane ?? '';
  const calendars = `calendar:${[...scope.calendarIds].sort().join(',')}`;
  return plane === null ? calendars : `${plane}+${calendars}`;
}

/** null for a scope without Plane's part. */
function planeKey(scope: Scope): string | null {
  if (scope.kind === 'all') return 'all';
  if (scope.kind === 'person') return `person:${scope.memberId}`;
  if (scope.projectIds.length === 0 && scope.calendarIds?.length) return null;
  return `project:${[...scope.projectIds].sort().join(',')}`;
}
