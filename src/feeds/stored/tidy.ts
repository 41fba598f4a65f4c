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

/** What `nameOf` returns, or a draft of it. Other files in the folder are not ours: DATA_DIR may have had a folder of that name before. */
const OURS = /^[0-9a-f]{32}(?:\.new)?$/;

/** The name of the file of a feed: of one length, and it says nothing of the calendar. */
export function nameOf(feedKey: string): string {
  return hash('sha256', feedKey).slice(0, 32);
}

/** Returns a function that removes what will never be served again, such as calendars of other days, and the oldest of what is too much. */
export function createTidying({ files, maxBytes, isShown, now }: TidyOptions): () => Promise<void> {
  let heads = new Map<string, Head>();

  /** null for what can't be read: no file may keep the others from being removed. */
  async function headOf(name: string): Promise<Head | null> {
    const start = await files.read(name, HEAD_BYTES).catch(() => null);
    return (start && decodeFile(start)?.head) ?? null;
  }

  return async () => {
    const known = heads;
    heads = new Map();
    let total = 0;
    const ours = (await files.list()).filter(({ name }) => OURS.test(name));
    const newestFirst = ours.sort((a, b) => b.writtenAt - a.writtenAt);
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
