import { pino } from 'pino';

/** Severities, as pino names them. */
export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

/** Messages are fixed words; what varies goes into fields. Never a key, a token or a body. */
export interface Log {
  error(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  info(fields: object, message: string): void;
  debug(fields: object, message: string): void;
}

/** A log that can be told to say more or less. */
export interface LeveledLog extends Log {
  setLevel(level: LogLevel): void;
}

/**
 * Standard output, written a tenth of a second late and many lines at once: a line alone costs as much as the answer it tells of. What is
 * left is written when the process ends.
 */
export function standardOutput(): { write(line: string): void } {
  return pino.destination({ dest: 1, sync: false, minLength: 4096, periodicFlush: 100 });
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
