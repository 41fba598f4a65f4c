import type { TimesheetSettings } from '../../domain/timesheet.ts';
import type { EventInfo } from '../instances/instance.ts';
import type { MatchedBy, SheetItem, SheetProject } from '../timesheet.ts';
import type { Mention } from './mentions.ts';
import type { FindNames } from './names.ts';
import { conditionText, rulesThatApply, type StoredRule, type Target } from './rules.ts';

/** Decides what an event is matched to. Never a guess: what could mean two things is matched to none. */

/** What an entry is matched to, and why. */
export interface Match {
  readonly project: SheetProject | null;
  readonly item: SheetItem | null;
  readonly by: MatchedBy | null;
  /** A sentence without a full stop. */
  readonly reason: string;
  /** Whether it can't be decided yet, because items could not be loaded. */
  readonly isPending: boolean;
}

/** What is known of an item: `unread` while those of its project were never loaded. */
export type Lookup =
  | { readonly kind: 'found'; readonly project: SheetProject; readonly item: SheetItem }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'unread'; readonly project: SheetProject };

/** What can be matched to. */
export interface Targets {
  /** A project that is published and may be seen. */
  project(id: string): SheetProject | null;
  lookUp(projectId: string, which: Mention['which']): Lookup;
  readonly findNames: FindNames;
}

/** What someone said that an entry is; null for no work at all. */
export type Said = Target | null;

/** Matches an event of someone's calendar. */
export type MatchEvent = (info: EventInfo, settings: TimesheetSettings) => Match;

const NOTHING = 'Names no work item and no project';
const PRIVATE = 'Private, and its calendar has no default project';

/** The outcome of one step: it decides, with a match or none, or it leaves a note for the case that no other does. */
type Step = { readonly match: Match } | { readonly ambiguous: string } | { readonly note: string } | null;

/** A matcher with these rules, for what nobody corrected. The same event gives the same object. */
export function createMatcher(targets: Targets, rules: readonly StoredRule[]): MatchEvent {
  const known = new WeakMap<EventInfo, Map<TimesheetSettings, Match>>();
  const live = rules.filter((rule) => resolve(rule, targets).kind !== 'unknown');

  function decide(info: EventInfo, { memberId, projectId }: TimesheetSettings): Match {
    const key = byKey(info, targets);
    if (key !== null && 'match' in key) return key.match;
    const rule = byRule(rulesThatApply(live, info, memberId), targets);
    if (rule !== null) return rule;
    if (key !== null && 'ambiguous' in key) return unmatched(key.ambiguous);
    const name = byName(info, targets);
    if (name !== null) return name;
    const byDefault = projectId === null ? null : targets.project(projectId);
    if (byDefault) return match('default', 'Default project of this calendar', byDefault);
    return unmatched(key?.note ?? (info.isPrivate ? PRIVATE : NOTHING));
  }

  return (info, settings) => {
    let matches = known.get(info);
    if (!matches) known.set(info, (matches = new Map<TimesheetSettings, Match>()));
    let found = matches.get(settings);
    if (!found) matches.set(settings, (found = decide(info, settings)));
    return found;
  };
}

/** The match that a correction makes. One that Plane no longer shows matches nothing, rather than something else. */
export function matchOf(said: Target, targets: Targets): Match {
  const resolved = resolve(said, targets);
  if (resolved.kind === 'found') return match('correction', 'Set manually', resolved.project, resolved.item);
  return resolved.kind === 'unread'
    ? pending(`Set manually, but the work items of ${resolved.project.name} can't be loaded now`)
    : unmatched('Was set manually to something that Plane no longer shows');
}

interface Resolved {
  readonly kind: 'found';
  readonly project: SheetProject;
  readonly item: SheetItem | null;
}

function resolve({ projectId, itemId }: Target, targets: Targets): Resolved | Exclude<Lookup, { kind: 'found' }> {
  const project = targets.project(projectId);
  if (!project) return { kind: 'unknown' };
  return itemId === null ? { kind: 'found', project, item: null } : targets.lookUp(projectId, { id: itemId });
}

/** The first field with a known item decides. */
function byKey({ mentions }: EventInfo, targets: Targets): Step {
  let note: string | null = null;
  for (const { field, items } of mentions.fields) {
    const found = new Map<string, Resolved>();
    for (const { projectId, which, text } of items) {
      const lookup = targets.lookUp(projectId, which);
      if (lookup.kind === 'unread')
        return {
          match: pending(`${text} can't be looked up: the work items of ${lookup.project.name} can't be loaded now`),
        };
      if (lookup.kind === 'found') found.set(lookup.item.id, lookup);
      else note ??= `${text} is not a work item Plane shows`;
    }
    const [first] = found.values();
    if (first?.item && found.size === 1)
      return { match: match('key', `${first.item.key} in the ${field}`, first.project, first.item) };
    if (found.size > 1)
      return {
        ambiguous: `Names ${listed(
          [...found.values()].map(({ item }) => item?.key ?? ''),
          'work items',
        )}`,
      };
  }
  return note === null ? null : { note };
}

function byRule(rules: readonly StoredRule[], targets: Targets): Match | null {
  const [first] = rules;
  if (!first) return null;
  const names = new Map(rules.map((rule) => [`${rule.projectId} ${rule.itemId}`, describe(rule, targets)]));
  if (names.size > 1)
    return unmatched(`${COUNTS[names.size] ?? names.size} rules match: ${joined([...names.values()].sort())}`);
  const resolved = resolve(first, targets);
  if (resolved.kind === 'unknown') return null;
  const reason = `Rule: ${conditionText(first.when)}`;
  return resolved.kind === 'found'
    ? match('rule', reason, resolved.project, resolved.item)
    : pending(`${reason}, but the work items of ${resolved.project.name} can't be loaded now`);
}

function describe(rule: StoredRule, targets: Targets): string {
  const resolved = resolve(rule, targets);
  const name = resolved.kind === 'found' ? (resolved.item?.key ?? resolved.project.name) : 'an item';
  return `${conditionText(rule.when)} (${name})`;
}

function byName({ mentions }: EventInfo, targets: Targets): Match | null {
  const named = targets.findNames(mentions.title).flatMap((id) => targets.project(id) ?? []);
  const [first] = named;
  if (!first) return null;
  if (named.length === 1) return match('name', 'Name of the project in the title', first);
  return unmatched(
    `Names ${listed(
      named.map(({ name, identifier }) => `${name} (${identifier})`),
      'projects',
    )}`,
  );
}

const COUNTS: Readonly<Record<number, string>> = { 2: 'Two', 3: 'Three' };

function listed(names: readonly string[], what: string): string {
  return `${(COUNTS[names.length] ?? String(names.length)).toLowerCase()} ${what}: ${joined(names)}`;
}

function joined(names: readonly string[]): string {
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
}

function match(by: MatchedBy, reason: string, project: SheetProject, item: SheetItem | null = null): Match {
  return { project, item, by, reason, isPending: false };
}

function unmatched(reason: string): Match {
  return { project: null, item: null, by: null, reason, isPending: false };
}

function pending(reason: string): Match {
  return { ...unmatched(reason), isPending: true };
}
