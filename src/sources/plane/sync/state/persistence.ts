import type { WorkItem } from '../../../../domain/plane.ts';
import type { Store } from '../../../../domain/ports.ts';
import { errorMessage, isStorageError } from '../../../../domain/errors.ts';
import type { Log } from '../../../../lib/log.ts';
import { projectChanges, type StoredProject } from './records.ts';

/** An unchanged project is stored again after this long, for its timestamps. */
const SAVE_MS = 600_000;

/** What the store contains of one project, and the write in progress. */
export interface Persistence {
  /** Resolves when everything passed to `save` was written, or failed to be. */
  readonly saved: Promise<void>;
  /** False after a write failed, until everything is written. */
  readonly isSaved: boolean;
  /** Stores what changed since the last save. A failed write is logged, and the next save writes everything. */
  save(project: StoredProject): void;
  /** These items were read from the store. */
  restored(items: ReadonlyMap<string, WorkItem>): void;
}

export function createPersistence(store: Store, log: Log): Persistence {
  let storedItems: ReadonlyMap<string, WorkItem> | null = null;
  let last: StoredProject | null = null;
  let saved: Promise<void> = Promise.resolve();
  let isSaved = true;

  function isStored({ snapshot, current, gone, checkedAt }: StoredProject): boolean {
    if (last?.snapshot !== snapshot || last.current !== current || last.gone !== gone) return false;
    return checkedAt - last.checkedAt < SAVE_MS;
  }

  return {
    get saved() {
      return saved;
    },
    get isSaved() {
      return isSaved;
    },
    save: (project) => {
      if (isStored(project)) return;
      const changes = projectChanges(project, storedItems);
      const isWhole = storedItems === null;
      last = project;
      storedItems = project.current.items;
      saved = saved
        .then(() => store.write(changes))
        .then(() => {
          isSaved ||= isWhole;
        })
        .catch((error: unknown) => {
          isSaved = false;
          storedItems = null;
          last = null;
          if (isStorageError(error)) return;
          const { identifier } = project.snapshot.project;
          log.error({ project: identifier, reason: errorMessage(error) }, 'snapshot could not be stored');
        });
    },
    restored: (items) => {
      storedItems = items;
    },
  };
}
