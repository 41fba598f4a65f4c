import type { Clock, Delay } from '../../domain/ports.ts';
import type { Log } from '../../lib/log.ts';
import { StoreTakenError } from '../storage-error.ts';
import type { Database } from './database.ts';
import { isTransient, toDatabaseError } from './errors.ts';
import type { Fence } from './records.ts';
import { CLOCK } from './skew.ts';

/**
 * The right to write, and to do what only one server may do. It is a row with an end by the database's clock, not a lock of a session, which
 * would outlast a frozen process and does not work through a pooler.
 */

/** How long a lease lasts. Another server takes it as soon as it is over. */
const LEASE_MS = 10_000;
const RENEW_MS = 2_000;
const RENEW_TIMEOUT_MS = 3_000;
/** This process gives up earlier than others may take over: its clock may be slower than the database's. */
const MARGIN_MS = 1_000;
const POLL_MS = 500;

const END = `clock_timestamp() + interval '${LEASE_MS} milliseconds'`;
/** No epoch is ever used twice, even where a database that took over from another one lacks the last commits of that one. */
const NEXT_EPOCH = `greatest(epoch + 1, ${CLOCK}::bigint)`;
/** How the end of a lease is compared: the same text in every session. */
const UNTIL = 'extract(epoch FROM until)::text';
/** $2: the end of a lease that is no longer renewed. Returns what was there before, and an epoch where the lease was taken. */
const TAKE = `WITH taken AS (
    UPDATE plane_ics.state SET holder = $1, epoch = ${NEXT_EPOCH}, step = 0, until = ${END}
    WHERE until <= clock_timestamp() OR ${UNTIL} = $2 RETURNING epoch, ${CLOCK} AS clock
  )
  SELECT taken.epoch, taken.clock, state.holder, ${UNTIL} AS until FROM plane_ics.state LEFT JOIN taken ON true`;
const RENEW = `UPDATE plane_ics.state SET until = ${END} WHERE epoch = $1 RETURNING epoch, ${CLOCK} AS clock`;
const RELEASE = `UPDATE plane_ics.state SET holder = NULL, until = '-infinity' WHERE epoch = $1`;

/** A lease that this process has taken. */
export interface Lease extends Fence {
  /** False as soon as another process may have taken it, as far as this one can know. */
  isCurrent(): boolean;
  /** Resolves when another process has taken it. */
  readonly lost: Promise<void>;
  /** How many milliseconds the database's clock is ahead, as last measured. */
  aheadMs(): number;
  /** Extends it. Throws an error of the driver. */
  renew(): Promise<void>;
  /** Renews it from now on; `attempt` runs each renewal, and reports its errors. */
  keep(attempt: (renew: () => Promise<void>) => Promise<void>): void;
  /** Ends it, so that another process can take it at once. */
  release(): Promise<void>;
}

export interface LeaseOptions {
  /** For this alone: a renewal must not wait for other statements. */
  readonly database: Database;
  /** The database for people. */
  readonly name: string;
  /** The name of this process for people. */
  readonly holder: string;
  readonly now: Clock;
  readonly elapsed: Clock;
  readonly delay: Delay;
  readonly log: Log;
  /** How long to wait for another process to release it; forever by default. */
  readonly timeoutMs?: number | undefined;
}

interface Row {
  readonly epoch: string;
  readonly clock: number;
}

/** The lease as it was before an attempt to take it. */
interface Attempt {
  readonly epoch: string | null;
  readonly clock: number;
  readonly holder: string | null;
  readonly until: string;
}

/** Takes the lease for this process. */
export interface LeaseTaker {
  /** Takes it as soon as it is free. Throws a StoreTakenError after `timeoutMs`. */
  take(): Promise<Lease>;
  /** Takes it where it is free; null where another server has it. Throws an error of the driver. */
  tryTake(): Promise<Lease | null>;
}

export function createLeaseTaker(options: LeaseOptions): LeaseTaker {
  const { database, name, holder, now, elapsed, delay, log, timeoutMs = Infinity } = options;
  /** When this end of the lease was first seen. */
  let seen: { readonly until: string; readonly at: number } | null = null;
  let other = 'unknown';

  async function tryTake(): Promise<Lease | null> {
    const asked = { now: now(), elapsed: elapsed() };
    // A leader moves the end with each renewal. One that stays as long as a lease lasts is over, wherever the database's clock was set since.
    const abandoned = seen !== null && asked.elapsed - seen.at >= LEASE_MS ? seen.until : null;
    const [row] = await database.query<Attempt>(TAKE, [holder, abandoned], RENEW_TIMEOUT_MS);
    if (row === undefined) return null;
    const { epoch, clock, until } = row;
    if (epoch !== null) {
      seen = null;
      return createLease(options, asked, { epoch, clock });
    }
    other = row.holder ?? 'unknown';
    if (seen?.until !== until) seen = { until, at: elapsed() };
    return null;
  }

  /** While the database is out of reach nobody knows who has the lease, so waiting goes on. */
  async function tryAgain(): Promise<Lease | null> {
    try {
      return await tryTake();
    } catch (error) {
      if (!isTransient(error)) throw toDatabaseError(error, name);
      return null;
    }
  }

  return {
    tryTake,
    take: async () => {
      const begunAt = elapsed();
      const first = await tryTake().catch((error: unknown) => {
        throw toDatabaseError(error, name);
      });
      if (first) return first;
      if (timeoutMs > 0) log.info({ holder: other }, 'another plane-ics has the database: waiting for it');
      while (elapsed() - begunAt < timeoutMs) {
        await delay(POLL_MS);
        const lease = await tryAgain();
        if (lease) return lease;
      }
      throw new StoreTakenError(
        `Another plane-ics (${other}) serves from the database ${name}. Run this command where that one runs, with its DATA_DIR, or stop that one.`,
      );
    },
  };
}

interface Instant {
  readonly now: number;
  readonly elapsed: number;
}

/** `taken` is when it was asked for, before it was given: it ends no earlier than reckoned from then. */
function createLease(options: LeaseOptions, taken: Instant, { epoch, clock }: Row): Lease {
  const { database, now, elapsed, delay } = options;
  let renewedAt = taken;
  let aheadMs = clock - (taken.now + now()) / 2;
  let step = 0;
  let isOver = false;
  let lose = (): void => undefined;
  const lost = new Promise<void>((resolve) => (lose = resolve));

  async function renew(): Promise<void> {
    const asked = { now: now(), elapsed: elapsed() };
    const [row] = await database.query<Row>(RENEW, [epoch], RENEW_TIMEOUT_MS);
    if (isOver) return;
    if (row) {
      renewedAt = asked;
      aheadMs = row.clock - (asked.now + now()) / 2;
      return;
    }
    isOver = true;
    lose();
  }

  return {
    epoch,
    lost,
    nextStep: () => ++step,
    aheadMs: () => aheadMs,
    // Either clock may stop while the machine is suspended.
    isCurrent: () =>
      !isOver && elapsed() - renewedAt.elapsed < LEASE_MS - MARGIN_MS && now() - renewedAt.now < LEASE_MS - MARGIN_MS,
    renew,
    keep: (attempt) => {
      const keepOn = async (): Promise<void> => {
        await delay(RENEW_MS);
        while (!isOver) {
          await attempt(renew);
          await delay(RENEW_MS);
        }
      };
      void keepOn();
    },
    release: async () => {
      isOver = true;
      await database.query(RELEASE, [epoch], RENEW_TIMEOUT_MS);
    },
  };
}
