import { hash } from 'node:crypto';
import { dayOf } from '../../icalendar/date.ts';
import type { Clock, LocalFiles } from '../../domain/ports.ts';
import { decodeFile, HEAD_BYTES, type Head } from './file.ts';
import type { Shown } from './shown.ts';

/** What a small file takes on the disk. */
const BLOCK_BYTES = 4_096;

export interface TidyOptions {
  readonly files: LocalFiles;
  /** How much all files may take. */
  readonly maxBytes: number;
  /** False for what nobody may be shown any more as it was stored. */
  readonly isShown: (stored: Shown) => boolean;
  readonly now: Clock;
}

/** The name of the file of a feed: of one length, and it says nothing of the calendar. */
export function nameOf(feedKey: string): string {
  return hash('sha256', feedKey).slice(0, 32);
}

/** Returns a function that removes what will never be served again, such as calendars of other days, and the oldest of what is too much. */
export function createTidying({ files, maxBytes, isShown, now }: TidyOptions): () => Promise<void> {
  let heads = new Map<string, Head>();

  async function headOf(name: string): Promise<Head | null> {
    const start = await files.read(name, HEAD_BYTES);
    return (start && decodeFile(start)?.head) ?? null;
  }

  return async () => {
    const known = heads;
    heads = new Map();
    let total = 0;
    const newestFirst = [...(await files.list())].sort((a, b) => b.writtenAt - a.writtenAt);
    for (const { name, bytes, writtenAt } of newestFirst) {
      const id = `${name} ${writtenAt}`;
      const head = known.get(id) ?? (await headOf(name));
      const isOfUse = head?.day === dayOf(now()) && nameOf(head.feedKey) === name && isShown(head);
      if (isOfUse) total += Math.max(bytes, BLOCK_BYTES);
      if (isOfUse && total <= maxBytes) heads.set(id, head);
      else await files.remove(name);
    }
  };
}
