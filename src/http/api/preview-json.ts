import type { z } from 'zod';
import type { CalendarComponent } from '../../domain/calendar.ts';
import type { Preview } from '../../feeds/preview.ts';
import { addDays } from '../../icalendar/date.ts';
import type { previewAnswer } from './responses.ts';

/** Previews as the API returns them. */

/** A calendar's name, size and events. */
export type PreviewJson = z.infer<typeof previewAnswer>;

/** The preview with all its events, by date; those without one come last. */
export function previewJson({ head, components, bytes, overdue }: Preview, warnBytes: number): PreviewJson {
  return {
    name: head.name,
    description: head.description,
    color: head.color,
    bytes,
    warn_bytes: warnBytes,
    count: components.length,
    overdue,
    events: components
      .map(([component, project]) => eventJson(component, project))
      .sort((a, b) => compare(a.start ?? '~', b.start ?? '~') || compare(a.uid, b.uid)),
  };
}

/** As the page draws it: the first and last day, both inclusive. */
function eventJson(component: CalendarComponent, project: string): PreviewJson['events'][number] {
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

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
