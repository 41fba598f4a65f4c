import type { Clock, Store } from '../../../../domain/ports.ts';
import type { Log } from '../../../../lib/log.ts';
import { createContent, type Content, type ContentView } from './content.ts';
import { createFreshness, type Freshness, type FreshnessView } from './freshness.ts';
import { createPersistence } from './persistence.ts';
import type { StoredProject } from './records.ts';

/** A project as last read, how fresh that is, and whether it is stored. Always shows the state of the moment. */
export interface ProjectView extends ContentView, FreshnessView {
  readonly projectId: string;
  /** The read in progress, which never rejects; null for none. */
  readonly loading: Promise<void> | null;
  /** Resolves when what was to be saved is stored; rejects where the store could not be written. */
  readonly saved: Promise<void>;
  /** The same after another try where the store could not be written. */
  readonly store: () => Promise<void>;
  /** False while what was to be saved could not be. */
  readonly isSaved: boolean;
}

/** A project's state with everything that may happen to it. Only `sync/` changes it; others see a `ProjectView`. */
export interface ProjectState
  extends ProjectView, Omit<Content, 'view' | 'restored'>, Omit<Freshness, 'view' | 'restored'> {
  /** Runs a read, which must not reject, unless one is in progress; returns the one in progress. */
  load(read: () => Promise<void>): Promise<void>;
  /** Takes over what an earlier process stored. */
  restored(stored: StoredProject): void;
  /** Stores what changed since the last save. Does nothing before the first read. */
  save(): void;
}

export interface ProjectStateOptions {
  readonly projectId: string;
  readonly store: Store;
  /** Called with the ids of changed items, cycles and modules each time the snapshot changes. */
  readonly changed: (ids: ReadonlySet<string>) => void;
  readonly now: Clock;
  readonly log: Log;
}

export function createProjectState({ projectId, store, changed, now, log }: ProjectStateOptions): ProjectState {
  const { view: content, ...contentMethods } = createContent(now, changed);
  const { view: freshness, ...freshnessMethods } = createFreshness(now);
  const persistence = createPersistence(store, log);
  let loading: Promise<void> | null = null;

  return {
    projectId,
    ...contentMethods,
    ...freshnessMethods,
    get snapshot() {
      return content.snapshot;
    },
    get current() {
      return content.current;
    },
    get changedAt() {
      return content.changedAt;
    },
    get gone() {
      return content.gone;
    },
    get formerIdentifiers() {
      return content.formerIdentifiers;
    },
    get removedItems() {
      return content.removedItems;
    },
    get checkedAt() {
      return freshness.checkedAt;
    },
    get freshUntil() {
      return freshness.freshUntil;
    },
    get reconciledAt() {
      return freshness.reconciledAt;
    },
    get requestedAt() {
      return freshness.requestedAt;
    },
    get requiredAt() {
      return freshness.requiredAt;
    },
    get webhookAt() {
      return freshness.webhookAt;
    },
    get failedAt() {
      return freshness.failedAt;
    },
    get error() {
      return freshness.error;
    },
    get unreadLists() {
      return freshness.unreadLists;
    },
    get loading() {
      return loading;
    },
    get saved() {
      return persistence.saved;
    },
    get isSaved() {
      return persistence.isSaved;
    },
    load: (read) =>
      (loading ??= read().finally(() => {
        loading = null;
      })),
    restored: (stored) => {
      contentMethods.restored(stored);
      freshnessMethods.restored(stored);
      persistence.restored(stored.current.items);
    },
    save: () => {
      persistence.save(storedProject(content, freshness));
    },
    store: () => persistence.store(storedProject(content, freshness)),
  };
}

/** What is stored of a project; null before it was read. */
function storedProject(content: ContentView, freshness: FreshnessView): StoredProject | null {
  const { snapshot, current, gone, formerIdentifiers } = content;
  const { checkedAt, requestedAt, requiredAt } = freshness;
  return snapshot && current && { snapshot, current, gone, formerIdentifiers, checkedAt, requestedAt, requiredAt };
}

/** True if lists of names are still to be read, and can be. */
export function hasPartialNames({ snapshot, gone, error, unreadLists }: ProjectView): boolean {
  if (snapshot === null || gone !== null || error !== null) return false;
  return snapshot.partialNames.some((kind) => !unreadLists.has(kind));
}

/** Why something of the project could not be read, the items first. */
export function failuresIn({ error, unreadLists }: Pick<ProjectView, 'error' | 'unreadLists'>): readonly Error[] {
  return [...(error ? [error] : []), ...unreadLists.values()];
}
