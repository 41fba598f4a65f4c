import type { Days } from '../foreign/types.ts';
import { DAY_MS } from './time.ts';

/** When a series ends, for the rules that most series have: with these, that needs no expansion. */

/** Days such as 20261201; infinite for a series without end. */
export interface Ends {
  /** The last occurrence begins on this day or later. */
  readonly atLeast: number;
  /** It is over after this day. */
  readonly atMost: number;
}

/** A rule that repeats all `step` days, or on some days of the week in weeks that are as far apart. */
interface Steps {
  readonly step: number;
  /** How many days of the week; 0 for that of DTSTART. */
  readonly weekdays: number;
  readonly count: number | null;
  readonly until: number | null;
}

const NUMBER = /^[1-9]\d{0,2}$/;
const WEEKDAY = '(?:MO|TU|WE|TH|FR|SA|SU)';
/** The parts that are understood here, in the form that most writers give them. */
const PARTS: ReadonlyMap<string, RegExp> = new Map(
  Object.entries({
    FREQ: /^(?:DAILY|WEEKLY)$/,
    INTERVAL: NUMBER,
    COUNT: NUMBER,
    UNTIL: /^\d{8}(?:T\d{6}Z?)?$/,
    WKST: new RegExp(`^${WEEKDAY}$`),
    BYDAY: new RegExp(`^${WEEKDAY}(?:,${WEEKDAY})*$`),
  }),
);
/** UNTIL may be in another zone. */
const MARGIN = 1;

/** When a component ends with all its occurrences but `hidden` of them, whichever these are; null where its rule is another one. */
export function endsOf({ first, last, rule, isOverride }: Days, hidden = 0): Ends | null {
  // Where all may be hidden, nothing is sure.
  const shown = (day: number): number => (day >= first ? day : hidden === 0 ? first : 0);
  if (rule === '') return { atLeast: shown(hidden === 0 ? first : 0), atMost: last };
  const steps = rule === null || isOverride ? null : stepsOf(rule);
  if (steps === null) return null;
  const { step, weekdays, count, until } = steps;
  const length = (instantOf(last) - instantOf(first)) / DAY_MS;
  if (until !== null) {
    const atLeast = plusDays(until, -(hidden + 1) * step - MARGIN);
    return { atLeast: shown(atLeast), atMost: plusDays(Math.max(first, until), length + MARGIN) };
  }
  if (count === null) return { atLeast: Infinity, atMost: Infinity };
  // DTSTART is the first of a COUNT, also where it is on none of the weekdays; of the others, each step has one of each weekday.
  const others = count - 1;
  const atLeast = plusDays(first, (Math.ceil((others - hidden) / Math.max(1, weekdays)) - 1) * step);
  return { atLeast: shown(atLeast), atMost: plusDays(first, others * step + length) };
}

/** The last rule, and what it says: many series of a calendar have the same. */
let latest: { readonly rule: string; readonly steps: Steps | null } = { rule: '', steps: null };

/** null for a rule that is not understood here. */
function stepsOf(rule: string): Steps | null {
  if (rule !== latest.rule) latest = { rule, steps: readSteps(rule) };
  return latest.steps;
}

function readSteps(rule: string): Steps | null {
  const parts = partsOf(rule);
  if (parts === null) return null;
  const isWeekly = parts.get('FREQ') === 'WEEKLY';
  const weekdays = new Set(parts.get('BYDAY')?.split(',')).size;
  const numberOf = (text: string | undefined): number | null => (text === undefined ? null : Number(text));
  if ((weekdays > 0 && !isWeekly) || (parts.has('COUNT') && parts.has('UNTIL'))) return null;
  return {
    step: (numberOf(parts.get('INTERVAL')) ?? 1) * (isWeekly ? 7 : 1),
    weekdays,
    count: numberOf(parts.get('COUNT')),
    until: numberOf(parts.get('UNTIL')?.slice(0, 8)),
  };
}

/** null for one with other parts, or with one of them twice. */
function partsOf(rule: string): ReadonlyMap<string, string> | null {
  const parts = new Map<string, string>();
  for (const part of rule.split(';')) {
    const [name = '', value = ''] = part.split('=', 2);
    if (parts.has(name) || PARTS.get(name)?.test(value) !== true) return null;
    parts.set(name, value);
  }
  return parts;
}

function instantOf(day: number): number {
  return Date.UTC(Math.trunc(day / 10_000), (Math.trunc(day / 100) % 100) - 1, day % 100);
}

function plusDays(day: number, days: number): number {
  const date = new Date(instantOf(day) + days * DAY_MS);
  return (date.getUTCFullYear() * 100 + date.getUTCMonth() + 1) * 100 + date.getUTCDate();
}
