import { setMaxListeners } from 'node:events';
import { Agent } from 'undici';
import type { Clock } from '../../src/domain/ports.ts';
import { createSmallPlane, type SmallPlane, type SmallPlaneOptions } from '../../src/demo/plane.ts';
import { createBudget } from '../../src/sources/plane/api/budget.ts';
import { createPlaneClient, type PlaneClient, type PlaneClientOptions } from '../../src/sources/plane/api/client.ts';
import { createPlaneReader, type PlaneReader } from '../../src/sources/plane/api/reader.ts';
import { ACME_KEY, acmeTables } from './acme.ts';
import { aLog } from './log.ts';
import { aPause, delay } from './time.ts';

/** The recorded workspace on the small Plane, with a client and reader that try again at once. */
export interface PlaneFixture {
  readonly plane: SmallPlane;
  readonly url: string;
  readonly client: PlaneClient;
  readonly reader: PlaneReader;
  readonly log: ReturnType<typeof aLog>;
  /** "GET work-items per_page=2 …" of every request since the last call. */
  asked(): string[];
  close(): Promise<void>;
}

export async function createPlaneFixture(
  options: Partial<SmallPlaneOptions> & { readonly client?: Partial<PlaneClientOptions>; readonly now?: Clock } = {},
): Promise<PlaneFixture> {
  const { now = Date.now } = options;
  const plane = createSmallPlane({ tables: acmeTables(), requestsPerMinute: 100_000, ...options, now });
  const url = await plane.listen();
  const dispatcher = new Agent();
  const { signal } = new AbortController();
  // Every request under way listens on it.
  setMaxListeners(0, signal);
  const client = createPlaneClient({
    apiUrl: `${url}/api/v1`,
    apiKey: () => ACME_KEY,
    dispatcher,
    budget: createBudget({ requestsPerMinute: 100_000, pause: aPause(), delay, signal, elapsed: Date.now }),
    signal,
    now,
    delay,
    retryMs: 1,
    ...options.client,
  });
  const log = aLog();
  let read = 0;
  return {
    plane,
    url,
    client,
    log,
    reader: createPlaneReader({ client, workspace: 'acme', now, log }),
    asked: () => {
      const fresh = plane.requests.slice(read);
      read = plane.requests.length;
      return fresh.map(({ path, query }) => {
        const what = path.replace('/api/v1/workspaces/acme/', '').replace(/projects\/[0-9a-f-]+\//, '');
        return [
          what,
          ...[...query].filter(([name]) => name !== 'fields').map(([name, value]) => `${name}=${value}`),
        ].join(' ');
      });
    },
    close: async () => {
      await dispatcher.destroy();
      await plane.close();
    },
  };
}
