import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { createBlockWriter } from '../icalendar/block.ts';
import {
  arrange,
  assemble,
  createComponentWriter,
  EMPTY_BODY,
  type Body,
  type SortPosition,
  type WrittenComponent,
} from '../icalendar/document.ts';
import { emptyCalendarNote, tombstone, shapeOf, type TombstoneReason } from '../views/view.ts';
import { listsOverdue, overdueEvent } from '../views/overdue.ts';
import { tombstoneHead, viewHead, viewName } from '../views/head.ts';
import type { CalendarComponent, CalendarDate, CalendarHead, GeneratedComponent } from '../domain/calendar.ts';
import type { OverdueItem, ProjectContent, Setting } from '../domain/ports.ts';
import { createYieldPoint, runInSlices, type YieldPoint } from '../lib/cooperative.ts';
import { createMutex } from '../lib/keyed-mutex.ts';
import { UNCONDITIONAL, type Conditions } from './conditions.ts';
import type { Feed, FeedSettings } from './feed.ts';
import { revisionId, type RevisionPass, type Revisions } from './revisions.ts';

const compress = promisify(gzip);
/** One at a time: several at once would take the CPU from requests. */
const compressInTurn = createMutex();

/** What a document is made of; equal parts give equal bytes. */
export interface Parts {
  readonly feed: Feed;
  /** By identifier. */
  readonly projects: readonly ProjectContent[];
  /** The UTC day for which it is written, or the day on which it ended. */
  readonly day: CalendarDate;
  /** null for a feed that has not ended. */
  readonly tombstone: TombstoneReason | null;
  /** Sentences on the state of the calendar, for its description. */
  readonly notes: readonly string[];
}

/** A calendar's bytes, not yet dated. */
export interface Rendered {
  readonly identity: Buffer;
  readonly gzip: Buffer | null;
  readonly etag: string;
  /** Components, notes and tombstones not counted. */
  readonly events: number;
  /** The same by project. */
  readonly eventsByProject: ReadonlyMap<string, number>;
  /** See `CalendarDocument`. */
  readonly warning: string | null;
  readonly body: Body;
  readonly overdue: OverdueByProject;
  /** Settles when parts and revisions are on disk, or can't be stored. Rejects with `conflict` when another server stored other ones. */
  readonly saved: Promise<void>;
  /** See `RevisionPass`. */
  readonly isCurrent: RevisionPass['isCurrent'];
}

/** A calendar as written before, from which unchanged components are copied. */
export interface Before {
  readonly parts: Parts;
  readonly body: Body;
  /** Left out, it is collected again. */
  readonly overdue?: OverdueByProject;
}

/** What the calendar lists as overdue, by project; empty where it lists none. */
export type OverdueByProject = ReadonlyMap<string, readonly OverdueItem[]>;

const NOTHING_OVERDUE: OverdueByProject = new Map();

export interface RendererOptions {
  readonly revisions: Revisions;
  readonly settings: Setting<Pick<FeedSettings, 'compression' | 'feedWarnBytes'>>;
}

/** Writes calendars: equal parts and revisions give equal bytes, whatever was written before. */
export interface Renderer {
  render(parts: Parts, before?: Before | null, conditions?: Conditions): Promise<Rendered>;
}

/** What a body is made of: an earlier body without what is stale, and components to be written. */
interface Content {
  readonly earlier: Body;
  readonly isStale: (place: SortPosition) => boolean;
  readonly fresh: Iterable<readonly [projectId: string, id: string, component: CalendarComponent] | null>;
  /** Collects what is overdue, a step at a time; null where the calendar lists none. */
  readonly overdue: Generator<undefined, OverdueByProject> | null;
  /** The component of a calendar that has no other. */
  readonly note: GeneratedComponent;
}

export function createRenderer({ revisions, settings }: RendererOptions): Renderer {
  async function write(
    { feed, projects, day }: Parts,
    content: Content,
    headWith: (warnings: readonly string[]) => CalendarHead,
    conditions: Conditions,
  ): Promise<Rendered> {
    const { compression, feedWarnBytes } = settings();
    const pause = createYieldPoint();
    const pass = await revisions.begin(feed.key, shapeOf(feed));
    const overdue = content.overdue ? await runInSlices(content.overdue, pause) : NOTHING_OVERDUE;
    const own = overdueEvent(feed, [...overdue.values()].flat(), day);
    const written = await writeComponents(content, own, { pass, feedKey: feed.key, pause });
    const { length: size } = written;
    const warning = size > feedWarnBytes ? tooLarge(size, feedWarnBytes) : null;
    const head = headWith(warning === null ? [] : [`This calendar is too large for some apps: ${warning}.`]);
    const { identity, etag, body } = await runInSlices(assemble(head, written), pause);
    const saved = conditions.saved().then(() => pass.commit(conditions));
    // The publisher awaits it later; until then a failure must not count as unhandled.
    saved.catch(() => undefined);
    const zipped = compression ? await compressInTurn(() => compress(identity)) : null;
    const eventsByProject = countByProject(projects, written.places);
    const [{ events }, { isCurrent }] = [written, pass];
    return { identity, gzip: zipped, etag, events, eventsByProject, warning, body, overdue, saved, isCurrent };
  }

  return {
    render: (parts, before = null, conditions = UNCONDITIONAL) => {
      const { feed, projects, day, tombstone: reason, notes } = parts;
      const headWith = (more: readonly string[]): CalendarHead => viewHead(projects, feed, [...notes, ...more]);
      if (reason === null) return write(parts, contentOf(parts, before), headWith, conditions);
      const note = tombstone(feed, reason, Date.parse(day));
      const content = { earlier: EMPTY_BODY, isStale: () => true, fresh: [], overdue: null, note };
      return write(parts, content, () => tombstoneHead(projects, feed, reason), conditions);
    },
  };
}

