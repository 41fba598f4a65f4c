import { createSmallPlane, type Fault, type SmallPlane } from '../../src/demo/plane.ts';
import { cycleRow, moduleRow } from '../../src/demo/cycles-modules.ts';
import { fixedId } from '../../src/demo/seed-items.ts';
import { addDays, dayOf } from '../../src/icalendar/date.ts';
import { makeTables } from '../bench/workspace.ts';
import type { Tables } from '../../src/demo/rows.ts';

/** The Plane of the soak: its workspace, what goes wrong with it, and who asked when. */

export interface Site {
  readonly plane: SmallPlane;
  readonly url: string;
  /** What every request meets from now on; null for nothing. */
  fault: Fault | null;
  /** Refuses connections, and cuts those there are, until it is opened again. */
  shut(): Promise<void>;
  open(): Promise<void>;
  /** Milliseconds of `performance.now` of each request. */
  readonly askedAt: readonly number[];
  close(): Promise<void>;
}

const MINUTE_MS = 60_000;

/** Projects P01, P02, …, QUIET, which is never edited, and GONE, which is deleted on the way. */
export async function startSite(projects: number, items: number): Promise<Site> {
  const each = Math.ceil(items / projects);
  const wanted = Array.from({ length: projects }, (_, index) => ({
    identifier: `P${String(index + 1).padStart(2, '0')}`,
    items: each,
  }));
  const tables = makeTables(
    [...wanted, { identifier: 'QUIET', items: 40 }, { identifier: 'GONE', items: 10 }],
    Date.now(),
  );
  for (const [index, project] of [...tables.projects.values()].entries()) addPlans(tables, project, index + 1);
  const plane = createSmallPlane({ tables, now: Date.now, requestsPerMinute: 1_000_000 });
  const askedAt: number[] = [];
  const site: Site = {
    plane,
    url: await plane.listen(),
    fault: null,
    askedAt,
    shut: () => plane.close(),
    open: async () => {
      await plane.listen(Number(new URL(site.url).port));
    },
    close: () => plane.close(),
  };
  plane.onRequest = () => {
    askedAt.push(performance.now());
    return site.fault ?? undefined;
  };
  return site;
}

function addPlans(
  tables: Tables,
  project: Tables['projects'] extends Map<string, infer T> ? T : never,
  number: number,
): void {
  const today = dayOf(Date.now());
  const items = [...project.items.keys()];
  const own = (kind: string, index: number) => ({
    id: fixedId(`${number.toString(16)}${kind}`, index + 1),
    created_at: `${addDays(today, -60)}T09:00:00.000000Z`,
    project: project.row.id,
    workspace: tables.workspace.id,
    created_by: [...tables.people.keys()][0] ?? null,
  });
  for (const [index, offset] of [-20, -6, 8].entries()) {
    const start_date = `${addDays(today, offset)}T00:00:01Z`;
    const end_date = `${addDays(today, offset + 13)}T23:59:00Z`;
    const cycle = cycleRow(own('1', index), { name: `Sprint ${index + 1}`, start_date, end_date });
    project.cycles.set(cycle.id, cycle);
    project.contents.set(cycle.id, new Set(items.filter((_, at) => at % 10 === index)));
  }
  for (const [index, name] of ['Launch', 'Quality'].entries()) {
    const dates = { start_date: addDays(today, -30), target_date: addDays(today, 30 + index * 20) };
    const row = moduleRow(own('2', index), { name, status: 'in-progress', ...dates });
    project.modules.set(row.id, row);
    project.contents.set(row.id, new Set(items.filter((_, at) => at % 7 === index)));
  }
}

/** The sixty seconds with the most of these moments: how many, and the first and the last of them. */
export function busiestMinute(moments: readonly number[]): {
  readonly count: number;
  readonly span: readonly [number, number];
} {
  let most: ReturnType<typeof busiestMinute> = { count: 0, span: [0, 0] };
  let first = 0;
  for (const [index, at] of moments.entries()) {
    while (at - (moments[first] ?? at) >= MINUTE_MS) first++;
    const count = index - first + 1;
    if (count > most.count) most = { count, span: [moments[first] ?? at, at] };
  }
  return most;
}
