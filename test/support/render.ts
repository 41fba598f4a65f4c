import type { Block } from '../../src/icalendar/block.ts';
import { arrange, assemble, EMPTY_BODY, writtenBlock } from '../../src/icalendar/document.ts';
import { viewComponents } from '../../src/views/view.ts';
import { planeLinks } from '../../src/views/plane-links.ts';
import { DEFAULT_OPTIONS, type FeedOptions } from '../../src/views/options.ts';
import type { CalendarComponent, CalendarDate, CalendarEvent, CalendarTodo } from '../../src/domain/calendar.ts';
import type { Snapshot } from '../../src/domain/plane.ts';
import type { Store } from '../../src/domain/ports.ts';
import type { Feed } from '../../src/feeds/feed.ts';
import { createRenderer, type Rendered, type Renderer } from '../../src/feeds/renderer.ts';
import { createRevisions } from '../../src/feeds/revisions.ts';
import { runToEnd } from '../../src/lib/cooperative.ts';
import { PROJECT_ID } from './make.ts';
import { aMemoryStore } from './memory-store.ts';

export const LINKS = planeLinks('https://plane.example.com', 'acme');

/** A quarter past ten on 1 March 2026. */
const THEN = Date.UTC(2026, 2, 1, 10, 15);

type FeedFields = Partial<Omit<Feed, 'options'>> & { readonly options?: Partial<FeedOptions> };

/** An open feed of the project that `aProject` makes, with the options that hold by default. */
export function aFeed({ options, ...fields }: FeedFields = {}): Feed {
  return {
    key: 'feed',
    scope: { kind: 'projects', projectIds: [PROJECT_ID] },
    options: { ...DEFAULT_OPTIONS, ...options },
    pins: {},
    name: null,
    fileName: 'calendar',
    madeAt: null,
    disabledAt: null,
    ...fields,
  };
}

/** A renderer that compresses nothing and finds nothing too large. */
export function aRenderer(
  store: Store = aMemoryStore(),
  now = (): number => THEN,
  options: Partial<Parameters<typeof createRenderer>[0]> = {},
): Renderer {
  const revisions = createRevisions(store, now);
  return createRenderer({ links: LINKS, revisions, compression: false, warnBytes: 1_000_000_000, ...options });
}

/** The calendar of one or more projects as the server writes it the first time, at a quarter past ten on 1 March 2026. */
export function render(
  given: Snapshot | readonly Snapshot[],
  options: Partial<FeedOptions> = {},
  today: CalendarDate = '2026-03-02',
): Promise<Rendered> {
  const snapshots = 'project' in given ? [given] : given;
  const scope = { kind: 'projects', projectIds: snapshots.map(({ project }) => project.id) } as const;
  return aRenderer().calendar(aFeed({ scope, options }), snapshots, today, []);
}

/** What a feed shows of a project on 2 March 2026, or on another UTC day. */
export function componentsOf(snapshot: Snapshot, fields: FeedFields = {}, today = '2026-03-02'): CalendarComponent[] {
  return [...viewComponents(snapshot, aFeed(fields), today, LINKS)].map(([, component]) => component);
}

export function eventsOf(snapshot: Snapshot, fields: FeedFields = {}, today?: CalendarDate): CalendarEvent[] {
  return componentsOf(snapshot, fields, today).filter((one) => one.kind === 'event');
}

export function todosOf(
  snapshot: Snapshot,
  { options, ...fields }: FeedFields = {},
  today?: CalendarDate,
): CalendarTodo[] {
  const feed = { ...fields, options: { as: 'todo', ...options } } as const;
  return componentsOf(snapshot, feed, today).filter((one) => one.kind === 'todo');
}

/** A calendar of these blocks, all of one revision. */
export function documentOf(blocks: readonly Block[], revision: number): Buffer {
  const head = { name: 'Website', description: 'Work items', color: '#3e63dd', url: null };
  const written = blocks.map((block) => writtenBlock(PROJECT_ID, block.uid, block, revision));
  return runToEnd(assemble(head, runToEnd(arrange(EMPTY_BODY, () => false, written)))).identity;
}
