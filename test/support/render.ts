import { createRevisions } from '../../src/feeds/revisions.ts';
import { createRenderer, type Rendered } from '../../src/feeds/render.ts';
import { DEFAULT_OPTIONS, type FeedOptions } from '../../src/calendar/options.ts';
import { planeLinks } from '../../src/calendar/links.ts';
import type { CalendarDate, Snapshot } from '../../src/domain.ts';
import { aMemoryStore } from './memory-store.ts';

export const LINKS = planeLinks('https://plane.example.com', 'acme');

/** A project's calendar as the server writes it the first time, at a quarter past ten on 1 March 2026. */
export function render(
  snapshot: Snapshot,
  options: Partial<FeedOptions> = {},
  today: CalendarDate = '2026-03-02',
): Promise<Rendered> {
  const revisions = createRevisions(aMemoryStore(), () => Date.UTC(2026, 2, 1, 10, 15));
  const renderer = createRenderer({ links: LINKS, revisions, compression: false });
  return renderer.project(snapshot, { ...DEFAULT_OPTIONS, ...options }, today);
}
