import { changedIds, isSameSnapshot } from '../../../../views/changes.ts';
import type { Names, Snapshot, WorkItem } from '../../../../domain/plane.ts';
import type { Clock } from '../../../../domain/ports.ts';
import { mergeDelivered, withDelivered, type CurrentItems } from '../items/current-items.ts';
import type { StoredProject, Unpublished } from './records.ts';

/** What a project contains, as last read. */
export interface ContentView {
  /** null until the first read. */
  readonly snapshot: Snapshot | null;
  /** The items of the snapshot with what the next probe needs; null until the first read. */
  readonly current: CurrentItems | null;
  /** When a read or a delivery last changed something that had been read before, in milliseconds since the epoch; -Infinity for never. */
  readonly changedAt: number;
  /** Why the project is no longer published, and since when; null while it is. */
  readonly gone: Unpublished | null;
  /** Identifiers the project had before. */
  readonly formerIdentifiers: readonly string[];
  /** Items that left the project since the process started. */
  readonly removedItems: number;
}

/** The content of one project, and the ways in which it changes. */
export interface Content {
  readonly view: ContentView;
  /** A read begins. Items delivered from now on are merged into its result. */
  readStarted(): void;
  /** A read ended with this snapshot; its items are replaced by `items`, merged with deliveries since the read began. */
  loaded(snapshot: Snapshot, items: CurrentItems): void;
  /** Replaces parts other than items. Does nothing before the first read. */
  updateDetails(parts: Partial<Omit<Snapshot, 'items'>>): void;
  /** Replaces an item by the version in a webhook delivery, and adds the names it refers to. Does nothing before the first read. */
  applyDelivery(item: WorkItem, names: Names): void;
  markRemoved(reason: Unpublished): void;
  markPublished(): void;
  restored(stored: Pick<StoredProject, 'snapshot' | 'current' | 'gone' | 'formerIdentifiers'>): void;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** `changed` is called with the ids of changed items, cycles and modules each time the snapshot changes. */
export function createContent(now: Clock, changed: (ids: ReadonlySet<string>) => void): Content {
  const content: Mutable<ContentView> = {
    snapshot: null,
    current: null,
    changedAt: -Infinity,
    gone: null,
    formerIdentifiers: [],
    removedItems: 0,
  };
  const deliveredSinceRead = new Map<string, WorkItem>();

  function replace(snapshot: Snapshot, current: CurrentItems): void {
    const old = content.snapshot;
    if (old && old.project.identifier !== snapshot.project.identifier)
      content.formerIdentifiers = [...new Set([...content.formerIdentifiers, old.project.identifier])];
    content.current = current;
    const next = { ...snapshot, items: current.items };
    if (old && isSameSnapshot(old, next)) return;
    for (const id of old?.items.keys() ?? []) if (!current.items.has(id)) content.removedItems++;
    content.snapshot = next;
    const ids = changedIds(old, next);
    if (old && isChange(old, next, ids)) content.changedAt = now();
    changed(ids);
  }

  return {
    view: content,
    readStarted: () => {
      deliveredSinceRead.clear();
    },
    loaded: (snapshot, items) => {
      replace(snapshot, mergeDelivered(items, deliveredSinceRead.values()));
    },
    updateDetails: (parts) => {
      const { snapshot, current } = content;
      if (snapshot && current) replace({ ...snapshot, ...parts }, current);
    },
    applyDelivery: (item, names) => {
      const { snapshot, current } = content;
      if (!snapshot || !current) return;
      deliveredSinceRead.set(item.id, item);
      replace({ ...snapshot, ...names }, withDelivered(current, item));
    },
    markRemoved: (reason) => {
      content.gone = reason;
    },
    markPublished: () => {
      content.gone = null;
    },
    restored: ({ snapshot, current, gone, formerIdentifiers }) => {
      Object.assign(content, { snapshot, current, gone, formerIdentifiers });
    },
  };
}

/** False where cycles or modules were only read for the first time. */
function isChange(old: Snapshot, next: Snapshot, ids: ReadonlySet<string>): boolean {
  const cycles = old.cycles ?? next.cycles;
  const modules = old.modules ?? next.modules;
  if (cycles === old.cycles && modules === old.modules) return ids.size > 0;
  return changedIds({ ...old, cycles, modules }, next).size > 0;
}
