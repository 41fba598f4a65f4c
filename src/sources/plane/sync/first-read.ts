import type { RequiredPart, Project } from '../../../domain/plane.ts';
import type { Urgency } from '../api/budget.ts';
import type { ItemReader } from '../api/item-reader.ts';
import { believe } from '../trust/last-good.ts';
import { currentItemsOf, readAll, type CurrentItems } from './probe.ts';
import type { KnownNames, NameSync } from './names.ts';

/** A project as it was read for the first time. */
export interface FirstRead {
  readonly held: CurrentItems;
  readonly names: KnownNames;
}

/**
 * Reads a project that was never read before, for as few requests as possible, so that many of them are published within one minute of the
 * budget: one where all its items fit on a page that has their names in it; else one more for each page of a walk, whose mark that page was.
 * The people of the workspace cost one request, however many projects are read. Lists of names are only read where the page leaves some
 * out, or where a feed needs them. Throws a `plane_…` error.
 */
export async function readFirst(
  reader: ItemReader,
  names: NameSync,
  project: Project,
  needs: ReadonlySet<RequiredPart>,
  urgency: Urgency,
): Promise<FirstRead> {
  const [page] = await Promise.all([reader.firstPage(project, urgency), names.people(urgency)]);
  const held = page.all
    ? currentItemsOf(believe(page.all, undefined, reader.listPath(project.id)), page.mark, page.date)
    : await readAll(reader, project, null, urgency, { before: page.mark });
  return { held, names: await names.complete(page.names, held.items, project.id, needs, urgency) };
}
