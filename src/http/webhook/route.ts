import type { IncomingMessage } from 'node:http';
import type { RouterContext } from '@koa/router';
import getRawBody from 'raw-body';
import type { Delay } from '../../domain/ports.ts';
import type { Log } from '../../lib/log.ts';
import { ApiError } from '../middleware/api-errors.ts';
import type { Limiter } from '../middleware/auth.ts';
import { refuseCoding } from '../middleware/body.ts';

/** What the route needs of whoever takes Plane's deliveries in. */
export interface WebhookReceiver {
  /** False when no secret is configured: every delivery is then refused. */
  isReady(): boolean;
  /** Whether a secret of ours signed these bytes; `signature` is 64 hex digits. */
  isSigned(body: Buffer, signature: string): boolean;
  /** Takes a signed delivery in at once; work that takes time goes on behind. Throws `invalid` when it can't be read. */
  receive(body: Buffer): { readonly issueId: string | null; readonly action: string };
  /**
   * A delivery, signed or not, could not be read (too large, too slow, too many at a time): something changed somewhere. Strangers can
   * cause it, so many calls must cost no more than a few.
   */
  missed(): void;
  /** A delivery was not signed with a secret of ours: with none at all, or as far as it tells with another one. */
  refused(isSigned: boolean): void;
}

/** Hears of requests that look like Plane's deliveries and came to another address than the webhook's, or by another method than POST. */
export interface Misdirected {
  /** `path` is null for the webhook's own. */
  note(method: string, path: string | null): void;
}

export interface WebhookRouteOptions {
  readonly receiver: WebhookReceiver;
  /** Counts deliveries that are not signed by us; those that are, are never counted. */
  readonly limiter: Limiter;
  readonly delay: Delay;
  readonly log: Log;
  readonly maxBytes?: number;
  /** Bodies that are read at the same time. */
  readonly maxInFlight?: number;
  /** How long a body may take. Plane itself gives up after 30 s. */
  readonly bodyTimeoutMs?: number;
}

const SIGNATURE = /^[0-9a-f]{64}$/i;

/**
 * `POST /webhooks/plane`. Plane takes any answer for the end of a delivery and repeats it only when none comes, so what we could not read
 * is answered 200 too, and found by asking Plane.
 */
export function createWebhookRoute({
  receiver,
  limiter,
  delay,
  log,
  maxBytes = 20_000_000,
  maxInFlight = 4,
  bodyTimeoutMs = 30_000,
}: WebhookRouteOptions): (ctx: RouterContext) => Promise<void> {
  let inFlight = 0;

  async function read(request: IncomingMessage): Promise<Buffer | { readonly unread: string }> {
    if (inFlight >= maxInFlight) return { unread: 'too many at a time' };
    inFlight++;
    try {
      const body = getRawBody(request, { limit: maxBytes, length: request.headers['content-length'] ?? null });
      return await Promise.race([body, delay(bodyTimeoutMs).then(() => ({ unread: 'too slow' }))]);
    } catch (error) {
      return { unread: (error as { type?: unknown }).type === 'entity.too.large' ? 'too large' : 'cut off' };
    } finally {
      inFlight--;
    }
  }

  async function refuse(ctx: RouterContext, reason: string): Promise<never> {
    receiver.refused(SIGNATURE.test(ctx.get('X-Plane-Signature')));
    await limiter.count(ctx);
    log.warn({ reason }, 'webhook delivery refused');
    throw new ApiError('INVALID_SIGNATURE', 'The delivery is not signed with a secret that is known here.');
  }

  return async (ctx) => {
    const signature = ctx.get('X-Plane-Signature');
    const isWellFormed = SIGNATURE.test(signature);
    if (!receiver.isReady() || !isWellFormed) {
      closeAfterwards(ctx);
      return refuse(ctx, isWellFormed ? 'no webhook secret is set' : 'no signature');
    }
    try {
      refuseCoding(ctx);
    } catch (error) {
      closeAfterwards(ctx);
      receiver.missed();
      log.warn({ reason: 'encoded' }, 'webhook delivery not read');
      throw error;
    }
    const body = await read(ctx.req);
    if (!Buffer.isBuffer(body)) {
      closeAfterwards(ctx);
      receiver.missed();
      log.warn({ reason: body.unread }, 'webhook delivery not read');
      ctx.body = processed('The delivery was not read; Plane is asked what changed.', null, null);
      return;
    }
    if (!receiver.isSigned(body, signature)) return refuse(ctx, 'wrong signature');
    try {
      const { issueId, action } = receiver.receive(body);
      ctx.body = processed('The delivery was taken in.', issueId, action);
    } catch (error) {
      receiver.missed();
      throw error;
    }
  };
}

/** What is left of the body is not waited for. */
function closeAfterwards(ctx: RouterContext): void {
  ctx.set('Connection', 'close');
}

function processed(message: string, issueId: string | null, action: string | null): object {
  return { status: 'processed', message, issue_id: issueId, action };
}
