import { Agent, request, type ClientRequest, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, Judge, Memory } from './judge.ts';
import { familyOf, type Family } from './subscribers.ts';
import type { Target } from './feeds.ts';

/** Subscribers who ask again and again, some slowly, some not to the end. */

/** No answer may take longer: a reader waits 15 s for Plane at most. */
const PATIENCE_MS = 25_000;
/** One download in so many is left in the middle. */
const HANG_UPS = 40;
/** Between two pieces that a slow reader takes. */
const SLOW_MS = 60;

export interface LoadFigures {
  requests: number;
  /** The connection was refused or cut: while the server was down on purpose, and at any other time. */
  unheardDown: number;
  unheardUp: number;
  hungUp: number;
  slowlyRead: number;
  readonly failures: string[];
  /** Milliseconds of every answer, by the phase in which it was asked for. */
  readonly times: Map<string, number[]>;
}

export interface LoadOptions {
  readonly targets: readonly Target[];
  readonly subscribers: number;
  /** Requests a second of all together. */
  readonly rate: number;
  readonly slowReaders: number;
  readonly judge: Judge;
  readonly origin: () => string;
  /** True while no server is expected to answer, or was a moment ago. */
  readonly isDown: (sinceMs: number) => boolean;
  readonly phase: () => string;
}

export interface Load {
  readonly figures: LoadFigures;
  /** Ends when all have their last answers. */
  stop(): Promise<void>;
}

export function startLoad(options: LoadOptions): Load {
  const { targets, subscribers, rate, slowReaders, judge, origin, isDown, phase } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: 400 });
  const figures: LoadFigures = {
    requests: 0,
    unheardDown: 0,
    unheardUp: 0,
    hungUp: 0,
    slowlyRead: 0,
    failures: [],
    times: new Map(),
  };
  let isRunning = true;

  async function poll(
    target: Target,
    family: Family,
    memory: Memory,
    manner: 'whole' | 'slow' | 'hang up',
  ): Promise<void> {
    const method = Math.random() < family.heads ? 'HEAD' : 'GET';
    const headers: Record<string, string> = { 'user-agent': family.agent, ...family.headers };
    if (memory.etag !== null && family.conditions.includes('etag')) headers['if-none-match'] = memory.etag;
    if (memory.lastModified !== null && family.conditions.includes('date'))
      headers['if-modified-since'] = memory.lastModified;
    const startedAt = performance.now();
    const startedIn = phase();
    figures.requests++;
    try {
      const url = new URL(target.path, origin());
      const answer = await exchange(request(url, { method, headers, agent, timeout: PATIENCE_MS }), manner);
      if (answer === null) {
        figures.hungUp++;
        return;
      }
      if (manner === 'slow') figures.slowlyRead++;
      else times(startedIn).push(performance.now() - startedAt);
      judge.answer({ feed: target.name, method, ...answer }, memory);
    } catch (error) {
      if (isDown(startedAt)) figures.unheardDown++;
      else {
        figures.unheardUp++;
        if (figures.failures.length < 10) figures.failures.push(`${phase()}: ${target.name}: ${String(error)}`);
      }
    }
  }

  function times(name: string): number[] {
    let list = figures.times.get(name);
    if (!list) figures.times.set(name, (list = []));
    return list;
  }

  async function subscribe(index: number): Promise<void> {
    const family = familyOf(index);
    const target = targets[index % targets.length];
    if (!target) throw new Error('there is nothing to subscribe to');
    const memory: Memory = { etag: null, lastModified: null, lastModifiedMs: -Infinity };
    const intervalMs = (subscribers / rate) * 1000;
    await sleep(Math.random() * intervalMs);
    while (isRunning) {
      const startedAt = performance.now();
      await poll(target, family, memory, Math.random() * HANG_UPS < 1 ? 'hang up' : 'whole');
      // As a clock would: after a long wait the next one comes soon.
      const rest = intervalMs * (0.5 + Math.random()) - (performance.now() - startedAt);
      await sleep(Math.max(50, rest));
    }
  }

  /** Takes the largest calendar uncompressed, in small pieces. */
  async function readSlowly(index: number): Promise<void> {
    const target = targets.find(({ name }) => name === 'open all') ?? targets[index];
    if (!target) throw new Error('there is nothing to read');
    const memory: Memory = { etag: null, lastModified: null, lastModifiedMs: -Infinity };
    const family: Family = { ...familyOf(index), name: 'slow', headers: {}, conditions: [], heads: 0 };
    while (isRunning) {
      await poll(target, family, memory, 'slow');
      await sleep(500);
    }
  }

  const work = [
    ...Array.from({ length: subscribers }, (_, index) => subscribe(index)),
    ...Array.from({ length: slowReaders }, (_, index) => readSlowly(index)),
  ];
  return {
    figures,
    stop: async () => {
      isRunning = false;
      await Promise.all(work);
      agent.destroy();
    },
  };
}

/** The whole answer, or null for one that was left in the middle. Rejects when it is cut off, and when none comes. */
function exchange(
  asked: ClientRequest,
  manner: 'whole' | 'slow' | 'hang up',
): Promise<Pick<Answer, 'status' | 'headers' | 'body'> | null> {
  return new Promise((resolve, reject) => {
    asked.on('error', reject);
    asked.on('timeout', () => {
      asked.destroy(new Error(`no answer in ${PATIENCE_MS / 1000} s`));
    });
    asked.on('response', (response: IncomingMessage) => {
      const chunks: Buffer[] = [];
      response.on('error', reject);
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        if (manner === 'hang up' && response.statusCode === 200) {
          resolve(null);
          asked.destroy();
        } else if (manner === 'slow') {
          response.pause();
          setTimeout(() => response.resume(), SLOW_MS);
        }
      });
      response.on('end', () => {
        const { statusCode: status = 0, headers } = response;
        resolve({ status, headers, body: Buffer.concat(chunks) });
      });
    });
    asked.end();
  });
}
