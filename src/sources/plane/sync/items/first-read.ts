import type { RequiredPart } from '../../../../domain/plane.ts';
import { believe } from '../../trust/last-good.ts';
import type { NameReading, NameSync } from '../names/name-sync.ts';
import { settled } from '../settled.ts';
import { currentItemsOf, type CurrentItems } from './current-items.ts';
import { readAll } from './full-read.ts';
import type { ItemSource } from './updates.ts';

/** A project as it was read for the first time. */
export interface FirstRead {
  readonly items: CurrentItems;
  readonly names: NameReading;
}

/**
 * Reads a project for the first time, in as few requests as possible, so that many projects are published within one minute of the budget:
 * one request if all its items fit on a page that includes their names; otherwise that page is the mark of a walk, one request per page.
 * The people of the workspace cost one request for all projects. Lists of names are only read where the page lacks some, or where a feed
 * requires them; a list that can't be read costs only its names. Throws a `plane_…` error.
 */
export async function readFirst(
  source: ItemSource,
  names: NameSync,
  parts: ReadonlySet<RequiredPart>,
): Promise<FirstRead> {
  const { reader, project, urgency } = source;
  const [page, people] = await Promise.all([reader.firstPage(project, urgency), settled(names.people(urgency))]);
  const items = page.all
    ? currentItemsOf(believe(page.all, undefined, reader.listPath(project.id)), page.mark, page.date)
    : await readAll(source, null, { before: page.mark });
  return {
    items,
    names: await names.complete({ seen: page.names, people, items: items.items }, project.id, parts, urgency),
  };
}
