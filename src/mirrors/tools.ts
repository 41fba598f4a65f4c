import type { FeedOptions } from '../domain/feed.ts';
import type { RefreshTokens } from '../caldav/transport/oauth.ts';
import type { CalendarSources, Clock, Delay, Setting, Source, Store } from '../domain/ports.ts';
import type { Loader } from '../feeds/loader.ts';
import type { Revisions } from '../feeds/revisions.ts';
import type { createKeyedMutex } from '../lib/keyed-mutex.ts';
import type { Log } from '../lib/log.ts';
import type { Connect } from '../lib/proxy.ts';

/** What all mirrors share. `store` has a part for each of them. */
export interface MirrorTools {
  readonly store: Store;
  /** False while another server may be running the mirrors; by default there is none. */
  readonly isLeader?: (() => boolean) | undefined;
  /** Keeps runs of several mirrors into one calendar apart; the key is its URL. */
  readonly runExclusive: ReturnType<typeof createKeyedMutex>;
  readonly loader: Loader;
  readonly source: Source;
  /** Calendars that are not Plane's, and the address of each; null where that can't be known. */
  readonly calendars?: (Pick<CalendarSources, 'all'> & { addressOf(id: string): string | null }) | undefined;
  readonly revisions: Revisions;
  /** Of the server, for options that a mirror doesn't set. */
  readonly defaults: Setting<FeedOptions>;
  /** Makes the connections to CalDAV servers. */
  readonly connect: Connect;
  /** Remembers refresh tokens that OAuth providers replaced. */
  readonly refreshTokens: RefreshTokens;
  readonly now: Clock;
  readonly delay: Delay;
  readonly random: () => number;
  /** How long changes are collected before they are written. */
  readonly joinMs?: number | undefined;
  readonly log: Log;
}
