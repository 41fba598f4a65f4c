import { fork, spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Processes that are measured, each with `probe.js` in it. */

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const PROBE = new URL('probe.js', import.meta.url).href;
const START_MS = 30_000;

/** A part of the compiled program, so that nothing stands between it and the engine; `T` is the type of its source. */
export function compiled<T>(path: string): Promise<T> {
  return import(new URL(`../../dist/${path}.js`, import.meta.url).href) as Promise<T>;
}

/** A process that answers the probe's questions. */
export interface Measured {
  /** Where it listens, such as "http://127.0.0.1:41234". */
  readonly origin: string;
  /** Microseconds of CPU since its start. */
  cpu(): Promise<number>;
  /** Its memory in bytes; after garbage collection when it was started with `--expose-gc`. */
  memory(): Promise<NodeJS.MemoryUsage>;
  /** The longest pause of its event loop since the last time, in milliseconds; nothing is known the first time. */
  pause(): Promise<number>;
  stop(): Promise<void>;
}

function measured(child: ChildProcess, origin: string, clean: () => Promise<void>): Measured {
  return {
    origin,
    cpu: () => ask<number>(child, 'cpu'),
    memory: () => ask<NodeJS.MemoryUsage>(child, 'memory'),
    pause: () => ask<number>(child, 'pause'),
    stop: async () => {
      await ended(child, () => child.kill());
      await clean();
    },
  };
}

function ask<T>(child: ChildProcess, what: string): Promise<T> {
  child.send({ ask: what });
  return heard<T>(child, what);
}

/** The first message with that name. Rejects when the process ends before. */
function heard<T>(child: ChildProcess, name: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const over = (): void => {
      reject(new Error(`the process ended before it reported "${name}"`));
    };
    const hear = (message: Readonly<Record<string, unknown>>): void => {
      if (!(name in message)) return;
      child.off('message', hear).off('exit', over);
      resolve(message[name] as T);
    };
    child.on('message', hear).once('exit', over);
  });
}

function ended(child: ChildProcess, end: () => void): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    else {
      child.once('exit', () => {
        resolve();
      });
      end();
    }
  });
}

/** Runs a script of this folder in a fresh process and returns what it reports. */
export async function runScript<T>(name: string, input: unknown, nodeArgs: readonly string[] = []): Promise<T> {
  const child = forkScript(name, nodeArgs);
  await heard(child, 'ready');
  child.send({ input });
  const report = await heard<T>(child, 'report');
  await ended(child, () => {
    child.disconnect();
  });
  return report;
}

/** Starts a script of this folder that serves until it is stopped. */
export async function startScript(name: string, input: unknown): Promise<Measured> {
  const child = forkScript(name, ['--import', PROBE]);
  await heard(child, 'ready');
  child.send({ input });
  return measured(child, await heard<string>(child, 'origin'), () => Promise.resolve());
}

function forkScript(name: string, nodeArgs: readonly string[]): ChildProcess {
  const path = fileURLToPath(new URL(`${name}.ts`, import.meta.url));
  return fork(path, [], { serialization: 'advanced', execArgv: [...process.execArgv, ...nodeArgs] });
}

/** What a script of this folder was given. */
export function input<T>(): Promise<T> {
  return new Promise((resolve) => {
    const hear = (message: { readonly input?: T }): void => {
      if (message.input === undefined) return;
      process.off('message', hear);
      resolve(message.input);
    };
    process.on('message', hear);
    // A message that came earlier would have been heard by the probe alone.
    report({ ready: true });
  });
}

/** Sends a message to the bench. */
export function report(message: Readonly<Record<string, unknown>>): void {
  process.send?.(message);
}

/** Starts the compiled program in a folder of its own; its log goes through a pipe, as under any supervisor. */
export async function startProgram(
  settings: Readonly<Record<string, string>>,
  nodeArgs: readonly string[] = [],
): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), 'plane-ics-bench-'));
  const env = { PATH: process.env.PATH, DOTENV_CONFIG_PATH: '/dev/null', PORT: '0', ...settings };
  const child = spawn(process.execPath, [...nodeArgs, '--import', PROBE, MAIN], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const clean = (): Promise<void> => rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  const { stdout } = child;
  if (!stdout) throw new Error('the program has no output');
  const origin = await new Promise<string>((resolve, reject) => {
    let text = '';
    const late = setTimeout(() => {
      reject(new Error(`the program does not listen:\n${text}`));
    }, START_MS);
    child.once('exit', () => {
      reject(new Error(`the program ended:\n${text}`));
    });
    stdout.on('data', function read(chunk: Buffer) {
      text += chunk.toString();
      const address = /"address":"([^"]+)".*"listening"/.exec(text)?.[1];
      if (address === undefined) return;
      clearTimeout(late);
      stdout.off('data', read).resume();
      resolve(address);
    });
  });
  return measured(child, origin, clean);
}
