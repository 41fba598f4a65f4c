import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { createBlockWriter } from '../icalendar/block.ts';
import { changedIds } from '../views/changes.ts';
import {
  arrange,
  assemble,
  EMPTY_BODY,
  lengthOf,
  writtenBlock,
  type Body,
  type SortPosition,
  type WrittenComponent,
} from '../icalendar/document.ts';
import { emptyCalendarNote, tombstone, shapeOf, viewComponents, type Tombstone } from '../views/view.ts';
import { tombstoneHead, viewHead, viewName } from '../views/head.ts';
import type { PlaneLinks } from '../views/plane-links.ts';
import type { CalendarComponent, CalendarDate, CalendarHead } from '../domain/calendar.ts';
import type { Snapshot } from '../domain/plane.ts';
import { createYieldPoint, runInSlices } from '../lib/cooperative.ts';
import { createMutex } from '../lib/keyed-mutex.ts';
import type { Feed } from './feed.ts';
import type { Revisions } from './revisions.ts';

const compress = promisify(gzip);
/** One at a time: several at once take the processor from those who answer. */
const inTurnToCompress = createMutex();

/** A calendar's bytes, not yet dated. */
export interface Rendered {
  readonly identity: Buffer;
  readonly gzip: Buffer | null;
  readonly etag: string;
  /** Components; a note is none. */
  readonly events: number;
  /** The same by project. */
  readonly eventsByProject: ReadonlyMap<string, number>;
  readonly warning: string | null;
  readonly body: Body;
  /** Settles when the revisions told in it are on disk, or can't be. */
  readonly saved: Promise<void>;
}

/** A calendar as it was written before: what did not change since is taken over from it. */
export interface Before {
  readonly feed: Feed;
  readonly snapshots: readonly Snapshot[];
  readonly day: CalendarDate;
  readonly body: Body;
}

export interface RendererOptions {
  readonly links: PlaneLinks;
  readonly revisions: Revisions;
  readonly compression: boolean;
  /** Above so many bytes a calendar says that it is too large. */
  readonly warnBytes: number;
}

/** Writes calendars: the same feed, snapshots, day, notes and revisions give the same bytes, whatever was written before. */
export interface Renderer {
  /** `notes` are sentences on the state of the calendar, for its description. */
  calendar(
    feed: Feed,
    snapshots: readonly Snapshot[],
    today: CalendarDate,
    notes: readonly string[],
    before?: Before | null,
  ): Promise<Rendered>;
  /** A calendar whose one component says that it is over. */
  ending(feed: Feed, snapshots: readonly Snapshot[], ending: Tombstone, since: number): Promise<Rendered>;
}

/** What a body is made of: what is held, without what is stale, and what is to be written. */
interface Parts {
  readonly held: Body;
  readonly isStale: (place: SortPosition) => boolean;
  readonly fresh: Iterable<readonly [projectId: string, id: string, component: CalendarComponent]>;
}

export function createRenderer({ links, revisions, compression, warnBytes }: RendererOptions): Renderer {
  async function write(
    feed: Feed,
    snapshots: readonly Snapshot[],
    { held, isStale, fresh }: Parts,
    note: CalendarComponent,
    headWith: (warnings: readonly string[]) => CalendarHead,
  ): Promise<Rendered> {
    const pause = createYieldPoint();
    const writeBlock = createBlockWriter();
    const pass = await revisions.begin(feed.key, shapeOf(feed));
    const written: WrittenComponent[] = [];
    for (const [projectId, id, component] of fresh) {
      const block = writeBlock(component);
      written.push(writtenBlock(projectId, id, block, pass.revise(block)));
      await pause();
    }
    let arranged = await runInSlices(arrange(held, isStale, written), pause);
    const { length: events } = arranged.places;
    const eventsByProject = countByProject(snapshots, arranged.places);
    if (events === 0) {
      const block = writeBlock(note);
      // Feeds of one scope have notes of one UID that read differently.
      const revision = pass.revise(block, `${note.uid} ${feed.key}`);
      arranged = await runInSlices(
        arrange(EMPTY_BODY, () => false, [writtenBlock('', '', block, revision)]),
        pause,
      );
    }
    const size = lengthOf(arranged);
    const warning = size > warnBytes ? tooLarge(size, warnBytes) : null;
    const head = headWith(warning === null ? [] : [`This calendar is too large for some programs: ${warning}.`]);
    const { identity, etag, body } = await runInSlices(assemble(head, arranged), pause);
    const saved = pass.commit();
    // Whoever takes the calendar looks at this later.
    saved.catch(() => undefined);
    const zipped = compression ? await inTurnToCompress(() => compress(identity)) : null;
    return { identity, gzip: zipped, etag, events, eventsByProject, warning, body, saved };
  }

  return {
    calendar: (feed, snapshots, today, notes, before = null) => {
      const madeAt = feed.madeAt ?? Math.min(...snapshots.map(({ project }) => project.createdAt));
      const note = emptyCalendarNote(feed, viewName(snapshots, feed), Number.isFinite(madeAt) ? madeAt : 0);
      const isOfUse = before?.feed === feed && before.day === today;
      const changes = changesSince(isOfUse ? before.snapshots : [], snapshots);
      function* fresh(): Generator<[string, string, CalendarComponent]> {
        for (const snapshot of snapshots) {
          const { id: projectId } = snapshot.project;
          for (const [id, component] of viewComponents(snapshot, feed, today, links, changes.get(projectId)))
            yield [projectId, id, component];
        }
      }
      const isStale = ({ projectId, id }: SortPosition): boolean => changes.get(projectId)?.has(id) !== false;
      const parts = { held: isOfUse ? before.body : EMPTY_BODY, isStale, fresh: fresh() };
      return write(feed, snapshots, parts, note, (more) => viewHead(snapshots, feed, links, [...notes, ...more]));
    },
    ending: (feed, snapshots, ending, since) => {
      const parts = { held: EMPTY_BODY, isStale: () => true, fresh: [] };
      return write(feed, snapshots, parts, tombstone(feed, ending, since), () =>
        tombstoneHead(snapshots, feed, links, ending),
      );
    },
  };
}

/** What may read otherwise than before, by the project it is of now. */
function changesSince(before: readonly Snapshot[], snapshots: readonly Snapshot[]): Map<string, ReadonlySet<string>> {
  const old = new Map(before.map((snapshot) => [snapshot.project.id, snapshot]));
  return new Map(snapshots.map((next) => [next.project.id, changedIds(old.get(next.project.id) ?? null, next)]));
}

function countByProject(snapshots: readonly Snapshot[], places: readonly SortPosition[]): Map<string, number> {
  const counts = new Map(snapshots.map(({ project }) => [project.id, 0]));
  for (const { projectId } of places) counts.set(projectId, (counts.get(projectId) ?? 0) + 1);
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
