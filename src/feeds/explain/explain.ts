import { AppError, errorCode, errorMessage, isStorageError } from '../../domain/errors.ts';
import type { ItemInfo, Reason, Rule, ShownDays, Verdict } from '../../domain/explain.ts';
import type { Access } from '../../domain/feed.ts';
import type { Clock, Source } from '../../domain/ports.ts';
import { dayOf } from '../../icalendar/date.ts';
import { createYieldPoint } from '../../lib/cooperative.ts';
import { NO_ACCESS } from '../../views/explain/explain.ts';
import { listInWords } from '../../views/explain/words.ts';
import { shapeOf } from '../../views/view.ts';
import type { Feed } from '../feed.ts';
import type { Fetch } from '../links/access-log.ts';
import type { Link } from '../links/link.ts';
import type { Links } from '../links/links.ts';
import { asSeenBy, removedAt, type Loader } from '../loader.ts';
import type { Publisher } from '../publisher.ts';
import type { Revisions } from '../revisions.ts';
import { findItem, parseItem, type Found } from './find.ts';
import { subscriberOf, surelySince, type Subscriber } from './subscriber.ts';
import {
  linkInWords,
  removedInWords,
  shownInWords,
  sourceInWords,
  subscriberInWords,
  timeInWords,
  type Cause,
} from './words.ts';

/** "Where is WEB-12?": whether links show an item, on which days and why, and which apps have it. */

/** Whether one link shows an item. */
export interface Outcome {
  readonly shown: boolean;
  readonly days: readonly ShownDays[];
  /** What decides first, then what else is to be known. Never empty. */
  readonly reasons: readonly Reason<Rule | Cause>[];
}

/** The same with what its subscribers have. */
export interface Explanation extends Outcome {
  /** null for an unknown item. */
  readonly item: ItemInfo | null;
  /** The current version of the calendar; null before its first one. */
  readonly version: number | null;
  /** Since when the calendar has the item as it is now; null where it is not shown. */
  readonly since: number | null;
  readonly subscribers: readonly Subscriber[];
}

/** What all active links do with an item; the reasons are those for which none can show it. */
export interface Overview {
  readonly item: ItemInfo | null;
  readonly reasons: readonly Reason<Rule | Cause>[];
  readonly links: readonly (Outcome & { readonly link: Link })[];
}

/**
 * Answers for an audience: null sees everything. To others, what they may not see is unknown. Each throws `invalid` for a text that means no
 * item, and `not_ready` while it is not known which projects there are.
 */
export interface Explain {
  /** `fetches` are the last ones of its subscribers. */
  inLink(text: string, link: Link, fetches: readonly Fetch[], audience: Access | null): Promise<Explanation>;
  inAll(text: string, links: readonly Link[], audience: Access | null): Promise<Overview>;
}

export interface ExplainOptions {
  readonly source: Source;
  readonly links: Pick<Links, 'stateOf' | 'feedOf' | 'keyOf'>;
  readonly loader: Loader;
  readonly publisher: Pick<Publisher, 'get' | 'currentVersion'>;
  readonly revisions: Pick<Revisions, 'lookUp'>;
  readonly now: Clock;
}

const UNKNOWN: Reason<Cause> = {
  rule: 'unknown',
  text: 'No such item is known. Perhaps the key is mistyped, or the item is deleted, archived or a draft.',
};

export function createExplain(options: ExplainOptions): Explain {
  const { source, links, publisher, now } = options;
  const outcomeIn = createOutcome(options);

  return {
    inLink: async (text, link, fetches, audience) => {
      const asked = parseItem(text);
      const feed = links.feedOf(link);
      // First, so that the item is looked for in what the calendar then has.
      const notBuilt = links.stateOf(link) === 'active' ? await build(feed, options) : null;
      const found = await findItem(asked, source, audience);
      const { verdict, ...outcome } = found ? await outcomeIn(found, link, notBuilt) : hidden([UNKNOWN]);
      const version = publisher.currentVersion(links.keyOf(link));
      const since = verdict && (await sinceOf(verdict, feed, options.revisions));
      const current = { version, since, surelySince: surelySince(feed, link, since ?? Infinity) };
      const subscribers = fetches.map((fetch) => subscriberOf(fetch, link, current));
      const more = since === null ? [] : inWords(since, subscribers, now());
      const reasons = [...outcome.reasons, ...more, ...(found && !audience ? notesOn(found, source, now()) : [])];
      return { ...outcome, reasons, item: found?.item ?? null, version, since, subscribers };
    },
    inAll: async (text, all, audience) => {
      const found = await findItem(parseItem(text), source, audience);
      if (!found) return { item: null, reasons: [UNKNOWN], links: [] };
      const reasons = [...missing(found, source), ...(audience ? [] : notesOn(found, source, now()))];
      const pause = createYieldPoint();
      const outcomes: (Outcome & { readonly link: Link })[] = [];
      for (const link of found.item ? all.filter((one) => links.stateOf(one) === 'active') : []) {
        await pause();
        const { shown, days, reasons: why } = await outcomeIn(found, link, null);
        outcomes.push({ link, shown, days, reasons: why });
      }
      return { item: found.item, reasons, links: outcomes.sort((a, b) => Number(b.shown) - Number(a.shown)) };
    },
  };
}

