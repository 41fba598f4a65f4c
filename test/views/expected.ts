import type { ItemRow, ProjectTable, Row, Tables } from '../../src/demo/rows.ts';

/** What a feed must hold, reckoned from Plane's rows and the words of the contract alone. */

/** What is asked for, as people write it; lists are of names, of which "none" means what has none. */
export interface Asked {
  readonly show?: readonly string[];
  readonly as?: 'event' | 'todo';
  readonly mode?: 'due' | 'span' | 'both';
  readonly done?: string;
  readonly cancelled?: 'hide' | 'keep';
  readonly undated?: 'hide' | 'keep';
  readonly assignee?: readonly string[];
  readonly label?: readonly string[];
  readonly state?: readonly string[];
  readonly priority?: readonly string[];
  readonly cycle?: readonly string[];
  readonly module?: readonly string[];
  readonly past?: number;
  readonly ahead?: number;
  readonly title?: string;
  readonly detail?: 'full' | 'brief' | 'private';
  readonly alarm?: readonly string[];
}

/** Whose items: projects by identifier, everyone's, or one person's by display name. */
export type Whose = readonly string[] | 'all' | { readonly person: string };

export interface Shown {
  readonly uid: string;
  /** First day, and the day behind the last; for to-dos the start and the due day. "" for none. */
  readonly days: readonly [string, string];
  readonly summary: string;
  readonly categories: readonly string[];
  readonly status: string;
  readonly alarms: number;
}

const STATUS: Readonly<Record<string, string>> = {
  started: 'IN-PROCESS',
  completed: 'COMPLETED',
  cancelled: 'CANCELLED',
};
const line = (text: string): string => text.replace(/\s+/g, ' ').trim();
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const after = (day: string, days: number): string =>
  new Date(Date.parse(day) + days * 86_400_000).toISOString().slice(0, 10);

/** Everything the feed holds on that UTC day, by UID. */
export function expected(tables: Tables, asked: Asked, whose: Whose, today: string): Shown[] {
  const projects = [...tables.projects.values()].filter(
    ({ row }) => !Array.isArray(whose) || whose.includes(row.identifier),
  );
  return projects
    .flatMap((project) => ofProject(tables, project, asked, whose, today))
    .sort((a, b) => (a.uid < b.uid ? -1 : 1));
}

