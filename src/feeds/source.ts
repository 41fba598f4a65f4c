import type { Member, NameKind, RequiredPart, Project, Snapshot } from '../domain/plane.ts';

/** What the publisher is told of a project. Instants are milliseconds since the epoch. */
export interface KnownProject {
  /** null until it was read once. */
  readonly snapshot: Snapshot | null;
  /** When the source last confirmed it. */
  readonly checkedAt: number;
  /** Until then it is answered without asking the source. */
  readonly freshUntil: number;
  /** Why the source can't be asked at the moment. */
  readonly error: Error | null;
  /** Why it is no longer published, and since when; null while it is. */
  readonly gone: { readonly kind: 'lost' | 'deleted' | 'unpublished'; readonly since: number } | null;
  /** Resolves when what is told here survives a restart. */
  readonly saved: Promise<void>;
}

/** Where projects come from: the port that `plane/` fills. */
export interface ProjectSource {
  known(projectId: string): KnownProject;
  /** Tells that somebody reads this project, and what of it besides its items. */
  asked(projectId: string, needs: readonly RequiredPart[]): void;
  /** Asks the source again; shared by all who ask, and never rejects. Resolves at once while the source wants no requests. */
  refresh(projectId: string): Promise<void>;
  /** Why the source is not asked now, with the seconds until it is; null when it is asked. */
  paused(): Error | null;
  /**
   * The project that a name in an address means, also one that is no longer published; undefined when there is none.
   * Throws `invalid` for an ambiguous name, and what the source throws when its list of projects was never read and can't be.
   */
  find(name: string): Promise<Project | undefined>;
  /**
   * Every project that is published, and those that were and are still known, by identifier. Asks the source when its list is not
   * known yet; throws `not_ready` when that fails and nothing is known from before.
   */
  projects(): Promise<readonly Project[]>;
  /**
   * Everyone who is known, from all projects: the same map until that changes. Asks the source when nobody is yet. Throws what the source
   * throws.
   */
  members(): Promise<ReadonlyMap<string, Member>>;
  /** The person with that e-mail address, in any letter case. Addresses are not kept, so the source is asked each time. */
  memberByEmail(email: string): Promise<Member | undefined>;
}

/** True for a need of names. A calendar is complete without it: those that its items have are known in any case. */
export function isOfNames(need: RequiredPart): need is NameKind {
  return need === 'states' || need === 'labels' || need === 'members';
}

/** True when the snapshot was read without something that a feed needs. */
export function hasMissingParts(snapshot: Snapshot, needs: readonly RequiredPart[]): boolean {
  return needs.some((need) => {
    if (isOfNames(need)) return snapshot.partialNames.includes(need);
    if (need === 'modules') return snapshot.modules === null;
    if (snapshot.cycles === null) return true;
    return need === 'cycle_items' && [...snapshot.cycles.values()].some(({ itemIds }) => itemIds === null);
  });
}
