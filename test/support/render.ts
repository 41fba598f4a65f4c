import type { Block } from '../../src/icalendar/block.ts';
import { arrange, assemble, createComponentWriter, EMPTY_BODY } from '../../src/icalendar/document.ts';
import { planeLinks } from '../../src/views/plane-links.ts';
import { DEFAULT_OPTIONS } from '../../src/views/options/options.ts';
import { viewComponents } from '../../src/views/view.ts';
import type { GeneratedComponent, CalendarDate, CalendarEvent, CalendarTodo } from '../../src/domain/calendar.ts';
import type { FeedOptions } from '../../src/domain/feed.ts';
import type { Snapshot } from '../../src/domain/plane.ts';
import type { Store } from '../../src/domain/ports.ts';
import { createFeedFactory, type Feed, type FeedFactory, type FeedSettings } from '../../src/feeds/feed.ts';
import { createRenderer, type Parts, type Rendered, type Renderer } from '../../src/feeds/renderer.ts';
import { createRevisions } from '../../src/feeds/revisions.ts';
import { contentOf, type PlaneContent } from '../../src/sources/plane/content.ts';
import { runToEnd } from '../../src/lib/cooperative.ts';
import { PROJECT_ID } from './make.ts';
import { aMemoryStore } from './memory-store.ts';

export const LINKS = planeLinks('https://plane.example.com', 'acme');

/** A quarter past ten on 1 March 2026. */
const THEN = Date.UTC(2026, 2, 1, 10, 15);

type FeedFields = Partial<Omit<Feed, 'options' | 'revision'>> & { readonly options?: Partial<FeedOptions> };

/** A public feed of the project that `aProject` makes, with the default options. Equal feeds have equal revisions. */
export function aFeed({ options, ...fields }: FeedFields = {}): Feed {
  const feed = {
    key: 'feed',
    scope: { kind: 'projects', projectIds: [PROJECT_ID] } as const,
    options: { ...DEFAULT_OPTIONS, ...options },
    pins: {},
    name: null,
    fileName: 'calendar',
    madeAt: null,
    ended: null,
    ...fields,
  };
  return { ...feed, revision: JSON.stringify({ ...feed, revision: undefined }) };
}

/** Nothing is compressed and nothing too large. */
export function someSettings(fields: Partial<FeedSettings> = {}): FeedSettings {
  return { feedOptions: DEFAULT_OPTIONS, feedWarnBytes: 1_000_000_000, compression: false, ...fields };
}

/** Feeds over these defaults. */
export function aFactory(defaults: Partial<FeedOptions> = {}): FeedFactory {
  const settings = someSettings({ feedOptions: { ...DEFAULT_OPTIONS, ...defaults } });
  return createFeedFactory(() => settings);
}

const contents = new WeakMap<Snapshot, PlaneContent>();

/** The content of a project; the same object for the same snapshot, as from Plane. */
export function aContent(snapshot: Snapshot): PlaneContent {
  const content = contents.get(snapshot) ?? contentOf(snapshot, LINKS);
  contents.set(snapshot, content);
  return content;
}

/** What a calendar of these snapshots is made of. */
export function partsOf(
  feed: Feed,
  snapshots: readonly Snapshot[],
  day: CalendarDate,
  notes: readonly string[] = [],
): Parts {
  return { feed, projects: snapshots.map(aContent), day, tombstone: null, notes };
}

export function aRenderer(
  store: Store = aMemoryStore(),
  now = (): number => THEN,
  settings: Partial<FeedSettings> = {},
): Renderer {
  return createRenderer({ revisions: createRevisions(store, now), settings: () => someSettings(settings) });
}

/** The calendar of one or more projects as the server writes it the first time, at a quarter past ten on 1 March 2026. */
export function render(
  given: Snapshot | readonly Snapshot[],
  options: Partial<FeedOptions> = {},
  today: CalendarDate = '2026-03-02',
): Promise<Rendered> {
  const snapshots = 'project' in given ? [given] : given;
  const scope = { kind: 'projects', projectIds: snapshots.map(({ project }) => project.id) } as const;
  return aRenderer().render(partsOf(aFeed({ scope, options }), snapshots, today));
}

/** What a feed shows of a project on 2 March 2026, or on another UTC day. */
export function componentsOf(snapshot: Snapshot, fields: FeedFields = {}, today = '2026-03-02'): GeneratedComponent[] {
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
  const writer = createComponentWriter();
  const written = blocks.map((block) => writer.block(PROJECT_ID, block.uid, block, revision));
  return runToEnd(assemble(head, runToEnd(arrange(EMPTY_BODY, () => false, written)))).identity;
}
