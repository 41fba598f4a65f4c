import { createHash } from 'node:crypto';
import { setImmediate as yieldToOthers } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { createBlockWriter } from '../calendar/block.ts';
import { etagOf, renderDocument, type StampedBlock } from '../calendar/document.ts';
import { emptyNote, goneNote, projectEvents, projectHead } from '../calendar/feed.ts';
import type { PlaneLinks } from '../calendar/links.ts';
import type { FeedOptions } from '../calendar/options.ts';
import type { CalendarDate, CalendarEvent, Snapshot } from '../domain.ts';
import type { Revisions } from './revisions.ts';

/** Events written before others get a turn; about two milliseconds. */
const SLICE = 100;

const compress = promisify(gzip);

/** A calendar's bytes, not yet dated. */
export interface Rendered {
  readonly identity: Buffer;
  readonly gzip: Buffer | null;
  readonly etag: string;
  /** Events of work items; a note is none. */
  readonly events: number;
}

export interface RendererOptions {
  readonly links: PlaneLinks;
  readonly revisions: Revisions;
  readonly compression: boolean;
}

/** Writes calendars: the same snapshot, options, day and revisions give the same bytes. */
export interface Renderer {
  project(snapshot: Snapshot, options: FeedOptions, today: CalendarDate): Promise<Rendered>;
  /** A calendar whose one event says that it is no longer published. */
  tombstone(snapshot: Snapshot, options: FeedOptions, since: number): Promise<Rendered>;
}

export function createRenderer({ links, revisions, compression }: RendererOptions): Renderer {
  async function write(
    snapshot: Snapshot,
    options: FeedOptions,
    events: Iterable<CalendarEvent>,
    note: CalendarEvent,
  ): Promise<Rendered> {
    const writeBlock = createBlockWriter();
    const pass = await revisions.begin(profileOf(options), 0);
    const blocks: StampedBlock[] = [];
    const add = (event: CalendarEvent): void => {
      const block = writeBlock(event);
      blocks.push({ block, revision: pass.revise(block) });
    };
    for (const event of events) {
      if (blocks.length % SLICE === SLICE - 1) await yieldToOthers();
      add(event);
    }
    const count = blocks.length;
    if (count === 0) add(note);
    const identity = renderDocument(projectHead(snapshot, options, links), blocks);
    const [zipped] = await Promise.all([compression ? compress(identity) : null, pass.commit()]);
    return { identity, gzip: zipped, etag: etagOf(identity), events: count };
  }

  const scopeOf = ({ project }: Snapshot): string => `project:${project.id}`;

  return {
    project: (snapshot, options, today) => {
      const note = emptyNote(scopeOf(snapshot), snapshot.project.name, snapshot.project.createdAt);
      return write(snapshot, options, projectEvents(snapshot, options, today, links), note);
    },
    tombstone: (snapshot, options, since) => write(snapshot, options, [], goneNote(scopeOf(snapshot), since)),
  };
}

/** Options that shape the text of an event; those that only choose events are not among them. */
function profileOf({ mode, title }: FeedOptions): string {
  return createHash('sha256').update(JSON.stringify({ mode, title })).digest('base64url').slice(0, 12);
}
