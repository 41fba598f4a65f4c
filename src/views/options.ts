import { AppError } from '../domain/errors.ts';
import type { FeedOptions, NamedOption, NameList, Scope } from '../domain/feed.ts';
import type { RequiredPart } from '../domain/plane.ts';
import { truncate } from '../lib/truncate.ts';
import { splitList } from './list.ts';

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
  alarm: [],
};

/** The options whose values are names of things in Plane. */
export const NAMED_OPTIONS = [
  'assignee',
  'label',
  'state',
  'cycle',
  'module',
] as const satisfies readonly NamedOption[];

const PLACEHOLDERS = ['key', 'number', 'name', 'project', 'state', 'priority', 'assignees'] as const;
/** A name that a title template may hold in braces. */
export type Placeholder = (typeof PLACEHOLDERS)[number];

const SHOWN = ['items', 'cycles', 'modules'] as const;
const PRIORITIES = ['urgent', 'high', 'medium', 'low', 'none'] as const;
const MAX_TITLE = 200;
const MAX_VALUE = 4_000;
const MAX_LISTED = 100;
const MAX_ALARMS = 5;
/** How many characters of a value an error message repeats. */
const MAX_SHOWN = 41;
const MAX_FAULTS = 10;
const DURATION =
  /^[+-]?P(?:\d{1,3}W|\d{1,4}D(?:T(?:\d{1,4}H(?:\d{1,4}M(?:\d{1,5}S)?)?|\d{1,4}M(?:\d{1,5}S)?|\d{1,5}S))?|T(?:\d{1,4}H(?:\d{1,4}M(?:\d{1,5}S)?)?|\d{1,4}M(?:\d{1,5}S)?|\d{1,5}S))$/;

type Parsers = { readonly [K in keyof FeedOptions]: (value: string, name: string) => FeedOptions[K] };

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

/** What has to be read of a project besides its items for a feed with these options. */
export function requiredParts(options: FeedOptions, scope: Scope): RequiredPart[] {
  const { show, cycle, module, assignee, label, state } = options;
  const isPerson = scope.kind === 'person';
  const showsCycles = show.includes('cycles');
  const required: Readonly<Record<RequiredPart, boolean>> = {
    cycles: showsCycles || cycle !== null,
    // Descriptions of items name their cycle, and a person's cycles are those with an item of theirs.
    cycle_items: cycle !== null || (showsCycles && (show.includes('items') || isPerson)),
    modules: show.includes('modules') || module !== null,
    // The description of the feed names what it filters by, which perhaps no item has.
    states: state !== null,
    labels: label !== null,
    members: assignee !== null || isPerson,
  };
  return PARTS.filter((part) => required[part]);
}

const PARTS: readonly RequiredPart[] = ['cycles', 'cycle_items', 'modules', 'states', 'labels', 'members'];

function refused(name: string, value: string, allowed: string): AppError {
  return new AppError(
    'invalid',
    `The option "${name}" can't be "${truncate(value, MAX_SHOWN)}". Allowed are: ${allowed}.`,
  );
}

function oneOf<T extends string>(...allowed: readonly T[]): (value: string, name: string) => T {
  return (value, name) => {
    const found = allowed.find((one) => one === value);
    if (found === undefined) throw refused(name, value, allowed.join(', '));
    return found;
  };
}

/** The given ones of the allowed values, in the order of the latter. */
function listOf<T extends string>(value: string, name: string, allowed: readonly T[]): T[] {
  const given = entries(value, name).map(({ text }) => text);
  const invalid = given.find((one) => !allowed.some((known) => known === one));
  if (invalid !== undefined || given.length === 0) {
    throw refused(name, invalid ?? value, `${allowed.join(', ')}, several separated by commas`);
  }
  return allowed.filter((one) => given.includes(one));
}

/** Quoted words are names, even "all" and "none". */
function parseNames(value: string, name: string): NameList | null {
  const given = entries(value, name);
  if (given.length === 0) throw refused(name, value, 'names or ids separated by commas, none, or all');
  if (given.some(({ text, quoted }) => text === 'all' && !quoted)) return null;
  const names = given.filter(({ text, quoted }) => quoted || text !== 'none').map(({ text }) => text);
  return { names: [...new Set(names)].sort(), none: names.length < given.length };
}

function entries(value: string, name: string): { text: string; quoted: boolean }[] {
  const given = splitList(value);
  if (given === null) throw refused(name, value, 'a list whose quotes are closed, as "one, and more",two');
  if (given.length > MAX_LISTED) throw refused(name, value, `up to ${MAX_LISTED} of them`);
  return given;
}

function parseDone(value: string, name: string): FeedOptions['done'] {
  if (value === 'hide' || value === 'keep') return value;
  const days = /^(\d{1,5})d$/.exec(value)?.[1];
  if (days === undefined) throw refused(name, value, 'hide, keep, or days as 30d');
  return Number(days);
}

function parseDays(value: string, name: string): number | null {
  if (value === 'all') return null;
  const days = /^(\d{1,5})d?$/.exec(value)?.[1];
  if (days === undefined) throw refused(name, value, 'days as 30, or all');
  return Number(days);
}

function parseTitle(value: string, name: string): string {
  const unknown = [...value.matchAll(/\{([^{}]*)\}/g)].find(([, one]) => !PLACEHOLDERS.some((known) => known === one));
  const allowed = PLACEHOLDERS.map((one) => `{${one}}`).join(' ');
  if (unknown) {
    const given = truncate(unknown[0], MAX_SHOWN);
    throw new AppError('invalid', `The option "title" can't hold "${given}". Allowed are: ${allowed}.`);
  }
  if (value.trim() === '' || value.length > MAX_TITLE)
    throw refused(name, value, `1 to ${MAX_TITLE} characters, with ${allowed}`);
  return value;
}

/** A plus sign is dropped: it means nothing, and in an address it is a space. */
function parseAlarms(value: string, name: string): string[] {
  if (value === 'none') return [];
  const given = entries(value, name).map(({ text }) => text);
  const invalid = given.find((one) => !DURATION.test(one));
  if (invalid !== undefined || given.length === 0 || given.length > MAX_ALARMS) {
    throw refused(name, invalid ?? value, `none, or up to ${MAX_ALARMS} durations such as -PT15H, separated by commas`);
  }
  return [...new Set(given.map((one) => one.replace(/^\+/, '')))].sort();
}
