import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from '@jest/globals';

type Undo = () => Promise<unknown>;

/** What a test must leave behind as it was: folders, servers, processes. */
export interface Scratch {
  /** Runs after the test, or all of them, also when it failed; what came last goes first. */
  defer(undo: Undo): void;
  /** A folder of the test's own under the system's one for temporary files. */
  folder(): Promise<string>;
}

/** Cleans up after each test of the file, or of the `describe`, it is called in; or after all of them, with `afterAll`. */
export function createScratch(cleanUpAfter: typeof afterEach = afterEach): Scratch {
  const undos: Undo[] = [];
  const defer = (undo: Undo): void => {
    undos.push(undo);
  };
  cleanUpAfter(async () => {
    const failures: unknown[] = [];
    while (undos.length > 0)
      await undos
        .pop()?.()
        .catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw new AggregateError(failures, 'could not clean up');
  });
  return {
    defer,
    folder: async () => {
      const path = await mkdtemp(join(tmpdir(), 'plane-ics-e2e-'));
      // A client that is just ending may still write.
      defer(() => rm(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }));
      return path;
    },
  };
}
