import { AppError } from '../../domain/errors.ts';
import type { FeedOptions, NamedOption, Scope } from '../../domain/feed.ts';
import type { RequiredPart } from '../../domain/plane.ts';
import { truncate } from '../../lib/truncate.ts';
import {
  listOf,
  MAX_SHOWN,
  oneOf,
  parseAlarms,
  parseCalendarTitle,
  parseDays,
  parseDone,
  parseNames,
  parseTitle,
  parseWords,
  refused,
  type ParseValue,
} from './values.ts';

/** What an option is where neither the server nor the feed sets it. */
export const DEFAULT_OPTIONS: FeedOptions = {
  show: ['items'],
  as: 'event',
  mode: 'due',
  done: 30,
  cancelled: 'hide',
  undated: 'hide',
  overdue: 'keep',
  assignee: null,
  label: null,
  state: null,
  priority: null,
  cycle: null,
  module: null,
  past: null,
  ahead: null,
  title: '[{key}] {name}',
  detail: 'full',
  alarm: null,
  only: null,
  without: null,
  calendar_title: '{title}',
};

/** The options whose values are names of things in Plane. */
export const NAMED_OPTIONS = [
  'assignee',
  'label',
  'state',
  'cycle',
  'module',
] as const satisfies readonly NamedOption[];

const SHOWN = ['items', 'cycles', 'modules'] as const;
const PRIORITIES = ['urgent', 'high', 'medium', 'low', 'none'] as const;
const MAX_VALUE = 4_000;
const MAX_FAULTS = 10;

type Parsers = { readonly [K in keyof FeedOptions]: ParseValue<FeedOptions[K]> };

const PARSERS: Parsers = {
  show: (value, name) => listOf(value, name, SHOWN),
  as: oneOf('event', 'todo'),
  mode: oneOf('due', 'span', 'both'),
  done: parseDone,
  cancelled: oneOf('hide', 'keep'),
  undated: oneOf('hide', 'keep'),
  overdue: oneOf('keep', 'today'),
  assignee: parseNames,
  label: parseNames,
  state: parseNames,
  priority: (value, name) => (value === 'all' ? null : listOf(value, name, PRIORITIES)),
  cycle: parseNames,
  module: parseNames,
  past: parseDays,
  ahead: parseDays,
  title: parseTitle,
  detail: oneOf('full', 'brief', 'private'),
  alarm: parseAlarms,
  only: parseWords,
  without: parseWords,
  calendar_title: parseCalendarTitle,
};

/** All option names, in the order of error messages. */
export const OPTION_NAMES = Object.keys(PARSERS) as readonly (keyof FeedOptions)[];

/**
 * Parses options given by name, such as a query string, over the defaults.
 *
 * Throws `invalid` for unknown names, names given twice, and values that aren't allowed or contradict each other. The message describes the
 * first ten problems, with what is allowed.
 */
export function parseOptions(
  given: Iterable<readonly [string, string]>,
  defaults: FeedOptions = DEFAULT_OPTIONS,
): FeedOptions {
  const changed: Partial<Record<keyof FeedOptions, unknown>> = {};
  const faults = new Set<string>();
  for (const [text, value] of given) {
    try {
      const name = optionNamed(text);
      if (name in changed) throw new AppError('invalid', `The option "${name}" is given twice. Give it once.`);
      changed[name] = undefined;
      if (value.length > MAX_VALUE) throw refused(name, value, `up to ${MAX_VALUE} characters`);
      changed[name] = PARSERS[name](value, name);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      faults.add(error.message);
    }
  }
  if (faults.size > 0) throw new AppError('invalid', [...faults].slice(0, MAX_FAULTS).join(' '));
  return reconciled({ ...defaults, ...changed } as FeedOptions, changed);
}

/** Resolves `as=todo` with options for events alone: what was given wins over a default. */
function reconciled(options: FeedOptions, given: object): FeedOptions {
  if (options.as !== 'todo') return options;
  const forEvents = [
    ...(options.show.join() === 'items' ? [] : ['show']),
    ...(options.overdue === 'keep' ? [] : ['overdue']),
  ];
  const conflicting = forEvents.filter((name) => name in given);
  if (conflicting.length === 0) return { ...options, show: ['items'], overdue: 'keep' };
  if (!('as' in given)) return { ...options, as: 'event' };
  throw new AppError(
    'invalid',
    conflicting.includes('show')
      ? 'The option "as=todo" can\'t go with cycles or modules, which are no tasks. Use show=items, or as=event.'
      : 'The option "as=todo" can\'t go with "overdue=today", which adds an event. Use overdue=keep, or as=event.',
  );
}

function optionNamed(text: string): keyof FeedOptions {
  const name = OPTION_NAMES.find((one) => one === text);
  if (name !== undefined) return name;
  throw new AppError(
    'invalid',
    `There is no option "${truncate(text, MAX_SHOWN)}". The options are: ${OPTION_NAMES.join(', ')}.`,
  );
}

/** What options require of a person, and of any other scope: every request asks, and options don't change. */
const required = new WeakMap<FeedOptions, Partial<Record<'person' | 'other', readonly RequiredPart[]>>>();

/** What has to be read of a project besides its items for a feed with these options. */
export function requiredParts(options: FeedOptions, { kind }: Scope): readonly RequiredPart[] {
  let known = required.get(options);
  if (!known) required.set(options, (known = {}));
  return (known[kind === 'person' ? 'person' : 'other'] ??= partsFor(options, kind === 'person'));
}

function partsFor(options: FeedOptions, isPerson: boolean): RequiredPart[] {
  const { show, cycle, module, assignee, label, state } = options;
  const showsCycles = show.includes('cycles');
  const isRequired: Readonly<Record<RequiredPart, boolean>> = {
    cycles: showsCycles || cycle !== null,
    // Descriptions of items name their cycle, and a person's cycles are those with an item of theirs.
    cycle_items: cycle !== null || (showsCycles && (show.includes('items') || isPerson)),
    modules: show.includes('modules') || module !== null,
    // The description of the feed names what it filters by, which perhaps no item has.
    states: state !== null,
    labels: label !== null,
    members: assignee !== null || isPerson,
  };
  return PARTS.filter((part) => isRequired[part]);
}

const PARTS: readonly RequiredPart[] = ['cycles', 'cycle_items', 'modules', 'states', 'labels', 'members'];
