import type { Snapshot, State, WorkItem } from '../../../domain/plane.ts';
import { largeLosses, type Facets, type Loss } from '../../trust/removal-guard.ts';

/** The key for removals of a project's items. */
export function itemsKey(projectId: string): string {
  return `items of ${projectId}`;
}

/** The large removals between two readings of a project's items, with the facets that feeds select them by. */
export function largeItemLosses(before: Snapshot, after: Snapshot): Loss[] {
  if (before.items === after.items && before.states === after.states) return [];
  // State groups decide whether an item counts as open. If they are the same, an equal item has equal facets.
  const isRegrouped = [...before.states].some(([id, { group }]) => (after.states.get(id)?.group ?? group) !== group);
  const states = new Map([...after.states, ...before.states]);
  const had = itemFacets(states);
  return largeLosses(before.items, after.items, { had, has: isRegrouped ? itemFacets(after.states) : had });
}

function itemFacets(states: ReadonlyMap<string, State>): Facets<WorkItem> {
  return ({ startDate, targetDate, stateId, priority, assigneeIds, labelIds, text }) => {
    const group = stateId === null ? undefined : states.get(stateId)?.group;
    return [
      'listed',
      ...(startDate === null ? [] : ['start_date']),
      ...(targetDate === null ? [] : ['target_date']),
      ...(stateId === null ? [] : ['state']),
      ...(priority === 'none' ? [] : ['priority']),
      ...(assigneeIds.length === 0 ? [] : ['assignees']),
      ...(labelIds.length === 0 ? [] : ['labels']),
      ...(text === '' ? [] : ['description']),
      ...(group === 'completed' || group === 'cancelled' ? [] : ['open']),
    ];
  };
}
