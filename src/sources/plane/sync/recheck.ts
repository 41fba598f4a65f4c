import type { Setting } from '../../../domain/ports.ts';
import { errorCode, isRejectedAnswer, type ErrorCode } from '../../../domain/errors.ts';
import type { ProjectDirectory } from './projects.ts';
import type { ProjectState } from './project-state.ts';
import type { PlaneReader } from '../api/reader.ts';

/** The part of a minute's requests with which projects may be read again, each time it is looked which need it. */
const SHARE = 0.1;
/** Failures of Plane as a whole, which pass. What Plane refuses at one address is not asked for again and again. */
const OUTAGES: ReadonlySet<ErrorCode | undefined> = new Set<ErrorCode>([
  'plane_key',
  'plane_limit',
  'plane_paused',
  'plane_unavailable',
]);

export interface RecheckOptions {
  readonly reader: PlaneReader;
  readonly directory: ProjectDirectory;
  readonly entries: () => readonly ProjectState[];
  /** Reads a project; never rejects. */
  readonly refresh: (projectId: string) => Promise<void>;
  readonly requestsPerMinute: Setting<number>;
}

/**
 * Reads again what was not believed when it was last read, so that it is over soon after Plane makes sense again, whoever asks; then what
 * an outage kept from being read, until the first that still can't, so that a Plane that is down is asked for little.
 */
export function createRecheck(options: RecheckOptions): () => Promise<void> {
  const { reader, directory, entries, refresh, requestsPerMinute } = options;
  const triedAt = (entry: ProjectState): number => Math.max(entry.checkedAt, entry.failedAt);

  return async () => {
    if (directory.isDoubtful() || OUTAGES.has(errorCode(directory.error())))
      await directory.refresh('background').catch(() => undefined);
    const all = entries();
    const isDoubtful = ({ projectId, error }: ProjectState): boolean =>
      isRejectedAnswer(error) || errorCode(error) === 'plane_not_json' || reader.faults.affects(projectId);
    const doubtful = all.filter(isDoubtful);
    // People are the same in all projects: any of them brings the list.
    const [anyone] = all.filter(({ snapshot, gone }) => snapshot !== null && gone === null);
    if (doubtful.length === 0 && anyone && reader.isDoubtful('members', anyone.projectId)) doubtful.push(anyone);
    doubtful.sort((a, b) => triedAt(a) - triedAt(b));
    const most = Math.ceil(SHARE * requestsPerMinute());
    for (const { projectId } of doubtful.slice(0, most)) await refresh(projectId);
    const failed = all.filter((entry) => OUTAGES.has(errorCode(entry.error)) && !doubtful.includes(entry));
    failed.sort((a, b) => triedAt(a) - triedAt(b));
    for (const entry of failed.slice(0, Math.max(0, most - doubtful.length))) {
      await refresh(entry.projectId);
      if (entry.error !== null) break;
    }
  };
}
