import { AppError } from '../errors.ts';

/** What a feed shows of the items it holds; the names and values a reader of the address meets. */
export interface FeedOptions {
  /** `due`: the target day. `span`: from start to target. `both`: a start event and a due event. */
  readonly mode: 'due' | 'span' | 'both';
  /** How long a completed item stays: never, for ever, or so many days after it was over. */
  readonly done: 'hide' | 'keep' | number;
  readonly cancelled: 'hide' | 'keep';
  /** SUMMARY, with placeholders in braces. */
  readonly title: string;
}

/** What holds where nothing is asked for. */
export const DEFAULT_OPTIONS: FeedOptions = { mode: 'due', done: 30, cancelled: 'hide', title: '[{key}] {name}' };

const PLACEHOLDERS = ['key', 'number', 'name', 'project', 'state', 'priority', 'assignees'] as const;
/** A name that a title template may hold in braces. */
export type Placeholder = (typeof PLACEHOLDERS)[number];

const MAX_TITLE = 200;

type Parsers = { readonly [K in keyof FeedOptions]: (value: string) => FeedOptions[K] };

const PARSERS: Parsers = {
  mode: oneOf('mode', ['due', 'span', 'both']),
  done: parseDone,
  cancelled: oneOf('cancelled', ['hide', 'keep']),
  title: parseTitle,
};

/**
 * Options from a query string, over the defaults.
 *
 * Throws `invalid` for an unknown name, a name given twice or a value that isn't allowed; the message says which and what is allowed.
 */
export function parseOptions(query: URLSearchParams, defaults: FeedOptions = DEFAULT_OPTIONS): FeedOptions {
  const options: Record<string, unknown> = { ...defaults };
  const seen = new Set<string>();
  for (const [name, value] of query) {
    if (!Object.hasOwn(PARSERS, name)) {
      const allowed = Object.keys(PARSERS).join(', ');
      throw new AppError('invalid', `There is no option "${shown(name)}". The options are: ${allowed}.`);
    }
    if (seen.has(name)) throw new AppError('invalid', `The option "${name}" is given twice. Give it once.`);
    seen.add(name);
    options[name] = PARSERS[name as keyof FeedOptions](value);
  }
  return options as unknown as FeedOptions;
}

function oneOf<T extends string>(name: string, allowed: readonly T[]): (value: string) => T {
  return (value) => {
    const found = allowed.find((one) => one === value);
    if (found !== undefined) return found;
    throw new AppError(
      'invalid',
      `The option "${name}" can't be "${shown(value)}". Allowed are: ${allowed.join(', ')}.`,
    );
  };
}

function parseDone(value: string): FeedOptions['done'] {
  if (value === 'hide' || value === 'keep') return value;
  const days = /^(\d{1,5})d$/.exec(value)?.[1];
  if (days !== undefined) return Number(days);
  throw new AppError(
    'invalid',
    `The option "done" can't be "${shown(value)}". Allowed are: hide, keep, or days as 30d.`,
  );
}

function parseTitle(value: string): string {
  const unknown = [...value.matchAll(/\{([^{}]*)\}/g)].find(([, name]) => !PLACEHOLDERS.some((one) => one === name));
  if (unknown) {
    const allowed = PLACEHOLDERS.map((name) => `{${name}}`).join(' ');
    throw new AppError('invalid', `The option "title" can't hold "${shown(unknown[0])}". Allowed are: ${allowed}.`);
  }
  if (value.trim() === '' || value.length > MAX_TITLE) {
    throw new AppError('invalid', `The option "title" must have 1 to ${MAX_TITLE} characters.`);
  }
  return value;
}

/** A title template with its placeholders filled in. */
export function fillTitle(template: string, values: Readonly<Record<Placeholder, string>>): string {
  return template.replace(/\{([a-z]+)\}/g, (text, name: string) =>
    Object.hasOwn(values, name) ? values[name as Placeholder] : text,
  );
}

/** Foreign text short enough to stand in an error message. */
function shown(value: string): string {
  return value.length > 40 ? `${value.slice(0, 40)}…` : value;
}
