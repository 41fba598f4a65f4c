import { errorMessage, isRejectedAnswer } from '../../domain/errors.ts';
import type { Reason, ShownDays, Verdict } from '../../domain/explain.ts';
import type { ProjectStatus } from '../../domain/ports.ts';
import { dayOf } from '../../icalendar/date.ts';
import { dayInWords, listInWords } from '../../views/explain/words.ts';
import type { Link, LinkState } from '../links/link.ts';
import { removedAt } from '../loader.ts';
import type { Subscriber } from './subscriber.ts';

/** The sentences of an explanation that are not about the rules of a view. */

/** What an explanation can name besides the rules of a view. */
export type Cause =
  | 'unknown'
  | 'unlisted'
  | 'not_read'
  | 'not_built'
  | 'shown'
  | 'overdue'
  | 'since'
  | 'fetched'
  | 'archived'
  | 'lost'
  | 'paused'
  | 'outage'
  | 'fault';

/** An instant in UTC: the time alone on the current day, else with the day. */
export function timeInWords(at: number, now: number): string {
  const time = `${new Date(at).toISOString().slice(11, 16)} UTC`;
  return dayOf(at) === dayOf(now) ? time : `${dayInWords(dayOf(at))}, ${time}`;
}

/** The same behind a verb: "at 12:04 UTC", "on 3 December 2026, 12:04 UTC". */
function whenInWords(at: number, now: number): string {
  return `${dayOf(at) === dayOf(now) ? 'at' : 'on'} ${timeInWords(at, now)}`;
}

const PARTS = { due: 'due', start: 'start', span: 'start to due' } as const;

/** "Shown on 3 December 2026 (due)." */
export function shownInWords({ days, uids }: Verdict): string {
  if (uids.length > 0 && days.length === 0) return 'Shown in the to-do list, without a date.';
  const ordered = [...days].sort((a, b) => (a.first < b.first ? -1 : 1));
  return `Shown on ${listInWords(ordered.map(rangeInWords))}.`;
}

function rangeInWords({ part, first, last }: ShownDays): string {
  return `${first === last ? dayInWords(first) : `${dayInWords(first)} to ${dayInWords(last)}`} (${PARTS[part]})`;
}

/** Why a link shows nothing at all; null for an active one. */
export function linkInWords(state: LinkState, { revokedAt, expiresAt }: Link, now: number): string | null {
  const on = (at: number | null): string => (at === null ? '' : ` ${whenInWords(at, now)}`);
  switch (state) {
    case 'active':
      return null;
    case 'revoked':
      return `Not shown: this link was revoked${on(revokedAt)}.`;
    case 'expired':
      return `Not shown: this link expired${on(expiresAt)}. A later end date makes it work again.`;
    case 'paused':
      return 'Not shown: this link is paused until its owner signs in again.';
  }
}

type Removal = NonNullable<ProjectStatus['removed']>;

/** Why a project is in no calendar any more. */
export function removedInWords(reason: Removal['reason'], project: string): string {
  const why = {
    deleted: `the project ${project} was deleted in Plane`,
    unpublished: `the project ${project} is not published (PLANE_PROJECTS)`,
    'access lost': `the user of PLANE_API_KEY is no longer a member of the project ${project}`,
  };
  return `Not shown: ${why[reason]}.`;
}

/** What is to be known of the source: changes since the last good read are not in the calendar. */
export function sourceInWords(status: ProjectStatus, paused: Error | null, now: number): Reason<Cause>[] {
  const { content, error, checkedAt, removed } = status;
  const frozen = frozenInWords(status, now);
  const cause = error ?? paused;
  if (!cause || (removed !== null && frozen.length > 0)) return frozen;
  const copy = content ? ` The last good copy from ${timeInWords(checkedAt, now)} is used.` : '';
  const rule = isRejectedAnswer(cause) ? 'fault' : error ? 'outage' : 'paused';
  return [...frozen, { rule, text: `${sentence(errorMessage(cause))}${copy}` }];
}

/** Why nothing more is read of its project. */
function frozenInWords({ content, removed }: ProjectStatus, now: number): Reason<Cause>[] {
  if (removedAt({ removed }, now) !== null) return [];
  if (content?.info.archived)
    return [{ rule: 'archived', text: 'Its project is archived in Plane; the calendar shows it as it was then.' }];
  if (content === null || removed?.reason !== 'access lost') return [];
  const since = `since ${timeInWords(removed.since, now)}`;
  const text = `The user of PLANE_API_KEY is no longer a member of its project ${since}; calendars show it as it was then, for 7 days.`;
  return [{ rule: 'lost', text }];
}

function sentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}

/** What one app has of an item that is shown. */
export function subscriberInWords({ client, isCurrent, at, has }: Subscriber, now: number): string {
  const who = `${client.charAt(0).toUpperCase()}${client.slice(1)}${isCurrent ? '' : ' (at an old address)'}`;
  const when = `last fetched ${whenInWords(at, now)}`;
  if (has === true) return `${who} ${when} and has it.`;
  return has === false
    ? `${who} ${when} and does not have it yet.`
    : `${who} ${when}; it may not have it as it is now.`;
}
