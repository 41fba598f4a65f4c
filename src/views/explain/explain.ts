import type { GeneratedComponent, CalendarDate } from '../../domain/calendar.ts';
import type { Reason, ShownDays, Verdict } from '../../domain/explain.ts';
import type { FeedOptions, View } from '../../domain/feed.ts';
import type { Snapshot, State, WorkItem } from '../../domain/plane.ts';
import { addDays } from '../../icalendar/date.ts';
import { oneLine } from '../../icalendar/text.ts';
import { createFilter, knownLabels, membersOf } from '../filter.ts';
import { NAMED_OPTIONS } from '../options/options.ts';
import { isOverdue, listsOverdue } from '../overdue.ts';
import type { PlaneLinks } from '../plane-links.ts';
import { isInWindow, isOpen, isShown, itemDays, overOn } from '../rules.ts';
import { viewComponents } from '../view.ts';
import { todoStart } from '../work-item.ts';
import { dayInWords, daysInWords, filterInWords, quoted, showInWords } from './words.ts';

/** Why a view shows an item, or doesn't. The components that the view makes of it decide; the rules only say why. */

/** An option that no item can fail, to try the others one by one. */
const NO_FILTERS = { assignee: null, label: null, state: null, priority: null, cycle: null, module: null } as const;

interface Asked {
  readonly item: WorkItem;
  readonly snapshot: Snapshot;
  readonly view: View;
  readonly today: CalendarDate;
  readonly state: State | undefined;
}

/** What `ProjectContent.explain` promises, for a Plane project. */
export function explainItem(
  item: WorkItem,
  snapshot: Snapshot,
  view: View,
  today: CalendarDate,
  links: PlaneLinks,
): Verdict {
  const state = item.stateId === null ? undefined : snapshot.states.get(item.stateId);
  const asked = { item, snapshot, view, today, state };
  const made = [...viewComponents(snapshot, view, today, links, new Set([item.id]))].map(([, component]) => component);
  const filter = createFilter(snapshot, view.options, view.pins, view.scope);
  return {
    uids: made.map(({ uid }) => uid),
    days: made.flatMap((component) => daysOf(component, item)),
    hiddenBy: made.length > 0 ? [] : hiddenBy(asked),
    isListedOverdue: listsOverdue(view) && isOverdue(item, snapshot, today) && filter.item(item),
  };
}

function daysOf(component: GeneratedComponent, item: WorkItem): ShownDays[] {
  const isTodo = component.kind === 'todo';
  const first = isTodo ? (component.start ?? component.due) : component.start;
  const last = isTodo ? (component.due ?? component.start) : addDays(component.end, -1);
  if (first === null || last === null) return [];
  if (first < last) return [{ part: 'span', first, last }];
  return [{ part: component.uid.includes('-start@') || item.targetDate === null ? 'start' : 'due', first, last }];
}

/** Where the owner of a link may not see an item. */
export const NO_ACCESS: Reason = { rule: 'access', text: 'Not shown: the owner of this link may not see it.' };

/** Each rule that would hide the item if it were the only one. */
function hiddenBy(asked: Asked): Reason[] {
  const { options } = asked.view;
  const found = [
    ...(options.show.includes('items') ? [] : [{ rule: 'show', text: showInWords(options.show) } as const]),
    ...person(asked),
    ...filters(asked),
    ...closed(asked),
    ...dates(asked),
  ];
  if (found.length === 0) return [NO_ACCESS];
  return found.map(({ rule, text }) => ({ rule, text: `Not shown: ${text}.` }));
}

function person({ item, snapshot, view: { scope } }: Asked): Reason[] {
  if (scope.kind !== 'person' || item.assigneeIds.includes(scope.memberId)) return [];
  const name = oneLine(snapshot.members.get(scope.memberId)?.displayName ?? '') || 'the person';
  return [{ rule: 'scope', text: `it is not assigned to ${name}, whose items this calendar shows` }];
}

