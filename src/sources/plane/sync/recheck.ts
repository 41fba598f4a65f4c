import type { Setting } from '../../../domain/ports.ts';
import { errorCode, isRejectedAnswer } from '../../../domain/errors.ts';
import type { ProjectDirectory } from './projects.ts';
import type { ProjectView } from './state/project-state.ts';
import type { PlaneReader } from '../api/reader.ts';

/** The part of a minute's requests that one recheck may use. */
const SHARE = 0.1;

export interface RecheckOptions {
  readonly reader: PlaneReader;
  readonly directory: ProjectDirectory;
  readonly projects: () => readonly ProjectView[];
  /** Reads a project; never rejects. */
  readonly refresh: (projectId: string) => Promise<void>;
  readonly requestsPerMinute: Setting<number>;
}

/** Reads again what was rejected when it was last read, so that it recovers soon after Plane does, even if nothing is requested. */
export function createRecheck(options: RecheckOptions): () => Promise<void> {
  const { reader, directory, projects, refresh, requestsPerMinute } = options;
  const triedAt = (project: ProjectView): number => Math.max(project.checkedAt, project.failedAt);

  return async () => {
    if (directory.isDoubtful()) await directory.refresh('background').catch(() => undefined);
    const all = projects();
    const isDoubtful = ({ projectId, error }: ProjectView): boolean =>
      isRejectedAnswer(error) || errorCode(error) === 'plane_not_json' || reader.faults.affects(projectId);
    const doubtful = all.filter(isDoubtful);
    // People are the same in all projects: a read of any one includes their list.
    const [anyone] = all.filter(({ snapshot, gone }) => snapshot !== null && gone === null);
    if (doubtful.length === 0 && anyone && reader.isDoubtful('members', anyone.projectId)) doubtful.push(anyone);
    doubtful.sort((a, b) => triedAt(a) - triedAt(b));
    const most = Math.ceil(SHARE * requestsPerMinute());
    for (const { projectId } of doubtful.slice(0, most)) await refresh(projectId);
  };
}
