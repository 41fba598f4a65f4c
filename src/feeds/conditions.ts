/** What has to hold before that which is decided while a calendar is rendered is stored. */
export interface Conditions {
  /** Resolves when what it is rendered from survives a restart: what depends on it must not be stored before. */
  readonly saved: () => Promise<unknown>;
  /** False where another server may have decided by something newer. */
  readonly isLatest: () => Promise<boolean>;
}

/** Those of a server that is alone, for content that is stored. */
export const UNCONDITIONAL: Conditions = {
  saved: () => Promise.resolve(),
  isLatest: () => Promise.resolve(true),
};
