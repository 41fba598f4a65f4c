import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../../src/demo/plane.ts';
import type { Site } from './site.ts';
import type { SoakEnvironment } from './environment.ts';

/** What goes wrong with Plane. */

const FAULTS: readonly (readonly [string, Fault])[] = [
  ['Plane answers 500', { kind: 'status', status: 500 }],
  ['Plane answers 429, Retry-After 3', { kind: 'limit', retryAfter: 3 }],
  ['Plane answers with HTML', { kind: 'html' }],
  ['Plane answers JSON that is cut off', { kind: 'truncated' }],
  ['Plane breaks connections', { kind: 'reset' }],
  ['Plane refuses the key', { kind: 'json', status: 403, body: { detail: 'Given API token is not valid' } }],
];

/** Each of them for so many seconds, with a moment of peace after it. */
export async function playFaults(stage: SoakEnvironment, site: Site, seconds: number): Promise<void> {
  const ms = seconds * 1000;
  for (const [name, fault] of FAULTS) {
    await stage.next(name);
    site.fault = fault;
    await sleep(ms * 1);
    site.fault = null;
    await sleep(ms * 0.4);
  }
  await stage.next('Plane refuses connections');
  await site.shut();
  await sleep(ms * 1);
  await site.open();
  await stage.next('Plane hangs');
  site.fault = { kind: 'silence' };
  await sleep(ms * 1.5);
  site.fault = null;
  await site.shut();
  await site.open();
}
