import type { CalendarDocument } from '../../domain/feed.ts';
import type { Feed } from '../feed.ts';
import type { DatedDocument } from '../last-modified.ts';
import type { OverdueByProject, Parts, Rendered } from '../renderer.ts';
import type { Published } from '../stored/published.ts';

/** Memory for the sort position of one component. */
const PLACE_BYTES = 100;

/** A document in memory, and what it was made of. */
export interface Entry extends Published {
  /** null where it was not collected. */
  readonly overdue: OverdueByProject | null;
}

/** A rendered document with its validators. */
export function entryOf(parts: Parts, rendered: Rendered, dated: DatedDocument): Entry {
  const { body, overdue, eventsByProject, isCurrent } = rendered;
  return { document: documentOf(parts.feed, rendered, dated), parts, body, overdue, eventsByProject, isCurrent };
}

function documentOf({ fileName }: Feed, rendered: Rendered, dated: DatedDocument): CalendarDocument {
  const { identity, gzip, events, warning } = rendered;
  return { identity, gzip, ...dated, events, warning, fileName: `${fileName}.ics` };
}

/** In bytes. */
export function memoryOf({ document: { identity, gzip }, body, overdue }: Entry): number {
  const listed = [...(overdue?.values() ?? [])].reduce((sum, { length }) => sum + length, 0);
  return identity.length + (gzip?.length ?? 0) + ((body?.places.length ?? 0) + listed) * PLACE_BYTES;
}

/** True for parts that give the same bytes. */
export function isSame(a: Parts, b: Parts): boolean {
  const isOne = a.feed.revision === b.feed.revision && a.day === b.day && a.tombstone === b.tombstone;
  return isOne && areSame(a.projects, b.projects) && areSame(a.notes, b.notes);
}

function areSame(these: readonly unknown[], those: readonly unknown[]): boolean {
  return these.length === those.length && these.every((one, index) => one === those[index]);
}
