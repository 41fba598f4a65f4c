import { createSmallPlane, type SmallPlane } from '../../src/demo/plane.ts';
import type { Tables } from '../../src/demo/rows.ts';
import type { NetworkHost } from './network.ts';
import type { Scheduler } from './scheduler.ts';

/** A Plane in memory whose answers take time. */

/** Nothing is at this address. */
export const PLANE_HOST = 'plane.invalid';
export const PLANE_URL = `http://${PLANE_HOST}`;
const MOST_MS = 400;

/** The Plane, and the way to it. */
export interface SimulatedPlane {
  readonly plane: SmallPlane;
  /** As a process reaches it; each request is counted under its name. */
  host(name: string): NetworkHost;
  /** Who asked, in order. */
  readonly askedBy: readonly string[];
}

export function createSimulatedPlane(scheduler: Scheduler, tables: Tables): SimulatedPlane {
  const plane = createSmallPlane({ tables, now: scheduler.now, requestsPerMinute: 100_000 });
  const askedBy: string[] = [];

  function host(name: string): NetworkHost {
    return {
      mostMs: MOST_MS,
      answer: ({ url, headers }) => {
        askedBy.push(name);
        const { status, headers: sent, body } = plane.respond('GET', url.pathname + url.search, headers['x-api-key']);
        return { status, headers: { ...sent, date: new Date(scheduler.now()).toUTCString() }, body };
      },
    };
  }

  return { plane, host, askedBy };
}
