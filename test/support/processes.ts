import { spawn } from 'node:child_process';
import { isDeepStrictEqual } from 'node:util';

/** How a command ended. */
export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * The environment of a client: its own home, UTF-8, nothing of the user's. The time zone is one in which a day that is taken for an instant
 * falls on the day before.
 */
export function clientEnvironment(home: string): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '/usr/bin:/bin',
    HOME: home,
    XDG_CONFIG_HOME: `${home}/.config`,
    XDG_CACHE_HOME: `${home}/.cache`,
    XDG_DATA_HOME: `${home}/.local/share`,
    XDG_RUNTIME_DIR: `${home}/run`,
    GSETTINGS_BACKEND: 'memory',
    LC_ALL: 'C.UTF-8',
    TZ: 'America/New_York',
  };
}

/** Runs a command to its end, with no standard input. Never throws for an exit code: the test judges it. */
export async function run(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Finished> {
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
}

/** Most values are good within a few milliseconds; what takes longer is not asked so often. */
const FIRST_POLL_MS = 5;
const LAST_POLL_MS = 100;
const PATIENCE_MS = 60_000;

/** Reads again and again until the value is good. The last value is returned in any case, for the test to compare. */
export async function eventually<T>(read: () => Promise<T> | T, isGood: (value: T) => boolean): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS;
  for (let pauseMs = FIRST_POLL_MS; ; pauseMs = Math.min(pauseMs * 1.5, LAST_POLL_MS)) {
    const value = await read();
    if (isGood(value) || Date.now() > deadline) return value;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

/** Reads until the value equals what is expected; a test then compares the last value, and shows the difference. */
export function eventuallyEqual<T>(read: () => Promise<T> | T, expected: T): Promise<T> {
  return eventually(read, (value) => isDeepStrictEqual(value, expected));
}
