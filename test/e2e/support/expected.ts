import type { ItemRow, ProjectTable, Row } from '../../../src/demo/rows.ts';

/**
 * What a subscriber must see, worked out from Plane's own rows. It shares no code with the program, so that a mistake there is not made here
 * a second time.
 */
export interface Sight {
  /** "YYYY-MM-DD" */
  readonly day: string;
  readonly title: string;
}

/** A to-do that a subscriber must see. */
export interface TodoSight {
  readonly title: string;
  /** "YYYY-MM-DD" */
  readonly due: string | null;
  readonly status: string;
  /** 0 for none. */
  readonly priority: number;
  readonly percent: number;
  /** "YYYY-MM-DDTHH:MM:SSZ" */
  readonly completed: string | null;
}

const STATUS: Readonly<Record<string, string>> = {
  started: 'IN-PROCESS',
  completed: 'COMPLETED',
  cancelled: 'CANCELLED',
};
const PRIORITY: Readonly<Record<string, number>> = { urgent: 1, high: 3, medium: 5, low: 7 };
const DAY_MS = 86_400_000;
const DAYS_AFTER_COMPLETION = 30;

/** Days and titles in order, for a feed without options. */
export function expectedSights(project: ProjectTable): Sight[] {
  return inOrder(shownItems(project).map((item) => ({ day: item.target_date ?? '', title: titleOf(item, project) })));
}

/** The items that a feed without options shows. */
export function shownItems(project: ProjectTable): ItemRow[] {
  const today = new Date().toISOString().slice(0, 10);
  return listedItems(project).filter((item) => {
    if (item.target_date === null) return false;
    const group = groupOf(item, project);
    if (group === 'cancelled') return false;
    if (group !== 'completed') return true;
    const over = [item.target_date, (item.completed_at ?? '').slice(0, 10)].sort().at(-1) ?? '';
    return Date.parse(today) - Date.parse(over) <= DAYS_AFTER_COMPLETION * DAY_MS;
  });
}

/** To-dos by title, for a feed with undated, completed and cancelled ones. */
export function expectedTodos(project: ProjectTable): TodoSight[] {
  const todos = listedItems(project).map((item) => {
    const group = groupOf(item, project);
    return {
      // A cancelled one has its mark, since Thunderbird shows it as if it were open; the others show by their status.
      title: (group === 'cancelled' ? '✗ ' : '') + plainTitleOf(item, project),
      // A year before 1000 is a slip of the keyboard, which no calendar can show.
      due: item.target_date !== null && item.target_date < '1000' ? null : item.target_date,
      status: STATUS[group] ?? 'NEEDS-ACTION',
      priority: PRIORITY[item.priority] ?? 0,
      percent: group === 'completed' ? 100 : 0,
      completed: item.completed_at === null ? null : `${item.completed_at.slice(0, 19)}Z`,
    };
  });
  return byTitle(todos);
}

/** A cycle or module with both dates. */
type Bar = Readonly<Record<'name' | 'start_date' | 'end_date' | 'target_date', string>>;

/** The days of a project's cycles and modules; `end` is the day after. */
export function expectedBars({ row, cycles, modules }: ProjectTable): (Sight & { readonly end: string })[] {
  const zone = new Intl.DateTimeFormat('sv-SE', { timeZone: row.timezone as string });
  const dayThere = (instant: string): string => zone.format(Date.parse(instant));
  const barsOf = (rows: ReadonlyMap<string, Row>): Bar[] => [...rows.values()] as unknown as Bar[];
  return [
    ...barsOf(cycles).map(({ name, start_date: first, end_date: last }) => ({
      day: dayThere(first),
      end: dayAfter(dayThere(last)),
      title: name,
    })),
    ...barsOf(modules).map(({ name, start_date: first, target_date: last }) => ({
      day: first,
      end: dayAfter(last),
      title: name,
    })),
  ];
}

export function dayAfter(day: string): string {
  return new Date(Date.parse(day) + DAY_MS).toISOString().slice(0, 10);
}

export function titleOf(item: ItemRow, project: ProjectTable): string {
  return (groupOf(item, project) === 'completed' ? '✓ ' : '') + plainTitleOf(item, project);
}

/** The title without a mark. */
function plainTitleOf(item: ItemRow, project: ProjectTable): string {
  const words = item.name
    .split(/[ \t\n\v\f\r\u0085\u2028\u2029]/)
    .map((word) => word.replace(/[\p{Cc}\ufeff]/gu, ''))
    .filter((word) => word !== '');
  return `[${project.row.identifier}-${item.sequence_id}] ${words.join(' ')}`;
}

/** By day, then title: the order in which two lists of sights are compared. */
export function inOrder<T extends Sight>(sights: readonly T[]): T[] {
  const rank = ({ day, title }: Sight): string => `${day} ${title}`;
  return [...sights].sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
}

export function byTitle<T extends { readonly title: string }>(seen: readonly T[]): T[] {
  return [...seen].sort((a, b) => (a.title < b.title ? -1 : 1));
}

function listedItems(project: ProjectTable): ItemRow[] {
  return [...project.items.values()].filter((item) => item.archived_at === null && !item.is_draft);
}

export function groupOf(item: ItemRow, project: ProjectTable): string {
  return project.states.get(item.state ?? '')?.group ?? '';
}