/** Makes the calendar of a link as its next reader gets it; resolves to why that can't be done now, or to null. */
async function build(feed: Feed, { loader, publisher }: ExplainOptions): Promise<Error | null> {
  try {
    await loader.load(feed);
    await publisher.get(feed);
    return null;
  } catch (error) {
    // Its project ended long ago, which is the answer.
    if (errorCode(error) === 'gone') return null;
    if (errorCode(error) === 'not_ready') return error as Error;
    // Members may read this, and are not to see where data is stored.
    if (isStorageError(error)) return new AppError('not_ready', 'Nothing can be stored at present.');
    throw error;
  }
}

type Decided = Outcome & { readonly verdict: Verdict | null };

/** Decides by what is known now; asks nobody. */
function createOutcome({ source, links, now }: ExplainOptions) {
  return async (found: Found, link: Link, notBuilt: Error | null): Promise<Decided> => {
    const ended = linkInWords(links.stateOf(link), link, now());
    if (ended !== null) return hidden([{ rule: 'link', text: ended }]);
    const feed = links.feedOf(link);
    const outside = await outOfScope(found, feed, source);
    if (outside.length === 0 && isOutOfSight(found, feed)) return hidden([NO_ACCESS]);
    const none = [...outside, ...removed(found, source, now()), ...missing(found, source)];
    if (none.length > 0) return hidden(none);
    const verdict = found.item && (found.content?.explain(found.item.id, feed, dayOf(now())) ?? null);
    if (!verdict) return hidden([UNKNOWN]);
    if (verdict.hiddenBy.length > 0) return hidden(verdict.hiddenBy);
    if (notBuilt) return hidden([{ rule: 'not_built', text: `Not shown yet: ${causeOf(notBuilt)}` }]);
    const overdue = { rule: 'overdue', text: 'Also listed among what is overdue today.' } as const;
    const reasons = [
      { rule: 'shown', text: shownInWords(verdict) },
      ...(verdict.isListedOverdue ? [overdue] : []),
    ] as const;
    return { shown: true, days: verdict.days, reasons, verdict };
  };
}

function hidden(reasons: Outcome['reasons']): Decided {
  return { shown: false, days: [], reasons, verdict: null };
}

async function outOfScope({ project }: Found, { scope, audience }: Feed, source: Source): Promise<Reason[]> {
  if (scope.kind !== 'projects' || scope.projectIds.includes(project.id)) return [];
  if (scope.projectIds.length === 0)
    return [{ rule: 'scope', text: 'Not shown: this calendar has nothing from Plane, only other calendars.' }];
  const projects = await source.projects();
  const all = audience ? projects.filter(({ id }) => audience.projectIds.includes(id)) : projects;
  const names = scope.projectIds.map((id) => all.find((one) => one.id === id)?.identifier ?? id);
  const text = `Not shown: it is in the project ${project.identifier}, and this calendar includes only ${listInWords(names)}.`;
  return [{ rule: 'scope', text }];
}

/** Whether the owner of the link may not see the item. */
function isOutOfSight({ project, content, item }: Found, { audience }: Feed): boolean {
  if (!audience) return false;
  if (!audience.projectIds.includes(project.id)) return true;
  return content !== null && item !== null && asSeenBy(audience, content).item({ id: item.id }) === null;
}

function removed({ project }: Found, source: Source, now: number): Reason[] {
  const status = source.status(project.id);
  if (!status.removed || removedAt(status, now) === null) return [];
  return [{ rule: 'removed', text: removedInWords(status.removed.reason, project.identifier) }];
}

/** Why an item of a known project can't be found in it. */
function missing({ project, content, item }: Found, source: Source): Reason<Cause>[] {
  if (item) return [];
  if (!content)
    return [
      { rule: 'not_read', text: `Not shown yet: the project ${project.identifier} has not been read from Plane.` },
    ];
  const why = source.status(project.id).removed
    ? `the project ${project.identifier} did not have it when it could last be read`
    : `Plane's list of the project ${project.identifier} does not have it. It is deleted, archived or a draft, or the key is mistyped`;
  return [{ rule: 'unlisted', text: `Not shown: ${why}.` }];
}

function notesOn({ project }: Found, source: Source, now: number): Reason<Cause>[] {
  return sourceInWords(source.status(project.id), source.paused(), now);
}

function causeOf(error: Error): string {
  return error.cause instanceof Error ? errorMessage(error.cause) : errorMessage(error);
}

/** When the latest of its components got its present text, in milliseconds. */
async function sinceOf({ uids }: Verdict, feed: Feed, revisions: ExplainOptions['revisions']): Promise<number | null> {
  const seconds = await revisions.lookUp(feed.key, shapeOf(feed), uids);
  return seconds.length === 0 ? null : Math.max(...seconds) * 1000;
}

function inWords(since: number, subscribers: readonly Subscriber[], now: number): Reason<Cause>[] {
  const fetched = subscribers.map((one) => ({ rule: 'fetched' as const, text: subscriberInWords(one, now) }));
  const nobody = { rule: 'fetched' as const, text: 'No app has fetched this calendar yet.' };
  return [
    { rule: 'since', text: `In this calendar as it is now since ${timeInWords(since, now)}.` },
    ...(fetched.length === 0 ? [nobody] : fetched),
  ];
}
