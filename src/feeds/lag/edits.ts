import type { Body } from '../../icalendar/document.ts';
import type { Published } from '../stored/published.ts';

/** Edits since an earlier version of items that either version shows. */
export function editsIn({ parts, body }: Published, earlier: Published): ReadonlyMap<string, number> {
  const edits = new Map<string, number>();
  if (parts.tombstone !== null) return edits;
  const before = new Map(earlier.parts.projects.map((project) => [project.info.id, project]));
  for (const project of parts.projects) {
    const old = before.get(project.info.id);
    if (old && old !== project) for (const [id, at] of project.editsSince(old)) edits.set(id, at);
  }
  return edits.size === 0 ? edits : shownIn([...(body?.places ?? []), ...(earlier.body?.places ?? [])], edits);
}

function shownIn(places: Body['places'], edits: ReadonlyMap<string, number>): Map<string, number> {
  const shown = new Map<string, number>();
  for (const { id } of places) {
    const at = edits.get(id);
    if (at !== undefined) shown.set(id, at);
  }
  return shown;
}
