import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import type { StoreChange } from '../../src/domain/ports.ts';
import { finding, type Finding } from './figures.ts';
import { compiled, startProgram, type Measured } from './processes.ts';
import { startPlane, TOKEN } from './workspace.ts';

/** The list of many links, while many calendars are in memory, and how long it holds up everything else. */

const LINKS = 10_000;
const BUILT = 2_000;
const PROJECTS = 10;
const ROUNDS = 11;
const LIMIT = { ms: 150, pauseMs: 20 };
/** Calendars that are asked for at the same time. */
const AT_ONCE = 16;

export async function links(nodeArgs: readonly string[]): Promise<Finding[]> {
  const wanted = Array.from({ length: PROJECTS }, (_, index) => ({ identifier: `P${index + 1}`, items: 5 }));
  const { plane, settings } = await startPlane(wanted);
  const folder = await mkdtemp(join(tmpdir(), 'plane-ics-bench-'));
  const tokens = await fill(folder, [...plane.tables.projects.keys()]);
  const program = await startProgram({ ...settings, DATA_DIR: folder }, nodeArgs);
  const pool = new Pool(program.origin, { connections: AT_ONCE });
  try {
    await build(pool, tokens.slice(0, BUILT));
    return await measure(program, pool);
  } finally {
    await pool.destroy();
    await program.stop();
    await plane.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Writes the links into a new store; returns their tokens. */
async function fill(folder: string, projectIds: readonly string[]): Promise<string[]> {
  const { createFeedFactory } = await compiled<typeof import('../../src/feeds/feed.ts')>('feeds/feed');
  const { openStores } = await compiled<typeof import('../../src/store/stores.ts')>('store/stores');
  const { createLinks } = await compiled<typeof import('../../src/feeds/links/links.ts')>('feeds/links/links');
  const { DEFAULT_OPTIONS } =
    await compiled<typeof import('../../src/views/options/options.ts')>('views/options/options');
  const silent = { error: () => undefined, warn: () => undefined, info: () => undefined, debug: () => undefined };
  const stores = await openStores({ folder, owner: '0:0', now: Date.now, delay: sleep, log: silent });
  // One write for all: each alone is on disk before the next.
  const changes: StoreChange[] = [];
  const store = {
    ...stores.kept,
    write: (some: readonly StoreChange[]): Promise<void> => {
      changes.push(...some);
      return Promise.resolve();
    },
  };
  const settings = { feedOptions: DEFAULT_OPTIONS, feedWarnBytes: 1_000_000, compression: true };
  const made = createLinks({ store, now: Date.now, factory: createFeedFactory(() => settings) });
  const tokens: string[] = [];
  for (let at = 0; at < LINKS; at++) {
    const scope = { kind: 'projects', projectIds: [projectIds[at % projectIds.length] ?? ''] } as const;
    const details = { forWhom: `Person ${at}`, expiresAt: Date.now() + at * 60_000 + 3_600_000 };
    const { token } = await made.add({ name: `Subscriber ${at}`, scope, options: {}, pins: {} }, details);
    tokens.push(token);
  }
  await stores.kept.write(changes);
  await stores.close();
  return tokens;
}

async function build(pool: Pool, tokens: readonly string[]): Promise<void> {
  const left = [...tokens];
  const work = async (): Promise<void> => {
    for (let token = left.pop(); token !== undefined; token = left.pop()) {
      const { statusCode, body } = await pool.request({ method: 'GET', path: `/ics/${token}/calendar.ics` });
      await body.dump();
      if (statusCode !== 200) throw new Error(`links: a calendar answers ${statusCode}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

async function measure(program: Measured, pool: Pool): Promise<Finding[]> {
  const all: number[] = [];
  const pauses: number[] = [];
  const cpu: number[] = [];
  let size = 0;
  for (let round = 0; round <= ROUNDS; round++) {
    await sleep(200);
    await program.pause();
    const cpuBefore = await program.cpu();
    const startedAt = performance.now();
    const headers = { authorization: `Bearer ${TOKEN}` };
    const { statusCode, body } = await pool.request({ method: 'GET', path: '/api/v1/links', headers });
    const bytes = await body.arrayBuffer();
    const ms = performance.now() - startedAt;
    const pause = await program.pause();
    if (round === 0) {
      const listed = (JSON.parse(Buffer.from(bytes).toString()) as { links: { size: unknown }[] }).links;
      const built = listed.filter(({ size: one }) => one !== null).length;
      if (statusCode !== 200 || listed.length !== LINKS || built !== BUILT)
        throw new Error(`links: ${statusCode}, ${listed.length} links, ${built} calendars in memory`);
      size = bytes.byteLength;
      continue;
    }
    all.push(ms);
    pauses.push(pause);
    cpu.push(((await program.cpu()) - cpuBefore) / 1000);
  }
  const what = `${LINKS} links, ${BUILT} calendars in memory`;
  return [
    finding('links', `${what}: GET /api/v1/links`, 'ms', all, LIMIT.ms),
    finding('links', `${what}: longest pause of the event loop meanwhile`, 'ms', pauses, LIMIT.pauseMs),
    finding('links', `${what}: CPU of the server`, 'ms', cpu),
    finding('links', `${what}: size of the answer`, 'kB', [size / 1000]),
  ];
}
