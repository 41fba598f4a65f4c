import type { Clock } from '../../../domain/ports.ts';
import type { Log } from '../../../lib/log.ts';
import type { Problem } from '../../../domain/health.ts';
import type { Deliveries } from './deliveries.ts';
import type { WebhookSecrets } from './secrets.ts';

/**
 * Deliveries that are signed with a secret that is not known here, because Plane's webhook has another one. Plane ignores the status of
 * answers, so nobody would notice there, and what came before goes on to look as if it worked.
 */

/** After the last one, when none that is signed came since. */
const EXPIRES_MS = 86_400_000;

/** Deliveries with the signature of somebody else's secret. */
export interface WrongSecret {
  /** One came. Anyone can send one, so many cost no more than one. */
  note(): void;
  /** One while they come: until a signed delivery came, another secret is known, or none came for a day. */
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
  /** Signed deliveries that had come by then. */
  readonly received: number;
  /** The secrets that were known. */
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
    log.info({}, 'deliveries with an unknown secret are over');
    return (state = null);
  }

  return {
    // The log has a line for each delivery that is refused.
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
      const message = `Plane's deliveries are refused: they are signed with a secret that is not known here. ${fix} Until then changes are seen only by looking.`;
      return [{ part: 'webhook', message, since: found.since, until: found.lastAt + EXPIRES_MS }];
    },
  };
}
