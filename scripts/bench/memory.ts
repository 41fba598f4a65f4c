import { gunzipSync } from 'node:zlib';
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import { finding, type Finding } from './figures.ts';
import { startProgram } from './processes.ts';
import { startPlane, type Wanted } from './workspace.ts';

/** Resident memory above an empty start, compared with the bytes of the calendars in memory. */

const FULL: readonly Wanted[] = [
  ...Array.from({ length: 20 }, (_, index) => ({ identifier: `MID${index + 1}`, items: 1_000 })),
  ...Array.from({ length: 3 }, (_, index) => ({ identifier: `BIG${index + 1}`, items: 10_000 })),
];
const ROUNDS = 2;
const MB = 1e6;
const LIMIT = { times: 3, plus: 100 * MB };
/** What was freed goes back to the system in its own time. */
const SETTLE_MS = 1_000;
/** As the image and the systemd unit start it. */
const STARTED_WITH = { MALLOC_MMAP_THRESHOLD_: '131072' };

export async function memory(nodeArgs: readonly string[]): Promise<Finding[]> {
  const above: number[] = [];
  const bytesInMemory: number[] = [];
  const heap: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const empty = await residentAfter([{ identifier: 'NONE', items: 0 }], nodeArgs);
    const full = await residentAfter(FULL, nodeArgs);
    above.push(full.rss - empty.rss);
    bytesInMemory.push(full.bytes);
    heap.push(full.heap - empty.heap);
  }
  const shares = above.map((bytes, round) => bytes / (LIMIT.times * (bytesInMemory[round] ?? NaN) + LIMIT.plus));
  const inMB = (values: readonly number[]): number[] => values.map((value) => value / MB);
  return [
    finding('memory', '50,000 items in 23 calendars: of what is allowed', '×', shares, 1),
    finding('memory', 'resident, above an empty start', 'MB', inMB(above)),
    finding('memory', 'of it JavaScript heap', 'MB', inMB(heap)),
    finding('memory', 'bytes of the calendars in memory', 'MB', inMB(bytesInMemory)),
  ];
}

async function residentAfter(
  projects: readonly Wanted[],
  nodeArgs: readonly string[],
): Promise<{ rss: number; heap: number; bytes: number }> {
  const { plane, settings } = await startPlane(projects);
  const program = await startProgram({ ...settings, ...STARTED_WITH }, [...nodeArgs, '--expose-gc']);
  try {
    let total = 0;
    for (const { identifier } of projects) {
      const { statusCode, body } = await request(`${program.origin}/ics/${identifier}.ics`, {
        headers: { 'accept-encoding': 'gzip' },
      });
      const bytes = Buffer.from(await body.arrayBuffer());
      if (statusCode !== 200) throw new Error(`memory: ${identifier} answers ${statusCode}`);
      total += bytes.length + gunzipSync(bytes).length;
    }
    await sleep(SETTLE_MS);
    await program.memory();
    await sleep(SETTLE_MS);
    const { rss, heapUsed } = await program.memory();
    return { rss, heap: heapUsed, bytes: total };
  } finally {
    await program.stop();
    await plane.close();
  }
}
