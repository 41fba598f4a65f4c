import type { StoreChange } from '../../domain/ports.ts';
import type { Revision } from '../../icalendar/block.ts';
import { versionOf } from '../../lib/record-version.ts';

/** The records of revisions. */

/** The kind of their records. */
export const REVISION = 'revision';

/** The latest bytes of a component. */
export interface Seen {
  /** Digest of the bytes. */
  readonly digest: string;
  readonly revision: Revision;
  /** What calendars in memory have, where that was replaced by what another server stored. */
  readonly shown?: Seen;
}

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
