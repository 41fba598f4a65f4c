import type { FollowedChanges, FollowedStore, StoreChange } from '../../domain/ports.ts';
import { errorCode } from '../../domain/errors.ts';
import { versionOf } from '../../lib/record-version.ts';
import type { Link, LinkChange } from './link.ts';
import { createPaths, PATH } from './paths.ts';

const LINK = 'link';

/** What a link of an earlier release lacks. */
const DEFAULTS = { forWhom: null, expiresAt: null, ownerId: null } satisfies Partial<Link>;

/** The copy of the links in memory. */
export interface LinkCopy {
  all(): readonly Link[];
  byId(id: string): Link | undefined;
  set(link: Link): void;
  remove(id: string): void;
}

/** Links in the store. */
export interface LinkRecords {
  /** Makes the copy what is stored, and keeps it so. */
  follow(copy: LinkCopy): Promise<void>;
  /**
   * All or none of them; when it resolves, the copy has them. Throws `conflict` when a stored one differs from `before`, or another link has
   * the path; then the copy has what is stored.
   */
  write(changes: readonly LinkChange[]): Promise<void>;
}

export function createLinkRecords(store: FollowedStore): LinkRecords {
  /** As stored, where that differs from the link: the versions of records are compared. */
  const originals = new WeakMap<Link, unknown>();
  const paths = createPaths();

  const storedAs = (link: Link | undefined): unknown => link && (originals.get(link) ?? link);

  function read(record: unknown, id: string): Link {
    if ((record as Link).id !== id) throw new Error('it is not the record of a link');
    if (Object.keys(DEFAULTS).every((field) => Object.hasOwn(record as Link, field))) return record as Link;
    const link = { ...DEFAULTS, ...(record as Link) };
    originals.set(link, record);
    return link;
  }

  function apply({ isComplete, records }: FollowedChanges, copy: LinkCopy): void {
    if (isComplete) {
      paths.clear();
      const ids = new Set(records.filter(({ kind }) => kind === LINK).map(({ id }) => id));
      for (const { id } of copy.all()) if (!ids.has(id)) copy.remove(id);
    }
    for (const record of records) {
      const { kind, id, value } = record;
      if (kind === PATH) paths.apply(record);
      else if (value === undefined) copy.remove(id);
      else if (versionOf(value) !== versionOf(storedAs(copy.byId(id)))) copy.set(read(value, id));
    }
  }

  const changeOf = ({ before, link }: LinkChange): StoreChange => ({
    kind: LINK,
    id: link.id,
    value: storedAs(link),
    expected: versionOf(storedAs(before)),
  });

  const write = (changes: readonly LinkChange[]): Promise<void> =>
    store.write([...changes.map(changeOf), ...paths.changesFor(changes)]);

  /** The links are written as they are, so that one that is revoked meanwhile takes no path. */
  async function addPaths(copy: LinkCopy): Promise<void> {
    const missing = paths.missingOf(copy.all());
    try {
      if (missing.length > 0) await write(missing.map((link) => ({ before: link, link })));
    } catch (error) {
      // Another server did it, or the store can't be written now: then the next change of the link does it.
      if (errorCode(error) === undefined) throw error;
    }
  }

  return {
    follow: async (copy) => {
      await store.follow([LINK, PATH], (changes) => {
        apply(changes, copy);
      });
      await addPaths(copy);
    },
    write,
  };
}
