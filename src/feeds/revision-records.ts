import type { StoreChange } from '../domain/ports.ts';
import type { Revision } from '../icalendar/block.ts';
import { versionOf } from '../lib/record-version.ts';
import type { Seen } from './seen.ts';

/** The records of revisions. */

export const REVISION = 'revision';

/** Revisions are stored as [digest, revision]. */
const encode = ({ digest, revision }: Seen): unknown => [digest, revision];

/** What a record says. */
export function decode(value: unknown): Seen {
  const [digest, revision] = value as [string, Revision];
  return { digest, revision };
}

/** The change that stores a revision where another one is stored now. */
export function changeOf(
  profile: string,
  id: string,
  { seen, stored }: { readonly seen: Seen; readonly stored: Seen | undefined },
): StoreChange {
  const expected = stored ? versionOf(encode(stored)) : null;
  return { kind: REVISION, id: `${profile}/${id}`, value: encode(seen), expected };
}
