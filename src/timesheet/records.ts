import { randomInt } from 'node:crypto';
import { AppError } from '../domain/errors.ts';
import type { Store, StoreChange } from '../domain/ports.ts';
import { versionOf } from '../lib/record-version.ts';
import type { HoursCalendar } from '../views/calendar/hours.ts';
import { createRecordIndex, recordId, type RecordIndex } from './identity.ts';
import type { Said } from './matching/matcher.ts';
import type { StoredRule } from './matching/rules.ts';
import type { EntryKey } from './timesheet.ts';

/** What people said about entries, as stored. It is read anew for each request, as several servers may share a store. */

const RULE = 'timesheet-rule';
const CORRECTION = 'timesheet-correction';
/** Of one member; the administrator may make any number. */
const MAX_CORRECTIONS = 10_000;
const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** A correction as stored. */
export interface StoredCorrection extends EntryKey {
  /** When the entry began then, in milliseconds since the epoch. */
  readonly start: number;
  /** null: it is no work. */
  readonly said: Said;
  readonly at: number;
  /** Id of the member who said so; null for an administrator. */
  readonly by: string | null;
}

/** An id with that prefix. */
export function newId(prefix: 'rule' | 'exp'): string {
  return `${prefix}-${Array.from({ length: 10 }, () => LETTERS[randomInt(LETTERS.length)]).join('')}`;
}

/** All rules, oldest first. */
export async function listRules(store: Store): Promise<readonly StoredRule[]> {
  const rules = (await store.list(RULE)).map(([, value]) => value as StoredRule);
  return rules.sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));
}

/** The rule with that id, as stored. */
export async function getRule(store: Store, id: string): Promise<StoredRule | undefined> {
  return (await store.get(RULE, id)) as StoredRule | undefined;
}

/** The change that puts a rule in place of what was read. */
export function ruleChange(id: string, next: StoredRule | undefined, before: StoredRule | undefined): StoreChange {
  return { kind: RULE, id, ...(next ? { value: next } : {}), expected: versionOf(before) };
}

/** All corrections. */
export interface Corrections extends RecordIndex<StoredCorrection> {
  /** How many that member has made. */
  madeBy(memberId: string): number;
}

/** Reads all corrections. */
export async function listCorrections(store: Store): Promise<Corrections> {
  const all = (await store.list(CORRECTION)).map(([, value]) => value as StoredCorrection);
  return {
    ...createRecordIndex(all, ({ source, uid, instance, start }) => ({ source, uid, instance, starts: [start] })),
    madeBy: (memberId) => all.filter(({ by }) => by === memberId).length,
  };
}

/**
 * The correction of an entry: its own, or else that of the same event in another calendar of this person. Which of the two counts may change
 * when a calendar is added, and what is no work must not become work by that.
 */
export function findCorrection(
  corrections: RecordIndex<StoredCorrection>,
  entry: EntryKey & { readonly start: number },
  memberId: string,
  calendars: readonly HoursCalendar[],
): StoredCorrection | undefined {
  const own = corrections.find(entry);
  if (own) return own;
  for (const { id, settings } of calendars) {
    if (id === entry.source || settings.memberId !== memberId) continue;
    const other = corrections.find({ ...entry, source: id });
    if (other) return other;
  }
  return undefined;
}

/**
 * The changes that put a correction in place of the one that was found for its entry. Throws `invalid` for a further one of a member who has made
 * as many as one may make.
 */
export function correctionChanges(
  entry: EntryKey,
  next: StoredCorrection | null,
  found: StoredCorrection | undefined,
  all: Corrections,
): StoreChange[] {
  const isFurther = next !== null && next.by !== null && found === undefined;
  if (isFurther && all.madeBy(next.by) >= MAX_CORRECTIONS)
    throw new AppError(
      'invalid',
      `You have corrected ${MAX_CORRECTIONS} entries. Undo a correction that you no longer need, or save a rule.`,
    );
  const id = recordId(entry);
  const foundId = found === undefined ? id : recordId(found);
  const changes: StoreChange[] = [];
  // Made while a series was a single event, or the other way round, or in another calendar.
  if (foundId !== id) changes.push({ kind: CORRECTION, id: foundId, expected: versionOf(found) });
  const expected = versionOf(foundId === id ? found : undefined);
  if (next !== null) changes.push({ kind: CORRECTION, id, value: next, expected });
  else if (foundId === id && found !== undefined) changes.push({ kind: CORRECTION, id, expected });
  return changes;
}
