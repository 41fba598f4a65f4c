import type { Server } from 'node:http';
import type { Control } from './control.ts';
import type { Delay } from '../domain/ports.ts';
import type { AccessLog } from '../feeds/access-log.ts';
import { closeServer } from '../http/listen.ts';
import type { MirrorRegistry } from '../mirrors/registry.ts';
import type { Deliveries } from '../sources/plane/webhook/deliveries.ts';
import type { Plane } from '../sources/plane/plane.ts';
import type { BackgroundSync } from '../sources/plane/sync/background-sync.ts';

/** How the program ends: within ten seconds, with an answer to everybody who asked. */

/** A connection on which nothing is asked stays so long: its next request may be on its way. */
const LINGER_MS = 500;
/** So long readers may wait for Plane; then they get the last good calendar, or are told when to come back. */
const READERS_MS = 4_000;
/** Whoever has not taken his answer by then is cut off. */
const LONGEST_MS = 7_000;

/** What has to end, in an order that loses nothing. */
export interface ShutdownOptions {
  readonly upkeep: BackgroundSync;
  readonly mirrors: MirrorRegistry;
  /** null where nobody listens on a port. */
  readonly server: Server | null;
  readonly control: Control | null;
  /** Ends every request to Plane. */
  readonly stopping: AbortController;
  readonly plane: Pick<Plane, 'flush'>;
  readonly deliveries: Deliveries;
  readonly accessLog: AccessLog;
  /** What is closed in the end, one after the other. */
  readonly closeLast: readonly (() => Promise<void> | undefined)[];
  readonly keepAliveMs?: number | undefined;
  readonly delay: Delay;
}

/** Resolves when all of it is over and on disk; rejects with the first fault of closing once everything was tried. */
export async function shutDown(options: ShutdownOptions): Promise<void> {
  const { upkeep, mirrors, server, control, stopping, plane, delay, keepAliveMs: keepAliveMs = LINGER_MS } = options;
  upkeep.stop();
  const mirrorsOver = mirrors.stop();
  const closing = { delay, keepAliveMs, giveUp: delay(LONGEST_MS) };
  const answered = Promise.all([server && closeServer(server, closing), control?.close(closing)]);
  await Promise.race([answered, delay(READERS_MS)]);
  // Of what nobody waits for, or has waited long enough for.
  stopping.abort();
  await answered;
  await plane.flush();
  await mirrorsOver;
  await options.deliveries.flush();
  await options.accessLog.flush();
  const faults: unknown[] = [];
  for (const close of options.closeLast) await close()?.catch((error: unknown) => faults.push(error));
  if (faults.length > 0) throw faults[0];
}
