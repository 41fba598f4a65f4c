import type { World } from '../server/app.ts';
import type { Environment, ReadFile } from '../config/config.ts';
import { createLog, type Log } from '../lib/log.ts';

/** The process, as commands use it. */
export interface Io {
  readonly version: string;
  out(text: string | Buffer): void;
  err(text: string): void;
  /** The environment with the settings file. */
  environment(): Environment;
  readonly readText: ReadFile;
  /** What the program needs from the process. */
  world(log: Log): World;
}

/** Discards everything. */
export const NO_LOG: Log = createLog('silent', { write: () => undefined });

/** Why a command failed: a sentence for its user. */
export class CommandError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'CommandError';
  }
}

/** The text of a file that a flag names; "-" is standard input. Throws a CommandError where it can't be read. */
export function readGivenFile(io: Pick<Io, 'readText'>, path: string): string {
  try {
    return io.readText(path === '-' ? '/dev/stdin' : path);
  } catch (error) {
    throw new CommandError(`${path} can't be read: check the path and its permissions.`, error);
  }
}
