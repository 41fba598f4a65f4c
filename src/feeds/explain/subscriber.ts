import { NAMED_OPTIONS } from '../../views/options/options.ts';
import type { Feed } from '../feed.ts';
import type { Fetch } from '../links/access-log.ts';
import type { Link } from '../links/link.ts';

/** Which app has an item as its calendar shows it now. */

const FILTERS = [...NAMED_OPTIONS, 'priority'] as const;

/** An app that subscribes to a link. */
export interface Subscriber {
  readonly client: string;
  /** Whether it uses the current address of the link. */
  readonly isCurrent: boolean;
  /** When it last fetched the calendar, and the version it got. */
  readonly at: number;
  readonly version: number;
  /** Whether it has the item as the calendar shows it now, or a calendar without it; null where that is not known. */
  readonly has: boolean | null;
}

/** What the calendar has of the item now. */
export interface Now {
  readonly version: number | null;
  readonly since: number | null;
  /** From then on everyone who fetched it has the item; Infinity where that can't be said. */
  readonly surelySince: number;
}

/** The subscriber of a fetch. */
export function subscriberOf({ client, at, version, address }: Fetch, link: Link, current: Now): Subscriber {
  const isCurrent = address === undefined || address === link.retired.length;
  return { client, isCurrent, at, version, has: has({ at, version }, current) };
}

function has(
  { at, version }: Pick<Fetch, 'at' | 'version'>,
  { version: current, since, surelySince }: Now,
): boolean | null {
  if (version === current) return true;
  if (since === null) return null;
  return at < since ? false : at >= surelySince ? true : null;
}

/**
 * `since` is when any calendar first had the item in this form; this one may show it since later: after an edit of the link, when its days come
 * near, or when it matches a filter by what its text doesn't say.
 */
export function surelySince({ options, scope }: Feed, { changedAt }: Link, since: number): number {
  const isFiltered = scope.kind === 'person' || FILTERS.some((name) => options[name] !== null);
  if (options.ahead !== null || (options.detail !== 'full' && isFiltered)) return Infinity;
  return Math.max(since + 1000, changedAt);
}
