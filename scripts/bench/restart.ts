import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'undici';
import { finding, ratios, type Finding } from './figures.ts';
import { startProgram } from './processes.ts';
import { startPlane } from './workspace.ts';

/**
 * The first GET of a calendar after a restart: as it was stored, over rendering it. Another calendar of the project, which is new, comes
 * first, so that Plane is not read meanwhile: that takes as long in both cases.
 */

const ITEMS = 10_000;
const ROUNDS = 5;
const FRESH = { FRESH_SECONDS: '86400' };

/** What one GET took, in milliseconds. */
interface FirstGet {
  readonly ms: number;
  readonly cpu: number;
  readonly etag: string;
}

export async function restart(nodeArgs: readonly string[]): Promise<Finding[]> {
  const { plane, settings } = await startPlane([{ identifier: 'BIG', items: ITEMS }]);
  const folder = await mkdtemp(join(tmpdir(), 'plane-ics-bench-'));
  let count = 0;
  const get = (): Promise<FirstGet> => firstGet(count++, { ...settings, ...FRESH, DATA_DIR: folder }, nodeArgs);
  const stored: FirstGet[] = [];
  const rendered: FirstGet[] = [];
  try {
    // The lists of names are read after the first time.
    await get();
    await get();
    for (let round = 0; round < ROUNDS; round++) {
      stored.push(await get());
      await rm(join(folder, 'documents'), { recursive: true });
      rendered.push(await get());
    }
  } finally {
    await plane.close();
    await rm(folder, { recursive: true });
  }
  if (new Set([...stored, ...rendered].map(({ etag }) => etag)).size > 1) throw new Error('restart: the bytes differ');
  const [storedMs, renderedMs] = [stored, rendered].map((all) => all.map(({ ms }) => ms)) as [number[], number[]];
  const [storedCpu, renderedCpu] = [stored, rendered].map((all) => all.map(({ cpu }) => cpu)) as [number[], number[]];
  const what = `first GET after a restart, ${ITEMS} items`;
  return [
    finding('cold', `${what}: stored over rendered`, '×', ratios(storedMs, renderedMs)),
    finding('cold', `${what}: CPU, stored over rendered`, '×', ratios(storedCpu, renderedCpu)),
    finding('cold', `${what}: stored`, 'ms', storedMs),
    finding('cold', `${what}: CPU, stored`, 'ms', storedCpu),
    finding('cold', `${what}: rendered`, 'ms', renderedMs),
    finding('cold', `${what}: CPU, rendered`, 'ms', renderedCpu),
  ];
}

async function firstGet(
  number: number,
  settings: Readonly<Record<string, string>>,
  nodeArgs: readonly string[],
): Promise<FirstGet> {
  const program = await startProgram(settings, nodeArgs);
  try {
    const other = new URLSearchParams({ past: '0', ahead: '0', title: `${number} {name}` }).toString();
    const first = await request(`${program.origin}/ics/BIG.ics?${other}`);
    if (first.statusCode !== 200) throw new Error(`restart: ${await first.body.text()}`);
    await first.body.dump();
    const before = await program.cpu();
    const startedAt = performance.now();
    const { body, headers } = await request(`${program.origin}/ics/BIG.ics`);
    const events = (await body.text()).split('BEGIN:VEVENT').length - 1;
    const ms = performance.now() - startedAt;
    if (events !== ITEMS) throw new Error(`restart: the calendar has ${events} of ${ITEMS} events`);
    return { ms, cpu: ((await program.cpu()) - before) / 1000, etag: String(headers.etag) };
  } finally {
    await program.stop();
  }
}
