import type { z } from 'zod';
import type { ForeignComponent, GeneratedComponent, Occurrence } from '../../domain/calendar.ts';
import type { Preview } from '../../feeds/preview.ts';
import { addDays } from '../../icalendar/date.ts';
import type { previewAnswer } from './responses.ts';

/** Previews as the API returns them. */

/** A calendar's name, size and events. */
export type PreviewJson = z.infer<typeof previewAnswer>;

/** The preview with all its events, by date; those without one come last. */
export function previewJson(
  { head, components, occurrences, hasMore, count, bytes, overdue }: Preview,
  warnBytes: number,
): PreviewJson {
  return {
    name: head.name,
    description: head.description,
    color: head.color,
    bytes,
    warn_bytes: warnBytes,
    count,
    overdue,
    more: hasMore,
    events: [
      ...components.map(([component, project]) => eventJson(component, project)),
      ...occurrences.map(([occurrence, component, calendar]) => occurrenceJson(occurrence, component, calendar)),
    ].sort((a, b) => compare(a.start ?? '~', b.start ?? '~') || compare(a.uid, b.uid)),
  };
}

/** As the page draws it: the first and last day, both inclusive. */
function eventJson(component: GeneratedComponent, project: string): PreviewJson['events'][number] {
  const { uid, summary, description, url, color, categories } = component;
  const isTodo = component.kind === 'todo';
  return {
    uid,
    kind: component.kind,
    project,
    start: isTodo ? (component.start ?? component.due) : component.start,
    last: isTodo ? (component.due ?? component.start) : addDays(component.end, -1),
    title: summary,
    description,
    url,
    color,
    categories: [...categories],
    status: isTodo ? component.status : null,
  };
}

/** An occurrence with a time has its instants too; its days are those of UTC. */
function occurrenceJson(
  { start, end, allDay, summary }: Occurrence,
  { uid }: ForeignComponent,
  calendar: string,
): PreviewJson['events'][number] {
  const first = start.slice(0, 10);
  // What ends at midnight does not reach into the day.
  const lastInstant = end > start ? new Date(Date.parse(end) - 1000).toISOString().slice(0, 10) : first;
  return {
    uid,
    kind: 'event',
    project: calendar,
    start: first,
    last: lastInstant < first ? first : lastInstant,
    ...(!allDay && { starts_at: start, ends_at: end }),
    title: summary,
    description: '',
    url: null,
    color: null,
    categories: [],
    status: null,
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
