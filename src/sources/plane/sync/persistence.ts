import type { Store } from '../../../domain/ports.ts';
import { errorMessage, isStorageError } from '../../../domain/errors.ts';
import type { Log } from '../../../lib/log.ts';
import type { ProjectState } from './project-state.ts';
import { projectChanges } from './records.ts';

/** That nothing changed is stored so often. */
const SAVE_MS = 600_000;

/** Stores what is known of a project, as far as it changed since it was stored. `entry.saved` resolves when that is done. */
export function createPersistence(store: Store, log: Log): (entry: ProjectState) => void {
  return (entry) => {
    const { snapshot, held, keptItems } = entry;
    if (!snapshot || !held) return;
    const isKept =
      entry.keptAs?.snapshot === snapshot && entry.keptAs.held === held && entry.keptAs.gone === entry.gone;
    if (isKept && entry.checkedAt - (entry.keptAs?.checkedAt ?? 0) < SAVE_MS) return;
    entry.keptAs = { snapshot, held, gone: entry.gone, checkedAt: entry.checkedAt };
    const { checkedAt, askedAt, neededAt, gone, formerIdentifiers } = entry;
    const changes = projectChanges(
      { snapshot, held, checkedAt, askedAt, neededAt, gone, formerIdentifiers },
      keptItems,
    );
    entry.keptItems = held.items;
    entry.saved = entry.saved
      .then(() => store.write(changes))
      .catch((error: unknown) => {
        // The next save writes all of it again.
        entry.keptItems = null;
        entry.keptAs = null;
        if (isStorageError(error)) return;
        log.error({ project: snapshot.project.identifier, reason: errorMessage(error) }, 'snapshot could not be kept');
      });
  };
}
