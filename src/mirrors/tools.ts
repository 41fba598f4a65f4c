import type { FeedOptions } from '../domain/feed.ts';
import type { Clock, Delay, Setting, Source, Store } from '../domain/ports.ts';
import type { Loader } from '../feeds/loader.ts';
import type { Revisions } from '../feeds/revisions.ts';
import type { createKeyedMutex } from '../lib/keyed-mutex.ts';
import type { Log } from '../lib/log.ts';
import type { ProxySettings } from '../lib/proxy.ts';

/** What all mirrors share. */
export interface MirrorTools {
  readonly store: Store;
  readonly turns: ReturnType<typeof createKeyedMutex>;
  readonly loader: Loader;
  readonly source: Source;
  readonly revisions: Revisions;
  /** Of the server, for what a mirror leaves open. */
  readonly defaults: Setting<FeedOptions>;
  /** How CalDAV servers are reached. */
  readonly proxy: ProxySettings;
  readonly now: Clock;
  readonly delay: Delay;
  readonly random: () => number;
  readonly log: Log;
}
