import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Judge, Memory } from '../../../scripts/soak/judge.ts';
import type { Answer, Replicas } from './replicas.ts';

/** Calendar apps that fetch calendars through nginx all the time. */

/** An answer, as it is remembered. */
export interface Sample {
  readonly path: string;
  readonly replica: string | null;
  readonly status: number;
  readonly etag: string | null;
  readonly lastModified: string | null;
  /** Of the body; null for a 304. */
  readonly digest: string | null;
}

export interface Readers {
  readonly samples: readonly Sample[];
  /** Requests of published calendars that got no answer. */
  readonly unanswered: () => number;
  stop(): Promise<void>;
}

/** One app for each address. Each answer goes to the judge. */
export function startReaders(replicas: Replicas, paths: readonly string[], judge: Judge, pauseMs: number): Readers {
  const { front, ask, answeredBy } = replicas;
  const samples: Sample[] = [];
  const state = { isRunning: true, unanswered: 0 };

  /** `memories` are what an app remembers, by server: another one may be a moment behind. */
  async function read(
    path: string,
    coding: string,
    memories: Map<string, Memory>,
    etag: string | null,
  ): Promise<string | null> {
    const headers = { 'accept-encoding': coding, ...(etag !== null && { 'if-none-match': etag }) };
    const answer = await ask(front.https + path, { headers, timeoutMs: 30_000 });
    if (answer.status === 0) {
      if (judge.published.has(path)) state.unanswered++;
      return null;
    }
    const replica = answeredBy(answer);
    const name = replica ?? 'nginx';
    let memory = memories.get(name);
    if (!memory) memories.set(name, (memory = { etag: null, lastModified: null, lastModifiedMs: -Infinity }));
    // A 304 has the ETag that was asked for, not that of the last answer of this server.
    if (answer.status === 304) memory.etag = etag;
    judge.answer({ feed: path, method: 'GET', ...answer }, memory);
    const sample = sampleOf(path, replica, answer);
    samples.push(sample);
    return sample.etag;
  }

  const work = paths.map(async (path, index) => {
    const memories = new Map<string, Memory>();
    const coding = index % 3 === 0 ? 'gzip' : 'identity';
    let etag: string | null = null;
    for (let at = index; state.isRunning; at++) {
      etag = await read(path, coding, memories, at % 2 === 1 ? etag : null);
      await sleep(pauseMs * (0.5 + Math.random()));
    }
  });
  return {
    samples,
    unanswered: () => state.unanswered,
    stop: async () => {
      state.isRunning = false;
      await Promise.all(work);
    },
  };
}

/** What is remembered of an answer. */
export function sampleOf(path: string, replica: string | null, { status, headers, body }: Answer): Sample {
  return {
    path,
    replica,
    status,
    etag: headers.etag === undefined ? null : String(headers.etag),
    lastModified: headers['last-modified'] === undefined ? null : String(headers['last-modified']),
    digest: status === 304 ? null : createHash('sha256').update(body).digest('base64url'),
  };
}
