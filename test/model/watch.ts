import { createHash } from 'node:crypto';
import type { Publication } from '../../src/feeds/publisher.ts';
import { lint } from '../support/linter.ts';

/** Remembers every published document of one feed, and reports what no sequence of them may do. */
export interface Watch {
  /** What is wrong with this one, after those before it. */
  see(publication: Publication): string[];
  /** The document published last. */
  last(): string;
  /** The revision of each event of it, by uid. */
  revisions(): ReadonlyMap<string, number>;
}

interface Seen {
  readonly text: string;
  readonly revision: number;
}

const EPOCH = Date.UTC(2020, 0, 1) / 1000;

/**
 * Feeds of one shape share revisions. One that is read more seldom than another is not the first to see a change: there an item may have a later revision
 * with the same text, when the other one has shown it with another text in between, and what is new to it may have been shown by the
 * other one before.
 */
export function createWatch(isFirst = true): Watch {
  /** As each event was published last, also of those that left. */
  const events = new Map<string, Seen>();
  const bytes = new Map<string, string>();
  let last = { etag: '', modified: -Infinity, text: '' };
  let current = new Map<string, Seen>();
  let newest = 0;

  function seeEvents(text: string): string[] {
    const faults: string[] = [];
    const now = eventsOf(text, faults);
    const before = newest;
    for (const [uid, event] of now) {
      const old = events.get(uid);
      if (old) faults.push(...faultsOfChange(uid, old, event, isFirst && current.has(uid)));
      else if (isFirst && event.revision < before)
        faults.push(`${uid} is new with ${event.revision}, behind ${before}`);
      events.set(uid, event);
      newest = Math.max(newest, event.revision);
    }
    current = now;
    return faults;
  }

  return {
    last: () => last.text,
    revisions: () => new Map([...current].map(([uid, { revision }]) => [uid, revision])),
    see: ({ document: { identity, etag, lastModifiedMs } }) => {
      const text = identity.toString();
      const digest = createHash('sha256').update(identity).digest('hex');
      if (etag === last.etag && text === last.text)
        return lastModifiedMs === last.modified ? [] : ['Last-Modified moved while the bytes stood still'];
      const faults = lint(identity);
      if ((bytes.get(etag) ?? digest) !== digest) faults.push('one ETag for two documents');
      if (text === last.text) faults.push('the same bytes have two ETags');
      if (lastModifiedMs <= last.modified) faults.push(`other bytes with Last-Modified ${lastModifiedMs}`);
      if (lastModifiedMs % 1000 !== 0) faults.push('Last-Modified is not a whole second');
      bytes.set(etag, digest);
      faults.push(...seeEvents(text));
      last = { etag, modified: lastModifiedMs, text };
      return faults;
    },
  };
}

/** What is wrong with a revision after an older one of the same event. `isSteady`: equal text must have an equal revision. */
function faultsOfChange(uid: string, old: Seen, { text, revision }: Seen, isSteady: boolean): string[] {
  const moved = `${uid} went from ${old.revision} to ${revision}`;
  if (old.text !== text) return revision <= old.revision ? [`${moved} with other text`] : [];
  const faults: string[] = [];
  if (isSteady && revision !== old.revision) faults.push(`${moved} with the same text`);
  if (revision < old.revision) faults.push(`${moved} when it came back`);
  return faults;
}

/** Events without their revision, which is checked separately. */
function eventsOf(calendar: string, faults: string[]): Map<string, Seen> {
  const found = new Map<string, Seen>();
  for (const [text] of calendar.replace(/\r\n /g, '').matchAll(/BEGIN:VEVENT\r\n[^]*?END:VEVENT\r\n/g)) {
    const value = (name: string): string => new RegExp(`^${name}:(.*)\r$`, 'm').exec(text)?.[1] ?? '';
    const uid = value('UID');
    const revision = Number(value('SEQUENCE')) + EPOCH;
    const stamp = `${new Date(revision * 1000).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
    if (value('DTSTAMP') !== stamp || value('LAST-MODIFIED') !== stamp) faults.push(`the stamps of ${uid} differ`);
    found.set(uid, { revision, text: text.replace(/^(?:DTSTAMP|LAST-MODIFIED|SEQUENCE):.*\r\n/gm, '') });
  }
  return found;
}
