import type { Clock, Delay } from '../domain/ports.ts';
import type { HttpLimits } from '../http/listen.ts';
import type { Log } from '../lib/log.ts';
import type { Connect } from '../lib/proxy.ts';
import type { Resolve } from '../sources/calendars/fetch/dispatcher.ts';

/** The name of a process that has none. */
export const UNNAMED = 'unnamed';

/** What the process provides, and tests replace. */
export interface World {
  readonly now: Clock;
  /** Monotonic milliseconds, comparable between processes of this machine; by default `now`. */
  readonly elapsed?: Clock;
  readonly delay: Delay;
  /** At least 0 and below 1; by default `Math.random`. */
  readonly random?: () => number;
  /** Makes all connections to other servers; by default over the network, and through the proxies of the settings. */
  readonly network?: Connect;
  /** Finds the addresses of hosts that are checked before they are connected to; by default the system. */
  readonly resolve?: Resolve;
  /** The name of this process among those that share a database. */
  readonly replica?: string;
  readonly log: Log;
  /** The page's files, by path. */
  readonly assets: ReadonlyMap<string, Buffer>;
  readonly version: string;
  /** "uid:gid" of the process, for commands that fix permissions. */
  readonly owner: string;
  /** Limits for visitors, which tests lower. */
  readonly limits?: HttpLimits;
  /** Pause before the first retry of a failed request to Plane. */
  readonly retryMs?: number;
  /** How often a failed operation in the data folder is retried. */
  readonly probeMs?: number;
  /** How long a mirror waits for more changes before it writes one. */
  readonly joinMs?: number;
  /** How long idle connections stay open while the server stops. */
  readonly keepAliveMs?: number;
  /** Whether to include metrics of the process: only where it has one server and ends with it. */
  readonly watchesProcess?: boolean;
}
