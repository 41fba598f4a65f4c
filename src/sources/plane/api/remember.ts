import type { Snapshot } from '../../../domain/plane.ts';
import * as decode from '../decode/decode.ts';
import type { Lists } from './lists.ts';
import type { Paths } from './paths.ts';

/** Fills the believed lists from a snapshot of an earlier process. `isListed` is true if Plane then listed the project. */
export function rememberSnapshot(lists: Lists, paths: Paths, snapshot: Snapshot, isListed: boolean): void {
  const { project, states, labels, members } = snapshot;
  const { id } = project;
  const listed: decode.ListedProject = { id, project, isMember: true };
  if (isListed) lists.remember(paths.projects, new Map([...(lists.known(paths.projects) ?? []), [id, listed]]));
  lists.remember(paths.project(id, 'states/'), states);
  lists.remember(paths.project(id, 'labels/'), labels);
  lists.remember(paths.project(id, 'members/'), members);
  lists.remember(paths.members, new Map([...(lists.known(paths.members) ?? []), ...members]));
  rememberGroups(lists, paths, snapshot, 'cycles');
  rememberGroups(lists, paths, snapshot, 'modules');
}

function rememberGroups(lists: Lists, paths: Paths, snapshot: Snapshot, kind: 'cycles' | 'modules'): void {
  const groups = snapshot[kind];
  if (groups === null) return;
  const { id } = snapshot.project;
  const rows = [...groups.values()].map(({ itemIds, ...row }) => ({ total: itemIds?.length ?? 0, ...row }));
  lists.remember(paths.project(id, `${kind}/`), decode.byId(rows));
  for (const group of groups.values()) {
    if (group.itemIds === null) continue;
    const items = decode.byId(group.itemIds.map((itemId) => ({ id: itemId })));
    lists.remember(paths.itemsOf(kind, id, group.id), items);
  }
}
