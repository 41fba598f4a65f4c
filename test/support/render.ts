import { createRenderer, type Rendered } from '../../src/feeds/render.ts';
import { DEFAULT_OPTIONS, type FeedOptions } from '../../src/calendar/options.ts';
import { planeLinks } from '../../src/calendar/links.ts';
import { reviseBySource } from '../../src/calendar/revision.ts';
import type { CalendarDate, Snapshot } from '../../src/domain.ts';

export const LINKS = planeLinks('https://plane.example.com', 'acme');

const renderer = createRenderer({ links: LINKS, revise: reviseBySource, compression: false });

/** A project's calendar as the server writes it. */
export function render(
  snapshot: Snapshot,
  options: Partial<FeedOptions> = {},
  today: CalendarDate = '2026-03-02',
): Promise<Rendered> {
  return renderer(snapshot, { ...DEFAULT_OPTIONS, ...options }, today);
}
