import { ownCopy } from '../text.ts';
import { nameEnd, parametersOf, valueStart } from './content-line.ts';
import type { Days } from './types.ts';
import type { Values } from './values.ts';

/** What the dates of a component say: its days, and its time zones. */

/** Where a component refers to a time zone. */
export interface ZoneUse {
  readonly tzid: string;
  readonly line: number;
  /** How many times. */
  count: number;
  /** The years of its dates. */
  from: number;
  to: number;
}

/** How long a rule without an end matters, in years. */
const RULE_YEARS = 20;

/** The last parameters with a TZID, up to the value, and what it is: most calendars have one zone. At first those of no line. */
let latest = { parameters: '\n', tzid: '' };

/** Where the value of a content line begins, as `valueStart`: the parameters of the last zone are not read again. */
export function datedValueStart(line: string, end: number): number {
  return line.startsWith(latest.parameters, end) ? end + latest.parameters.length : valueStart(line, end);
}

/** The zone of a line whose value begins there; "" for none. */
export function tzidOf(line: string, start: number): string {
  const end = nameEnd(line);
  if (start - end === latest.parameters.length && line.startsWith(latest.parameters, end)) return latest.tzid;
  const parameters = line.slice(end, start);
  if (!/;TZID=/i.test(parameters)) return '';
  latest = { parameters: ownCopy(parameters), tzid: ownCopy(parametersOf(line, start).get('TZID') ?? '') };
  return latest.tzid;
}

/** Adds the use of a zone by a date, on the line with that number, to those of its component. */
export function useZone(uses: ZoneUse[], tzid: string, date: string, line: number): void {
  const year = Number(date.slice(0, 4)) || 0;
  for (const use of uses) {
    if (use.tzid !== tzid) continue;
    use.count++;
    if (year < use.from) use.from = year;
    if (year > use.to) use.to = year;
    return;
  }
  uses.push({ tzid, line, count: 1, from: year, to: year });
}

/** A series with that rule needs its zones for longer than its first date. */
export function extendUses(uses: readonly ZoneUse[], rule: string | undefined): void {
  if (rule === undefined) return;
  const until = Number(/UNTIL=(\d{4})/i.exec(rule)?.[1] ?? 0);
  for (const use of uses) use.to = Math.max(use.to, until || use.from + RULE_YEARS);
}

/** The last rule that was copied. */
let latestRule = '';

function ownRule(rule: string): string {
  if (rule !== latestRule) latestRule = ownCopy(rule);
  return latestRule;
}

/** The day that a date or time begins with; 0 for none. */
const dayOf = (value: string | undefined): number => (value === undefined ? 0 : Number(value.slice(0, 8)));

/** Of an RDATE, a period may end with one. */
const DURATION = /^[+-]?P/;
const UNTIL = /(?:^|;)UNTIL=(\d{8})/i;

/** The parameter of a RECURRENCE-ID that changes later occurrences, too, among the values. */
export const RANGE = ';RANGE';
/** The days that properties say: the first value of each, and all rules and RDATEs. */
export function daysOf(values: Values, rules: readonly string[], added: readonly string[]): Days {
  const { DTSTART, DTEND, DUE, DURATION, 'RECURRENCE-ID': recurrenceId } = values;
  const first = dayOf(DTSTART) || dayOf(DUE);
  const end = dayOf(DTEND);
  const days: Range & Days = {
    first,
    last: DURATION !== undefined ? 0 : end || first,
    rule: rules.length > 1 || hasMore(values) ? null : ownRule(rules[0] ?? ''),
    isOverride: recurrenceId !== undefined,
    from: 0,
    to: 0,
    isEndless: false,
  };
  include(days, first);
  if (days.last !== first) include(days, end);
  if (recurrenceId !== undefined) include(days, dayOf(recurrenceId));
  if (DUE !== undefined) include(days, dayOf(DUE));
  if (rules.length + added.length > 0) includeRepeats(days, rules, added);
  return days;
}

interface Range {
  from: number;
  to: number;
  isEndless: boolean;
}

function include(range: Range, day: number): void {
  if (day === 0) return;
  if (range.from === 0 || day < range.from) range.from = day;
  if (day > range.to) range.to = day;
}

function includeRepeats(range: Range, rules: readonly string[], added: readonly string[]): void {
  for (const value of added)
    for (const time of value.split(/[,/]/)) if (!DURATION.test(time)) include(range, dayOf(time));
  for (const rule of rules) {
    const until = dayOf(UNTIL.exec(rule)?.[1]);
    range.isEndless ||= until === 0;
    include(range, until);
  }
}

/** Whether more than one rule decides when a component is. */
function hasMore({ RDATE, EXDATE, EXRULE, [RANGE]: range }: Values): boolean {
  return (RDATE ?? EXDATE ?? EXRULE ?? range) !== undefined;
}
