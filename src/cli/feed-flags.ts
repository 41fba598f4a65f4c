import type { Command } from 'commander';
import { OPTION_NAMES } from '../views/options/options.ts';
import type { FeedOptions } from '../domain/feed.ts';

/** Help for the feed options as command-line flags, a line each. */
const HELP: Readonly<Record<keyof FeedOptions, string>> = {
  show: 'what to include: items, cycles, modules',
  as: 'event, or todo for task apps',
  mode: 'due (the last day), span (start to due), both (an event each)',
  done: 'completed items: hide, keep, or keep for a number of days, such as 30d',
  cancelled: 'cancelled items: hide, keep',
  undated: 'items without a due date, in to-do lists: hide, keep',
  overdue: 'open items past their due date: keep, or also list them in one event today',
  assignee: 'only items assigned to these people, by name or id; none for unassigned items',
  label: 'only items with one of these labels',
  state: 'only items in these states, or groups of states such as started',
  priority: 'only items of these priorities: urgent, high, medium, low, none',
  cycle: 'only items in these cycles',
  module: 'only items in these modules',
  past: 'hide what ended more than this many days ago',
  ahead: 'hide what starts in more than this many days',
  title: "title format, such as '[{key}] {name}'",
  detail: 'full, brief (no description), private (dates only)',
  alarm: 'reminder, such as -PT15H for 09:00 on the day before; none also removes those of other calendars',
  only: 'from other calendars, only events with one of these words in title, categories or location',
  without: 'from other calendars, no events with one of these words',
  calendar_title: "title of events of other calendars, such as '{calendar}: {title}'",
};

/** As commander names the value of `--calendar-title`: "calendarTitle". */
type KeyOf<Name extends string> = Name extends `${infer Start}_${infer End}` ? `${Start}${Capitalize<End>}` : Name;
const keyOf = <Name extends string>(name: Name) =>
  name.replace(/_(.)/g, (_all, letter: string) => letter.toUpperCase()) as KeyOf<Name>;

/** Flags as commander parses them. */
export type FeedFlags = Readonly<Partial<Record<KeyOf<keyof FeedOptions>, string>>>;

/** Adds a flag for each option; repeating a flag makes a list. */
export function addFeedFlags(command: Command): Command {
  for (const name of OPTION_NAMES)
    command.option(`--${name.replaceAll('_', '-')} <value>`, HELP[name], (value: string, before?: string) =>
      before === undefined ? value : `${before},${value}`,
    );
  return command;
}

/** The options among a command's flags. */
export function feedOptions(flags: FeedFlags): Record<string, string> {
  return Object.fromEntries(
    OPTION_NAMES.flatMap((name) => {
      const value = flags[keyOf(name)];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}
