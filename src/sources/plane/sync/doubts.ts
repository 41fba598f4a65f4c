import { AppError, isRejectedAnswer, errorMessage } from '../../../domain/errors.ts';
import type { Snapshot } from '../../../domain/plane.ts';
import type { CurrentItems } from './items/current-items.ts';
import type { ProjectView } from './state/project-state.ts';
import { invalidInWords } from '../trust/last-good.ts';
import type { PlaneReader } from '../api/reader.ts';
import { lossesInWords, type Loss } from '../../trust/removal-guard.ts';
import { itemsKey, largeItemLosses } from '../trust/item-losses.ts';

/** Decides whether what was read of a project is believed, and reports what is not. */
export interface Doubts {
  /** Throws `plane_unconfirmed` if so much would be removed that a second read has to confirm it. `next` is what was read. */
  confirmItems(snapshot: Snapshot | null, next: Snapshot): void;
  /** The same for a project that Plane no longer lists and has nothing at its address. */
  confirmDeletion(project: Pick<ProjectView, 'projectId' | 'snapshot'>): void;
  /** Plane lists the project. */
  isListed(projectId: string): void;
  /** Reports the invalid items of a project, in place of those reported before. */
  reportInvalid(snapshot: Snapshot, current: CurrentItems): void;
  /** The project is no longer read: clears what was reported of it. */
  forget(projectId: string): void;
  /** Reports how the last read of a project went; `error` is null if it succeeded. */
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
    reportInvalid: ({ project }, current) => {
      const message = invalidInWords(current, project, items.listPath(project.id));
      faults.set(`invalid items of ${project.id}`, message === null ? null : { message });
    },
    forget: faults.forget,
    reportRead: (projectId, error) => {
      const key = `read of ${projectId}`;
      if (!isRejectedAnswer(error)) {
        // An unreachable Plane says nothing about its earlier answers.
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
