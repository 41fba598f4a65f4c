import { changedIds, isSameSnapshot } from '../calendar/changes.ts';
import type { Clock, Names, Project, Setting, Snapshot, Store } from '../domain.ts';
import { AppError, errorCode, errorMessage } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Urgency } from './budget.ts';
import type { Directory } from './directory.ts';
import { createEntry, neededOf, withApplied, type Entry } from './entry.ts';
import { readFirst } from './first-read.ts';
import { look, readAll, type HeldItems } from './look.ts';
import { createNameKeeper, type NameKeeper } from './names.ts';
import { createPlanKeeper } from './plans.ts';
import type { PlaneReader } from './reader.ts';
import { keptProjects, projectChanges } from './records.ts';
import { keepSame } from './same.ts';
import { untilTurn } from './turn.ts';

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
  readonly freshMs: Setting<number>;
  readonly reconcileMs: Setting<number>;
  readonly requestsPerMinute: Setting<number>;
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
  /** Puts a changed item list, and the names for it, into a project at once, and keeps it. */
  apply(entry: Entry, held: HeldItems, names: Names): void;
  readonly names: Pick<NameKeeper, 'expireIfRenamed'>;
  /** Is told, from now on, what a project has otherwise than before. */
  onChange(listener: (projectId: string, planeIds: ReadonlySet<string>) => void): void;
}

export function createSnapshots(options: SnapshotsOptions): Snapshots {
  const { reader, directory, store, freshMs, reconcileMs, now, log } = options;
  const names = createNameKeeper(reader, now);
  const plans = createPlanKeeper(reader, now);
  const entries = new Map<string, Entry>();
  const listeners: Parameters<Snapshots['onChange']>[0][] = [];

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
        log.error({ project: snapshot.project.identifier, reason: errorMessage(error) }, 'snapshot could not be kept');
      });
  }

  function setSnapshot(entry: Entry, snapshot: Snapshot, held: HeldItems): void {
    const old = entry.snapshot;
    if (old && old.project.identifier !== snapshot.project.identifier) {
      entry.formerIdentifiers = [...new Set([...entry.formerIdentifiers, old.project.identifier])];
    }
    entry.held = held;
    const next = { ...snapshot, items: held.items };
    if (old && isSameSnapshot(old, next)) return;
    for (const id of old?.items.keys() ?? []) if (!held.items.has(id)) entry.removed++;
    entry.snapshot = next;
    const ids = changedIds(old, next);
    if (!old || ids.size > 0) entry.changedAt = now();
    for (const listener of listeners) listener(entry.projectId, ids);
  }

  /** One look at a project, all of it when `all`. */
  async function update(entry: Entry, urgency: Urgency, all: boolean): Promise<void> {
    const startedAt = now();
    const before = entry.snapshot;
    // What happened in a long outage was told to nobody.
    const isGap = entry.error !== null && startedAt - entry.checkedAt >= GAP_MS;
    await directory.refresh(urgency);
    const project = directory.get(entry.projectId);
    entry.gone = project ? null : await directory.whyGone(entry, urgency);
    const isAll = all || isGap || startedAt - entry.reconciledAt >= reconcileMs();
    if (project && !(project.archived && entry.snapshot)) await readProject(entry, project, urgency, isAll);
    else if (project !== undefined || entry.gone?.kind === 'lost') await keepShown(entry, project, urgency);
    entry.checkedAt = startedAt;
    save(entry);
    // Last, so that they never cost the items.
    const failure = project ? await readPlans(entry, urgency, isAll && !project.archived) : null;
    if (entry.snapshot === before) entry.lookMs = Math.min(now() - startedAt, 2 * entry.lookMs + LOOK_STEP_MS);
    save(entry);
    if (failure) throw failure;
  }

  /** A project that is shown although it is read no more: what is written beside its items is still true of today. */
  async function keepShown(entry: Entry, project: Project | undefined, urgency: Urgency): Promise<void> {
    const { snapshot } = entry;
    if (!snapshot) return;
    const members = keepSame((await names.people(urgency)) ?? snapshot.members, snapshot.members);
    // No more names are to be had of it.
    const shown = { ...snapshot, members, partialNames: [], project: project ?? snapshot.project };
    if (entry.held) setSnapshot(entry, shown, entry.held);
  }

  async function readProject(entry: Entry, project: Project, urgency: Urgency, all: boolean): Promise<void> {
    const startedAt = now();
    const before = entry.held;
    entry.appliedSince.clear();
    const { names: read, held } = before
      ? {
          names: await names.read(project.id, entry.snapshot, all, urgency),
          held: await (all ? readAll : look)(reader.items, project, before, urgency),
        }
      : await readFirst(reader.items, names, project, neededOf(entry, now()), urgency);
    proveEmpty(entry, held);
    const { cycles = null, modules = null } = entry.snapshot ?? {};
    setSnapshot(entry, { ...read, project, items: held.items, cycles, modules }, withApplied(entry, held));
    if (all || !before) {
      entry.reconciledAt = startedAt;
      log.info({ project: project.identifier, items: held.items.size, ms: now() - startedAt }, 'project read');
    }
    if (entry.snapshot) names.expireIfUnknown(entry.snapshot);
  }

  /** The cycles and modules that somebody needs. Resolves to why some could not be read, null when all could. */
  async function readPlans(entry: Entry, urgency: Urgency, all: boolean): Promise<Error | null> {
    if (!entry.snapshot) return null;
    const news = { all, toldAt: entry.webhookAt };
    const { cycles, modules, failure } = await plans.read(entry.snapshot, neededOf(entry, now()), news, urgency);
    // The entry's own snapshot: a delivery may have brought items meanwhile.
    if (entry.held) setSnapshot(entry, { ...entry.snapshot, cycles, modules }, entry.held);
    return failure;
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

  /** How long an answer holds: longer where Plane is slow, or where many projects share the budget, then until the next turn. */
  function holdMs(entry: Entry): number {
    const active = [...entries.values()].filter((one) => now() - one.askedAt < ACTIVE_MS).length;
    const share = (active * 60_000) / (BUDGET_SHARE * options.requestsPerMinute());
    const longest = Math.max(freshMs(), LOOK_SHARE * entry.lookMs, share);
    return Math.max(freshMs(), untilTurn(entry.projectId, entry.checkedAt, longest));
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
        if (errorCode(error) === 'stopping') return;
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
    apply: (entry, held, found) => {
      if (!entry.snapshot) return;
      setSnapshot(entry, { ...entry.snapshot, ...found }, held);
      names.expireIfUnknown(entry.snapshot);
      save(entry);
    },
    names,
    onChange: (listener) => {
      listeners.push(listener);
    },
  };
}
