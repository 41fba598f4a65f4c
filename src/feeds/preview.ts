import { createBlockWriter, stampBlock } from '../icalendar/block.ts';
import { dayOf } from '../icalendar/date.ts';
import { viewComponents, type View } from '../views/view.ts';
import { viewHead } from '../views/head.ts';
import type { PlaneLinks } from '../views/plane-links.ts';
import { needsOf } from '../views/options.ts';
import type { CalendarComponent, CalendarHead } from '../domain/calendar.ts';
import type { Clock } from '../domain/ports.ts';
import { AppError } from '../domain/errors.ts';
import type { Loader } from './loader.ts';
import { createYieldPoint } from '../lib/cooperative.ts';

/** What a calendar would hold, before it is published: nothing of it is kept. */

/** A calendar as it would be. */
export interface Preview {
  readonly head: CalendarHead;
  /** In no order, each with the identifier of its project. */
  readonly components: readonly (readonly [component: CalendarComponent, project: string])[];
  /** The size of what would be sent, uncompressed. */
  readonly bytes: number;
}

/** Throws `not_ready` while the projects can't be read. */
export type MakePreview = (view: View) => Promise<Preview>;

export function createPreview(loader: Loader, links: PlaneLinks, now: Clock): MakePreview {
  return async (view) => {
    const { snapshots, missing, lacking, error } = await loader.load(view.scope, needsOf(view.options, view.scope));
    if (lacking.length > 0 || (snapshots.length === 0 && missing.length > 0))
      throw new AppError('not_ready', 'The projects could not be read from Plane yet.', { cause: error });
    const pause = createYieldPoint();
    const writeBlock = createBlockWriter();
    const components: [CalendarComponent, string][] = [];
    let bytes = 0;
    for (const snapshot of snapshots) {
      for (const [, component] of viewComponents(snapshot, view, dayOf(now()), links)) {
        await pause();
        components.push([component, snapshot.project.identifier]);
        bytes += Buffer.byteLength(stampBlock(writeBlock(component), Math.floor(now() / 1000)));
      }
    }
    return { head: viewHead(snapshots, view, links, []), components, bytes };
  };
}
