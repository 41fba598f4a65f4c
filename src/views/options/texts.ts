import type { FeedOptions, NameList } from '../../domain/feed.ts';
import { joinList } from './list.ts';
import { DEFAULT_OPTIONS, OPTION_NAMES } from './options.ts';

type Writers = { readonly [K in keyof FeedOptions]: (value: FeedOptions[K]) => string };

const WRITERS: Writers = {
  show: (value) => value.join(','),
  as: String,
  mode: String,
  done: (value) => (typeof value === 'number' ? `${value}d` : value),
  cancelled: String,
  undated: String,
  overdue: String,
  assignee: nameListText,
  label: nameListText,
  state: nameListText,
  priority: (value) => value?.join(',') ?? 'all',
  cycle: nameListText,
  module: nameListText,
  past: (value) => String(value ?? 'all'),
  ahead: (value) => String(value ?? 'all'),
  title: String,
  detail: String,
  // Without any, Plane's events have none.
  alarm: (value) => (value === null ? 'keep' : value.length === 0 ? 'none' : value.join(',')),
  only: wordsText,
  without: wordsText,
  calendar_title: String,
};

/** The options that differ from `DEFAULT_OPTIONS`, as addresses and the API write them: the inverse of `parseOptions`. */
export function optionTexts(options: FeedOptions): Record<string, string> {
  const texts = OPTION_NAMES.map((name) => [name, textOf(name, options), textOf(name, DEFAULT_OPTIONS)] as const);
  return Object.fromEntries(texts.filter(([, text, usual]) => text !== usual).map(([name, text]) => [name, text]));
}

function textOf(name: keyof FeedOptions, options: FeedOptions): string {
  const write: (value: never) => string = WRITERS[name];
  return write(options[name] as never);
}

function nameListText(list: NameList | null): string {
  if (list === null) return 'all';
  return [...(list.names.length > 0 ? [joinList(list.names)] : []), ...(list.none ? ['none'] : [])].join(',');
}

function wordsText(words: readonly string[] | null): string {
  return words === null ? 'all' : joinList(words);
}
