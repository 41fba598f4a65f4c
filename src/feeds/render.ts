import { setImmediate as yieldToOthers } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { createBlockWriter } from '../calendar/block.ts';
import { etagOf, renderBlocks, renderDocument, type StampedBlock } from '../calendar/document.ts';
import { emptyNote, endNote, shapeOf, viewComponents, type Ending } from '../calendar/feed.ts';
import { viewHead, viewName } from '../calendar/head.ts';
import type { PlaneLinks } from '../calendar/links.ts';
import type { CalendarComponent, CalendarDate, Snapshot } from '../domain.ts';
import type { Feed } from './feed.ts';
import type { Revisions } from './revisions.ts';

/** Components written before others get a turn; about two milliseconds. */
const SLICE = 100;

const compress = promisify(gzip);

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
}

export interface RendererOptions {
  readonly links: PlaneLinks;
  readonly revisions: Revisions;
  readonly compression: boolean;
  /** Above so many bytes a calendar says that it is too large. */
  readonly warnBytes: number;
}

/** Writes calendars: the same feed, snapshots, day, notes and revisions give the same bytes. */
export interface Renderer {
  /** `notes` are sentences on the state of the calendar, for its description. */
  calendar(
    feed: Feed,
    snapshots: readonly Snapshot[],
    today: CalendarDate,
    notes: readonly string[],
  ): Promise<Rendered>;
  /** A calendar whose one component says that it is over. */
  ending(feed: Feed, snapshots: readonly Snapshot[], ending: Ending, since: number): Promise<Rendered>;
}

export function createRenderer({ links, revisions, compression, warnBytes }: RendererOptions): Renderer {
  async function write(
    feed: Feed,
    snapshots: readonly Snapshot[],
    components: (snapshot: Snapshot) => Iterable<CalendarComponent>,
    note: CalendarComponent,
    notes: readonly string[],
  ): Promise<Rendered> {
    const writeBlock = createBlockWriter();
    const pass = await revisions.begin(feed.key, shapeOf(feed));
    const blocks: StampedBlock[] = [];
    const add = (component: CalendarComponent, id?: string): void => {
      const block = writeBlock(component);
      blocks.push({ block, revision: pass.revise(block, id) });
    };
    const eventsByProject = new Map<string, number>();
    for (const snapshot of snapshots) {
      const before = blocks.length;
      for (const component of components(snapshot)) {
        if (blocks.length % SLICE === SLICE - 1) await yieldToOthers();
        add(component);
      }
      eventsByProject.set(snapshot.project.id, blocks.length - before);
    }
    const events = blocks.length;
    // Feeds of one scope have notes of one UID that read differently.
    if (events === 0) add(note, `${note.uid} ${feed.key}`);
    const body = renderBlocks(blocks);
    const warning = body.length > warnBytes ? tooLarge(body.length, warnBytes) : null;
    const told = warning === null ? notes : [...notes, `This calendar is too large for some programs: ${warning}.`];
    const identity = renderDocument(viewHead(snapshots, feed, links, told), body);
    const [zipped] = await Promise.all([compression ? compress(identity) : null, pass.commit()]);
    return { identity, gzip: zipped, etag: etagOf(identity), events, eventsByProject, warning };
  }

  return {
    calendar: (feed, snapshots, today, notes) => {
      const madeAt = feed.madeAt ?? Math.min(...snapshots.map(({ project }) => project.createdAt));
      const note = emptyNote(feed, viewName(snapshots, feed), Number.isFinite(madeAt) ? madeAt : 0);
      return write(feed, snapshots, (snapshot) => viewComponents(snapshot, feed, today, links), note, notes);
    },
    ending: (feed, snapshots, ending, since) => write(feed, snapshots, () => [], endNote(feed, ending, since), []),
  };
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
