import { AppError } from '../domain/errors.ts';
import type { Access } from '../domain/feed.ts';
import type { Catalog } from './catalog.ts';
import { bareAddress } from './instances/properties.ts';
import { conditionKey, type StoredRule, type Target } from './matching/rules.ts';
import { comparable } from './matching/words.ts';
import { newId } from './records.ts';
import type { Rule, RuleCondition } from './timesheet.ts';

/** Saved rules: what people learn from corrections. */

const MAX_TEXT = 1_000;
/** Of one member; the administrator may save any number. */
const MAX_RULES = 200;

/** A condition as it is stored. Throws `invalid` for one that nothing or everything would meet. */
function checkCondition(when: RuleCondition): RuleCondition {
  const [name, value] = Object.entries(when)[0] ?? ['', ''];
  const text = value.replace(/\s+/gu, ' ').trim();
  if (text.length > MAX_TEXT || !/[\p{L}\p{N}\p{S}]/u.test(comparable(text)))
    throw new AppError('invalid', `A rule needs a ${name} of 1 to ${MAX_TEXT} characters, with a letter or a digit.`);
  if (!('organizer' in when)) return 'word' in when ? { word: text } : { category: text };
  if (!/^[^\s@]+@[^\s@]+$/.test(bareAddress(text)))
    throw new AppError('invalid', 'The organizer of a rule is an e-mail address.');
  return { organizer: bareAddress(text) };
}

/**
 * The rule to store: one with the same condition for the same person gets the new target. Throws `invalid` for a further one of a member who has
 * as many as one may have.
 */
export function learnRule(
  rules: readonly StoredRule[],
  {
    when,
    memberId,
    target,
    viewer,
    now,
  }: {
    readonly when: RuleCondition;
    readonly memberId: string | null;
    readonly target: Target;
    readonly viewer: Access | null;
    readonly now: number;
  },
): { readonly next: StoredRule; readonly before: StoredRule | undefined } {
  const condition = checkCondition(when);
  const key = conditionKey(condition);
  const theirs = rules.filter((rule) => rule.memberId === memberId);
  const before = theirs.find((rule) => conditionKey(rule.when) === key);
  if (viewer !== null && !before && theirs.length >= MAX_RULES)
    throw new AppError('invalid', `You have ${MAX_RULES} rules. Remove one that you no longer need.`);
  const { id, createdAt } = before ?? { id: newId('rule'), createdAt: now };
  return { next: { id, when: condition, ...target, memberId, createdAt }, before };
}

/** Whether a viewer knows of a rule: members of their own and of general ones. */
export function isVisibleRule({ memberId }: StoredRule, viewer: Access | null): boolean {
  return viewer === null || memberId === null || memberId === viewer.memberId;
}

/** Whether a visible rule may be shown: one for everyone says something of a project or item that a member may not know of. */
export function mayShowRule(
  { memberId, projectId, itemId }: StoredRule,
  catalog: Catalog,
  viewer: Access | null,
): boolean {
  if (viewer === null || memberId !== null) return true;
  if (catalog.project(projectId) === null) return false;
  return itemId === null || catalog.lookUp(projectId, { id: itemId }).kind !== 'unknown';
}

/** A rule as it is shown. */
export function toRule({ id, when, projectId, itemId, memberId, createdAt }: StoredRule, catalog: Catalog): Rule {
  const lookup = itemId === null ? null : catalog.lookUp(projectId, { id: itemId });
  return {
    id,
    when,
    project: catalog.project(projectId),
    item: lookup?.kind === 'found' ? lookup.item : null,
    member: memberId === null ? null : catalog.member(memberId),
    created: createdAt,
  };
}
