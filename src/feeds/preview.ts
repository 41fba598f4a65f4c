import { createBlockWriter, stampBlock } from '../icalendar/block.ts';
import { addDays, dayOf } from '../icalendar/date.ts';
import { overdueEvent } from '../views/overdue.ts';
import { viewHead } from '../views/head.ts';
import type {
  CalendarComponent,
  CalendarDate,
  CalendarHead,
  ForeignComponent,
  GeneratedComponent,
  Occurrence,
} from '../domain/calendar.ts';
import type { View } from '../domain/feed.ts';
import type { Clock } from '../domain/ports.ts';
import { createYieldPoint, runInSlices } from '../lib/cooperative.ts';
import { checkReady, explainedTo, type Loaded, type Loader } from './loader.ts';

/** How many days of other calendars are shown, before today and after it, and of how many occurrences. */
const SHOWN_DAYS = 366;
const SHOWN = { most: 3_000, mostPast: 900 };

/** A calendar as it would be published; nothing of it is stored. */
export interface Preview {
  readonly head: CalendarHead;
  /** In no order, each with the identifier of its project; "" for the list of what is overdue. */
  readonly components: readonly (readonly [component: GeneratedComponent, project: string])[];
  /** Of other calendars: a year each way, the 3,000 nearest to today; each with the name of its calendar. */
  readonly occurrences: readonly (readonly [occurrence: Occurrence, component: ForeignComponent, calendar: string])[];
  /** Whether there are more in that time, or components that have none in it. */
  readonly hasMore: boolean;
  /** How many components there are, also those that have no occurrence in that time. */
  readonly count: number;
  /** The size of all components, uncompressed. */
  readonly bytes: number;
  /** How many items are listed as overdue. */
  readonly overdue: number;
}

/** Throws `not_ready` while the projects can't be read. */
export type MakePreview = (view: View) => Promise<Preview>;

export function createPreview(loader: Loader, now: Clock): MakePreview {
  async function load(view: View): Promise<Loaded> {
    const loaded = await loader.load(view);
    checkReady(loaded);
    return loaded;
  }

  return async (view) => {
    const { projects } = await load(view).catch((error: unknown) => {
      throw explainedTo(view.audience, error);
    });
    const pause = createYieldPoint();
    const writeBlock = createBlockWriter();
    const components: [GeneratedComponent, string][] = [];
    const foreign: [ForeignComponent, string][] = [];
    const today = dayOf(now());
    let bytes = 0;
    const add = (component: CalendarComponent, identifier: string): void => {
      if (component.kind === 'foreign') {
        foreign.push([component, identifier]);
        bytes += Buffer.byteLength(component.text);
        return;
      }
      components.push([component, identifier]);
      bytes += Buffer.byteLength(stampBlock(writeBlock(component), Math.floor(now() / 1000)));
    };
    for (const project of projects) {
      for (const one of project.components(view, today)) {
        await pause();
        if (one) add(one[1], project.info.identifier);
      }
    }
    const overdue = projects.flatMap((project) => [...project.overdue(view, today)]);
    const event = overdueEvent(view, overdue, today);
    if (event) add(event, '');
    const all = await runInSlices(collectOccurrences(foreign, today), pause);
    const occurrences = nearest(all, ([{ end }]) => end, today, SHOWN);
    // What has no occurrence in that time has one in another, or none at all.
    const hasMore = occurrences.length < all.length || new Set(all.map(([, one]) => one)).size < foreign.length;
    const count = components.length + foreign.length;
    const head = viewHead(projects, view, []);
    return { head, components, occurrences, hasMore, count, bytes, overdue: overdue.length };
  };
}

function* collectOccurrences(
  foreign: readonly (readonly [ForeignComponent, string])[],
  today: CalendarDate,
): Generator<undefined, Preview['occurrences']> {
  const found: [Occurrence, ForeignComponent, string][] = [];
  for (const [component, calendar] of foreign) {
    yield;
    for (const one of component.occurrences(addDays(today, -SHOWN_DAYS), addDays(today, SHOWN_DAYS))) {
      found.push([one, component, calendar]);
      yield;
    }
  }
  return found.sort(([a], [b]) => (a.start < b.start ? -1 : 1));
}

/**
 * Of a list in the order of its starts at most so many that go on today or are still to come, and of what is over the latest to end: so many
 * at most, unless there is room. `endOf` returns null for what is never over.
 */
export function nearest<T>(
  list: readonly T[],
  endOf: (one: T) => string | null,
  today: CalendarDate,
  { most, mostPast }: { readonly most: number; readonly mostPast: number },
): T[] {
  if (list.length <= most) return [...list];
  const over: [end: string, one: T][] = [];
  const coming: T[] = [];
  for (const one of list) {
    const end = endOf(one);
    if (end === null || end.slice(0, 10) >= today) coming.push(one);
    else over.push([end, one]);
  }
  const shown = coming.slice(0, most - Math.min(mostPast, over.length));
  over.sort(([a], [b]) => (a < b ? 1 : -1));
  const all = new Set([...shown, ...over.slice(0, most - shown.length).map(([, one]) => one)]);
  return list.filter((one) => all.has(one));
}
