import type { Json } from '../../../../src/demo/json.ts';
import { ordered, paginated, showItem } from '../../../../src/demo/lists.ts';
import { listedItems, type Tables } from '../../../../src/demo/rows.ts';
import type { Snapshot } from '../../../../src/domain/plane.ts';
import { ALPHA } from '../../../support/acme.ts';
import { createSnapshotsFixture, type SnapshotsFixture } from '../../../support/snapshots-fixture.ts';

/** Project ALPHA before it was read. */
export interface UnreadProject extends SnapshotsFixture {
  /** Reads it, and fails the test where that fails. */
  read(): Promise<Snapshot>;
}

export async function createUnreadProject(...given: Parameters<typeof createSnapshotsFixture>): Promise<UnreadProject> {
  const fixture = await createSnapshotsFixture(...given);
  const { snapshots } = fixture;
  return {
    ...fixture,
    read: async () => {
      await snapshots.refresh(ALPHA, 'reader');
      const { snapshot, error } = snapshots.project(ALPHA);
      if (!snapshot || error) throw new Error('not read', { cause: error });
      return snapshot;
    },
  };
}

/** The page of ALPHA's items as the small Plane answers it. */
export function pageOf(
  tables: Tables,
  query: URLSearchParams,
  change: (item: Json, index: number) => Json = (one) => one,
): Json {
  const project = tables.projects.get(ALPHA)!;
  const sorted = ordered(listedItems(project), query.get('order_by')!);
  let index = 0;
  return paginated(sorted, query, 1000, (item) => change(showItem(item, project, tables, query), index++));
}
