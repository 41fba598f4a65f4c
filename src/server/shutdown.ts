import type { Delay } from '../domain/ports.ts';
import type { Feeds } from '../feeds/feeds.ts';
import type { Lag } from '../feeds/lag/lag.ts';
import type { AccessLog } from '../feeds/links/access-log.ts';
import type { MirrorRegistry } from '../mirrors/registry.ts';
import type { CalendarRegistry } from '../sources/calendars/registry.ts';
import type { Plane } from '../sources/plane/plane.ts';
import type { BackgroundSync } from '../sources/plane/sync/background-sync.ts';
import type { Deliveries } from '../sources/plane/webhook/deliveries.ts';
import type { Front } from './front/front.ts';

/** Stops the program within ten seconds, with an answer for every request under way. */

/** How long an idle connection stays open: its next request may be on its way. */
const KEEP_ALIVE_MS = 500;
/** How long readers may wait for Plane; then they get the last good calendar, or 503 with Retry-After. */
const PLANE_TIMEOUT_MS = 4_000;
/** A response that isn't sent by then is cut off. */
const RESPONSE_TIMEOUT_MS = 7_000;

/** What has to stop. */
export interface ShutdownOptions {
  readonly backgroundSync: Pick<BackgroundSync, 'stop'>;
  readonly mirrors: Pick<MirrorRegistry, 'stop'>;
  readonly calendars: Pick<CalendarRegistry, 'stop'>;
  readonly front: Pick<Front, 'close'>;
  /** Ends every request to Plane. */
  readonly stopping: AbortController;
  readonly wiredPlane: {
    readonly plane: Pick<Plane, 'flush'>;
    readonly deliveries: Pick<Deliveries, 'flush'>;
  };
  readonly feeds: Pick<Feeds, 'stop'> & {
    readonly accessLog: Pick<AccessLog, 'flush'>;
    readonly lag: Pick<Lag, 'flush'>;
  };
  /** Closed at the end, one after the other. */
  readonly closeLast: readonly (() => Promise<void> | undefined)[];
  readonly keepAliveMs?: number | undefined;
  readonly delay: Delay;
}

/** Resolves when everything has stopped and is on disk; rejects with the first error of closing, after everything was tried. */
export async function shutDown(options: ShutdownOptions): Promise<void> {
  const { wiredPlane, feeds, front, stopping, delay, keepAliveMs = KEEP_ALIVE_MS } = options;
  options.backgroundSync.stop();
  const mirrorsStopped = options.mirrors.stop();
  // Readers get what is known.
  const calendarsStopped = options.calendars.stop();
  const closing = { delay, keepAliveMs, giveUp: delay(RESPONSE_TIMEOUT_MS) };
  const answered = front.close(closing);
  await Promise.race([answered, delay(PLANE_TIMEOUT_MS)]);
  // Ends requests to Plane that no reader waits for, and those that take too long.
  stopping.abort();
  await answered;
  await wiredPlane.plane.flush();
  await Promise.all([mirrorsStopped, calendarsStopped]);
  await wiredPlane.deliveries.flush();
  await feeds.accessLog.flush();
  await feeds.lag.flush();
  await feeds.stop();
  const errors: unknown[] = [];
  for (const close of options.closeLast) await close()?.catch((error: unknown) => errors.push(error));
  if (errors.length > 0) throw errors[0];
}

/** What of a follower has to stop. */
export interface CloseFollowerOptions extends Pick<ShutdownOptions, 'front' | 'keepAliveMs' | 'delay'> {
  /** Ends everything else. */
  readonly end: () => Promise<void>;
}

/** Resolves when everything is answered and stored. */
export async function closeFollower({
  front,
  keepAliveMs = KEEP_ALIVE_MS,
  delay,
  end,
}: CloseFollowerOptions): Promise<void> {
  await front.close({ delay, keepAliveMs, giveUp: delay(RESPONSE_TIMEOUT_MS) });
  await end();
}
