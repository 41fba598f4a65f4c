import { createHmac, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { SECRET } from '../bench/workspace.ts';

/** Many deliveries at once. */

export interface StormFigures {
  readonly signed: number;
  /** Answers to signed deliveries that are not 2xx, and to forged ones that are. */
  readonly signedRefused: number;
  readonly forged: number;
  readonly forgedTaken: number;
  /** Answers of any kind that are 500 or more, and deliveries that got none. */
  readonly broken: number;
  /** From the first sent to the last answered. */
  readonly ms: number;
}

const CONNECTIONS = 40;
/** One forged for so many that are signed. */
const FORGED_SHARE = 5;

/** Sends them within a second, with forged ones among them, and waits for every answer. */
export async function storm(origin: string, bodies: readonly string[], secret = SECRET): Promise<StormFigures> {
  const pool = new Pool(origin, { connections: CONNECTIONS });
  const figures = { signed: 0, signedRefused: 0, forged: 0, forgedTaken: 0, broken: 0 };

  async function deliver(body: string, signature: string | null): Promise<void> {
    try {
      const answer = await pool.request({
        method: 'POST',
        path: '/webhooks/plane',
        body,
        headers: {
          'user-agent': 'Autopilot',
          'content-type': 'application/json',
          'x-plane-delivery': randomUUID(),
          'x-plane-event': 'issue',
          ...(signature === null ? {} : { 'x-plane-signature': signature }),
        },
      });
      await answer.body.dump();
      const isTaken = answer.statusCode < 300;
      const isSigned = signature === sign(body, secret);
      if (answer.statusCode >= 500) figures.broken++;
      else if (isSigned && !isTaken) figures.signedRefused++;
      else if (!isSigned && isTaken) figures.forgedTaken++;
    } catch {
      figures.broken++;
    }
  }

  const startedAt = performance.now();
  const all: Promise<void>[] = [];
  for (const [index, body] of bodies.entries()) {
    figures.signed++;
    all.push(deliver(body, sign(body, secret)));
    if (index % FORGED_SHARE === 0) {
      figures.forged++;
      all.push(deliver(body, index % (2 * FORGED_SHARE) === 0 ? null : sign(body, 'another secret')));
    }
    // Spread over the second, twenty at a time.
    if (index % 20 === 19) {
      const due = ((index + 1) / bodies.length) * 900;
      await sleep(Math.max(0, due - (performance.now() - startedAt)));
    }
  }
  await Promise.all(all);
  const ms = performance.now() - startedAt;
  await pool.destroy();
  return { ...figures, ms };
}

function sign(body: string, secret: string): string {
  return createHmac('sha256', secret).update(body).digest('hex');
}
