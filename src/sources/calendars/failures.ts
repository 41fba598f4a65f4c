import { AppError, errorCode } from '../../domain/errors.ts';
import type { Clock } from '../../domain/ports.ts';
import type { Log } from '../../lib/log.ts';
import type { RemovalGuard } from '../trust/removal-guard.ts';
import { LONGEST_PAUSE_MS, pauseMs } from './schedule.ts';

/** Why a source can't be read, and when that is tried again. */
export interface Failures {
  /** The last one, and since when; null while it can be read. */
  current(): { readonly error: AppError; readonly since: number } | null;
  /** Until then it is not read by itself; -Infinity for no such time. */
  notBefore(): number;
  /** Its server refuses requests until then; null while it doesn't. Not stored. */
  pausedUntil(): number | null;
  record(error: unknown): AppError;
  clear(): void;
}

const UNEXPECTED = 'It could not be read because of an error in plane-ics; the log has the details.';

/** Whether an error means that a large removal has to be confirmed. */
export function isUnconfirmed(error: unknown): boolean {
  return errorCode(error) === 'source_unconfirmed';
}

/** Logs each failure once when it begins, and once when it ends. */
export function createFailures(
  { id, name }: { readonly id: string; readonly name: string },
  { clock: now, log, removals }: { readonly clock: Clock; readonly log: Log; readonly removals: RemovalGuard },
): Failures {
  let current: ReturnType<Failures['current']> = null;
  let count = 0;
  let notBefore = -Infinity;
  let pausedUntil: number | null = null;

  function pauseAfter(error: AppError): number {
    if (isUnconfirmed(error)) return removals.pendingUntil(id) ?? now();
    // Servers lock accounts after repeated wrong passwords.
    const isLogin = error.code === 'source_key' || error.code === 'caldav_key';
    return Math.max(now() + (isLogin ? LONGEST_PAUSE_MS : pauseMs(count)), error.until ?? 0);
  }

  return {
    current: () => current,
    notBefore: () => notBefore,
    pausedUntil: () => (pausedUntil !== null && now() < pausedUntil ? pausedUntil : null),
    record: (thrown) => {
      const isExpected = thrown instanceof AppError;
      const error = isExpected ? thrown : new AppError('source_invalid', UNEXPECTED, { cause: thrown });
      count++;
      const isSame = current?.error.message === error.message;
      if (!isExpected) log.error({ source: name, err: thrown }, 'a calendar could not be read');
      else if (!isSame) log.warn({ source: name, reason: error.message }, 'a calendar could not be read');
      current = { error, since: current?.since ?? now() };
      pausedUntil = error.until ?? null;
      notBefore = pauseAfter(error);
      return error;
    },
    clear: () => {
      if (current) log.info({ source: name }, 'a calendar can be read again');
      current = null;
      count = 0;
      notBefore = -Infinity;
      pausedUntil = null;
    },
  };
}
