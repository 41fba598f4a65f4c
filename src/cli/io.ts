import type { World } from '../server/app.ts';
import type { Environment, ReadFile } from '../config/config.ts';
import { createLog, type Log } from '../lib/log.ts';

/** What a command has of the process. */
export interface Io {
  readonly version: string;
  out(text: string | Buffer): void;
  err(text: string): void;
  /** The settings as they are given. */
  environment(): Environment;
  readonly readText: ReadFile;
  /** What the program needs of the process. */
  world(log: Log): World;
}

/** Where nobody wants to read one. */
export const NO_LOG: Log = createLog('silent', { write: () => undefined });

/** A command can't do what it was asked: a sentence for who asked. */
export class CommandError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'CommandError';
  }
}
