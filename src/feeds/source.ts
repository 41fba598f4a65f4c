import type { Project, Snapshot } from '../domain.ts';

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
  /** Tells that somebody reads this project. */
  asked(projectId: string): void;
  /** Asks the source again; shared by all who ask, and never rejects. */
  refresh(projectId: string): Promise<void>;
  /**
   * The project that a name in an address means, also one that is no longer published; undefined when there is none.
   * Throws `invalid` for an ambiguous name, and what the source throws when its list of projects was never read and can't be.
   */
  find(name: string): Promise<Project | undefined>;
}
