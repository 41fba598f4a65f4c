import type { Clock, Delay } from '../../domain/ports.ts';
import type { AccessLog } from './access-log.ts';

/** How a server without the lease reports to the leader who fetched what from it, since the leader alone stores that. */

/** The kind of these messages. */
export const FETCH_REPORT = 'fetch-report';
/** Reports are sent this often; a crash loses no more. */
const SEND_MS = 5_000;
/** A request from outside is worth a report of its own this often. */
const OUTSIDE_MS = 60_000;
/** Apps at addresses of links whose last fetch is not reported yet. */
const MAX_FETCHES = 10_000;

/** The last fetch by one kind of app, from one address of a link. */
export interface ReportedFetch {
  readonly linkId: string;
  readonly client: string;
  readonly version: number;
  /** The index of the address; null at a readable path. */
  readonly address: number | null;
  /** Whether it was the current address of the link. */
  readonly isCurrent: boolean;
  readonly at: number;
}

/** A message to the leader. */
export interface FetchReport {
  /** The name of the server that was asked. */
  readonly replica: string;
  readonly fetches: readonly ReportedFetch[];
  /** When a request from outside last arrived at the public address; null for none since the last report. */
  readonly outside: number | null;
}

/** Collects what the leader records. */
export interface FetchReports extends Pick<AccessLog, 'record' | 'flush'> {
  /** To be called for each request from outside. */
  recordOutside(): void;
}

export interface FetchReportsOptions {
  readonly replica: string;
  /** Resolves when the leader is sure to get it. */
  readonly send: (report: FetchReport) => Promise<void>;
  readonly now: Clock;
  readonly delay: Delay;
  /** Gets errors of sending; what was not sent is sent again. */
  readonly report: (error: unknown) => void;
}

export function createFetchReports({ replica, send, now, delay, report }: FetchReportsOptions): FetchReports {
  let fetches = new Map<string, ReportedFetch>();
  let outside: number | null = null;
  let outsideSentAt = -Infinity;
  let isWaiting = false;
  let sending: Promise<void> = Promise.resolve();

  async function sendAll(): Promise<void> {
    if (fetches.size === 0 && outside === null) return;
    const [sentFetches, sentOutside] = [fetches, outside];
    fetches = new Map();
    outside = null;
    try {
      await send({ replica, fetches: [...sentFetches.values()], outside: sentOutside });
      outsideSentAt = sentOutside ?? outsideSentAt;
    } catch (error) {
      report(error);
      fetches = new Map([...sentFetches, ...fetches]);
      outside ??= sentOutside;
      sendLater();
    }
  }

  const flush = (): Promise<void> => (sending = sending.then(sendAll));

  function sendLater(): void {
    if (isWaiting) return;
    isWaiting = true;
    void delay(SEND_MS).then(() => {
      isWaiting = false;
      return flush();
    });
  }

  return {
    flush,
    record: (linkId, client, version, address) => {
      const [index, isCurrent] = [address?.index ?? null, address?.isCurrent ?? false];
      const key = `${linkId} ${index ?? ''} ${client}`;
      if (fetches.size >= MAX_FETCHES && !fetches.has(key)) return;
      fetches.set(key, { linkId, client, version, address: index, isCurrent, at: now() });
      sendLater();
    },
    recordOutside: () => {
      outside = now();
      if (outside - outsideSentAt >= OUTSIDE_MS) sendLater();
    },
  };
}

/** Records on the leader what another server reports; the same report again changes nothing. */
export function applyFetchReport(
  { replica, fetches, outside }: FetchReport,
  to: { readonly accessLog: Pick<AccessLog, 'add'>; readonly outside: { record(at: number): void } },
): void {
  for (const { linkId, isCurrent, client, at, version, address } of fetches)
    to.accessLog.add(linkId, { client, at, version, ...(address !== null && { address }), replica }, isCurrent);
  if (outside !== null) to.outside.record(outside);
}
