import type { Scope } from '../domain/feed.ts';
import type { RequiredPart, Snapshot } from '../domain/plane.ts';
import type { Clock, Delay } from '../domain/ports.ts';
import { isOfNames, hasMissingParts, type KnownProject, type ProjectSource } from './source.ts';

/** A reader waits briefly where a recent calendar is at hand, longer where it is old or missing: Google comes back only hours later. */
const SHORT_WAIT_MS = 2_000;
const LONG_WAIT_MS = 15_000;
const RECENT_MS = 600_000;
const DAY_MS = 86_400_000;
/** A project whose permission was lost stays as it was for so long; it may be a mistake. */
const LOST_MS = 7 * DAY_MS;

/** The projects of a scope as they are known. Instants are milliseconds since the epoch. */
export interface Loaded {
  /** Those that can be shown, by identifier. */
  readonly snapshots: readonly Snapshot[];
  /** Ids of projects of which nothing could be read yet, and the first reason, if one is known. */
  readonly missing: readonly string[];
  readonly error: Error | null;
  /** True while something was neither read nor failed. */
  readonly isLoading: boolean;
  /** Ids of projects that were read without something that is needed, names aside. */
  readonly lacking: readonly string[];
  /** Ids of projects of which a list of names that is needed was not read yet. */
  readonly unnamed: readonly string[];
  /** Since when none of them is published any more; null while one is. */
  readonly removedAt: number | null;
  /** Seconds since the source last confirmed the oldest of them, when that is longer ago than it should be; else null. */
  readonly staleSeconds: number | null;
  /** Resolves when what is told here survives a restart. */
  saved(): Promise<unknown>;
}

/** Loads the projects that feeds are made of, each once however many feeds hold it. */
export interface Loader {
  /** Asks the source for what is stale, within bounds of time. Throws `not_ready` when it is not even known which projects there are. */
  load(scope: Scope, needs: readonly RequiredPart[]): Promise<Loaded>;
}

export interface LoaderOptions {
  readonly source: ProjectSource;
  readonly now: Clock;
  readonly delay: Delay;
}

export function createLoader({ source, now, delay }: LoaderOptions): Loader {
  async function idsOf(scope: Scope): Promise<readonly string[]> {
    if (scope.kind === 'projects') return scope.projectIds;
    return (await source.projects()).map(({ id }) => id);
  }

  const isDue = ({ snapshot, freshUntil }: KnownProject, needs: readonly RequiredPart[]): boolean =>
    now() >= freshUntil || snapshot === null || hasMissingParts(snapshot, needs);

  /** In an outage waiting is in vain, however old the calendar is. */
  const isShort = ({ snapshot, error, checkedAt }: KnownProject, needs: readonly RequiredPart[]): boolean =>
    snapshot !== null &&
    (error !== null
      ? !hasMissingParts(snapshot, withoutNames(needs))
      : !hasMissingParts(snapshot, needs) && now() - checkedAt < RECENT_MS);

  async function refresh(id: string, needs: readonly RequiredPart[]): Promise<void> {
    await source.refresh(id);
    // A look that was under way began before anyone asked for this.
    const { snapshot, error } = source.known(id);
    if (snapshot !== null && error === null && hasMissingParts(snapshot, needs)) await source.refresh(id);
  }

  function removedAt({ gone }: KnownProject): number | null {
    if (gone === null) return null;
    // Holds at once, even where the clock was set back since it was seen.
    if (gone.kind !== 'lost') return Math.min(gone.since, now());
    const since = gone.since + LOST_MS;
    return now() >= since ? since : null;
  }

  return {
    load: async (scope, needs) => {
      const ids = await idsOf(scope);
      for (const id of ids) source.asked(id, needs);
      const due = ids.filter((id) => isDue(source.known(id), needs));
      if (due.length > 0) {
        const wait = due.every((id) => isShort(source.known(id), needs)) ? SHORT_WAIT_MS : LONG_WAIT_MS;
        await Promise.race([Promise.all(due.map((id) => refresh(id, needs))), delay(wait)]);
      }

      const snapshots: Snapshot[] = [];
      const missing: string[] = [];
      const lacking: string[] = [];
      const unnamed: string[] = [];
      const ends: number[] = [];
      let error: Error | null = null;
      let isLoading = false;
      let staleSeconds: number | null = null;
      for (const id of ids) {
        const known = source.known(id);
        const end = removedAt(known);
        if (end !== null) {
          ends.push(end);
        } else if (known.snapshot === null) {
          missing.push(id);
          error ??= known.error ?? source.paused();
          isLoading ||= known.error === null;
        } else {
          if (hasMissingParts(known.snapshot, needs.filter(isOfNames))) {
            unnamed.push(id);
            error ??= known.error;
          }
          if (hasMissingParts(known.snapshot, withoutNames(needs))) {
            lacking.push(id);
            error ??= known.error ?? source.paused();
            isLoading ||= known.error === null;
          }
          snapshots.push(known.snapshot);
          if (now() >= known.freshUntil)
            staleSeconds = Math.max(staleSeconds ?? 0, Math.floor((now() - known.checkedAt) / 1000));
        }
      }
      snapshots.sort((a, b) => (a.project.identifier < b.project.identifier ? -1 : 1));
      const isOver = scope.kind === 'projects' && ends.length === ids.length;
      return {
        snapshots,
        missing,
        error,
        isLoading,
        lacking,
        unnamed,
        removedAt: isOver ? Math.max(...ends) : null,
        staleSeconds,
        saved: () => Promise.all(ids.map((id) => source.known(id).saved)),
      };
    },
  };
}

function withoutNames(needs: readonly RequiredPart[]): RequiredPart[] {
  return needs.filter((need) => !isOfNames(need));
}
