import { createBlockWriter, stampBlock } from '../icalendar/block.ts';
import { dayOf } from '../icalendar/date.ts';
import { overdueEvent } from '../views/overdue.ts';
import { viewHead } from '../views/head.ts';
import type { CalendarComponent, CalendarHead } from '../domain/calendar.ts';
import type { View } from '../domain/feed.ts';
import type { Clock } from '../domain/ports.ts';
import { createYieldPoint } from '../lib/cooperative.ts';
import { checkReady, type Loader } from './loader.ts';

/** A calendar as it would be published; nothing of it is stored. */
export interface Preview {
  readonly head: CalendarHead;
  /** In no order, each with the identifier of its project; "" for the list of what is overdue. */
  readonly components: readonly (readonly [component: CalendarComponent, project: string])[];
  /** The size of all components, uncompressed. */
  readonly bytes: number;
  /** How many items are listed as overdue. */
  readonly overdue: number;
}

/** Throws `not_ready` while the projects can't be read. */
export type MakePreview = (view: View) => Promise<Preview>;

export function createPreview(loader: Loader, now: Clock): MakePreview {
  return async (view) => {
    const loaded = await loader.load(view);
    checkReady(loaded);
    const { projects } = loaded;
    const pause = createYieldPoint();
    const writeBlock = createBlockWriter();
    const components: [CalendarComponent, string][] = [];
    const today = dayOf(now());
    let bytes = 0;
    const add = (component: CalendarComponent, identifier: string): void => {
      components.push([component, identifier]);
      bytes += Buffer.byteLength(stampBlock(writeBlock(component), Math.floor(now() / 1000)));
    };
    for (const project of projects) {
      for (const [, component] of project.components(view, today)) {
        await pause();
        add(component, project.info.identifier);
      }
    }
    const overdue = projects.flatMap((project) => [...project.overdue(view, today)]);
    const event = overdueEvent(view, overdue, today);
    if (event) add(event, '');
    return { head: viewHead(projects, view, []), components, bytes, overdue: overdue.length };
  };
}
