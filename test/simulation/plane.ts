import { MockAgent, type Dispatcher } from 'undici';
import { createSmallPlane, type SmallPlane } from '../../src/demo/plane.ts';
import type { Tables } from '../../src/demo/rows.ts';
import type { Process, Scheduler } from './scheduler.ts';

/** A Plane in memory whose answers take time. */

/** Nothing is at this address. */
export const PLANE_URL = 'http://plane.invalid';
const MOST_MS = 400;

/** The Plane, and the ways to it. */
export interface SimulatedPlane {
  readonly plane: SmallPlane;
  /** Of a process; each request is counted under its name. */
  dispatcher(name: string, process: Process): Dispatcher;
  /** Who asked, in order. */
  readonly askedBy: readonly string[];
}

export function createSimulatedPlane(scheduler: Scheduler, tables: Tables): SimulatedPlane {
  const plane = createSmallPlane({ tables, now: scheduler.now, requestsPerMinute: 100_000 });
  const askedBy: string[] = [];

  function dispatcher(name: string, process: Process): Dispatcher {
    const agent = new MockAgent();
    agent.disableNetConnect();
    agent
      .get(PLANE_URL)
      .intercept({ path: () => true, method: 'GET' })
      .reply(({ path, headers }) => {
        const key = (headers as Record<string, string>)['x-api-key'];
        const { status, headers: sent, body } = plane.respond('GET', path, key);
        return {
          statusCode: status,
          data: body,
          responseOptions: { headers: { ...sent, date: new Date(scheduler.now()).toUTCString() } },
        };
      })
      .persist();
    return agent.compose((dispatch) => (options, handler) => {
      void process.step('request', MOST_MS).then(() => {
        askedBy.push(name);
        dispatch(options, handler);
      });
      return true;
    });
  }

  return { plane, dispatcher, askedBy };
}
