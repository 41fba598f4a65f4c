import type { Dispatcher } from 'undici';
import { z } from 'zod';
import type { Clock } from '../../../domain/ports.ts';
import type { Budget } from './budget.ts';
import type { PlaneVersion } from '../trust/faults.ts';
import { requestPlane } from './request.ts';

/** How long a version, or a failure to read it, is remembered. */
const REMEMBER_MS = 3_600_000;
const MAX_BYTES = 1_000_000;

/** Source: Plane, apps/api/plane/license/api/views/instance.py. */
const instances = z.object({ instance: z.object({ current_version: z.string().min(1).max(60) }) });

export interface PlaneVersionOptions {
  /** Where the API is, ending in "/api/v1". */
  readonly apiUrl: string;
  readonly dispatcher: Dispatcher;
  readonly budget: Pick<Budget, 'run'>;
  readonly signal: AbortSignal;
  readonly now: Clock;
}

/** Reads Plane's version from the address that the web app uses, which needs no key. Closed editions may have none. */
export function createPlaneVersion({ apiUrl, dispatcher, budget, signal, now }: PlaneVersionOptions): PlaneVersion {
  const url = new URL(`${apiUrl.replace(/\/v1$/, '')}/instances/`);
  let version: string | null = null;
  let askedAt = -Infinity;
  let asking: Promise<string | null> | null = null;

  async function ask(): Promise<string | null> {
    askedAt = now();
    try {
      const request = { url, apiKey: '', dispatcher, maxBytes: MAX_BYTES, signal, now };
      const { json } = await budget.run('background', () => requestPlane(request));
      version = instances.safeParse(json).data?.instance.current_version ?? null;
    } catch {
      version = null;
    }
    return version;
  }

  return {
    read: () => {
      if (now() - askedAt < REMEMBER_MS) return asking ?? Promise.resolve(version);
      asking = ask().finally(() => (asking = null));
      return asking;
    },
    last: () => version,
  };
}
