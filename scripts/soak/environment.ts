import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { SECRET, settingsFor } from '../bench/workspace.ts';
import { createDisk, type Disk, type DiskWay } from './disk.ts';
import { createTally, startProgram, type LogTally, type Program } from './program.ts';
import type { Site } from './site.ts';

/** The server under test over its several lives, its disk and its clock, and the phases of a run. */

/** What a phase was like. Times are seconds since the start. */
export interface Phase {
  readonly name: string;
  readonly from: number;
  to: number;
  /** Milliseconds by which looks at the server's event loop came late, and those of an idle thread beside it. */
  readonly late: number[];
  readonly idle: number[];
  load: number;
}

export interface SoakEnvironment {
  readonly disk: Disk;
  readonly tally: LogTally;
  readonly phases: Phase[];
  /** How processes ended that were not asked to end. */
  readonly exits: string[];
  /** Milliseconds of `performance.now` at which a process was killed. */
  readonly kills: number[];
  program(): Program;
  origin(): string;
  /** Whether the server was down on purpose at any moment since then. */
  isDown(sinceMs: number): boolean;
  /** Seconds since the start, now and at a moment of `performance.now`. */
  seconds(): number;
  secondsAt(moment: number): number;
  phase(): string;
  /** Begins the next phase. */
  next(name: string): Promise<void>;
  /** Ignores what the event loop did since the last call: a measurement's own pause. */
  forgive(): Promise<void>;
  restart(signal: NodeJS.Signals): Promise<string>;
  /** So far from the machine's, from now on and over restarts. */
  shiftClock(ms: number): Promise<void>;
  shift(): number;
  /** What the settings' file says beside what is fixed. */
  configure(lines: Readonly<Record<string, string>>): Promise<void>;
  /** Another server with nothing in its store, at the same Plane and the same clock. */
  fresh(): Promise<Program>;
  close(): Promise<void>;
}

export interface SoakEnvironmentOptions {
  readonly site: Site;
  readonly budget: number;
  readonly disk: DiskWay | null;
  readonly nodeArgs: readonly string[];
  readonly settings: Readonly<Record<string, string>>;
  readonly say: (line: string) => void;
}

export async function createSoakEnvironment({
  site,
  budget,
  disk: wanted,
  nodeArgs,
  settings,
  say,
}: SoakEnvironmentOptions): Promise<SoakEnvironment> {
  const base = await mkdtemp(join(tmpdir(), 'plane-ics-soak-'));
  const disk = await createDisk(base, wanted);
  const tally = createTally();
  const file = join(base, 'settings');
  const { PLANE_WEBHOOK_SECRET: _own, ...rest } = settingsFor(site.url);
  const common = { ...rest, PLANE_REQUESTS_PER_MINUTE: String(budget), FRESH_SECONDS: '2', DOTENV_CONFIG_PATH: file };
  const idle = new Worker(new URL('idle-loop.js', import.meta.url));
  idle.unref();
  const startedAt = performance.now();
  const phases: Phase[] = [];
  const exits: string[] = [];
  const kills: number[] = [];
  const downs: { from: number; to: number }[] = [];
  const others: Program[] = [];
  let shiftMs = 0;
  let port = '0';

  const configure = (lines: Readonly<Record<string, string>>): Promise<void> =>
    writeFile(
      file,
      Object.entries({ PLANE_WEBHOOK_SECRET: SECRET, ...lines })
        .map(([name, value]) => `${name}=${value}\n`)
        .join(''),
    );

  async function start(): Promise<Program> {
    const own = { ...common, ...settings, DATA_DIR: disk.folder, PORT: port };
    const started = await startProgram({ settings: own, cwd: base, clockShiftMs: shiftMs, tally, nodeArgs });
    port = new URL(started.origin).port;
    void started.ended.then(({ how, wasAsked }) => {
      if (wasAsked) return;
      exits.push(`${how} in phase "${phase()}"`);
      say(`THE SERVER ENDED BY ITSELF: ${how}`);
    });
    return started;
  }

  const secondsAt = (moment: number): number => (moment - startedAt) / 1000;
  const seconds = (): number => secondsAt(performance.now());
  const phase = (): string => phases.at(-1)?.name ?? 'start';
  await configure({});
  let program = await start();
  const origin = `http://127.0.0.1:${port}`;

  /** Writes down what the loops did since the last call. */
  async function measure(): Promise<void> {
    idle.postMessage('');
    const [[quiet], late] = await Promise.all([once(idle, 'message') as Promise<[number[]]>, program.late()]);
    const current = phases.at(-1);
    if (!current) return;
    current.late.push(...late);
    current.idle.push(...quiet);
    current.load = loadavg()[0] ?? 0;
    current.to = seconds();
  }

  // A mounted file system must not stay behind when the run is broken off.
  const breakOff = (): void => {
    void close().finally(() => process.exit(130));
  };
  process.once('SIGINT', breakOff).once('SIGTERM', breakOff);

  async function close(): Promise<void> {
    process.off('SIGINT', breakOff).off('SIGTERM', breakOff);
    for (const one of [program, ...others]) await Promise.race([one.end('SIGKILL'), one.ended]);
    await idle.terminate();
    await disk.remove();
    await rm(base, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }

  return {
    disk,
    tally,
    phases,
    exits,
    kills,
    seconds,
    secondsAt,
    phase,
    program: () => program,
    origin: () => origin,
    shift: () => shiftMs,
    configure,
    isDown: (sinceMs) => downs.some(({ to }) => to > sinceMs),
    next: async (name) => {
      await measure();
      const from = seconds();
      phases.push({ name, from, to: from, late: [], idle: [], load: 0 });
      say(`${from.toFixed(1).padStart(6)} s  ${name}`);
    },
    forgive: async () => {
      await program.late();
    },
    restart: async (signal) => {
      await measure();
      const down = { from: performance.now(), to: Infinity };
      downs.push(down);
      if (signal === 'SIGKILL') kills.push(down.from);
      const how = await program.end(signal);
      program = await start();
      // A client of the old process may notice a moment later.
      down.to = performance.now() + 100;
      return how;
    },
    shiftClock: async (ms) => {
      shiftMs = ms;
      await program.shiftClock(ms);
    },
    fresh: async () => {
      const own = { ...common, DATA_DIR: join(base, `fresh-${others.length}`), PLANE_REQUESTS_PER_MINUTE: '10000' };
      const other = await startProgram({ settings: own, cwd: base, clockShiftMs: shiftMs, tally: createTally() });
      others.push(other);
      return { ...other, origin: `http://127.0.0.1:${new URL(other.origin).port}` };
    },
    close,
  };
}
