import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { Pool } from 'undici';

/** A way to Plane that takes its time, and remembers who came when. */

/** A request that went through: its path with the query, and when it began and ended, in milliseconds. */
export interface Passed {
  readonly path: string;
  readonly startedAt: number;
  endedAt: number;
}

export interface SlowPlane {
  readonly url: string;
  readonly passed: Passed[];
  close(): Promise<void>;
}

/** Milliseconds that an answer takes: for itself, and for each entry of the list in it. */
export interface Latency {
  readonly answerMs: number;
  readonly entryMs: number;
}

/** Every answer of the Plane at that address, so late. */
export async function slowPlane(planeUrl: string, { answerMs, entryMs }: Latency): Promise<SlowPlane> {
  const pool = new Pool(planeUrl);
  const passed: Passed[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    const one = { path, startedAt: performance.now(), endedAt: Infinity };
    passed.push(one);
    response.on('close', () => (one.endedAt = performance.now()));
    const headers = {
      'x-api-key': String(request.headers['x-api-key']),
      'accept-encoding': request.headers['accept-encoding'] ?? 'identity',
    };
    void pool
      .request({ method: 'GET', path, headers })
      .then(async (answer) => {
        const body = Buffer.from(await answer.body.arrayBuffer());
        const text = answer.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
        const lateMs = answerMs + entryMs * entriesOf(JSON.parse(text.toString()));
        await sleep(Math.max(0, one.startedAt + lateMs - performance.now()));
        response.writeHead(answer.statusCode, { ...answer.headers, 'content-length': body.length }).end(body);
      })
      .catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    passed,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await pool.destroy();
    },
  };
}

function entriesOf(json: unknown): number {
  const list = Array.isArray(json) ? json : ((json as { results?: unknown } | null)?.results ?? []);
  return Array.isArray(list) ? list.length : 0;
}

/** Sends the same requests, each when those that ended before it began have ended, and reads the answers. Returns milliseconds. */
export async function replay(url: string, apiKey: string, recorded: readonly Passed[]): Promise<number> {
  const pool = new Pool(url);
  const startedAt = performance.now();
  const done = new Map<Passed, Promise<void>>();
  for (const one of recorded) {
    const before = recorded.filter((other) => other.endedAt <= one.startedAt).flatMap((other) => done.get(other) ?? []);
    done.set(
      one,
      Promise.all(before).then(async () => {
        const headers = { 'x-api-key': apiKey, accept: 'application/json', 'accept-encoding': 'gzip' };
        const { body } = await pool.request({ method: 'GET', path: one.path, headers });
        await body.arrayBuffer();
      }),
    );
  }
  await Promise.all(done.values());
  const ms = performance.now() - startedAt;
  await pool.destroy();
  return ms;
}
