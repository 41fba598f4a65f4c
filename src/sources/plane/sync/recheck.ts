import type { Setting } from '../../../domain/ports.ts';
import { errorCode, isRejectedAnswer, type ErrorCode } from '../../../domain/errors.ts';
import type { ProjectDirectory } from './projects.ts';
import { failuresIn, type ProjectView } from './state/project-state.ts';
import type { PlaneReader } from '../api/reader.ts';

/** The part of a minute's requests that one recheck may use. */
const SHARE = 0.1;

/** Failures of Plane as a whole, which end. What Plane refuses at one address is not requested again and again. */
const OUTAGES: ReadonlySet<ErrorCode | undefined> = new Set<ErrorCode>([
  'plane_key',
  'plane_limit',
  'plane_paused',
  'plane_unavailable',
]);

export interface RecheckOptions {
  readonly reader: PlaneReader;
  readonly directory: ProjectDirectory;
  readonly projects: () => readonly ProjectView[];
  /** Reads a project; never rejects. */
  readonly refresh: (projectId: string) => Promise<void>;
  readonly requestsPerMinute: Setting<number>;
}

/**
 * Reads again what was rejected when it was last read, so that it recovers soon after Plane does, even if nothing is requested. Then reads
 * what an outage prevented, until the first failure, so that a Plane that is down gets few requests.
 */
export function createRecheck(options: RecheckOptions): () => Promise<void> {
  const { reader, directory, projects, refresh, requestsPerMinute } = options;
  const triedAt = (project: ProjectView): number => Math.max(project.checkedAt, project.failedAt);

  return async () => {
    if (directory.isDoubtful() || OUTAGES.has(errorCode(directory.error())))
      await directory.refresh('background').catch(() => undefined);
    const all = projects();
    const isDoubtful = (error: Error): boolean => isRejectedAnswer(error) || errorCode(error) === 'plane_not_json';
    const isOutage = (error: Error): boolean => OUTAGES.has(errorCode(error));
    const doubtful = all.filter(
      (project) => failuresIn(project).some(isDoubtful) || reader.faults.affects(project.projectId),
    );
    // People are the same in all projects: a read of any one includes their list.
    const [anyone] = all.filter(({ snapshot, gone }) => snapshot !== null && gone === null);
    if (doubtful.length === 0 && anyone && reader.isDoubtful('members', anyone.projectId)) doubtful.push(anyone);
    doubtful.sort((a, b) => triedAt(a) - triedAt(b));
    const most = Math.ceil(SHARE * requestsPerMinute());
    for (const { projectId } of doubtful.slice(0, most)) await refresh(projectId);
    const failed = all.filter((project) => failuresIn(project).some(isOutage) && !doubtful.includes(project));
    failed.sort((a, b) => triedAt(a) - triedAt(b));
    for (const project of failed.slice(0, Math.max(0, most - doubtful.length))) {
      await refresh(project.projectId);
      if (failuresIn(project).length > 0) break;
    }
  };
}
