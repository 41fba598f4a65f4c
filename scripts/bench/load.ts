import { Pool } from 'undici';
import type { Measured } from './processes.ts';

/** Requests to a server that is measured, by several connections at once. */

const CONNECTIONS = 16;

/** What is asked for, and how it is to be answered. */
export interface Job {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly status: number;
}

/** What requests cost. */
export interface Cost {
  /** Microseconds of server CPU per request. */
  readonly cpu: number;
  readonly perSecond: number;
}

export interface Load {
  run(requests: number): Promise<Cost>;
  close(): Promise<void>;
}

export function aLoad(
  server: Pick<Measured, 'origin' | 'cpu'>,
  { path, headers, status }: Job,
  connections = CONNECTIONS,
): Load {
  const pool = new Pool(server.origin, { connections, pipelining: 1 });
  async function some(count: number): Promise<void> {
    for (let sent = 0; sent < count; sent++) {
      const answer = await pool.request({ method: 'GET', path, headers });
      if (answer.statusCode !== status) throw new Error(`${path} answers ${answer.statusCode}`);
      await answer.body.dump({ limit: 10_000_000 });
    }
  }
  return {
    run: async (requests) => {
      const each = Math.ceil(requests / connections);
      const before = await server.cpu();
      const startedAt = performance.now();
      await Promise.all(Array.from({ length: connections }, () => some(each)));
      const seconds = (performance.now() - startedAt) / 1000;
      const all = each * connections;
      return { cpu: ((await server.cpu()) - before) / all, perSecond: all / seconds };
    },
    close: () => pool.close(),
  };
}
