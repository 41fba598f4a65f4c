import { dayOf } from '../../icalendar/date.ts';
import type { Body } from '../../icalendar/document.ts';
import { shapeOf } from '../../views/view.ts';
import type { CalendarDocument } from '../../domain/feed.ts';
import type { Clock, LocalFiles } from '../../domain/ports.ts';
import { runInSlices } from '../../lib/cooperative.ts';
import type { Log } from '../../lib/log.ts';
import { versionOf } from '../../lib/record-version.ts';
import type { DatedDocument } from '../last-modified.ts';
import type { Parts, Rendered } from '../renderer.ts';
import { revisionId, type RevisionPass, type Revisions } from '../revisions.ts';
import { decodeFile, encodeFile, type Head } from './file.ts';
import { nameOf } from './tidy.ts';

/** A published document, and what it was made of. */
export interface Published extends Pick<Rendered, 'eventsByProject' | 'isCurrent'> {
  readonly parts: Parts;
  readonly document: CalendarDocument;
  /** null where the document was read from a file. */
  readonly body: Body | null;
}

export interface PublishedFilesOptions {
  readonly files: LocalFiles;
  readonly revisions: Pick<Revisions, 'begin'>;
  /** Another version of the program may write other bytes. */
  readonly version: string;
  readonly now: Clock;
  readonly log: Log;
}

/** Published documents as files. */
export interface PublishedFiles {
  /** What was last published for the feed, with these validators; null unless rendering the parts would give the same. */
  read(parts: Parts, dated: DatedDocument): Promise<Published | null>;
  /** Does nothing for a document that will not be served again. */
  write(published: Published): Promise<void>;
}

export function createPublishedFiles({ files, revisions, version, now, log }: PublishedFilesOptions): PublishedFiles {
  const frameOf = ({ feed, day, notes }: Parts): string => versionOf([version, feed.revision, day, notes]) ?? '';

  return {
    read: async (parts, dated) => {
      const { feed } = parts;
      const name = nameOf(feed.key);
      const file = await files.read(name);
      if (!file) return null;
      const stored = decodeFile(file);
      const head = stored?.head;
      // What is of another day or release, or is not the last version, is no damage.
      if (head && (head.frame !== frameOf(parts) || head.etag !== dated.etag)) return null;
      const bytes = await stored?.bytes();
      if (!head || !bytes) {
        log.warn({ file: name }, 'a stored calendar is damaged; it is rendered again');
        return null;
      }
      if ((await digestsOf(parts)).join() !== head.contents.join()) return null;
      const pass = await revisions.begin(feed.key, shapeOf(feed));
      const isUnchanged = await runInSlices(hasAll(pass, bytes.stamps));
      if (!isUnchanged || !pass.isCurrent()) return null;
      const { identity, gzip } = bytes;
      const { events, warning } = head;
      const document = { identity, gzip, ...dated, events, warning, fileName: `${feed.fileName}.ics` };
      const eventsByProject = new Map(head.eventsByProject);
      return { document, parts, body: null, eventsByProject, isCurrent: pass.isCurrent };
    },
    write: async ({ parts, document, body, eventsByProject, isCurrent }) => {
      const { feed, day } = parts;
      if (!body || !isCurrent() || day !== dayOf(now())) return;
      const { identity, gzip, etag, events, warning } = document;
      const contents = await digestsOf(parts);
      const made = { feedKey: feed.key, revision: feed.revision, day, frame: frameOf(parts), contents };
      const head: Head = { ...made, etag, events, warning, eventsByProject: [...eventsByProject] };
      const chunks = await encodeFile(head, { identity, gzip, stamps: stampsOf(body, feed.key) });
      if (chunks) await files.write(nameOf(feed.key), chunks);
    },
  };
}

/** One after the other: each is made in slices. */
async function digestsOf({ projects }: Parts): Promise<string[]> {
  const digests: string[] = [];
  for (const project of projects) digests.push(await project.digest());
  return digests;
}

/** A line for each component that has a revision of ours. */
function stampsOf({ places }: Body, feedKey: string): Buffer {
  const lines = places.flatMap(({ projectId, uid, revision }) =>
    revision === undefined ? [] : `${revision} ${revisionId(projectId, uid, feedKey)}\n`,
  );
  return Buffer.from(lines.join(''));
}

/** Whether each of them would get the same revision now. */
function* hasAll(pass: RevisionPass, stamps: Buffer): Generator<undefined, boolean> {
  for (const line of stamps.toString().split('\n')) {
    const end = line.indexOf(' ');
    if (end > 0 && !pass.has(line.slice(end + 1), Number(line.slice(0, end)))) return false;
    yield;
  }
  return true;
}
