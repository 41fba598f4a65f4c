import type { Clock, Delay, Project } from '../domain.ts';
import { AppError, errorCode } from '../errors.ts';
import type { Directory } from './directory.ts';
import type { Entry } from './entry.ts';
import type { Snapshots } from './snapshots.ts';

/** Projects as the publisher asks for them, by name and by id. */
export interface PlaneSource {
  known(projectId: string): Entry;
  asked(projectId: string): void;
  refresh(projectId: string): Promise<void>;
  find(name: string): Promise<Project | undefined>;
}

/** A reader waits no longer for the list of projects. */
const LONGEST_WAIT_MS = 15_000;

export interface PlaneSourceOptions {
  readonly directory: Directory;
  readonly snapshots: Snapshots;
  readonly now: Clock;
  readonly delay: Delay;
}

export function createSource({ directory, snapshots, now, delay }: PlaneSourceOptions): PlaneSource {
  /** A project known from before: no longer listed, under a former identifier, or while Plane can't be asked. */
  function findKept(name: string): Project | undefined {
    const lower = name.toLowerCase();
    const kept = snapshots.entries().filter((entry) => entry.snapshot);
    const byName = kept.find(({ snapshot }) => snapshot?.project.identifier.toLowerCase() === lower);
    const byFormerName = kept.find((entry) => entry.formerIdentifiers.some((one) => one.toLowerCase() === lower));
    const byId = kept.find((entry) => entry.projectId === lower);
    return (byName ?? byFormerName ?? byId)?.snapshot?.project;
  }

  async function tooLong(): Promise<never> {
    await delay(LONGEST_WAIT_MS);
    throw new AppError('plane_unavailable', 'Plane took too long to list its projects.');
  }

  return {
    known: snapshots.entry,
    asked: (projectId) => {
      snapshots.entry(projectId).askedAt = now();
    },
    refresh: (projectId) => snapshots.refresh(projectId, 'reader'),
    find: async (name) => {
      const known = directory.find(name) ?? findKept(name);
      if (known) return known;
      try {
        await Promise.race([directory.refresh('reader'), tooLong()]);
      } catch (error) {
        // Whether there is such a project is not known: that is no 404.
        if (directory.isRead()) return undefined;
        if (errorCode(error) === undefined) throw error;
        throw new AppError('not_ready', 'The projects could not be read yet.', { cause: error });
      }
      return directory.find(name);
    },
  };
}
