#!/usr/bin/env node
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'dotenv';
import { startApp, type App, type World } from './server/app.ts';
import { CommandError, type Io } from './cli/io.ts';
import { listenError, type ListenAddress } from './cli/listen-error.ts';
import { createProgram } from './cli/program.ts';
import { createClock, timerMs } from './lib/clock.ts';
import { ConfigError, readConfig, type Environment } from './config/config.ts';
import { createSmallPlane } from './demo/plane.ts';
import { DEMO_KEY, DEMO_WORKSPACE, seedDemo } from './demo/seed.ts';
import { withUsers } from './demo/users/users.ts';
import { errorMessage } from './domain/errors.ts';
import { batchLines, createLog, isoTime, type LeveledLog, type Log } from './lib/log.ts';
import { StoreError } from './store/stores.ts';

/** The process: the only file that touches the environment, the clock, the output and signals. */

/** The name of this process in logs and in the database. */
const REPLICA = `${hostname()}-${randomBytes(3).toString('hex')}`;

const readText = (path: string): string => readFileSync(path, 'utf8');

/** The environment, which overrides `.env`, or the file that DOTENV_CONFIG_PATH names; only `.env` may be missing. */
function environment(): Environment {
  const named = process.env.DOTENV_CONFIG_PATH;
  try {
    return { ...parse(readText(named ?? '.env')), ...process.env };
  } catch (error) {
    if (named === undefined && codeOf(error) === 'ENOENT') return process.env;
    throw new CommandError(`The settings in ${named ?? '.env'} can't be read: check the path and its permissions.`);
  }
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown }).code;
}

const delay = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, timerMs(ms)).unref();
  });

/**
 * Stops the process after the first signal, within ten seconds; a second signal ends it at once. Returns a function that does the same
 * without a signal, for an exit code.
 */
function stopOnSignal(close: () => Promise<void>): (exitCode: number) => void {
  const stop = (exitCode: number): void => {
    process.on('SIGTERM', () => process.exit(1)).on('SIGINT', () => process.exit(1));
    setTimeout(() => fail('plane-ics did not stop within ten seconds and was terminated.'), 10_000).unref();
    void close().then(
      () => process.exit(exitCode),
      (error: unknown) => fail(`plane-ics did not stop cleanly: ${errorMessage(error)}`),
    );
  };
  const onSignal = (): void => {
    stop(0);
  };
  process.once('SIGTERM', onSignal).once('SIGINT', onSignal);
  return (exitCode) => {
    process.off('SIGTERM', onSignal).off('SIGINT', onSignal);
    stop(exitCode);
  };
}

/** Does a task that may wait forever, and ends the process at once on a signal: as the first process of a container, it has to do so itself. */
async function endingOnSignal<T>(task: () => Promise<T>): Promise<T> {
  const end = (): void => process.exit(0);
  process.on('SIGTERM', end).on('SIGINT', end);
  try {
    return await task();
  } finally {
    process.off('SIGTERM', end).off('SIGINT', end);
  }
}

/** SIGHUP reloads the settings, one reload after the other. Invalid settings are logged, and change nothing. */
function reloadOnSignal(app: App, log: LeveledLog): void {
  const reload = async (): Promise<void> => {
    try {
      const config = readConfig(environment(), readText);
      const { changed, needsRestart } = await app.reload(config);
      log.info({ changed }, 'settings reloaded');
      if (needsRestart.length > 0) log.warn({ settings: needsRestart }, 'needs a restart');
      if (changed.includes('LOG_LEVEL')) log.setLevel(config.logLevel);
    } catch (error) {
      const problems = error instanceof ConfigError ? error.problems : [errorMessage(error)];
      for (const reason of problems) log.error({ reason }, 'settings not reloaded: nothing has changed');
    }
  };
  let last = Promise.resolve();
  process.on('SIGHUP', () => {
    last = last.then(reload);
  });
}

