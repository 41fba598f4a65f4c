import { addDays, dayOf } from '../icalendar/date.ts';
import type { Json } from './json.ts';
import { cycleRow, moduleRow } from './cycles-modules.ts';
import type { LabelRow, PersonRow, ProjectTable, Row, StateRow, Tables } from './rows.ts';
import { fixedId, instantIn, makeItem, stampOf } from './seed-items.ts';
import { APP_TITLES, WEB_TITLES } from './titles.ts';

/** The demo: workspace `demo`, projects WEB and APP, four people, about 120 items around today. Ids are fixed; dates move with the day. */

/** Slug of the demo's workspace. */
export const DEMO_WORKSPACE = 'demo';
/** The one API key of the demo's Plane. It opens made-up data on loopback only. */
export const DEMO_KEY = 'plane_api_00000000000000000000000000000000';

/** Signs the webhooks of the demo's Plane. */
export const DEMO_SECRET = 'plane_wh_00000000000000000000000000000000';

const PEOPLE = ['ada', 'bob', 'chiyo', 'dana'] as const;
const FULL_NAMES = [
  ['Ada', 'Lovelace'],
  ['Bob', 'Builder'],
  ['Chiyo', 'Sakamoto'],
  ['Dana', 'Østergård'],
] as const;
const STATES = [
  ['Backlog', 'backlog', '#60646c'],
  ['Todo', 'unstarted', '#60646c'],
  ['In Progress', 'started', '#f59e0b'],
  ['Done', 'completed', '#46a758'],
  ['Cancelled', 'cancelled', '#9aa4bc'],
] as const;
const LABELS = ['bug', 'content', 'design', 'legal, privacy', 'launch', 'تسويق'] as const;

/** The demo's data for the day of that instant, in milliseconds since the epoch. */
export function seedDemo(nowMs: number): Tables {
  const today = dayOf(nowMs);
  const tables: Tables = {
    workspace: { id: fixedId('f', 1), slug: DEMO_WORKSPACE },
    people: new Map(
      PEOPLE.map((name, index) => {
        const [first, last] = FULL_NAMES[index] ?? ['', ''];
        const person: PersonRow = {
          id: `00000000-0000-4000-8000-0000000000a${index + 1}`,
          first_name: first,
          last_name: last,
          email: `${name}@example.test`,
          avatar: '',
          avatar_url: null,
          display_name: name,
        };
        return [person.id, person];
      }),
    ),
    roles: new Map([['00000000-0000-4000-8000-0000000000a1', 20]]),
    projects: new Map(),
    keys: new Map([[DEMO_KEY, '00000000-0000-4000-8000-0000000000a1']]),
  };
  for (const project of [
    makeProject(tables, 1, 'WEB', 'Website', '#3e63dd', 'Europe/Copenhagen', WEB_TITLES, today),
    makeProject(tables, 2, 'APP', 'Mobile app', '#e5484d', 'America/New_York', APP_TITLES, today),
  ]) {
    tables.projects.set(project.row.id, project);
  }
  return tables;
}

function makeProject(
  tables: Tables,
  number: number,
  identifier: string,
  name: string,
  color: string,
  timezone: string,
  titles: readonly string[],
  today: string,
): ProjectTable {
  const kind = (letter: string): string => `${number}${letter}`;
  const base = {
    created_at: stampOf(addDays(today, -200)),
    updated_at: stampOf(addDays(today, -100)),
    deleted_at: null,
  };
  const owner = {
    project: fixedId('b', number),
    workspace: tables.workspace.id,
    created_by: [...tables.people.keys()][0] ?? null,
  };
  const listed = <T extends Row>(rows: T[]): Map<string, T> => new Map(rows.map((row) => [row.id, row]));

  const states = makeStates(kind('c'), { ...base, ...owner });
  const labels = makeLabels(kind('d'), { ...base, ...owner });
  const items = titles.map((title, index) =>
    makeItem(tables, kind('e'), index, title, states, labels, owner.project, today),
  );
  // Sprints of two weeks, the second of them under way, each with what is due in it.
  const contents = new Map<string, Set<string>>();
  const cycles = [-20, -6, 8].map((offset, index) => {
    const [first, last] = [addDays(today, offset), addDays(today, offset + 13)];
    const start_date = instantIn(timezone, first, '00:00:01');
    const end_date = instantIn(timezone, last, '23:59:00');
    const own = { ...base, ...owner, id: fixedId(kind('1'), index + 1) };
    const due = items.filter(({ target_date: day }) => day !== null && day >= first && day <= last);
    contents.set(own.id, new Set(due.map((item) => item.id)));
    return cycleRow(own, { name: `Sprint ${index + 7}`, start_date, end_date });
  });
  const modules = ['Launch', 'Quality'].map((moduleName, index) => {
    const own = { ...base, ...owner, id: fixedId(kind('2'), index + 1) };
    const dates = { start_date: addDays(today, -30), target_date: addDays(today, 30 + index * 20) };
    const some = items.filter((_, position) => position % 5 === index || position % 15 === 2);
    contents.set(own.id, new Set(some.map((item) => item.id)));
    return moduleRow(own, { name: moduleName, status: 'in-progress', ...dates });
  });
  return {
    row: makeProjectRow(
      tables,
      { ...base, id: owner.project, created_by: owner.created_by },
      { identifier, name, color, timezone },
    ),
    items: listed(items),
    states: listed(states),
    labels: listed(labels),
    members: new Set(tables.people.keys()),
    cycles: listed(cycles),
    modules: listed(modules),
    contents,
  };
}

/** What all rows of a project have. */
interface CommonFields {
  readonly created_at: string;
  readonly updated_at: string;
  readonly deleted_at: null;
  readonly project: string;
  readonly workspace: string;
  readonly created_by: string | null;
}

function makeStates(kind: string, common: CommonFields): StateRow[] {
  return STATES.map(([stateName, group, stateColor], index): StateRow => ({
    ...common,
    id: fixedId(kind, index + 1),
    name: stateName,
    group,
    color: stateColor,
    description: '',
    slug: '',
    sequence: 15_000 + index * 10_000,
    is_triage: false,
    default: index === 0,
    external_source: null,
    external_id: null,
    updated_by: null,
  }));
}

function makeLabels(kind: string, common: CommonFields): LabelRow[] {
  return LABELS.map((label, index): LabelRow => ({
    ...common,
    id: fixedId(kind, index + 1),
    name: label,
    color: '#5e6ad2',
    description: '',
    sort_order: 65_535 + index * 10_000,
    external_source: null,
    external_id: null,
    updated_by: null,
    parent: null,
  }));
}

function makeProjectRow(
  tables: Tables,
  { created_by, ...own }: Omit<CommonFields, 'project' | 'workspace'> & { readonly id: string },
  { identifier, name, color, timezone }: Record<'identifier' | 'name' | 'color' | 'timezone', string>,
): ProjectTable['row'] {
  return {
    ...own,
    name,
    identifier,
    description: '',
    description_text: null,
    description_html: null,
    network: 2,
    is_member: true,
    member_role: 20,
    total_members: 4,
    total_cycles: 3,
    total_modules: 2,
    is_deployed: false,
    archived_at: null,
    timezone,
    logo_props: { in_use: 'icon', icon: { name: 'web', color } } satisfies Json,
    module_view: true,
    cycle_view: true,
    issue_views_view: true,
    page_view: true,
    intake_view: false,
    workspace: tables.workspace.id,
    created_by,
    updated_by: null,
    default_state: null,
    estimate: null,
  };
}