function ofProject(tables: Tables, project: ProjectTable, asked: Asked, whose: Whose, today: string): Shown[] {
  const { show = ['items'], as = 'event', past, ahead, alarm = [] } = asked;
  const isPrivate = asked.detail === 'private';
  const person = typeof whose === 'object' && 'person' in whose ? whose.person : null;
  const isOfSeveral = !Array.isArray(whose) || whose.length > 1;
  const people = (item: ItemRow): string[] => item.assignees.map((id) => tables.people.get(id)!.display_name);
  const isTheirs = (item: ItemRow): boolean => person === null || people(item).includes(person);
  const isIn = (first: string, last: string, open: boolean): boolean =>
    (past === undefined || open || last >= after(today, -past)) &&
    (ahead === undefined || first <= after(today, ahead));
  const found: Shown[] = [];

  function bars(kind: 'cycle' | 'module', rows: Iterable<Row>, dayOf: (value: unknown) => string, end: string): void {
    for (const row of rows) {
      const [first, last] = [dayOf(row.start_date), dayOf(row[end])];
      const name = text(row.name);
      const holds = [...project.contents.get(row.id)!].some((id) => isTheirs(project.items.get(id)!));
      if (!isIn(first, last, false) || !fits(asked[kind], [name]) || !holds) continue;
      found.push({
        uid: `plane-${kind}-${row.id}@plane-ics`,
        days: [first, after(last, 1)],
        summary: isPrivate ? 'Planned' : isOfSeveral ? `${project.row.identifier}: ${name}` : name,
        categories: [],
        status: 'CONFIRMED',
        alarms: alarm.length,
      });
    }
  }

  if (show.includes('cycles')) {
    const timeZone = text(project.row.timezone);
    const day = (value: unknown): string => new Date(text(value)).toLocaleDateString('sv-SE', { timeZone });
    bars('cycle', project.cycles.values(), day, 'end_date');
  }
  if (show.includes('modules')) bars('module', project.modules.values(), text, 'target_date');

  const namesIn = (groups: ReadonlyMap<string, Row>, itemId: string): string[] =>
    [...groups.values()].filter(({ id }) => project.contents.get(id)!.has(itemId)).map(({ name }) => text(name));

  for (const item of show.includes('items') ? project.items.values() : []) {
    const state = project.states.get(item.state!)!;
    const open = state.group !== 'completed' && state.group !== 'cancelled';
    const labels = item.labels.map((id) => project.labels.get(id)!.name);
    const isChosen =
      isTheirs(item) &&
      fits(asked.assignee, people(item)) &&
      fits(asked.label, labels) &&
      (fits(asked.state, [state.name]) || fits(asked.state, [state.group])) &&
      (asked.priority ?? [item.priority]).includes(item.priority) &&
      fits(asked.cycle, namesIn(project.cycles, item.id)) &&
      fits(asked.module, namesIn(project.modules, item.id));
    if (!isChosen || !stays(item, state.group, asked, today)) continue;
    const title = (asked.title ?? '[{key}] {name}')
      .replace('{number}', String(item.sequence_id))
      .replace('{project}', project.row.name)
      .replace('{state}', state.name)
      .replace(
        '{priority}',
        item.priority.replace(/^./, (first) => first.toUpperCase()),
      )
      .replace('{assignees}', people(item).sort().join(', '))
      .replace('{key}', `${project.row.identifier}-${item.sequence_id}`)
      .replace('{name}', () => item.name);
    const said = { categories: isPrivate ? [] : [...new Set(labels)].sort() };
    for (const { part, first, last } of datesOf(item, asked)) {
      if (last !== '' && !isIn(first || last, last, open)) continue;
      // A to-do tells by its status that it is completed.
      const mark = { completed: as === 'todo' ? '' : '✓ ', cancelled: '✗ ' }[state.group] ?? '';
      found.push({
        ...said,
        uid: `plane-issue-${item.id}${part}@plane-ics`,
        days: as === 'todo' ? [first, last] : [first, after(last, 1)],
        summary: isPrivate ? 'Planned' : mark + (part === '' ? '' : '▶ ') + line(title),
        status: as === 'todo' ? (STATUS[state.group] ?? 'NEEDS-ACTION') : 'CONFIRMED',
        alarms: open && last !== '' ? alarm.length : 0,
      });
    }
  }
  return found;
}

/** True when one of the names is asked for; what has no name is asked for as "none". */
function fits(asked: readonly string[] | undefined, names: readonly string[]): boolean {
  return (
    asked === undefined || (names.length === 0 ? asked.includes('none') : names.some((one) => asked.includes(one)))
  );
}

/** The later of its last day and the day it was completed decides; day N is in. */
function stays(item: ItemRow, group: string, { done = '30d', cancelled }: Asked, today: string): boolean {
  if (group === 'cancelled') return cancelled === 'keep';
  if (group !== 'completed' || done === 'keep') return true;
  const ends = [item.target_date ?? item.start_date ?? '', (item.completed_at ?? '').slice(0, 10)].sort();
  return done !== 'hide' && (ends[1] === '' || today <= after(ends[1]!, Number.parseInt(done)));
}

function datesOf(item: ItemRow, { as, mode = 'due', undated }: Asked): { part: string; first: string; last: string }[] {
  const [start, target] = [item.start_date, item.target_date];
  const earlier = start !== null && (target === null || start < target) ? start : null;
  if (as === 'todo') {
    const isShown = target !== null || undated === 'keep';
    return isShown ? [{ part: '', first: earlier ?? '', last: target ?? '' }] : [];
  }
  const due = target === null ? [] : [{ part: '', first: target, last: target }];
  if (mode === 'due' || earlier === null) return due;
  if (mode === 'span') return [{ part: '', first: earlier, last: target ?? earlier }];
  return [{ part: '-start', first: earlier, last: earlier }, ...due];
}