/** No project is in it, so that everything is written. */
const EVERYTHING: ReadonlyMap<string, ReadonlySet<string>> = new Map();

function contentOf(parts: Parts, before: Before | null): Content {
  const { feed, projects, day, notes } = parts;
  const earlier = before && isOfUse(before, parts) ? before : null;
  const changes = earlier ? changesSince(earlier.parts.projects, projects) : EVERYTHING;
  function* fresh(): Content['fresh'] & Generator {
    for (const project of projects) {
      const { id: projectId } = project.info;
      for (const one of project.components(feed, day, changes.get(projectId))) yield one && [projectId, one[0], one[1]];
    }
  }
  const madeAt = feed.madeAt ?? Math.min(...projects.map(({ info }) => info.createdAt));
  return {
    earlier: earlier?.body ?? EMPTY_BODY,
    isStale: ({ projectId, id }) => changes.get(projectId)?.has(id) !== false,
    fresh: fresh(),
    overdue: listsOverdue(feed) ? collectOverdue(parts, changes, earlier?.overdue ?? null) : null,
    note: emptyCalendarNote(feed, viewName(projects, feed), Number.isFinite(madeAt) ? madeAt : 0, notes),
  };
}

/** The earlier lists without what changed, and what is overdue among the changes. */
function* collectOverdue(
  { feed, projects, day }: Parts,
  changes: ReadonlyMap<string, ReadonlySet<string>>,
  earlier: OverdueByProject | null,
): Generator<undefined, OverdueByProject> {
  const lists = new Map<string, readonly OverdueItem[]>();
  for (const project of projects) {
    const { id } = project.info;
    const before = earlier?.get(id);
    const changed = before && changes.get(id);
    const list = (before ?? []).filter((item) => changed?.has(item.id) === false);
    for (const item of project.overdue(feed, day, changed)) {
      list.push(item);
      yield;
    }
    lists.set(id, list);
  }
  return lists;
}

/** True where equal components of both have equal text. */
function isOfUse(before: Before, { feed, day }: Parts): boolean {
  return before.parts.feed.revision === feed.revision && before.parts.tombstone === null && before.parts.day === day;
}

interface Writing {
  readonly pass: RevisionPass;
  readonly feedKey: string;
  readonly pause: YieldPoint;
}

/** `own` is an event of the feed itself, besides those of its projects. */
async function writeComponents(
  { earlier, isStale, fresh, note }: Content,
  own: GeneratedComponent | null,
  { pass, feedKey, pause }: Writing,
) {
  const writeBlock = createBlockWriter();
  const writer = createComponentWriter();
  const written: WrittenComponent[] = [];
  const write = (projectId: string, id: string, component: CalendarComponent): WrittenComponent => {
    // What is not ours keeps its own revision.
    if (component.kind === 'foreign') return writer.foreign(projectId, id, component);
    const block = writeBlock(component);
    return writer.block(projectId, id, block, pass.assign(block));
  };
  const writeOwn = (component: GeneratedComponent): WrittenComponent => {
    const block = writeBlock(component);
    return writer.block('', '', block, pass.assign(block, revisionId('', component.uid, feedKey)));
  };
  for (const one of fresh) {
    if (one) written.push(write(one[0], one[1], one[2]));
    const paused = pause();
    if (paused) await paused;
  }
  if (own) written.push(writeOwn(own));
  const arranged = await runInSlices(arrange(earlier, isStale, written), pause);
  const { length: events } = arranged.places;
  if (events > 0) return { ...arranged, events };
  const alone = arrange(EMPTY_BODY, () => false, [writeOwn(note)]);
  return { ...(await runInSlices(alone, pause)), events };
}

/** Ids of what may differ from before, by project. */
function changesSince(
  before: readonly ProjectContent[],
  projects: readonly ProjectContent[],
): Map<string, ReadonlySet<string>> {
  const old = new Map(before.map((content) => [content.info.id, content]));
  return new Map(projects.map((next) => [next.info.id, next.changedSince(old.get(next.info.id) ?? null)]));
}

function countByProject(projects: readonly ProjectContent[], places: readonly SortPosition[]): Map<string, number> {
  const counts = new Map(projects.map(({ info }) => [info.id, 0]));
  for (const { projectId } of places) if (projectId !== '') counts.set(projectId, (counts.get(projectId) ?? 0) + 1);
  return counts;
}

/** Rounded, so that it stays the same while the calendar changes a little. */
function tooLarge(bytes: number, limit: number): string {
  const size = (count: number): string =>
    count < 950_000 ? `${Number((count / 1000).toPrecision(2))} kB` : `${(count / 1_000_000).toFixed(1)} MB`;
  return (
    `it has ${size(bytes)}, and Google reads only about ${size(limit)}; ` +
    'narrow it with fewer projects, done=hide, past, ahead or detail=brief'
  );
}