function filters({ item, snapshot, view: { options, pins } }: Asked): Reason[] {
  const everyone = { kind: 'all' } as const;
  const found = NAMED_OPTIONS.flatMap((option): Reason[] => {
    const list = options[option];
    const alone = { ...options, ...NO_FILTERS, [option]: list };
    if (list === null || createFilter(snapshot, alone, pins, everyone).item(item)) return [];
    return [{ rule: option, text: filterInWords(option, list, idsOf(option, item, snapshot), snapshot) }];
  });
  const { priority } = options;
  if (priority === null || priority.includes(item.priority)) return found;
  const value = priority.join(', ');
  const text = `its priority is ${item.priority}, and this calendar shows only ${value} (priority=${priority.join()})`;
  return [...found, { rule: 'priority', text }];
}

function idsOf(option: (typeof NAMED_OPTIONS)[number], item: WorkItem, snapshot: Snapshot): readonly string[] {
  if (option === 'assignee') return item.assigneeIds;
  if (option === 'label') return knownLabels(item.labelIds, snapshot);
  if (option === 'state') return item.stateId === null ? [] : [item.stateId];
  return membersOf(option === 'cycle' ? snapshot.cycles : snapshot.modules).get(item.id) ?? [];
}

/** The rules for completed and cancelled items. */
function closed({ item, state, view: { options }, today }: Asked): Reason[] {
  if (!state || isShown(item, state.group, options, today)) return [];
  const { done } = options;
  const is = `its state ${quoted(state.name)} is ${state.group}`;
  if (state.group === 'cancelled')
    return [{ rule: 'cancelled', text: `${is}, and this calendar hides cancelled items (cancelled=hide)` }];
  if (typeof done === 'string')
    return [{ rule: 'done', text: `${is}, and this calendar hides completed items (done=hide)` }];
  const over = dayInWords(overOn(item));
  const text = `${is} and it was over on ${over}; this calendar hides completed items ${daysInWords(done)} later (done=${done}d)`;
  return [{ rule: 'done', text }];
}

/** The rules for dates: none that the calendar needs, or outside its window. */
function dates(asked: Asked): Reason[] {
  const { item, view } = asked;
  const { as, mode, undated } = view.options;
  const { startDate: start, targetDate: due } = item;
  if (as === 'todo') {
    if (due !== null) return outside(asked, [{ first: todoStart(item) ?? due, last: due }]);
    const text = 'it has no due date, and this calendar hides items without one (undated=hide)';
    return undated === 'hide' ? [{ rule: 'undated', text }] : [];
  }
  if (start === null && due === null)
    return [{ rule: 'date', text: 'it has no date, and an event needs one (a to-do list can show it: as=todo)' }];
  const days = itemDays(item, mode);
  if (days.length > 0) return outside(asked, days);
  const text = 'it has no due date, and this calendar shows items on their due date only (mode=due)';
  return [{ rule: 'mode', text }, ...outside(asked, itemDays(item, 'span'))];
}

type Range = Readonly<Pick<ShownDays, 'first' | 'last'>>;

/** Empty where some of these days are within the window of the view. */
function outside({ state, view: { options }, today }: Asked, days: readonly Range[]): Reason[] {
  const open = isOpen(state?.group);
  if (days.some((range) => isInWindow(range, open, options, today))) return [];
  const { past, ahead } = options;
  const hides = (limits: Partial<FeedOptions>): Range | undefined =>
    days.find((range) => !isInWindow(range, open, { ...options, past: null, ahead: null, ...limits }, today));
  const old = hides({ past });
  const far = hides({ ahead });
  return [
    ...(old === undefined || past === null
      ? []
      : [
          {
            rule: 'past' as const,
            text: `it was over on ${dayInWords(old.last)}, and this calendar hides what has been over for more than ${daysInWords(past)} (past=${past})`,
          },
        ]),
    ...(far === undefined || ahead === null
      ? []
      : [
          {
            rule: 'ahead' as const,
            text: `it begins on ${dayInWords(far.first)}, and this calendar shows only what begins within ${daysInWords(ahead)} (ahead=${ahead})`,
          },
        ]),
  ];
}
