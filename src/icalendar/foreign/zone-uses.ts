import { ownCopy } from '../text.ts';
import { nameEnd, parametersOf } from './content-line.ts';

/** Which time zones a component refers to, and in which years. */

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
