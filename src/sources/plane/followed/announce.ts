import type { Clock } from '../../../domain/ports.ts';
import type { Announcement, Announcements } from '../../followed/announcer.ts';
import type { Snapshot } from '../../../domain/plane.ts';
import { createAnswers } from '../../followed/answers.ts';
import { storedError, storedInstant } from '../../followed/stored-freshness.ts';
import type { WantedProject } from '../../followed/wanted.ts';
import { isMissing, whyMissing } from '../content.ts';
import { DIRECTORY, LIST, STATUS, type StoredDirectory, type StoredStatus } from './directory.ts';
import { FRESHNESS, type FollowedFreshness } from './projects.ts';
import type { Plane } from '../plane.ts';
import type { ProjectView } from '../sync/state/project-state.ts';

export interface PlaneAnnouncementsOptions {
  readonly plane: Pick<Plane, 'snapshots' | 'directory' | 'pause'>;
  readonly now: Clock;
}

/** What the leader knows of Plane besides the content of projects. To be created once the stored projects were loaded, and before any is read. */
export function createPlaneAnnouncements({ plane, now }: PlaneAnnouncementsOptions): Announcements {
  const { snapshots, directory, pause } = plane;
  const answers = createAnswers(now);
  const initial = new Map(snapshots.projects().map((project) => [project.projectId, jsonOf(project)]));

  /** What an earlier leader announced stays until this one has read, or tried to read, the project. */
  const isUntouched = (project: ProjectView): boolean =>
    answers.at(project.projectId) === null && jsonOf(project) === (initial.get(project.projectId) ?? UNREAD);

  function* current(): Iterable<Announcement> {
    for (const project of snapshots.projects()) {
      if (isUntouched(project)) continue;
      const { projectId, saved } = project;
      const value: FollowedFreshness = { ...freshnessOf(project), answeredAt: answers.at(projectId) };
      yield { kind: FRESHNESS, id: projectId, value, saved, isSaved: () => project.isSaved };
    }
    if (directory.isRead())
      yield { kind: DIRECTORY, id: LIST, value: { projects: directory.all() } satisfies StoredDirectory };
    yield { kind: DIRECTORY, id: STATUS, value: statusOf(plane, answers.at(STATUS)) };
  }

  /** Reads a project unless it has become fresh since the follower asked. */
  async function refresh({ id, parts }: WantedProject): Promise<void> {
    const { snapshot, freshUntil, unreadLists } = snapshots.project(id);
    const isMore = (known: Snapshot): boolean =>
      parts.some((part) => isMissing(part, known)) && whyMissing(parts, known, unreadLists) === null;
    if (snapshot === null || now() >= freshUntil || isMore(snapshot))
      await pause.unlessPaused(snapshots.refresh(id, 'reader')).catch(() => undefined);
    answers.record(id);
  }

  async function refreshList(): Promise<void> {
    await pause.unlessPaused(directory.refresh('reader')).catch(() => undefined);
    answers.record(STATUS);
  }

  return {
    current,
    answer: async ({ projects, list, refresh: isDue }) => {
      for (const { id, parts } of projects) snapshots.requested(id, parts);
      if (isDue) await Promise.all([...projects.map(refresh), ...(list ? [refreshList()] : [])]);
    },
  };
}

type Freshness = Omit<FollowedFreshness, 'answeredAt'>;

function freshnessOf({ checkedAt, freshUntil, changedAt, gone, error, unreadLists }: ProjectView): Freshness {
  return {
    checkedAt: storedInstant(checkedAt),
    freshUntil: storedInstant(freshUntil),
    changedAt: storedInstant(changedAt),
    error: error && storedError(error),
    unreadLists: [...unreadLists].map(([list, reason]) => [list, storedError(reason)]),
    gone,
  };
}

const jsonOf = (project: ProjectView): string => JSON.stringify(freshnessOf(project));

/** The JSON of a project that was never read. */
const UNREAD = JSON.stringify({
  checkedAt: null,
  freshUntil: null,
  changedAt: null,
  error: null,
  unreadLists: [],
  gone: null,
} satisfies Freshness);

function statusOf({ directory, pause }: PlaneAnnouncementsOptions['plane'], answeredAt: number | null): StoredStatus {
  const message = pause.error()?.message;
  const error = directory.error();
  const until = pause.until();
  return {
    error: error && storedError(error),
    paused: message === undefined || until === null ? null : { message, until },
    answeredAt,
  };
}
