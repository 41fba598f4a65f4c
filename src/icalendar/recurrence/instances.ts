import type { Budget } from './budget.ts';
import { completeRule, type CompleteRule } from './days.ts';
import { periodInstances, unitsBetween, unitStart, type Expansion } from './periods.ts';
import { isAfterUntil, type Rule } from './rule.ts';
import { isSubDaily, subDailyInstances } from './sub-daily.ts';
import { DAY_MS, LAST_WALL, type TimeValue } from './time.ts';

/** What an instance takes, in steps of about ten microseconds. */
const INSTANCE_STEPS = 0.5;

/**
 * The instances of a rule from one wall-clock time to another: wall-clock times, sorted, without those before DTSTART. Some before `from`
 * may be among them. DTSTART is the first instance of a COUNT even where the rule does not have it; it is returned only where it does.
 *
 * A window far from DTSTART costs no more than a near one, unless a COUNT has to be counted instance by instance.
 */
export function* ruleInstances(
  rule: Rule,
  start: TimeValue,
  from: number,
  to: number,
  budget: Budget,
): Generator<number> {
  const { instances, used: usedBefore, end } = sourceOf(rule, start, from, to, budget);
  const count = rule.count ?? Infinity;
  let used = usedBefore;
  for (const wall of instances) {
    if (wall < start.wall) continue;
    used ??= wall === start.wall ? 0 : 1;
    if (used >= count || wall > end || isAfterUntil(wall, rule, start)) return;
    used++;
    budget.spend(INSTANCE_STEPS);
    yield wall;
  }
}

function sourceOf(
  rule: Rule,
  start: TimeValue,
  from: number,
  to: number,
  budget: Budget,
): { readonly used: number | null; readonly instances: Iterable<number>; readonly end: number } {
  // UNTIL may be in another zone, so it is compared for each instance too.
  const end = Math.min(to, LAST_WALL, (rule.until?.wall ?? LAST_WALL) + 2 * DAY_MS);
  const expansion = { start: start.wall, from, to: end };
  if (!isSubDaily(rule)) {
    const { used, instances } = countedInstances(rule, expansion, budget);
    return { used, instances: flatten(instances), end };
  }
  const since = rule.count === null ? from : start.wall;
  return { used: null, instances: flatten(subDailyInstances(rule, { ...expansion, from: since }, budget)), end };
}

function* flatten(lists: Iterable<readonly number[]>): Generator<number> {
  for (const list of lists) yield* list;
}

interface Source {
  /** How many of its COUNT come before these instances; null where they begin with DTSTART. */
  readonly used: number | null;
  readonly instances: Iterable<readonly number[]>;
}

/** Begins at the window where the instances before it need not be counted, or can be computed. */
function countedInstances(given: Rule, expansion: Expansion, budget: Budget): Source {
  const { start, from } = expansion;
  const rule = completeRule(given, start);
  if (rule.count === null) return { used: 0, instances: periodInstances(rule, expansion, budget) };
  const wanted = Math.floor(unitsBetween(rule, start, Math.max(from, start)) / rule.interval) - 1;
  const perPeriod = instancesPerPeriod(rule);
  if (wanted < 1 || perPeriod === null) {
    return { used: null, instances: periodInstances(rule, { ...expansion, from: start }, budget) };
  }
  const used = usedInFirst(rule, start, budget) + (wanted - 1) * perPeriod;
  if (used >= rule.count) return { used, instances: [] };
  const skipped = unitStart(rule, start, wanted * rule.interval);
  return { used, instances: periodInstances(rule, { ...expansion, from: skipped }, budget) };
}

/** How many of its COUNT are in the week or day of DTSTART, which is one of them. */
function usedInFirst(rule: CompleteRule, start: number, budget: Budget): number {
  let used = 0;
  let hasStart = false;
  for (const instances of periodInstances(rule, { start, from: start, to: start + 6 * DAY_MS }, budget)) {
    if (unitsBetween(rule, start, instances[0] ?? start) > 0) break;
    const since = instances.filter((wall) => wall >= start);
    hasStart ||= since[0] === start;
    used += since.length;
  }
  return hasStart ? used : used + 1;
}

/** The same number for every period but the first, from which those before DTSTART are missing; null where periods may differ. */
function instancesPerPeriod(rule: CompleteRule): number | null {
  const { frequency, byMonth, byYearDay, byMonthDay, byDay, bySetPos } = rule;
  if (byMonth !== null || byYearDay !== null || byMonthDay !== null || bySetPos !== null) return null;
  const times = rule.byHour.length * rule.byMinute.length * rule.bySecond.length;
  if (frequency === 'DAILY') return byDay === null ? times : null;
  return frequency === 'WEEKLY' && byDay !== null ? new Set(byDay.map(({ weekday }) => weekday)).size * times : null;
}
