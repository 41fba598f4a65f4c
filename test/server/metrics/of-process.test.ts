import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from '@jest/globals';
import { createMetrics } from '../../../src/server/metrics/metrics.ts';
import { EMPTY_HEALTH } from '../../support/health.ts';

/** A process may be a follower and then the leader. */

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function someMetrics() {
  const publisher = { rendered: () => ({ count: 7, seconds: 0 }) };
  const metrics = createMetrics({
    outcomes: () => new Map(),
    pause: { until: () => null },
    health: () => EMPTY_HEALTH,
    deliveries: { counts: () => ({ applied: 0, noted: 0, ignored: 0, unread: 0, refused: 0, misdirected: 0 }) },
    publisher,
    mirrors: { known: () => [] },
    version: '1',
    ofProcess: true,
  });
  return { metrics, held: new WeakRef(publisher) };
}

test('metrics of the process outlive nothing that was measured beside them', async () => {
  const texts: string[] = [];
  async function measured() {
    const { metrics, held } = someMetrics();
    texts.push(await metrics.text());
    return held;
  }
  const held = await measured();
  await measured();
  for (const text of texts)
    expect(text.match(/^(?:process_cpu_seconds_total|plane_ics_build_info\{.*\}) /gm)).toHaveLength(2);
  await new Promise((resolve) => setTimeout(resolve, 10));
  collectGarbage();
  expect(held.deref()).toBeUndefined();
});
