import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Snapshot } from '../../src/domain/plane.ts';
import type { Before, Parts } from '../../src/feeds/renderer.ts';
import { plainBlocks } from './plain.ts';
import { compiled, input, report } from './processes.ts';
import { bigSnapshot, copyOf, FEED, NOW_MS, TODAY, WEB, withOneChanged } from './snapshot.ts';
import { cheapStore } from './store.ts';

/** One process that renders: the first time cold, then again and again. */

export interface RenderInput {
  readonly work: 'ours' | 'plain' | 'change' | 'compare';
  readonly gzip: boolean;
  readonly items: number;
  /** How often after the first time. */
  readonly rounds: number;
}

/** Milliseconds, the first time first. */
export interface RenderReport {
  readonly full: readonly number[];
  /** The longest pause of the event loop in each. */
  readonly pauses: readonly number[];
  /** One changed item; empty unless that was the work. */
  readonly changes: readonly number[];
}

const { createRenderer } = await compiled<typeof import('../../src/feeds/renderer.ts')>('feeds/renderer');
const { createRevisions } = await compiled<typeof import('../../src/feeds/revisions.ts')>('feeds/revisions');
const { contentOf } = await compiled<typeof import('../../src/sources/plane/content.ts')>('sources/plane/content');
const { planeLinks } = await compiled<typeof import('../../src/views/plane-links.ts')>('views/plane-links');

const given = await input<RenderInput>();
const links = planeLinks(WEB.url, WEB.workspace);
const revisions = createRevisions(cheapStore(), () => NOW_MS);
/** A new one remembers nothing; the revisions it shares are as on disk. */
const newRenderer = () =>
  createRenderer({ revisions, settings: () => ({ compression: given.gzip, feedWarnBytes: 1e12 }) });
const base = bigSnapshot(given.items);

async function timed(work: () => Promise<unknown>): Promise<{ ms: number; pause: number }> {
  globalThis.gc?.();
  await sleep(20);
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  await sleep(5);
  delays.reset();
  const startedAt = performance.now();
  await work();
  const ms = performance.now() - startedAt;
  // The last pause is counted by the timer behind it.
  await sleep(5);
  delays.disable();
  return { ms, pause: delays.max / 1e6 };
}

const full: number[] = [];
const pauses: number[] = [];
const changes: number[] = [];
const note = ({ ms, pause }: { ms: number; pause: number }): void => {
  full.push(ms);
  pauses.push(pause);
};
const partsOf = (snapshot: Snapshot): Parts => {
  return { feed: FEED, projects: [contentOf(snapshot, links)], day: TODAY, tombstone: null, notes: [] };
};
const rendering = (snapshot: Snapshot, before: Before | null = null) => newRenderer().render(partsOf(snapshot), before);

switch (given.work) {
  case 'ours':
    for (let round = 0; round <= given.rounds; round++) {
      const snapshot = copyOf(base);
      note(await timed(() => rendering(snapshot)));
    }
    break;
  case 'plain':
    for (let round = 0; round <= given.rounds; round++) {
      const snapshot = copyOf(base);
      note(await timed(() => Promise.resolve(plainBlocks(snapshot, WEB, NOW_MS / 1000))));
    }
    break;
  case 'change': {
    note(await timed(() => rendering(base)));
    const { body } = await rendering(base);
    const before: Before = { parts: partsOf(base), body };
    for (let round = 0; round <= given.rounds; round++) {
      const changed = withOneChanged(base, round);
      changes.push((await timed(() => rendering(changed, before))).ms);
      const snapshot = copyOf(base);
      if (round < given.rounds) note(await timed(() => rendering(snapshot)));
    }
    break;
  }
  case 'compare': {
    const { identity } = await rendering(base);
    const events = identity.subarray(identity.indexOf('BEGIN:VEVENT'), -'END:VCALENDAR\r\n'.length);
    const plain = plainBlocks(base, WEB, NOW_MS / 1000);
    if (!events.equals(plain)) {
      const at = events.findIndex((byte, index) => byte !== plain[index]);
      const here = (bytes: Buffer): string => JSON.stringify(bytes.toString('utf8', Math.max(0, at - 80), at + 40));
      throw new Error(`the plain serializer writes other bytes:\n${here(plain)}\nours:\n${here(events)}`);
    }
    full.push(identity.length);
  }
}
report({ report: { full, pauses, changes } satisfies RenderReport });
