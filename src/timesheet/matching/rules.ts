import type { EventInfo } from '../instances/instance.ts';
import { bareAddress } from '../instances/properties.ts';
import type { RuleCondition } from '../timesheet.ts';
import { comparable, hasPhrase } from './words.ts';

/** Which saved rules an event meets. */

/** What an event is matched to: a project, or one of its items. */
export interface Target {
  readonly projectId: string;
  readonly itemId: string | null;
}

/** A rule as stored. */
export interface StoredRule extends Target {
  readonly id: string;
  readonly when: RuleCondition;
  /** Whose events it is for; null for everyone's. */
  readonly memberId: string | null;
  readonly createdAt: number;
}

/** Rules are compared with each event. */
const texts = new WeakMap<RuleCondition, string>();

/** What a condition asks for, to compare. */
function textOf(when: RuleCondition): string {
  let text = texts.get(when);
  if (text === undefined) {
    const [own = ''] = Object.values<string>(when);
    text = 'organizer' in when ? bareAddress(own) : comparable(own);
    texts.set(when, text);
  }
  return text;
}

/** The condition in a form to compare: equal ones mean the same. */
export function conditionKey(when: RuleCondition): string {
  if ('word' in when) return `word:${comparable(when.word)}`;
  if ('category' in when) return `category:${comparable(when.category)}`;
  return `organizer:${bareAddress(when.organizer)}`;
}

/** A condition as part of a sentence. */
export function conditionText(when: RuleCondition): string {
  if ('word' in when) return `“${when.word}” in the title`;
  if ('category' in when) return `category “${when.category}”`;
  return `organizer ${when.organizer}`;
}

/** The rules of the member that an event meets, or else the general ones. */
export function rulesThatApply<R extends StoredRule>(
  rules: readonly R[],
  info: EventInfo,
  memberId: string,
): readonly R[] {
  if (info.isPrivate || rules.length === 0) return [];
  const title = comparable(info.title);
  const categories = new Set(info.categories.map(comparable));
  const meets = ({ when }: R): boolean => {
    const text = textOf(when);
    if ('word' in when) return hasPhrase(title, text);
    return 'category' in when ? categories.has(text) : info.organizer === text;
  };
  const own = rules.filter((rule) => rule.memberId === memberId && meets(rule));
  return own.length > 0 ? own : rules.filter((rule) => rule.memberId === null && meets(rule));
}
