import type { CalendarHead } from '../domain/calendar.ts';
import type { ProjectContent } from '../domain/ports.ts';
import { defaultColor } from '../icalendar/color.ts';
import { tombstoneTitle, scopeKey, type TombstoneReason } from './view.ts';
import { NAMED_OPTIONS } from './options/options.ts';
import type { FeedOptions, NamedOption, Scope, View } from '../domain/feed.ts';
import { oneLine } from '../icalendar/text.ts';

/** What a head needs to know of a project. */
export type HeadProject = Pick<ProjectContent, 'info' | 'url' | 'names' | 'calendar'>;

/** The head of a feed. Its description ends with the notes: sentences on the state of the calendar. */
export function viewHead(projects: readonly HeadProject[], view: View, notes: readonly string[]): CalendarHead {
  const { scope, options } = view;
  const single = isOfOne(scope) ? projects[0] : undefined;
  if (options.detail === 'private') {
    return {
      name: viewName(projects, view),
      description: ['Planned times. Read-only.', ...notes].join(' '),
      color: defaultColor(scopeKey(scope)),
      url: null,
    };
  }
  const archived = projects.filter(({ info }) => info.archived).map(({ info }) => oneLine(info.name));
  return {
    name: viewName(projects, view),
    description: [
      ...contentInWords(projects, view),
      ...filtersInWords(options, projects),
      ...(archived.length === 0
        ? []
        : [
            single
              ? 'The project is archived in Plane; this is how it stood then.'
              : `Archived in Plane, shown as it stood then: ${archived.join(', ')}.`,
          ]),
      ...notes,
    ].join(' '),
    color: single ? (single.info.color ?? defaultColor(single.info.id)) : defaultColor(scopeKey(scope)),
    url: single?.url ?? null,
  };
}

/** True for one project, or one other calendar. */
function isOfOne(scope: Scope): boolean {
  return scope.kind === 'projects' && scope.projectIds.length + (scope.calendarIds?.length ?? 0) === 1;
}

const isOther = ({ calendar }: HeadProject): boolean => calendar !== undefined;
const isPlanes = (project: HeadProject): boolean => !isOther(project);

/** A sentence for Plane's part, and one for other calendars. */
function contentInWords(projects: readonly HeadProject[], view: View): string[] {
  const { scope, options } = view;
  const others = projects.filter(isOther).map(projectName);
  const hasPlane = scope.kind !== 'projects' || scope.projectIds.length > 0 || others.length === 0;
  const ofPlane = whoseInWords(projects.filter(isPlanes), view);
  return [
    ...(hasPlane ? [`${whatInWords(options)}${ofPlane} in Plane, ${howInWords(options)}. Read-only.`] : []),
    ...(others.length === 0 ? [] : [`${hasPlane ? 'Also shows' : 'Shows'} events of ${others.join(', ')} unchanged.`]),
  ];
}

/** The head of a feed that has ended. Its projects may be unknown by then, and nothing of them is shown. */
export function tombstoneHead(projects: readonly HeadProject[], view: View, reason: TombstoneReason): CalendarHead {
  return { ...viewHead(projects, view, []), description: tombstoneTitle(reason) };
}

/** The name of the calendar: its own, or else one made of its content. */
export function viewName(projects: readonly HeadProject[], { name, scope, options }: View): string {
  if (name !== null) return oneLine(name) || 'Plane';
  if (options.detail === 'private') return 'Planned';
  const planes = projects.filter(isPlanes);
  const names =
    scope.kind === 'all'
      ? ['All projects']
      : scope.kind === 'person'
        ? [personName(planes, scope.memberId) ?? 'Someone']
        : planes.map(projectName);
  return [...names, ...projects.filter(isOther).map(projectName)].join(', ') || 'Plane';
}

function projectName({ info }: HeadProject): string {
  return oneLine(info.name) || oneLine(info.identifier) || 'Plane';
}

/** null when the id is unknown. */
function personName(projects: readonly HeadProject[], id: string): string | null {
  return oneLine(nameOf(projects, 'assignee', id) ?? '') || null;
}

function nameOf(projects: readonly HeadProject[], option: NamedOption, id: string): string | undefined {
  return projects.flatMap((project) => project.names(option)).find((one) => one.id === id)?.name;
}

function whatInWords({ show, as }: FeedOptions): string {
  const words = show.map((one) => (one === 'items' ? (as === 'todo' ? 'to-dos' : 'work items') : one)).join(', ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Continues the sentence of what is shown; empty where no project is known. */
function whoseInWords(projects: readonly HeadProject[], { scope }: View): string {
  if (scope.kind === 'all') return ' of all projects';
  if (scope.kind === 'person') return ` of ${personName(projects, scope.memberId) ?? 'one person'} in all projects`;
  const names = projects.map((one) => `${projectName(one)} (${oneLine(one.info.identifier)})`);
  return names.length === 0 ? '' : ` of ${names.join(', ')}`;
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

function filtersInWords(options: FeedOptions, projects: readonly HeadProject[]): string[] {
  /** An id is shown as the name it belongs to. */
  const written = (option: NamedOption, text: string): string => oneLine(nameOf(projects, option, text) ?? text);
  const lists = NAMED_OPTIONS.flatMap((option) => {
    const list = options[option];
    return list === null
      ? []
      : [
          `${option} ${[...list.names.map((name) => written(option, name)), ...(list.none ? ['none'] : [])].join(' or ')}`,
        ];
  });
  if (options.priority !== null) lists.push(`priority ${options.priority.join(' or ')}`);
  const { past, ahead, overdue, show, only, without } = options;
  return [
    ...(lists.length === 0 ? [] : [`Only ${lists.join('; ')}.`]),
    ...(only === null ? [] : [`Of other calendars only what has ${only.map(oneLine).join(' or ')}.`]),
    ...(without === null ? [] : [`Of other calendars nothing that has ${without.map(oneLine).join(' or ')}.`]),
    ...(overdue === 'today' && show.includes('items') ? ['Overdue items are also listed on the current day.'] : []),
    ...(past === null ? [] : [`What is over stays for ${past} days.`]),
    ...(ahead === null ? [] : [`What begins later than in ${ahead} days comes when it is nearer.`]),
  ];
}
