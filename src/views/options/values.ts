import { AppError } from '../../domain/errors.ts';
import type { FeedOptions, NameList } from '../../domain/feed.ts';
import { truncate } from '../../lib/truncate.ts';
import { splitList } from './list.ts';

/** Parses the value of an option. Throws `invalid`, with what is allowed, for any other. */
export type ParseValue<T> = (value: string, name: string) => T;

const PLACEHOLDERS = ['key', 'number', 'name', 'project', 'state', 'priority', 'assignees'] as const;
const CALENDAR_PLACEHOLDERS = ['calendar', 'title'];
/** A name that a title template may hold in braces. */
export type Placeholder = (typeof PLACEHOLDERS)[number];
const MAX_TITLE = 200;
const MAX_LISTED = 100;
const MAX_ALARMS = 5;
/** How many characters of a value an error message repeats. */
export const MAX_SHOWN = 41;
const DURATION =
  /^[+-]?P(?:\d{1,3}W|\d{1,4}D(?:T(?:\d{1,4}H(?:\d{1,4}M(?:\d{1,5}S)?)?|\d{1,4}M(?:\d{1,5}S)?|\d{1,5}S))?|T(?:\d{1,4}H(?:\d{1,4}M(?:\d{1,5}S)?)?|\d{1,4}M(?:\d{1,5}S)?|\d{1,5}S))$/;

/** The error for a value that is not allowed. */
export function refused(name: string, value: string, allowed: string): AppError {
  return new AppError(
    'invalid',
    `The option "${name}" can't be "${truncate(value, MAX_SHOWN)}". Allowed values: ${allowed}.`,
  );
}

/** One of these words. */
export function oneOf<T extends string>(...allowed: readonly T[]): (value: string, name: string) => T {
  return (value, name) => {
    const found = allowed.find((one) => one === value);
    if (found === undefined) throw refused(name, value, allowed.join(', '));
    return found;
  };
}

/** The given ones of the allowed values, in the order of the latter. */
export function listOf<T extends string>(value: string, name: string, allowed: readonly T[]): T[] {
  const given = entries(value, name).map(({ text }) => text);
  const invalid = given.find((one) => !allowed.some((known) => known === one));
  if (invalid !== undefined || given.length === 0) {
    throw refused(name, invalid ?? value, `${allowed.join(', ')}, several separated by commas`);
  }
  return allowed.filter((one) => given.includes(one));
}

/** Quoted words are names, even "all" and "none". */
export function parseNames(value: string, name: string): NameList | null {
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

/** `hide`, `keep`, or days as "30d". */
export function parseDone(value: string, name: string): FeedOptions['done'] {
  if (value === 'hide' || value === 'keep') return value;
  const days = /^(\d{1,5})d$/.exec(value)?.[1];
  if (days === undefined) throw refused(name, value, 'hide, keep, or a number of days such as 30d');
  return Number(days);
}

/** Days, or null for "all". */
export function parseDays(value: string, name: string): number | null {
  if (value === 'all') return null;
  const days = /^(\d{1,5})d?$/.exec(value)?.[1];
  if (days === undefined) throw refused(name, value, 'a number of days such as 30, or all');
  return Number(days);
}

/** A title with the placeholders of work items. */
export function parseTitle(value: string, name: string): string {
  return parseTemplate(value, name, PLACEHOLDERS);
}

/** A title with {calendar} and {title}. */
export function parseCalendarTitle(value: string, name: string): string {
  return parseTemplate(value, name, CALENDAR_PLACEHOLDERS);
}

function parseTemplate(value: string, name: string, placeholders: readonly string[]): string {
  const unknown = [...value.matchAll(/\{([^{}]*)\}/g)].find(([, one]) => !placeholders.some((known) => known === one));
  const allowed = placeholders.map((one) => `{${one}}`).join(' ');
  if (unknown) {
    const given = truncate(unknown[0], MAX_SHOWN);
    throw new AppError('invalid', `The option "${name}" can't contain "${given}". Allowed values: ${allowed}.`);
  }
  if (value.trim() === '' || value.length > MAX_TITLE)
    throw refused(name, value, `1 to ${MAX_TITLE} characters, with ${allowed}`);
  return value;
}

/** A plus sign is dropped: it means nothing, and in an address it is a space. */
export function parseAlarms(value: string, name: string): string[] | null {
  if (value === 'keep') return null;
  if (value === 'none') return [];
  const given = entries(value, name).map(({ text }) => text);
  const invalid = given.find((one) => !DURATION.test(one));
  if (invalid !== undefined || given.length === 0 || given.length > MAX_ALARMS) {
    throw refused(
      name,
      invalid ?? value,
      `none, keep, or up to ${MAX_ALARMS} durations such as -PT15H, separated by commas`,
    );
  }
  return [...new Set(given.map((one) => one.replace(/^\+/, '')))].sort();
}

/** Words separated by commas, sorted; null for "all". */
export function parseWords(value: string, name: string): string[] | null {
  const given = entries(value, name);
  if (given.some(({ text, quoted }) => text === 'all' && !quoted)) return null;
  const words = given.map(({ text }) => text);
  if (words.length === 0) throw refused(name, value, 'words separated by commas, or all');
  return [...new Set(words)].sort();
}
