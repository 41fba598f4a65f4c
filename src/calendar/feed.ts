import { createHash } from 'node:crypto';
import type { CalendarDate, CalendarEvent, CalendarHead, Snapshot } from '../domain.ts';
import { defaultColor } from './color.ts';
import { addDays, dayOf } from './date.ts';
import { workItemToEvents } from './event.ts';
import type { PlaneLinks } from './links.ts';
import type { FeedOptions } from './options.ts';
import { oneLine } from './text.ts';

/** The events of a project by the feed's options, in no order. A generator, so that a caller can pause between events. */
export function* projectEvents(
  snapshot: Snapshot,
  options: FeedOptions,
  today: CalendarDate,
  links: PlaneLinks,
): Generator<CalendarEvent> {
  for (const item of snapshot.items.values()) yield* workItemToEvents(item, snapshot, options, today, links);
}

/** What stands above a project's events. */
export function projectHead({ project }: Snapshot, options: FeedOptions, links: PlaneLinks): CalendarHead {
  const name = oneLine(project.name) || oneLine(project.identifier) || 'Plane';
  return {
    name,
    description:
      `Work items of ${name} (${oneLine(project.identifier)}) in Plane, ${inWords(options)}. Read-only.` +
      (project.archived ? ' The project is archived in Plane; this is how it stood then.' : ''),
    color: project.color ?? defaultColor(project.id),
    url: links.project(project.id),
  };
}

function inWords({ mode, done, cancelled }: FeedOptions): string {
  const days = {
    due: 'on their target date',
    span: 'from start to target date',
    both: 'on their start and target dates',
  };
  const completed =
    done === 'hide' ? 'left out' : done === 'keep' ? 'kept and marked ✓' : `marked ✓ and kept for ${done} days`;
  return `${days[mode]}; completed items are ${completed}, cancelled ones ${cancelled === 'hide' ? 'left out' : 'marked ✗'}`;
}

/**
 * The one event of a feed that has none: RFC 5545 section 3.6 wants a component, and Evolution clears old events only when one is there.
 * It stands on the day the project was made, and its UID is made from the scope alone.
 */
export function emptyNote(scope: string, name: string, madeAt: number): CalendarEvent {
  return note(
    scope,
    madeAt,
    `Nothing planned in ${oneLine(name) || 'Plane'}`,
    'No work item has a date that this calendar shows. This note goes when one has.',
  );
}

/** The one event of a feed that is no longer published: an empty calendar would leave the old events standing in Evolution. */
export function goneNote(scope: string, since: number): CalendarEvent {
  return note(
    scope,
    since,
    'This calendar is no longer published',
    'Its project was deleted in Plane, or is no longer published from there. You can remove this calendar from your program.',
  );
}

function note(scope: string, at: number, summary: string, description: string): CalendarEvent {
  const day = dayOf(at);
  return {
    uid: `plane-note-${createHash('sha256').update(scope).digest('hex').slice(0, 32)}@plane-ics`,
    start: day,
    end: addDays(day, 1),
    summary,
    description,
    url: null,
    categories: [],
    priority: null,
    color: null,
    createdAt: at,
  };
}
