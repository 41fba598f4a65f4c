import type { Store } from '../../domain/ports.ts';
import { errorCode } from '../../domain/errors.ts';
import { versionOf } from '../../lib/record-version.ts';
import type { Link } from './link.ts';

const LINK = 'link';

/** What a link of an earlier release lacks. */
const DEFAULTS = { forWhom: null, expiresAt: null, ownerId: null } satisfies Partial<Link>;

/** A link as it will be, and as it was; `before` is undefined for a new one. */
export interface LinkChange {
  readonly before: Link | undefined;
  readonly link: Link;
}

/** Links in the store. */
export interface LinkRecords {
  list(): Promise<readonly Link[]>;
  /** All or none of them. Throws `conflict` when a stored one differs from `before`; then `onConflict` gets each as it is stored. */
  write(changes: readonly LinkChange[], onConflict: (stored: Link) => void): Promise<void>;
}

export function createLinkRecords(store: Store): LinkRecords {
  /** As stored, where that differs from the link: the versions of records are compared. */
  const originals = new WeakMap<Link, unknown>();

  function read(record: unknown): Link {
    const link = { ...DEFAULTS, ...(record as Link) };
    if (Object.keys(DEFAULTS).some((field) => !Object.hasOwn(record as Link, field))) originals.set(link, record);
    return link;
  }

  async function reread(changes: readonly LinkChange[], onConflict: (stored: Link) => void): Promise<void> {
    for (const { link } of changes) {
      const record = await store.get(LINK, link.id);
      if (record !== undefined) onConflict(read(record));
    }
  }

  return {
    list: async () => (await store.list(LINK)).map(([, record]) => read(record)),
    write: async (changes, onConflict) => {
      try {
        await store.write(
          changes.map(({ before, link }) => ({
            kind: LINK,
            id: link.id,
            value: link,
            expected: versionOf(before && (originals.get(before) ?? before)),
          })),
        );
      } catch (error) {
        if (errorCode(error) === 'conflict') await reread(changes, onConflict);
        throw error;
      }
    },
  };
}
