import type { CalendarHead } from '../domain/calendar.ts';
import type { Snapshot } from '../domain/plane.ts';
import { defaultColor } from '../icalendar/color.ts';
import { tombstoneReason, scopeKey, type Tombstone, type View } from './view.ts';
import { nameables } from './filter.ts';
import type { PlaneLinks } from './plane-links.ts';
import { NAMED_OPTIONS, type FeedOptions, type NamedOption } from './options.ts';
import { oneLine } from '../icalendar/text.ts';

/** What stands above the components of a feed. `notes` are sentences on the state of it, which the description ends with. */
export function viewHead(
  snapshots: readonly Snapshot[],
  view: View,
  links: PlaneLinks,
  notes: readonly string[],
): CalendarHead {
  const { scope, options } = view;
  const [only] = snapshots;
  const single = scope.kind === 'projects' && scope.projectIds.length === 1 ? only : undefined;
  if (options.detail === 'private') {
    return {
      name: viewName(snapshots, view),
      description: ['Planned times. Read-only.', ...notes].join(' '),
      color: defaultColor(scopeKey(scope)),
      url: null,
    };
  }
  const archived = snapshots.filter(({ project }) => project.archived).map(({ project }) => oneLine(project.name));
  return {
    name: viewName(snapshots, view),
    description: [
      `${whatInWords(options)}${whoseInWords(snapshots, view)} in Plane, ${howInWords(options)}. Read-only.`,
      ...filtersInWords(options, snapshots),
      ...(archived.length === 0
        ? []
        : [
            single
              ? 'The project is archived in Plane; this is how it stood then.'
              : `Archived in Plane, shown as it stood then: ${archived.join(', ')}.`,
          ]),
      ...notes,
    ].join(' '),
    color: single ? (single.project.color ?? defaultColor(single.project.id)) : defaultColor(scopeKey(scope)),
    url: single ? links.project(single.project.id) : null,
  };
}

/** What stands above the note of a feed that is over: its projects may not be known any more, and nothing of them is shown. */
export function tombstoneHead(
  snapshots: readonly Snapshot[],
  view: View,
  links: PlaneLinks,
  ending: Tombstone,
): CalendarHead {
  return { ...viewHead(snapshots, view, links, []), description: tombstoneReason(ending) };
}

/** What the calendar is called: as its link, else after what it holds. */
export function viewName(snapshots: readonly Snapshot[], { name, scope, options }: View): string {
  if (name !== null) return oneLine(name) || 'Plane';
  if (options.detail === 'private') return 'Planned';
  if (scope.kind === 'all') return 'All projects';
  if (scope.kind === 'person') return personName(snapshots, scope.memberId) ?? 'Someone';
  return snapshots.map(projectName).join(', ') || 'Plane';
}

function projectName({ project }: Snapshot): string {
  return oneLine(project.name) || oneLine(project.identifier) || 'Plane';
}

/** null where nobody is known by that id. */
function personName(snapshots: readonly Snapshot[], id: string): string | null {
  const found = snapshots.map(({ members }) => members.get(id)?.displayName).find((name) => name !== undefined);
  return oneLine(found ?? '') || null;
}

function whatInWords({ show, as }: FeedOptions): string {
  const words = show.map((one) => (one === 'items' ? (as === 'todo' ? 'to-dos' : 'work items') : one)).join(', ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Goes on after what is shown; empty where no project is known. */
function whoseInWords(snapshots: readonly Snapshot[], { scope }: View): string {
  if (scope.kind === 'all') return ' of all projects';
  if (scope.kind === 'person') return ` of ${personName(snapshots, scope.memberId) ?? 'one person'} in all projects`;
  const projects = snapshots.map((one) => `${projectName(one)} (${oneLine(one.project.identifier)})`);
  return projects.length === 0 ? '' : ` of ${projects.join(', ')}`;
}

function howInWords({ as, mode, done, cancelled, undated, show }: FeedOptions): string {
  const days = {
    due: 'on their target date',
    span: 'from start to target date',
    both: 'on their start and target dates',
  };
  const marked = (mark: string): string => (as === 'todo' ? '' : ` and marked ${mark}`);
  const completed =
    done === 'hide' ? 'left out' : done === 'keep' ? `kept${marked('✓')}` : `kept for ${done} days${marked('✓')}`;
  const when = as === 'todo' ? (undated === 'keep' ? 'with and without a date' : 'with a target date') : days[mode];
  if (!show.includes('items')) return 'on their days';
  return `${when}; completed items are ${completed}, cancelled ones ${cancelled === 'hide' ? 'left out' : 'kept and marked ✗'}`;
}

function filtersInWords(options: FeedOptions, snapshots: readonly Snapshot[]): string[] {
  // Who chose by id meant a name.
  const nameOf = (option: NamedOption, text: string): string =>
    oneLine(snapshots.flatMap((one) => nameables(one, option)).find(({ id }) => id === text)?.name ?? text);
  const lists = NAMED_OPTIONS.flatMap((option) => {
    const list = options[option];
    return list === null
      ? []
      : [
          `${option} ${[...list.names.map((name) => nameOf(option, name)), ...(list.none ? ['none'] : [])].join(' or ')}`,
        ];
  });
  if (options.priority !== null) lists.push(`priority ${options.priority.join(' or ')}`);
  const { past, ahead } = options;
  return [
    ...(lists.length === 0 ? [] : [`Only ${lists.join('; ')}.`]),
    ...(past === null ? [] : [`What is over stays for ${past} days.`]),
    ...(ahead === null ? [] : [`What begins later than in ${ahead} days comes when it is nearer.`]),
  ];
}
