import { AppError, isRejectedAnswer, errorMessage } from '../../../domain/errors.ts';
import type { Snapshot } from '../../../domain/plane.ts';
import type { ProjectState } from './project-state.ts';
import type { CurrentItems } from './probe.ts';
import { invalidInWords } from '../trust/last-good.ts';
import type { PlaneReader } from '../api/reader.ts';
import { itemsKey, largeItemLosses, lossesInWords, type Loss } from '../trust/removal-guard.ts';

/** Whether what was read of a project is believed, and what is reported where it is not. */
export interface Doubts {
  /** Throws `plane_unconfirmed` where so much would go that another read has to confirm it. `next` is what was read. */
  confirmItems(snapshot: Snapshot | null, next: Snapshot): void;
  /** The same for a project that Plane no longer lists, and whose own address says that there is none. */
  confirmDeletion(entry: Pick<ProjectState, 'projectId' | 'snapshot'>): void;
  /** Plane lists the project. */
  isListed(projectId: string): void;
  /** What is invalid among the items of a project; what was before is over. */
  reportInvalid(snapshot: Snapshot, held: CurrentItems): void;
  /** The project is not read any more. */
  forget(projectId: string): void;
  /** How the last read of a project as a whole went; null where it was right. */
  reportRead(projectId: string, error: unknown): void;
}

export function createDoubts({ faults, guard, items }: PlaneReader): Doubts {
  const projectKey = (projectId: string): string => `project ${projectId}`;

  function confirm(key: string, losses: readonly Loss[], what: string): void {
    if (!guard.allows(key, losses))
      throw new AppError(
        'plane_unconfirmed',
        `${what} The last good calendar stays until a second read, five minutes later, confirms it.`,
      );
  }

  return {
    confirmItems: (snapshot, next) => {
      if (!snapshot) return;
      const { id, identifier } = next.project;
      const losses = largeItemLosses(snapshot, next);
      const hasNone = snapshot.items.size > 0 && next.items.size === 0;
      const what = hasNone ? 'Plane lists no items where there were some' : lossesInWords(losses, 'work items');
      confirm(itemsKey(id), losses, `${identifier}: ${what} (/api/v1${items.listPath(id)}).`);
    },
    confirmDeletion: ({ projectId, snapshot }) => {
      const losses = [{ facet: 'listed', lost: new Set([projectId]), of: 1 }];
      const name = snapshot?.project.identifier ?? projectId;
      confirm(
        projectKey(projectId),
        losses,
        `${name}: Plane no longer lists the project and has nothing at its address.`,
      );
    },
    isListed: (projectId) => {
      guard.allows(projectKey(projectId), []);
    },
    reportInvalid: ({ project }, held) => {
      const message = invalidInWords(held, project, items.listPath(project.id));
      faults.set(`invalid items of ${project.id}`, message === null ? null : { message });
    },
    forget: faults.forget,
    reportRead: (projectId, error) => {
      const key = `read of ${projectId}`;
      if (!isRejectedAnswer(error)) {
        // That Plane can't be reached says nothing about what it said before.
        if (error === null) faults.set(key, null);
        return;
      }
      const pending = [itemsKey(projectId), projectKey(projectId)].filter(guard.isPending);
      const [until = null] = pending.map(guard.pendingUntil);
      faults.set(key, {
        message: errorMessage(error),
        until,
        ...(pending.length > 0 && { removal: { projectId } }),
      });
    },
  };
}
