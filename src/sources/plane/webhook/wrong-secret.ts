import type { Clock } from '../../../domain/ports.ts';
import type { Log } from '../../../lib/log.ts';
import type { Problem } from '../../../domain/health.ts';
import type { Deliveries } from './deliveries.ts';
import type { WebhookSecrets } from './secrets.ts';

/**
 * Deliveries signed with an unknown secret, because Plane's webhook has another one. Plane ignores the status of responses, so nobody would
 * notice there, and earlier deliveries would still look as if the webhook worked.
 */

/** How long after the last such delivery the problem ends, if no signed one arrives. */
const EXPIRES_MS = 86_400_000;

/** Notices deliveries signed with an unknown secret. */
export interface WrongSecret {
  /** A delivery was signed with an unknown secret. Anyone can send one, so many cost no more than one. */
  note(): void;
  /** One problem until a valid delivery arrives, another secret is set, or none arrives for a day. */
  problems(): Problem[];
}

export interface WrongSecretOptions {
  readonly deliveries: Pick<Deliveries, 'counts'>;
  readonly secrets: Pick<WebhookSecrets, 'all' | 'source'>;
  readonly now: Clock;
  readonly log: Log;
}

interface State {
  readonly since: number;
  readonly lastAt: number;
  /** Valid deliveries received by then. */
  readonly received: number;
  /** The known secrets then. */
  readonly known: string;
}

export function createWrongSecret({ deliveries, secrets, now, log }: WrongSecretOptions): WrongSecret {
  let state: State | null = null;

  const known = (): string => secrets.all().join('\n');
  function received(): number {
    const { applied, noted, ignored } = deliveries.counts();
    return applied + noted + ignored;
  }

  function current(): State | null {
    if (state === null) return null;
    const isSame = state.received === received() && state.known === known();
    if (isSame && now() - state.lastAt < EXPIRES_MS) return state;
    log.info({}, 'no more deliveries with an unknown secret');
    return (state = null);
  }

  return {
    // Each refused delivery is logged by the route.
    note: () => {
      const since = current()?.since ?? now();
      state = { since, lastAt: now(), received: received(), known: known() };
    },
    problems: () => {
      const found = current();
      if (!found) return [];
      const fix = {
        setting: "Set PLANE_WEBHOOK_SECRET to the secret of Plane's webhook.",
        page: "Paste the secret of Plane's webhook under Status.",
        none: "Paste the secret of Plane's webhook under Status, or set PLANE_WEBHOOK_SECRET to it.",
      }[secrets.source() ?? 'none'];
      const message = `Plane's deliveries are refused: they are signed with an unknown secret. ${fix} Until then, changes are found only by polling.`;
      return [{ part: 'webhook', message, since: found.since, until: found.lastAt + EXPIRES_MS }];
    },
  };
}