async function serve(): Promise<void> {
  const config = readConfig(environment(), readText);
  const output = batchLines((lines) => process.stdout.write(lines), delay);
  process.on('exit', output.flush);
  const format = config.logFormat ?? (process.stdout.isTTY ? 'pretty' : 'json');
  const log = createLog(config.logLevel, output, format, config.database && { replica: REPLICA }, isoTime(Date.now));
  const app = await endingOnSignal(() => startApp(config, { ...world(log), watchesProcess: true })).catch(
    (error: unknown) => fail(cantListen(error, { host: config.host, port: config.port, portSetting: 'PORT' })),
  );
  log.info(
    { address: app.publicUrl, ...(app.demo ? { demo: 'DEMO: demo projects; set PLANE_URL to publish yours' } : {}) },
    'listening',
  );
  output.flush();
  greet(app, config.dataDir);
  reloadOnSignal(app, log);
  const stop = stopOnSignal(async () => {
    log.info({}, 'stopping');
    await app.close();
  });
  void app.lost.then(() => {
    stop(1);
  });
}

function world(log: Log): World {
  const owner = `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;
  // Since the boot of the machine, so that processes can compare stored times.
  const startedAt = Number(process.hrtime.bigint()) / 1e6 - performance.now();
  const elapsed = (): number => startedAt + performance.now();
  return {
    now: createClock(Date.now, elapsed),
    elapsed,
    delay,
    replica: REPLICA,
    log,
    assets: assets(),
    version: version(),
    owner,
  };
}

/** The page's files, and the one library that it uses. */
function assets(): Map<string, Buffer> {
  const folder = fileURLToPath(new URL('../public/', import.meta.url));
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => /\.\w+$/.test(path));
  const files = new Map(paths.map((path) => [path.replaceAll('\\', '/'), readFileSync(join(folder, path))]));
  return files.set('vendor/qrcode.js', readFileSync(fileURLToPath(import.meta.resolve('qrcode-generator'))));
}

/** On a terminal, says what to do next. A new token is shown there once, but never written into a log. */
function greet({ publicUrl, adminToken: { value, isNew } }: App, dataDir: string): void {
  if (!process.stderr.isTTY) return;
  const token = isNew ? ` Admin token (shown only now, stored in ${join(dataDir, 'admin-token')}): ${value}` : '';
  process.stderr.write(`Open ${publicUrl} in a browser.${token}\n`);
}

function version(): string {
  const { version: text } = JSON.parse(readText(fileURLToPath(new URL('../package.json', import.meta.url)))) as {
    version: string;
  };
  return text;
}

function cantListen(error: unknown, address: ListenAddress): string {
  if (error instanceof StoreError) return error.message;
  return listenError(error, address) ?? `plane-ics could not start: ${errorMessage(error)}`;
}

async function demoPlane({ port }: { port: number }): Promise<void> {
  const plane = createSmallPlane({ tables: withUsers(seedDemo(Date.now())), now: Date.now });
  const url = await plane
    .listen(port)
    .catch((error: unknown) => fail(cantListen(error, { host: '127.0.0.1', port, portSetting: '--port' })));
  process.stdout.write(`PLANE_URL=${url}\nPLANE_API_KEY=${DEMO_KEY}\nPLANE_WORKSPACE=${DEMO_WORKSPACE}\n`);
  stopOnSignal(plane.close);
}

/** An error as text for the terminal. */
function explained(error: unknown): string {
  if (error instanceof ConfigError)
    return `plane-ics can't start with these settings:\n${error.problems.map((one) => `  - ${one}`).join('\n')}`;
  if (error instanceof CommandError || error instanceof StoreError) return error.message;
  return `plane-ics failed: ${errorMessage(error)}`;
}

const io: Io = {
  version: version(),
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  environment,
  readText,
  world,
};
// The reader may close the pipe early, as head does.
process.stdout.on('error', () => process.exit(1));
const given = process.argv.slice(2);
await createProgram(io, { serve, demoPlane })
  .parseAsync(given.length === 0 ? ['serve'] : given, { from: 'user' })
  .catch((error: unknown) => fail(explained(error)));
