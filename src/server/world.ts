import type { Clock, Delay } from '../domain/ports.ts';
import type { HttpLimits } from '../http/listen.ts';
import type { Log } from '../lib/log.ts';

/** What the process gives, and tests replace. */
export interface World {
  readonly now: Clock;
  /** Milliseconds since a moment that all processes of the machine share, which nobody can set; by default `now`. */
  readonly elapsed?: Clock;
  readonly delay: Delay;
  readonly log: Log;
  /** The page's files, by path. */
  readonly assets: ReadonlyMap<string, Buffer>;
  readonly version: string;
  /** "uid:gid" of the process, for the line that mends a folder. */
  readonly owner: string;
  /** Bounds on visitors, for tests that can't wait. */
  readonly limits?: HttpLimits;
  /** Pause before the first retry of a failed request to Plane. */
  readonly retryMs?: number;
  /** How often what failed in the data folder is tried again. */
  readonly probeMs?: number;
  /** How long an idle connection is kept while the server stops. */
  readonly keepAliveMs?: number;
  /** Metrics of the process too: only where it has one server and ends with it. */
  readonly watchesProcess?: boolean;
}
