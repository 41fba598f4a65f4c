import type { IncomingMessage } from 'node:http';
import type { RouterContext } from '@koa/router';
import getRawBody from 'raw-body';
import type { Delay } from '../../domain/ports.ts';
import type { Log } from '../../lib/log.ts';
import { ApiError } from '../middleware/api-errors.ts';
import type { Limiter } from '../middleware/auth.ts';
import { refuseCoding } from '../middleware/body.ts';

/** What was delivered: the item it is about, if any, and what happened to it. */
export interface Received {
  readonly issueId: string | null;
  readonly action: string;
}

/** The receiver of Plane's deliveries, as the route uses it. */
export interface WebhookReceiver {
  /** False when no secret is set: every delivery is then refused. */
  isReady(): boolean;
  /** Whether one of the secrets signed these bytes; `signature` is 64 hex digits. */
  isSigned(body: Buffer, signature: string): boolean;
  /**
   * Applies a signed delivery at once, where slow work continues in the background, or stores it for the server that applies it. Throws
   * `missing` when it can't be parsed.
   */
  receive(body: Buffer): Received | Promise<Received>;
  /**
   * Reports a delivery, signed or not, that could not be read (too large, too slow, too many at a time): something changed. Strangers can cause
   * this, so many calls must cost no more than a few.
   */
  missed(): void;
  /** Reports a delivery without a valid signature: without any, or with one that may belong to another secret. */
  refused(isSigned: boolean): void;
}

/** Notices deliveries that were sent to a wrong address, or with another method than POST. */
export interface Misdirected {
  /** `path` is null for the webhook's own. */
  note(method: string, path: string | null): void;
}

export interface WebhookRouteOptions {
  readonly receiver: WebhookReceiver;
  /** Limits deliveries without a valid signature. */
  readonly limiter: Limiter;
  readonly delay: Delay;
  readonly log: Log;
  readonly maxBytes?: number;
  /** Maximum number of bodies that are read at a time. */
  readonly maxInFlight?: number;
  /** Timeout of a body. Plane itself gives up after 30 s. */
  readonly bodyTimeoutMs?: number;
}

const SIGNATURE = /^[0-9a-f]{64}$/i;

/**
 * `POST /webhooks/plane`. Plane treats any response as success and only retries when there is none. So a delivery that can't be read gets 200
 * too, and the change is found by polling Plane.
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
    throw new ApiError('INVALID_SIGNATURE', 'The signature of the delivery is invalid.');
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
      ctx.body = processed('The delivery was not read; the change is loaded from Plane.', null, null);
      return;
    }
    if (!receiver.isSigned(body, signature)) return refuse(ctx, 'wrong signature');
    try {
      const { issueId, action } = await receiver.receive(body);
      ctx.body = processed('The delivery was applied.', issueId, action);
    } catch (error) {
      receiver.missed();
      throw error;
    }
  };
}

/** Closes the connection after the response, without reading the rest of the body. */
function closeAfterwards(ctx: RouterContext): void {
  ctx.set('Connection', 'close');
}

function processed(message: string, issueId: string | null, action: string | null): object {
  return { status: 'processed', message, issue_id: issueId, action };
}
