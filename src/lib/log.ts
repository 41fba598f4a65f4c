import { pino } from 'pino';
import { prettyFactory } from 'pino-pretty';
import type { Clock, Delay } from '../domain/ports.ts';
import { errorMessage, isStorageError } from '../domain/errors.ts';

/** Severities, as pino names them. */
export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

/** How lines are written: for programs, or for people. */
export type LogFormat = 'json' | 'pretty';

/** Messages are constant; variable data are fields. Never includes a key, a token or a body. */
export interface Log {
  error(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  info(fields: object, message: string): void;
  debug(fields: object, message: string): void;
}

/** Handles errors of optional writes: logs a warning, except for errors of the data folder, which the store itself reports once. */
export function warnOf(log: Log, message: string): (error: unknown) => void {
  return (error) => {
    if (!isStorageError(error)) log.warn({ reason: errorMessage(error) }, message);
  };
}

/** A log whose level can change. */
export interface LeveledLog extends Log {
  setLevel(level: LogLevel): void;
}

/** How long a line may be buffered. */
const BUFFER_MS = 100;
/** Buffered bytes that are written at once. */
const BATCH_BYTES = 16_384;
/** Of a UTF-16 code unit in UTF-8. */
const MOST_BYTES = 3;

/** Buffers lines; `flush` writes them at once. */
export interface LineBatch {
  write(line: string): void;
  flush(): void;
}

/**
 * Writes lines in batches, at most a tenth of a second late: a write for each line costs more than the response it reports. Lines are kept as
 * bytes: as texts they would be many small objects, which the garbage collector has to move. (pino's own buffer takes five microseconds a
 * line, this one a tenth of one.)
 */
export function batchLines(write: (lines: Buffer) => void, delay: Delay): LineBatch {
  let batch = Buffer.allocUnsafe(BATCH_BYTES);
  let used = 0;
  let isWaiting = false;

  function flush(): void {
    if (used === 0) return;
    const lines = batch.subarray(0, used);
    // The output may keep the one it got.
    batch = Buffer.allocUnsafe(BATCH_BYTES);
    used = 0;
    write(lines);
  }

  function flushLater(): void {
    if (isWaiting) return;
    isWaiting = true;
    void delay(BUFFER_MS).then(() => {
      isWaiting = false;
      flush();
    });
  }

  return {
    write: (line) => {
      const most = line.length * MOST_BYTES;
      if (used + most > BATCH_BYTES) flush();
      if (most > BATCH_BYTES) write(Buffer.from(line));
      else {
        used += batch.write(line, used);
        flushLater();
      }
    },
    flush,
  };
}

/**
 * The time of a line as pino's `isoTime` writes it. The second is formatted once, as it takes as long as the rest of a line, and lines of the
 * same millisecond share all of it.
 */
export function isoTime(now: Clock): () => string {
  let last = NaN;
  let second = NaN;
  let untilSecond = '';
  let formatted = '';
  return () => {
    const at = now();
    if (at === last) return formatted;
    last = at;
    const current = Math.floor(at / 1000);
    if (current !== second) {
      second = current;
      untilSecond = new Date(current * 1000).toISOString().slice(0, -'000Z'.length);
    }
    formatted = `,"time":"${untilSecond}${String(at % 1000).padStart(3, '0')}Z"`;
    return formatted;
  };
}

/** One line per event to `output`; "pretty" is for a terminal, with colors. `base`: fields of every line. */
export function createLog(
  level: LogLevel,
  output: { write(line: string): void },
  format: LogFormat = 'json',
  base: Readonly<Record<string, string>> | null = null,
  timestamp: () => string = pino.stdTimeFunctions.isoTime,
): LeveledLog {
  const options = { level, base, timestamp, redact: REDACTED };
  const log = pino(options, format === 'json' ? output : prettyLines(output));
  return Object.assign(log, {
    setLevel: (next: LogLevel) => {
      log.level = next;
    },
  });
}

/** A second safeguard: no line has such a field, and one that got it would not show its value. */
const REDACTED = ['apiKey', 'token', 'password', 'secret', 'authorization', 'cookie', 'headers', 'url', 'path'];

function prettyLines(output: { write(line: string): void }): { write(line: string): void } {
  const pretty = prettyFactory({ colorize: true, singleLine: true, translateTime: 'SYS:HH:MM:ss' });
  return {
    write: (line) => {
      output.write(pretty(line));
    },
  };
}
