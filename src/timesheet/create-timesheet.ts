import { AppError } from '../domain/errors.ts';
import type { Clock, Delay, Setting, Source, Store } from '../domain/ports.ts';
import type { HoursCalendar } from '../views/calendar/hours.ts';
import { openCatalog, type Catalog } from './catalog.ts';
import { createExports } from './exports/exports.ts';
import { locateInstance } from './instances/expand.ts';
import type { PlaneAddress } from './matching/addresses.ts';
import type { StoredRule, Target } from './matching/rules.ts';
import { findMember, visibleCalendars } from './query.ts';
import { readSheet, type Reading } from './reading.ts';
import { correctionChanges, findCorrection, getRule, listCorrections, listRules, ruleChange } from './records.ts';
import { isVisibleRule, learnRule, mayShowRule, toRule } from './rules.ts';
import { findTarget } from './targets.ts';
import type {
  Correction,
  CorrectionRequest,
  EntryKey,
  Rule,
  RuleRequest,
  SheetMember,
  SheetQuery,
  Timesheet,
} from './timesheet.ts';

export interface TimesheetOptions {
  /** Those of all sources with hours, as they are now. */
  readonly calendars: () => readonly HoursCalendar[];
  /** Where projects, their items and people come from. */
  readonly source: Source;
  /** Which addresses are those of work items. */
  readonly plane: Setting<PlaneAddress>;
  readonly store: Store;
  readonly clock: Clock;
  readonly delay: Delay;
}

export function createTimesheet({ calendars, source, plane, store, clock, delay }: TimesheetOptions): Timesheet {
  const open = (viewer: SheetQuery['viewer']): Promise<Catalog> => openCatalog({ source, clock, delay }, viewer);
  const read = (query: SheetQuery): Promise<Reading> =>
    readSheet(query, { calendars: calendars(), openCatalog: open, address: plane(), store, now: clock() });

  /** Shows rules with their items, as far as these can be loaded. */
  async function shownRules(rules: readonly StoredRule[], viewer: SheetQuery['viewer']): Promise<Rule[]> {
    const catalog = await open(viewer);
    await catalog.load(new Set(rules.flatMap(({ projectId, itemId }) => (itemId === null ? [] : projectId))));
    return rules.filter((rule) => mayShowRule(rule, catalog, viewer)).map((rule) => toRule(rule, catalog));
  }

  async function correct({
    match,
    rule,
    viewer,
    ...entry
  }: CorrectionRequest): Promise<{ readonly rule: Rule | null }> {
    const asked = targetIn(match);
    if (rule && !asked) throw new AppError('invalid', 'A rule needs a project or a work item.');
    const visible = visibleCalendars(calendars(), viewer);
    const { memberId, start } = findEntry(entry, visible);
    const catalog = await open(viewer);
    const target = asked && (await findTarget(asked, catalog, plane()));
    const corrections = await listCorrections(store);
    const found = findCorrection(corrections, { ...entry, start }, memberId, visible);
    const by = viewer?.memberId ?? null;
    const next = match === null ? null : { ...entry, start, said: target, at: clock(), by };
    const changes = correctionChanges(entry, next, found, corrections);
    const learnt =
      rule && target ? learnRule(await listRules(store), { when: rule, memberId, target, viewer, now: clock() }) : null;
    if (learnt) changes.push(ruleChange(learnt.next.id, learnt.next, learnt.before));
    if (changes.length > 0) await store.write(changes);
    return { rule: learnt && toRule(learnt.next, catalog) };
  }

  async function addRule({ when, member, viewer, ...asked }: RuleRequest): Promise<Rule> {
    const catalog = await open(viewer);
    const memberId = ruleMember(member, viewer, catalog);
    const target: Target = await findTarget(asked, catalog, plane());
    const { next, before } = learnRule(await listRules(store), { when, memberId, target, viewer, now: clock() });
    await store.write([ruleChange(next.id, next, before)]);
    return toRule(next, catalog);
  }

  function ruleMember(asked: string | undefined, viewer: SheetQuery['viewer'], catalog: Catalog): string | null {
    if (asked === undefined) return viewer?.memberId ?? null;
    const ids = viewer
      ? [viewer.memberId]
      : new Set([...calendars().map(({ settings }) => settings.memberId), ...catalog.members.keys()]);
    const people = [...ids].map((id): SheetMember => catalog.member(id));
    return findMember(asked, people).id;
  }

  return {
    read: async (query) => (await read(query)).parts.sheet,
    correct,
    rules: async (viewer) => {
      const rules = (await listRules(store)).filter((rule) => isVisibleRule(rule, viewer));
      return shownRules(rules, viewer);
    },
    addRule,
    removeRule: async (id, viewer) => {
      const rule = await getRule(store, id);
      if (!rule || (viewer && rule.memberId !== viewer.memberId))
        throw new AppError('not_found', 'There is no rule of yours with this id.');
      await store.write([ruleChange(id, undefined, rule)]);
    },
    ...createExports({ store, calendars, clock, read }),
  };
}

/** The project or item that a correction names; null for none. */
function targetIn(match: Correction): Exclude<Correction, { readonly ignore: true } | null> | null {
  return match === null || 'ignore' in match ? null : match;
}

function findEntry(
  { source, uid, instance }: EntryKey,
  calendars: readonly HoursCalendar[],
): { readonly memberId: string; readonly start: number } {
  const calendar = calendars.find(({ id }) => id === source);
  const found = calendar && locateInstance(calendar, uid, instance);
  if (!found) throw new AppError('not_found', 'There is no such entry in the calendar.');
  return { memberId: found.calendar.settings.memberId, start: found.start };
}
