import { pino } from 'pino';
import type { Delay } from '../domain/ports.ts';
import { errorMessage, isStorageError } from '../domain/errors.ts';

/** Severities, as pino names them. */
export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

/** Messages are fixed words; what varies goes into fields. Never a key, a token or a body. */
export interface Log {
  error(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  info(fields: object, message: string): void;
  debug(fields: object, message: string): void;
}

/** Handles errors of writing what can be missed: a warning, but for those of the data folder, which the store itself reports once. */
export function warnOf(log: Log, message: string): (error: unknown) => void {
  return (error) => {
    if (!isStorageError(error)) log.warn({ reason: errorMessage(error) }, message);
  };
}

/** A log that can be told to say more or less. */
export interface LeveledLog extends Log {
  setLevel(level: LogLevel): void;
}

/** How long a line may wait for others. */
const GATHER_MS = 100;
/** Characters that are worth a writing of their own: more of them only keep memory busy. */
const ENOUGH = 16_384;

/** Where lines go, and what writes at once those that wait. */
export interface LineBatch {
  write(line: string): void;
  flush(): void;
}

/**
 * Hands lines on together, a tenth of a second late at most: writing one alone costs more than the answer it tells of. (So does pino's own
 * buffer: five microseconds a line, against one here.)
 */
export function batchLines(write: (lines: string) => void, delay: Delay): LineBatch {
  let lines = '';
  function flush(): void {
    if (lines !== '') write(lines);
    lines = '';
  }
  return {
    write: (line) => {
      if (lines === '') void delay(GATHER_MS).then(flush);
      lines += line;
      if (lines.length >= ENOUGH) flush();
    },
    flush,
  };
}

/** One JSON line per event to `output`. */
export function createLog(level: LogLevel, output: { write(line: string): void }): LeveledLog {
  const log = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, redact: REDACTED }, output);
  return Object.assign(log, {
    setLevel: (next: LogLevel) => {
      log.level = next;
    },
  });
}

/** A second fence: no line of ours has such a field, and one that came to have it would not tell it. */
const REDACTED = ['apiKey', 'token', 'password', 'secret', 'authorization', 'cookie', 'headers', 'url', 'path'];
