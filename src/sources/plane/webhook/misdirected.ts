import type { Clock } from '../../../domain/ports.ts';
import type { Problem } from '../../../domain/health.ts';
import type { Log } from '../../../lib/log.ts';
import type { Deliveries } from './deliveries.ts';

/**
 * Deliveries that Plane sends to another address of this server than the webhook's, because that address was saved in Plane. Plane ignores
 * the status of answers, so it does not show the mistake.
 */

/** How long after the last misdirected delivery the problem ends, if none reaches the right address. */
const EXPIRES_MS = 86_400_000;
const MAX_PATH = 80;

/** Requests to a wrong address that look like Plane's deliveries. */
export interface MisdirectedDeliveries {
  /**
   * A request with that method to that path; null for the webhook's own. Anyone can send one, so many cost no more than a count and one
   * log line.
   */
  note(method: string, path: string | null): void;
  /** One problem, until a signed delivery reaches the right address, or no misdirected one was received for a day. */
  problems(): Problem[];
}

export interface MisdirectedOptions {
  readonly deliveries: Pick<Deliveries, 'note' | 'counts'>;
  /** The webhook's address. */
  readonly address: string;
  readonly now: Clock;
  readonly log: Log;
}

interface State {
  readonly since: number;
  readonly lastAt: number;
  readonly message: string;
  /** How many deliveries had reached the right address then. */
  readonly received: number;
}

export function createMisdirected({ deliveries, address, now, log }: MisdirectedOptions): MisdirectedDeliveries {
  let state: State | null = null;

  function received(): number {
    const { applied, noted, ignored } = deliveries.counts();
    return applied + noted + ignored;
  }

  function current(): State | null {
    if (state === null) return null;
    if (state.received === received() && now() - state.lastAt < EXPIRES_MS) return state;
    log.info({}, 'Plane no longer delivers to a wrong address');
    return (state = null);
  }

  return {
    note: (method, path) => {
      deliveries.note('misdirected');
      const before = current();
      // The path may be a calendar's secret address, so it is not logged.
      if (!before) log.warn({ method, address }, 'Plane delivers to a wrong address');
      const message = messageOf(method, path, address);
      state = { since: before?.since ?? now(), lastAt: now(), message, received: received() };
    },
    problems: () => {
      const found = current();
      if (!found) return [];
      const { message, since, lastAt } = found;
      return [{ part: 'webhook', message, since, until: lastAt + EXPIRES_MS }];
    },
  };
}

function messageOf(method: string, path: string | null, address: string): string {
  return path === null
    ? `Plane's deliveries arrive as ${method}, without their content: the address saved in Plane redirects. Save ${address} as the webhook's address in Plane.`
    : `Plane delivers to ${shown(path)}, which is not the webhook's address. Save ${address} as the webhook's address in Plane.`;
}

/** The path, which is foreign text and may contain a link's secret: short, printable ASCII, without anything as long as a token. Once more changes nothing. */
export function shown(path: string): string {
  const clean = path.replace(/[^\x21-\x7e…]/g, '?').replace(/[\w%-]{20,}/g, '…');
  return clean.length > MAX_PATH ? `${clean.slice(0, MAX_PATH)}…` : clean;
}
