import { isIP } from 'node:net';
import type { Context, Next } from 'koa';
import type { Clock, Store } from '../domain/ports.ts';
import { isNear } from './middleware/visitor.ts';

/** Whether the public address works for others: when a request from outside this network last arrived there. */

const KIND = 'reached';
const ID = 'outside';
/** The instant is stored at most this often; a restart loses no more. */
const STORE_MS = 3_600_000;

/** Remembers requests from outside. */
export interface Outside {
  /** Milliseconds since the epoch; null before the first such request. */
  lastAt(): number | null;
  /** `at` is when it arrived, where that was at another server. */
  record(at?: number): void;
}

/** Restores the last instant. `store` is the cache: where it is lost, the next request from outside restores it. */
export async function openOutside(store: Store, now: Clock): Promise<Outside> {
  const stored = await store.get(KIND, ID).catch(() => null);
  let last = typeof stored === 'number' ? stored : null;
  let storedAt = last;
  return {
    lastAt: () => last,
    record: (at) => {
      last = at === undefined ? now() : Math.max(Math.min(at, now()), last ?? 0);
      if (storedAt !== null && last - storedAt < STORE_MS) return;
      storedAt = last;
      // The health of the store reports its errors.
      store.write([{ kind: KIND, id: ID, value: last }]).catch(() => undefined);
    },
  };
}

/** Records each request from outside that was sent to the host of PUBLIC_URL. */
export function watchOutside(
  outside: Pick<Outside, 'record'>,
  publicUrl: string,
): (ctx: Context, next: Next) => Promise<unknown> {
  const { host } = new URL(publicUrl);
  return (ctx, next) => {
    if (isFromOutside(ctx) && ctx.host.toLowerCase() === host) outside.record();
    return next();
  };
}

/**
 * Whether a visitor is outside this network. Behind a proxy that TRUST_PROXY does not count yet, its X-Forwarded-For is used: a forged one is
 * worth no more than a tick in a checklist.
 */
function isFromOutside(ctx: Context): boolean {
  // Koa reads the header of a proxy even where none is trusted.
  const address = ctx.app.proxy ? ctx.ip : (ctx.req.socket.remoteAddress ?? '');
  if (!isNear(address)) return isIP(address) !== 0;
  const { 'x-forwarded-for': header } = ctx.req.headers;
  if (typeof header !== 'string' || header === '') return false;
  const forwarded = header.split(',').at(-1)?.trim() ?? '';
  return isIP(forwarded) !== 0 && !isNear(forwarded);
}
