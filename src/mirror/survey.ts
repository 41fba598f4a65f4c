import type { Collection, Listed, Stored } from './collection.ts';
import { inspect } from './fingerprint.ts';
import { isOwnName, uidOf } from './object.ts';
import type { Held } from './plan.ts';

/** What a calendar holds under the names of a mirror. */

/** By name, foreign ones among them. */
export interface Survey {
  readonly listed: ReadonlyMap<string, Listed>;
  readonly held: ReadonlyMap<string, Held>;
  /** Those that had to be read. */
  readonly read: ReadonlyMap<string, Stored>;
}

/** Lists the calendar, and reads of it what is not remembered under the same entity tag. */
export async function survey(
  collection: Collection,
  mirrorId: string,
  remembered: ReadonlyMap<string, Held>,
): Promise<Survey> {
  const mine = [...(await collection.list()).values()].filter(({ name }) => isOwnName(name, mirrorId));
  const isKnown = ({ name, etag }: Listed): boolean => etag !== null && remembered.get(name)?.etag === etag;
  const unknown = mine.filter((one) => !isKnown(one));
  const read = unknown.length === 0 ? new Map<string, Stored>() : await collection.read(unknown);
  const listed = new Map<string, Listed>();
  const held = new Map<string, Held>();
  for (const one of mine) {
    const old = remembered.get(one.name);
    const stored = read.get(one.name);
    if (isKnown(one) && old) {
      listed.set(one.name, one);
      held.set(one.name, old);
    } else if (stored) {
      // It may have changed since it was listed: a write must be held against what was read.
      const etag = stored.etag ?? one.etag;
      listed.set(one.name, { ...one, etag });
      held.set(one.name, toHeld({ ...stored, etag }, mirrorId));
    }
  }
  return { listed, held, read };
}

/** What stands there, and whose it is: ours only if name, UID and marker say so. */
export function toHeld({ name, etag, text }: Stored, mirrorId: string): Held {
  const found = inspect(text);
  const isOurs = found?.uid === uidOf(name) && found.mirrorId === mirrorId && isOwnName(name, mirrorId);
  const title = found?.title ?? name;
  if (!isOurs) return { etag: etag ?? '', isOurs, theirs: '', base: '', title };
  return { etag: etag ?? '', isOurs, theirs: found.fp, base: found.base ?? '', title };
}
