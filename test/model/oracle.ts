import ICAL from 'ical.js';
import type { FeedOptions } from '../../src/domain/feed.ts';
import { isListed, type ItemRow, type ProjectTable, type Tables } from '../../src/demo/rows.ts';

/** What a feed must say, straight from Plane's tables, and what it does say, read by another's parser. */

export interface Shown {
  readonly uid: string;
  readonly start: string;
  readonly end: string;
  readonly summary: string;
  readonly categories: readonly string[];
  readonly facts: string;
  /** null where the test does not know how the description reads. */
  readonly text: string | null;
  readonly priority: number | null;
  readonly url: string;
  readonly created: string;
}

const DAY_MS = 86_400_000;
const LAST_DAY = '9999-12-31';
const RANKS: Readonly<Record<string, number>> = { urgent: 1, high: 3, medium: 5, low: 7 };

const line = (text: string): string => text.replace(/\s+/g, ' ').trim();
const sorted = (names: readonly (string | undefined)[]): string[] =>
  names
    .filter((name) => name !== undefined)
    .map(line)
    .filter(Boolean)
    .sort();
const later = (day: string, days: number): string =>
  day === LAST_DAY ? LAST_DAY : new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10);
/** Year 1 is no day that calendars hold. */
const dayOrNull = (day: string | null): string | null => (day !== null && day >= '1000' ? day : null);

/** Every event of the project's feed on that day, by uid. */
export function expected(
  { people, projects }: Tables,
  projectId: string,
  options: FeedOptions,
  today: string,
): Map<string, Shown> {
  const project = projects.get(projectId)!;
  const found = new Map<string, Shown>();
  for (const item of project.items.values()) {
    if (!isListed(item) || !isKept(item, project, options, today)) continue;
    for (const { uid, start, last, sign } of daysOf(item, options)) {
      found.set(uid, { uid, start, end: later(last, 1), ...textsOf(item, project, people, sign) });
    }
  }
  return found;
}

function groupOf(item: ItemRow, project: ProjectTable): string | undefined {
  return item.state === null ? undefined : project.states.get(item.state)?.group;
}

function isKept(item: ItemRow, project: ProjectTable, { done, cancelled }: FeedOptions, today: string): boolean {
  const group = groupOf(item, project);
  if (group === 'cancelled') return cancelled === 'keep';
  if (group !== 'completed' || done === 'keep') return true;
  if (done === 'hide') return false;
  const ends = [dayOrNull(item.target_date) ?? dayOrNull(item.start_date), item.completed_at?.slice(0, 10)];
  const [over] = ends.filter((day) => typeof day === 'string').sort((a, b) => (a > b ? -1 : 1));
  return over === undefined || today <= later(over, done);
}

function daysOf(item: ItemRow, { mode }: FeedOptions): { uid: string; start: string; last: string; sign: string }[] {
  const uid = `plane-issue-${item.id}@plane-ics`;
  const [start, target] = [dayOrNull(item.start_date), dayOrNull(item.target_date)];
  const due = target === null ? [] : [{ uid, start: target, last: target, sign: '' }];
  if (mode === 'due' || start === null || (target !== null && start >= target)) return due;
  if (mode === 'span') return [{ uid, start, last: target ?? start, sign: '' }];
  return [{ uid: uid.replace('@', '-start@'), start, last: start, sign: '▶ ' }, ...due];
}

function parentOf({ parent: id }: ItemRow, { items }: ProjectTable): ItemRow | undefined {
  const parent = id === null ? undefined : items.get(id);
  return parent && isListed(parent) ? parent : undefined;
}

function checkOf(item: ItemRow, project: ProjectTable): string {
  return { completed: '✓ ', cancelled: '✗ ' }[groupOf(item, project) ?? ''] ?? '';
}

function textsOf(item: ItemRow, project: ProjectTable, people: Tables['people'], sign: string) {
  const { identifier } = project.row;
  const key = `${identifier}-${item.sequence_id}`;
  const categories = [...new Set(sorted(item.labels.map((id) => project.labels.get(id)?.name)))];
  const parent = parentOf(item, project);
  const facts: [string, string][] = [
    ['State', line(project.states.get(item.state ?? '')?.name ?? '')],
    ['Priority', item.priority === 'none' ? '' : item.priority.replace(/^./, (first) => first.toUpperCase())],
    ['Assignees', sorted(item.assignees.map((id) => people.get(id)?.display_name)).join(', ')],
    ['Labels', categories.join(', ')],
    ['Parent', parent ? `${identifier}-${parent.sequence_id}` : ''],
  ];
  const check = checkOf(item, project);
  return {
    summary: `${check}${sign}[${key}] ${line(item.name)}`,
    categories,
    facts: facts.flatMap(([name, value]) => (value === '' ? [] : [`${name}: ${value}`])).join('\n'),
    text: /^<p>([a-z0-9 ]*)<\/p>$/.exec(item.description_html)?.[1] ?? null,
    priority: RANKS[item.priority] ?? null,
    url: `https://plane.example.com/acme/browse/${key}/`,
    created: `${item.created_at.slice(0, 19)}Z`,
  };
}

/** What ical.js reads of a component, by its text: most components of a calendar stood in the one before. */
const parsed = new Map<string, Shown>();
const MOST_PARSED = 50_000;

/** Every event that is no note, by uid, as ical.js reads it. */
export function shown(calendar: string): Map<string, Shown> {
  const found = new Map<string, Shown>();
  const blocks = calendar.match(/^BEGIN:VEVENT\r\n[^]*?^END:VEVENT\r\n/gm) ?? [];
  for (const block of blocks) {
    const event = parsed.get(block) ?? parse(block);
    if (!event.uid.startsWith('plane-note-')) found.set(event.uid, event);
  }
  return found;
}

function parse(block: string): Shown {
  const root = new ICAL.Component(ICAL.parse(`BEGIN:VCALENDAR\r\n${block}END:VCALENDAR\r\n`) as unknown[]);
  const event = root.getFirstSubcomponent('vevent')!;
  const value = (name: string): string => String(event.getFirstPropertyValue(name) ?? '');
  const paragraphs = value('description').split('\n\n');
  const rank = value('priority');
  const read: Shown = {
    uid: value('uid'),
    start: value('dtstart'),
    end: value('dtend') || value('dtstart'),
    summary: value('summary'),
    categories: (event.getFirstProperty('categories')?.getValues() ?? []).map(String),
    facts: paragraphs[0] ?? '',
    text: paragraphs.slice(1, -1).join('\n\n'),
    priority: rank === '' ? null : Number(rank),
    url: value('url'),
    created: value('created'),
  };
  if (parsed.size >= MOST_PARSED) parsed.clear();
  parsed.set(block, read);
  return read;
}

/** What is missing, too much, or said otherwise; nothing for a true feed. */
export function differences(calendar: string, truth: ReadonlyMap<string, Shown>): string[] {
  const said = shown(calendar);
  const faults: string[] = [];
  for (const [uid, should] of truth) {
    const is = said.get(uid);
    if (!is) faults.push(`${should.summary} (${uid}) is missing`);
    else if (JSON.stringify(should) !== JSON.stringify({ ...is, text: should.text === null ? null : is.text }))
      faults.push(`is     ${JSON.stringify(is)}\nshould ${JSON.stringify(should)}`);
  }
  for (const [uid, is] of said) if (!truth.has(uid)) faults.push(`${is.summary} (${uid}) is too much`);
  return faults;
}
