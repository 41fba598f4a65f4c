import type { Clock, Project, Snapshot, Store } from '../domain.ts';
import { AppError, errorMessage } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Urgency } from './budget.ts';
import type { Directory } from './directory.ts';
import { createEntry, type Entry } from './entry.ts';
import { keepSame, look, readAll, type HeldItems } from './look.ts';
import { createNameKeeper } from './names.ts';
import type { PlaneReader } from './reader.ts';
import { keptProjects, projectChanges, type Gone } from './records.ts';

/** After a failure Plane is left alone this long; whoever asks meanwhile gets what we have at once. */
const REST_MS = 10_000;
/** An empty list where there were items is believed when a second look so much later agrees. */
const EMPTY_PROOF_MS = 300_000;
/** A look may take at most this share of the time. */
const LOOK_SHARE = 100;
const LOOK_STEP_MS = 100; // Learnt in steps: one slow look may have waited for the budget.
/** The part of the budget that looks at unchanged projects may take, so that names are never starved. */
const BUDGET_SHARE = 0.22;
/** Projects that somebody asked for lately share that part. */
const ACTIVE_MS = 600_000;
const SAVE_MS = 600_000;
const GAP_MS = 600_000;

export interface SnapshotsOptions {
  readonly reader: PlaneReader;
  readonly directory: Directory;
  readonly store: Store;
  readonly freshMs: number;
  readonly reconcileMs: number;
  readonly requestsPerMinute: number;
  /** True while Plane wants no requests. */
  readonly isPaused: () => boolean;
  readonly now: Clock;
  readonly log: Log;
}

/** The snapshots of all projects, kept true: each read when somebody asks, and once however many do. */
export interface Snapshots {
  /** Brings back what was kept. To be called before anything else. */
  restore(): Promise<void>;
  /** The entry of a project, made when there is none. */
  entry(projectId: string): Entry;
  entries(): readonly Entry[];
  /** Asks Plane what changed. Never rejects: the entry tells how it went. `all` reads everything again. */
  refresh(projectId: string, urgency: Urgency, all?: boolean): Promise<void>;
  /** Puts a changed item list into a project at once, and keeps it. */
  apply(entry: Entry, held: HeldItems): void;
}

