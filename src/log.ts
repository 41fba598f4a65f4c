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

/** One JSON line per event to `output`. */
export function createLog(level: LogLevel, output: { write(line: string): void }): Log {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, output);
}
