import { ownCopy } from '../text.ts';
import { nameEnd, parametersOf } from './content-line.ts';
import type { Days } from './types.ts';

/** What the dates of a component say: its days, and its time zones. */

/** Where a component refers to a time zone. */
export interface ZoneUse {
  readonly line: number;
  /** How many times. */
  count: number;
  /** The years of its dates. */
  from: number;
  to: number;
}

/** How long a rule without an end matters, in years. */
const RULE_YEARS = 20;

/** The last parameters with a TZID, and what it is: most calendars have one zone. */
let latest = { parameters: '', tzid: '' };

/** The zone of a line whose value begins there; "" for none. */
export function tzidOf(text: string, start: number): string {
  const parameters = text.slice(nameEnd(text), start);
  if (latest.parameters === parameters) return latest.tzid;
  if (!/;TZID=/i.test(parameters)) return '';
  latest = { parameters: ownCopy(parameters), tzid: ownCopy(parametersOf(text, start).get('TZID') ?? '') };
  return latest.tzid;
}

/** Adds the zone of a line, if it has one, to those of its component. */
export function useZone(uses: Map<string, ZoneUse>, text: string, start: number, line: number): void {
  const tzid = tzidOf(text, start);
  if (tzid === '') return;
  const year = Number(text.slice(start, start + 4)) || 0;
  const use = uses.get(tzid);
  if (use === undefined) {
    uses.set(tzid, { line, count: 1, from: year, to: year });
  } else {
    use.count++;
    use.from = Math.min(use.from, year);
    use.to = Math.max(use.to, year);
  }
}

/** A series with that rule needs its zones for longer than its first date. */
export function extendUses(uses: ReadonlyMap<string, ZoneUse>, rule: string | undefined): void {
  if (rule === undefined) return;
  const until = Number(/UNTIL=(\d{4})/i.exec(rule)?.[1] ?? 0);
  for (const use of uses.values()) use.to = Math.max(use.to, until || use.from + RULE_YEARS);
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
/** What decides besides one rule when a component is. */
const MORE = ['RDATE', 'EXDATE', 'EXRULE', RANGE];

type Values = ReadonlyMap<string, string>;

/** The days that properties say: the first value of each, and all rules and RDATEs. */
export function daysOf(values: Values, rules: readonly string[], added: readonly string[]): Days {
  const first = dayOf(values.get('DTSTART')) || dayOf(values.get('DUE'));
  const days: Range & Days = {
    first,
    last: values.has('DURATION') ? 0 : dayOf(values.get('DTEND')) || first,
    rule: rules.length > 1 || hasMore(values) ? null : ownRule(rules[0] ?? ''),
    isOverride: values.has('RECURRENCE-ID'),
    from: 0,
    to: 0,
    isEndless: false,
  };
  include(days, first);
  if (days.last !== first) include(days, dayOf(values.get('DTEND')));
  if (days.isOverride) include(days, dayOf(values.get('RECURRENCE-ID')));
  if (values.has('DUE')) include(days, dayOf(values.get('DUE')));
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

function hasMore(values: Values): boolean {
  for (const name of MORE) if (values.has(name)) return true;
  return false;
}