export function createSnapshots(options: SnapshotsOptions): Snapshots {
  const { reader, directory, store, freshMs, reconcileMs, now, log } = options;
  const names = createNameKeeper(reader, now);
  const entries = new Map<string, Entry>();

  function entryOf(projectId: string): Entry {
    let entry = entries.get(projectId);
    if (!entry) entries.set(projectId, (entry = createEntry(projectId)));
    return entry;
  }

  /** Keeps what changed; that nothing did is kept every ten minutes. */
  function save(entry: Entry): void {
    const { snapshot, held, keptItems } = entry;
    if (!snapshot || !held) return;
    const isKept =
      entry.keptAs?.snapshot === snapshot && entry.keptAs.held === held && entry.keptAs.gone === entry.gone;
    if (isKept && entry.checkedAt - (entry.keptAs?.checkedAt ?? 0) < SAVE_MS) return;
    entry.keptAs = { snapshot, held, gone: entry.gone, checkedAt: entry.checkedAt };
    const { checkedAt, askedAt, gone, formerIdentifiers } = entry;
    const changes = projectChanges({ snapshot, held, checkedAt, askedAt, gone, formerIdentifiers }, keptItems);
    entry.keptItems = held.items;
    entry.saved = entry.saved
      .then(() => store.write(changes))
      .catch((error: unknown) => {
        // The next save writes all of it again.
        entry.keptItems = null;
        entry.keptAs = null;
        log.error({ project: snapshot.project.identifier, reason: errorMessage(error) }, 'snapshot could not be kept');
      });
  }

  function setSnapshot(entry: Entry, snapshot: Snapshot, held: HeldItems): void {
    const old = entry.snapshot;
    const isSame =
      old !== null &&
      old.project === snapshot.project &&
      old.items === held.items &&
      old.states === snapshot.states &&
      old.labels === snapshot.labels &&
      old.members === snapshot.members;
    if (old && old.project.identifier !== snapshot.project.identifier) {
      entry.formerIdentifiers = [...new Set([...entry.formerIdentifiers, old.project.identifier])];
    }
    entry.held = held;
    if (isSame) return;
    for (const id of old?.items.keys() ?? []) if (!held.items.has(id)) entry.removed++;
    entry.snapshot = { ...snapshot, items: held.items };
    entry.changedAt = now();
  }

  /** Where a project is that the list no longer has. */
  async function whyGone(entry: Entry, urgency: Urgency): Promise<Gone> {
    if (entry.gone && entry.gone.kind !== 'lost') return entry.gone;
    const since = entry.gone?.since ?? now();
    if (directory.isUnpublished(entry.projectId)) return { kind: 'unpublished', since };
    const found = await reader.project(entry.projectId, urgency);
    if (found?.isMember === true) throw new AppError('plane_unavailable', 'Plane does not list a project that it has.');
    // Plane answers 404 for a secret project of which one is no member, as for a deleted one.
    const isDeleted = found === null && entry.snapshot?.project.secret !== true;
    return isDeleted ? { kind: 'deleted', since: now() } : { kind: 'lost', since };
  }

  /** One look at a project, all of it when `all`. */
  async function update(entry: Entry, urgency: Urgency, all: boolean): Promise<void> {
    const startedAt = now();
    const before = entry.snapshot;
    // What happened in a long outage was told to nobody.
    const isGap = entry.error !== null && startedAt - entry.checkedAt >= GAP_MS;
    await directory.refresh(urgency);
    const project = directory.get(entry.projectId);
    entry.gone = project ? null : await whyGone(entry, urgency);
    if (project?.archived === true && entry.snapshot && entry.held)
      setSnapshot(entry, { ...entry.snapshot, project }, entry.held);
    else if (project)
      await readProject(entry, project, urgency, all || isGap || startedAt - entry.reconciledAt >= reconcileMs);
    entry.checkedAt = startedAt;
    if (entry.snapshot === before) entry.lookMs = Math.min(now() - startedAt, 2 * entry.lookMs + LOOK_STEP_MS);
    save(entry);
  }

  async function readProject(entry: Entry, project: Project, urgency: Urgency, all: boolean): Promise<void> {
    const startedAt = now();
    const before = entry.held;
    entry.appliedSince.clear();
    const read = await names.read(project.id, entry.snapshot, all, urgency);
    const held =
      before && !all
        ? await look(reader.items, project, before, urgency)
        : await readAll(reader.items, project, before, urgency);
    proveEmpty(entry, held);
    setSnapshot(entry, { ...read, project, items: held.items }, withApplied(entry, held));
    if (all || !before) {
      entry.reconciledAt = startedAt;
      log.info({ project: project.identifier, items: held.items.size, ms: now() - startedAt }, 'project read');
    }
    expireNames(entry);
  }

  /** An item that wears a label or state we don't know was made after names were read; ids that stay unknown don't ask again. */
  function expireNames(entry: Entry): void {
    const unknown = unknownNames(entry.snapshot);
    if (unknown !== '' && unknown !== entry.unknownNames) names.expire(entry.projectId);
    entry.unknownNames = unknown;
  }

  /** What webhooks brought while Plane was read may be newer than what was read. */
  function withApplied(entry: Entry, held: HeldItems): HeldItems {
    if (entry.appliedSince.size === 0) return held;
    const items = new Map(held.items);
    let recheckFrom = held.recheckFrom ?? Infinity;
    for (const item of entry.appliedSince.values()) {
      const read = items.get(item.id);
      if (!read || read.updatedAt > item.updatedAt) continue;
      recheckFrom = Math.min(recheckFrom, item.updatedAt);
      // Of one time there may be two contents, and a late delivery may bring the older: the next look tells.
      if (read.updatedAt < item.updatedAt) items.set(item.id, item);
    }
    return { ...held, items: keepSame(items, held), recheckFrom: recheckFrom === Infinity ? null : recheckFrom };
  }

  /** Throws while an empty list is not yet to be believed: an archived project and some faults look the same. */
  function proveEmpty(entry: Entry, held: HeldItems): void {
    const hadItems = (entry.held?.items.size ?? 0) > 0;
    if (!hadItems || held.items.size > 0 || held.strange.size > 0) {
      entry.emptySince = null;
      return;
    }
    entry.emptySince ??= now();
    if (now() - entry.emptySince < EMPTY_PROOF_MS) {
      throw new AppError(
        'plane_refused',
        'Plane lists no items where there were some; believed when it still does in five minutes.',
      );
    }
    entry.emptySince = null;
  }

  /** How long an answer holds: longer where Plane is slow, or where many projects share the budget. */
  function holdMs(entry: Entry): number {
    const active = [...entries.values()].filter((one) => now() - one.askedAt < ACTIVE_MS).length;
    const share = (active * 60_000) / (BUDGET_SHARE * options.requestsPerMinute);
    return Math.max(freshMs, LOOK_SHARE * entry.lookMs, share);
  }

  function refresh(projectId: string, urgency: Urgency, all = false): Promise<void> {
    const entry = entryOf(projectId);
    if (entry.loading) return entry.loading;
    const isResting = now() - entry.failedAt < REST_MS || (options.isPaused() && entry.snapshot !== null);
    if (isResting && !all) return Promise.resolve();
    entry.loading = update(entry, urgency, all)
      .then(() => {
        entry.error = null;
        entry.failedAt = -Infinity;
        entry.freshUntil = entry.checkedAt + holdMs(entry);
      })
      .catch((error: unknown) => {
        entry.error = error instanceof Error ? error : new Error(String(error));
        entry.failedAt = now();
        log.warn(
          { project: entry.snapshot?.project.identifier ?? projectId, reason: errorMessage(error) },
          'project could not be read',
        );
      })
      .finally(() => {
        entry.loading = null;
      });
    return entry.loading;
  }

  return {
    restore: async () => {
      for (const kept of await keptProjects(store)) {
        const { snapshot, held, ...rest } = kept;
        const entry = entryOf(snapshot.project.id);
        Object.assign(entry, rest, { snapshot, held, keptItems: held.items });
      }
    },
    entry: entryOf,
    entries: () => [...entries.values()],
    refresh,
    apply: (entry, held) => {
      if (!entry.snapshot) return;
      setSnapshot(entry, entry.snapshot, held);
      expireNames(entry);
      save(entry);
    },
  };
}

/** The states and labels that items wear and nobody told us of, as one text. */
function unknownNames(snapshot: Snapshot | null): string {
  const unknown = new Set<string>();
  for (const { stateId, labelIds } of snapshot?.items.values() ?? []) {
    if (stateId !== null && snapshot?.states.has(stateId) === false) unknown.add(stateId);
    for (const id of labelIds) if (snapshot?.labels.has(id) === false) unknown.add(id);
  }
  return [...unknown].sort().join();
}
