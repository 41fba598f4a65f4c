import { setImmediate as yieldToOthers } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { createBlockWriter } from '../calendar/block.ts';
import { etagOf, renderDocument, type StampedBlock } from '../calendar/document.ts';
import type { PlaneLinks } from '../calendar/links.ts';
import { emptyNote, projectEvents, projectHead } from '../calendar/feed.ts';
import type { FeedOptions } from '../calendar/options.ts';
import type { Revise } from '../calendar/revision.ts';
import type { CalendarDate, Snapshot } from '../domain.ts';

/** Events written before others get a turn; about two milliseconds. */
const SLICE = 100;

const compress = promisify(gzip);

/** A calendar's bytes, not yet dated. */
export interface Rendered {
  readonly identity: Buffer;
  readonly gzip: Buffer | null;
  readonly etag: string;
  readonly events: number;
}

export interface RenderOptions {
  readonly links: PlaneLinks;
  readonly revise: Revise;
  readonly compression: boolean;
}

/** Writes a project's calendar as it stands on a UTC day: the same snapshot, options and day give the same bytes. */
export type RenderProject = (snapshot: Snapshot, options: FeedOptions, today: CalendarDate) => Promise<Rendered>;

export function createRenderer({ links, revise, compression }: RenderOptions): RenderProject {
  return async (snapshot, options, today) => {
    const writeBlock = createBlockWriter();
    const blocks: StampedBlock[] = [];
    for (const event of projectEvents(snapshot, options, today, links)) {
      if (blocks.length % SLICE === SLICE - 1) await yieldToOthers();
      const block = writeBlock(event);
      blocks.push({ block, revision: revise(event, block) });
    }
    const events = blocks.length;
    const head = projectHead(snapshot, options, links);
    if (events === 0) {
      const note = emptyNote(`project:${snapshot.project.id}`, head.name, snapshot.project.createdAt);
      const block = writeBlock(note);
      blocks.push({ block, revision: revise(note, block) });
    }
    const identity = renderDocument(head, blocks);
    return { identity, gzip: compression ? await compress(identity) : null, etag: etagOf(identity), events };
  };
}
