import type { WorkItem } from '../../../../domain/plane.ts';
import type { Store } from '../../../../domain/ports.ts';
import { errorMessage, isStorageError } from '../../../../domain/errors.ts';
import type { Log } from '../../../../lib/log.ts';
import { projectChanges, type StoredProject } from './records.ts';

/** An unchanged project is stored again after this long, for its timestamps. */
const SAVE_MS = 600_000;

/** What the store contains of one project, and the write in progress. */
export interface Persistence {
  /** Resolves when everything passed to `save` was written; rejects where the store could not be written. */
  readonly saved: Promise<void>;
  /** False after a write failed, until everything is written. */
  readonly isSaved: boolean;
  /** Stores what changed since the last save; nothing for null. A failed write is logged, and the next save writes everything. */
  save(project: StoredProject | null): void;
  /** Saves it again where a write failed, and resolves as `saved` does. */
  store(project: StoredProject | null): Promise<void>;
  /** These items were read from the store. */
  restored(items: ReadonlyMap<string, WorkItem>): void;
}

export function createPersistence(store: Store, log: Log): Persistence {
  /** By id; null for an item that may be stored, in which version is unknown. */
  let storedItems: ReadonlyMap<string, WorkItem | null> | null = null;
  /** Whether the next save writes everything. */
  let isUnknown = true;
  let last: StoredProject | null = null;
  let saved: Promise<void> = Promise.resolve();
  let isSaved = true;

  function isStored({ snapshot, current, gone, checkedAt }: StoredProject): boolean {
    if (last?.snapshot !== snapshot || last.current !== current || last.gone !== gone) return false;
    return checkedAt - last.checkedAt < SAVE_MS;
  }

  function save(project: StoredProject | null): void {
    if (project === null || isStored(project)) return;
    const before = storedItems;
    const { items } = project.current;
    const changes = projectChanges(project, before);
    const isWhole = isUnknown;
    last = project;
    storedItems = items;
    isUnknown = false;
    saved = saved
      .catch(() => undefined)
      .then(() => store.write(changes))
      .then(() => {
        isSaved ||= isWhole;
      })
      .catch((error: unknown) => {
        isSaved = false;
        // What this write should have removed may still be there.
        storedItems = unknownVersions(before, items, storedItems);
        isUnknown = true;
        last = null;
        if (isStorageError(error)) throw error;
        const { identifier } = project.snapshot.project;
        log.error({ project: identifier, reason: errorMessage(error) }, 'snapshot could not be stored');
      });
    // Where nobody waits for it, a failure must not count as unhandled.
    saved.catch(() => undefined);
  }

  return {
    get saved() {
      return saved;
    },
    get isSaved() {
      return isSaved;
    },
    save,
    store: (project) => {
      if (!isSaved) save(project);
      return saved;
    },
    restored: (items) => {
      storedItems = items;
      isUnknown = false;
    },
  };
}

/** All these items, each in an unknown version. */
function unknownVersions(...lists: readonly (ReadonlyMap<string, unknown> | null)[]): ReadonlyMap<string, null> {
  return new Map(lists.flatMap((items) => [...(items?.keys() ?? [])].map((id) => [id, null] as const)));
}
