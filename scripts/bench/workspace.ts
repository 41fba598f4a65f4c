import { addDays, dayOf } from '../../src/icalendar/date.ts';
import { createSmallPlane, type SmallPlane, type SmallPlaneOptions } from '../../src/demo/plane.ts';
import type { ProjectTable, Row, Tables } from '../../src/demo/rows.ts';
import { DEMO_KEY, DEMO_WORKSPACE, seedDemo } from '../../src/demo/seed.ts';
import { fixedId, makeItem } from '../../src/demo/seed-items.ts';

/** Workspaces of any size on the small Plane. */

/** A project to be made: its identifier and how many items it has, all of them shown by a feed. */
export interface Wanted {
  readonly identifier: string;
  readonly items: number;
}

export const SECRET = 'plane_wh_of_the_bench';
export const TOKEN = 'admin-token-of-the-bench';

/** A number that no budget of a bench reaches. */
const PLENTY = 10_000;
const VERBS = ['Review', 'Write', 'Move', 'Test', 'Prepare', 'Publish', 'Measure'];
const THINGS = ['the price list', 'sign-in with SSO', 'a landing page', 'the export, again', 'old invoices'];

/** The title of the item of that number. */
export function titleOf(index: number): string {
  return `${VERBS[index % VERBS.length] ?? ''} ${THINGS[index % THINGS.length] ?? ''} for release ${(index % 90) + 1}`;
}

/** The workspace of the demo with other projects. Items were last touched days ago, so that Plane counts as settled. */
export function makeTables(wanted: readonly Wanted[], now: number): Tables {
  const tables = seedDemo(now);
  const [template] = tables.projects.values();
  if (!template) throw new Error('the demo has no project');
  tables.projects.clear();
  for (const [index, one] of wanted.entries()) {
    const project = makeProject(tables, template, index + 1, one, dayOf(now));
    tables.projects.set(project.row.id, project);
  }
  return tables;
}

function makeProject(
  tables: Tables,
  template: ProjectTable,
  number: number,
  { identifier, items }: Wanted,
  today: string,
): ProjectTable {
  const kind = (letter: string): string => number.toString(16) + letter;
  const id = fixedId('b', number);
  const own = <T extends Row>(rows: ReadonlyMap<string, T>, letter: string): T[] =>
    [...rows.values()].map((row, index) => ({ ...row, id: fixedId(kind(letter), index + 1), project: id }));
  const states = own(template.states, 'c');
  const labels = own(template.labels, 'd');
  const byId = <T extends Row>(rows: readonly T[]): Map<string, T> => new Map(rows.map((row) => [row.id, row]));
  const rows = Array.from({ length: items }, (_, index) => ({
    ...makeItem(tables, kind('e'), index, titleOf(index), states, labels, id, addDays(today, -3)),
    target_date: addDays(today, (index * 37) % 365),
    state: states[index % 3]?.id ?? null,
    completed_at: null,
  }));
  return {
    ...template,
    row: { ...template.row, id, identifier, name: `Project ${identifier}` },
    items: byId(rows),
    states: byId(states),
    labels: byId(labels),
    cycles: new Map(),
    modules: new Map(),
    contents: new Map(),
  };
}

/** A small Plane with these projects, and what the program needs to reach it. */
export interface Workspace {
  readonly plane: SmallPlane;
  readonly settings: Readonly<Record<string, string>>;
}

export async function startPlane(
  wanted: readonly Wanted[],
  options: Partial<SmallPlaneOptions> = {},
): Promise<Workspace> {
  const tables = makeTables(wanted, Date.now());
  const plane = createSmallPlane({ tables, now: Date.now, requestsPerMinute: 1_000_000, ...options });
  return { plane, settings: settingsFor(await plane.listen()) };
}

/** Settings of a program that reads this Plane as fast as it can, and believes what it read for a day. */
export function settingsFor(planeUrl: string): Record<string, string> {
  return {
    PLANE_URL: planeUrl,
    PLANE_API_KEY: DEMO_KEY,
    PLANE_WORKSPACE: DEMO_WORKSPACE,
    PLANE_WEBHOOK_SECRET: SECRET,
    PLANE_REQUESTS_PER_MINUTE: String(PLENTY),
    FEED_WARN_BYTES: '1000000000',
    FRESH_SECONDS: '86400',
    FEED_ACCESS: 'open',
    ADMIN_TOKEN: TOKEN,
  };
}
