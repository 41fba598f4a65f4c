import type { ProjectContent } from '../../../domain/ports.ts';
import { createYieldPoint } from '../../../lib/cooperative.ts';
import { foreignId } from './object.ts';

/** UIDs of a foreign calendar by the ids that objects have of them; empty for a project of Plane. */
export type OriginIndex = ReadonlyMap<string, string>;

/** Returns a function that indexes contents in slices, each once. */
export function createOriginIndex(): (content: ProjectContent) => Promise<OriginIndex> {
  const known = new WeakMap<ProjectContent, OriginIndex>();
  return async (content) => {
    const found = known.get(content);
    if (found) return found;
    const index = new Map<string, string>();
    const pause = createYieldPoint();
    for (const uid of content.calendar?.uids ?? []) {
      await pause();
      index.set(foreignId(content.info.id, uid), uid);
    }
    known.set(content, index);
    return index;
  };
}
