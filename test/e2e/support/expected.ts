import type { ItemRow, ProjectTable } from '../../../src/demo/rows.ts';

/**
 * What a subscriber must see, worked out from Plane's own rows. It shares no code with the program, so that a mistake there is not made here
 * a second time.
 */
export interface Sight {
  /** "YYYY-MM-DD" */
  readonly day: string;
  readonly title: string;
}

const DAY_MS = 86_400_000;
const DAYS_AFTER_COMPLETION = 30;

/** Days and titles in order, for a feed without options. */
export function expectedSights(project: ProjectTable): Sight[] {
  return inOrder(shownItems(project).map((item) => ({ day: item.target_date ?? '', title: titleOf(item, project) })));
}

/** The items that a feed without options shows. */
export function shownItems(project: ProjectTable): ItemRow[] {
  const today = new Date().toISOString().slice(0, 10);
  return [...project.items.values()].filter((item) => {
    if (item.target_date === null || item.archived_at !== null || item.is_draft) return false;
    const group = groupOf(item, project);
    if (group === 'cancelled') return false;
    if (group !== 'completed') return true;
    const over = [item.target_date, (item.completed_at ?? '').slice(0, 10)].sort().at(-1) ?? '';
    return Date.parse(today) - Date.parse(over) <= DAYS_AFTER_COMPLETION * DAY_MS;
  });
}

export function titleOf(item: ItemRow, project: ProjectTable): string {
  const words = item.name
    .split(/[ \t\n\v\f\r\u0085\u2028\u2029]/)
    .map((word) => word.replace(/[\p{Cc}\ufeff]/gu, ''))
    .filter((word) => word !== '');
  const mark = groupOf(item, project) === 'completed' ? '✓ ' : '';
  return `${mark}[${project.row.identifier}-${item.sequence_id}] ${words.join(' ')}`;
}

/** By day, then title: the order in which two lists of sights are compared. */
export function inOrder<T extends Sight>(sights: readonly T[]): T[] {
  const rank = ({ day, title }: Sight): string => `${day} ${title}`;
  return [...sights].sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
}

function groupOf(item: ItemRow, project: ProjectTable): string {
  return project.states.get(item.state ?? '')?.group ?? '';
}
