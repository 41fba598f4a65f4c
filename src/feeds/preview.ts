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
const MAX_OCCURRENCES = 3_000;
const MAX_PAST_OCCURRENCES = 900;

/** A calendar as it would be published; nothing of it is stored. */
export interface Preview {
  readonly head: CalendarHead;
  /** In no order, each with the identifier of its project; "" for the list of what is overdue. */
  readonly components: readonly (readonly [component: GeneratedComponent, project: string])[];
  /** Of other calendars: a year each way, the 3,000 nearest to today; each with the name of its calendar. */
  readonly occurrences: readonly (readonly [occurrence: Occurrence, component: ForeignComponent, calendar: string])[];
  /** Whether there are more in that time. */
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
    const isComing = ([{ end }]: (typeof all)[number]): boolean => end.slice(0, 10) >= today;
    const occurrences = nearest(all, isComing, MAX_OCCURRENCES, MAX_PAST_OCCURRENCES);
    const hasMore = occurrences.length < all.length;
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

/** Of a list in the order of its dates at most so many around the first that is still to come, and at most so many before it. */
export function nearest<T>(list: readonly T[], isComing: (one: T) => boolean, most: number, mostPast: number): T[] {
  const coming = list.findIndex(isComing);
  const from = (coming < 0 ? list.length : coming) - mostPast;
  const start = Math.max(0, Math.min(from, list.length - most));
  return list.slice(start, start + most);
}
