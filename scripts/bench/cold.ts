import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import { DEMO_KEY } from '../../src/demo/seed.ts';
import { finding, ratios, type Finding } from './figures.ts';
import { startProgram } from './processes.ts';
import { restart } from './restart.ts';
import { replay, slowPlane } from './slow-plane.ts';
import { settingsFor, startPlane } from './workspace.ts';

/** The first GET of a calendar that was never built, over the bare sequence of the requests it needs. */

const ITEMS = 2_000;
/** As a real Plane was seen to take on two cores: 0.3 s for any list, 0.4 to 0.5 s for 100 items. */
const LATENCY = { answerMs: 300, entryMs: 1 };
const ROUNDS = 2;
const LIMIT = { ratio: 1.1, requests: { 1000: 8, 100: 27 } };

export async function cold(nodeArgs: readonly string[]): Promise<Finding[]> {
  return [...(await atPageSize(1000, nodeArgs)), ...(await atPageSize(100, nodeArgs)), ...(await restart(nodeArgs))];
}

async function atPageSize(maxPageSize: 1000 | 100, nodeArgs: readonly string[]): Promise<Finding[]> {
  const ours: number[] = [];
  const bare: number[] = [];
  const counts: number[] = [];
  const cpu: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const { plane, settings } = await startPlane([{ identifier: 'COLD', items: ITEMS }], { maxPageSize });
    const slow = await slowPlane(settings.PLANE_URL ?? '', LATENCY);
    const program = await startProgram({ ...settings, ...settingsFor(slow.url) }, nodeArgs);
    try {
      // The list of projects is read at the start.
      while (slow.passed.length === 0 || slow.passed.some(({ endedAt }) => endedAt === Infinity)) await sleep(20);
      const before = slow.passed.length;
      const cpuBefore = await program.cpu();
      const startedAt = performance.now();
      const { body } = await request(`${program.origin}/ics/COLD.ics`);
      const text = await body.text();
      ours.push(performance.now() - startedAt);
      cpu.push(((await program.cpu()) - cpuBefore) / 1000);
      const events = text.split('BEGIN:VEVENT').length - 1;
      if (events !== ITEMS) throw new Error(`cold: the calendar has ${events} of ${ITEMS} events`);
      counts.push(slow.passed.length);
      const recorded = slow.passed.slice(before);
      bare.push(await replay(slow.url, DEMO_KEY, recorded));
    } finally {
      await program.stop();
      await slow.close();
      await plane.close();
    }
  }
  const what = `${ITEMS} items, ${maxPageSize} a page`;
  return [
    finding('cold', `${what}: over its requests alone`, '×', ratios(ours, bare), LIMIT.ratio),
    finding('cold', `${what}: requests, with the list of projects`, 'requests', counts, LIMIT.requests[maxPageSize]),
    finding('cold', `${what}: first GET`, 'ms', ours),
    finding('cold', `${what}: CPU of the first GET`, 'ms', cpu),
    finding('cold', `${what}: its requests alone`, 'ms', bare),
  ];
}
