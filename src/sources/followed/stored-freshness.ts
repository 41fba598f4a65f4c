import { AppError, type ErrorCode } from '../../domain/errors.ts';

/** How fresh a project or another calendar is, as the leader stores it for its followers. */

/** null is -Infinity, which JSON has no form for. */
export type StoredInstant = number | null;

/** An error of the leader. */
export interface StoredError {
  /** null for one that nobody expected. */
  readonly code: ErrorCode | null;
  readonly message: string;
  readonly retryAfterSeconds?: number;
}

/** Instants are milliseconds since the epoch, by the leader's clock. */
export interface StoredFreshness {
  readonly checkedAt: StoredInstant;
  readonly freshUntil: StoredInstant;
  readonly error: StoredError | null;
  /** When the leader last did what a follower wanted, whatever came of it. */
  readonly answeredAt: StoredInstant;
}

/** An instant as JSON; one that never comes is the last that a number can count. */
export function storedInstant(instant: number): StoredInstant {
  return instant === -Infinity ? null : Math.min(instant, Number.MAX_SAFE_INTEGER);
}

/** The instant that was stored. */
export function instantOf(stored: StoredInstant | undefined): number {
  return stored ?? -Infinity;
}

/** An error as JSON. */
export function storedError(error: Error): StoredError {
  if (!(error instanceof AppError)) return { code: null, message: error.message };
  const { code, message, retryAfterSeconds } = error;
  return { code, message, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) };
}

/** The error that was stored: an `AppError` unless nobody expected it. */
export function errorOf({ code, message, retryAfterSeconds }: StoredError): Error {
  return code === null ? new Error(message) : new AppError(code, message, { retryAfterSeconds });
}
