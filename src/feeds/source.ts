import type { Project, Snapshot } from '../domain.ts';

/** What the publisher needs to know of projects: the port that `plane/` fills. */
export interface ProjectSource {
  known(projectId: string): {
    readonly snapshot: Snapshot | null;
    /** When the source last confirmed it, in milliseconds since the epoch. */
    readonly checkedAt: number;
    readonly error: Error | null;
  };
  /** Asks the source again; shared by all who ask, and never rejects. */
  refresh(projectId: string): Promise<void>;
  /**
   * The project that a name in an address means; undefined when there is none.
   * Throws `invalid` for an ambiguous name, and what the source throws when its list of projects was never read and can't be.
   */
  find(name: string): Promise<Project | undefined>;
}
